"""Which events share a batch: never two about one item, never two dates, never out of the order in which an item was spoken of."""

from hypothesis import given
from hypothesis import strategies as st

from riskreview.events.waves import MOST_ROWS, WaitingEvent, accounts_of, plan_waves
from riskreview.policy.mapping import Mapping

MAPPING = Mapping.model_validate({
    "source": "bureau", "system": "erp", "stage": "finance", "title": {"en": "e", "zh": "e"}, "read": {"events": True},
    "delivery": {"as_of": {"column": "day"}},
    "datasets": {"external_signals": {"columns": {"signal_id": "id", "customer_id": "client", "signal_type": "type",
                                                  "provider": {"constant": "x"}, "observed_on": "day"}}},
})  # fmt: skip


def event(number, *ids, day="2026-07-01"):
    return WaitingEvent(number, "2026-07-02", tuple({"id": item, "client": f"C{item}", "day": day} for item in ids))


def members(waves):
    return [[item.event_id for item in wave.events] for wave in waves]


def test_events_about_different_items_of_a_day_share_a_batch():
    assert members(plan_waves([event(1, "a"), event(2, "b", "c"), event(3, "d")], MAPPING)) == [[1, 2, 3]]


def test_a_second_word_on_an_item_comes_after_the_first():
    waves = plan_waves([event(1, "a"), event(2, "a"), event(3, "b"), event(4, "a", "b")], MAPPING)

    assert members(waves) == [[1, 3], [2], [4]]


def test_events_of_two_days_do_not_share_a_batch():
    waves = plan_waves([event(1, "a"), event(2, "b", day="2026-06-30"), event(3, "c")], MAPPING)

    assert members(waves) == [[1, 3], [2]]


def test_a_batch_has_a_largest_size():
    big = WaitingEvent(1, "d", tuple({"id": f"x{n}", "day": "1"} for n in range(MOST_ROWS)))

    assert members(plan_waves([big, event(2, "a", day="1")], MAPPING)) == [[1], [2]]


def test_rows_are_numbered_through():
    wave = plan_waves([event(1, "a"), event(2, "b", "c")], MAPPING)[0]

    assert list(wave.rows()) == [(1, 1, 1), (2, 2, 3)]
    assert [record["id"] for record in wave.records] == ["a", "b", "c"]


def test_accounts_are_told_where_the_mapping_takes_them_over_as_they_are():
    records = ({"client": "C1"}, {"client": "C2"}, {"client": "C1"}, {"client": None})
    mapped = MAPPING.model_dump(by_alias=True)
    mapped["datasets"]["external_signals"]["columns"]["customer_id"] = {"column": "client", "map": {"C1": "X"}}

    assert accounts_of(records, MAPPING) == ("C1", "C2")
    assert accounts_of(records, Mapping.model_validate(mapped)) == ()


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True), st.sampled_from(["1", "2"])),
        max_size=12,
    )
)
def test_every_event_lands_once_and_each_item_in_its_order(given_events):
    events = [event(number, *ids, day=day) for number, (ids, day) in enumerate(given_events)]

    waves = plan_waves(events, MAPPING)

    assert sorted(number for wave in members(waves) for number in wave) == list(range(len(events)))
    for item in "abcd":
        order = [
            found.event_id for wave in waves for found in wave.events if any(r["id"] == item for r in found.records)
        ]
        assert order == sorted(order)
        assert all(sum(r["id"] == item for r in wave.records) <= 1 for wave in waves)
    assert all(len({r["day"] for r in wave.records}) == 1 for wave in waves)
