"""Due days keep their limits, respect what each reviewer can take, and say why they were moved."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.instance import PACKAGED
from riskreview.policy.calendars import read_calendar
from riskreview.policy.team import Team, read_team
from riskreview.reviews.assignment import share
from riskreview.reviews.cadence import Waiting, level, line_name
from riskreview.reviews.levelling import diary_of, due_days
from riskreview.reviews.wording import told_due

CHINA = read_calendar(PACKAGED / "calendars" / "cn.yaml")
TEAM = read_team(PACKAGED / "policies" / "team.yaml")


def test_policy_lines_have_names() -> None:
    assert [line_name(n) for n in (3, 6, 12, 5)] == ["quarterly", "semi_annual", "annual", "every_5_months"]


def room(capacity: int) -> dict[str, list[int]]:
    return {owner: [capacity] * 31 for owner in ("ann", "bob")}


waiting = st.lists(
    st.tuples(st.sampled_from(["ann", "bob"]), st.integers(3, 30), st.floats(0, 1e6)), max_size=80
).map(lambda items: [Waiting(n, owner, latest, weight) for n, (owner, latest, weight) in enumerate(items)])  # fmt: skip


@given(waiting, st.integers(0, 8), st.integers(0, 3), st.randoms())
def test_due_days_keep_every_limit_whatever_the_order(items: list[Waiting], capacity: int, first: int, random) -> None:
    found = level(items, room=room(capacity), earliest=first)
    shuffled = list(items)
    random.shuffle(shuffled)

    assert found == level(shuffled, room=room(capacity), earliest=first)
    assert set(found) == {item.number for item in items}
    assert all(first <= found[item.number] <= item.latest for item in items)


@given(waiting, st.integers(1, 8))
def test_capacity_is_exceeded_only_when_a_limit_could_not_be_kept_otherwise(
    items: list[Waiting], capacity: int
) -> None:
    found = level(items, room=room(capacity), earliest=3)

    for owner in ("ann", "bob"):
        mine = sorted(item.latest for item in items if item.owner == owner)
        fits = all(place <= capacity * (latest - 3 + 1) for place, latest in enumerate(mine, start=1))
        load = Counter(found[item.number] for item in items if item.owner == owner)
        if fits:
            assert max(load.values(), default=0) <= capacity


def test_what_nobody_owns_goes_to_the_next_in_duty_order_once_the_first_has_no_room() -> None:
    free = {"ann": [2] * 6, "bob": [1] * 6}  # from the third day to the fifth six and three
    asked = [Waiting(n, "ann", 5, float(n)) for n in range(8)]

    alone = share(asked, [], ("ann", "bob"), room=free, earliest=3)
    beside = share(asked, [Waiting(99, "ann", 4, 1.0)] * 2, ("ann", "bob"), room=free, earliest=3)

    assert [number for number, owner in sorted(alone.items()) if owner == "bob"] == [0, 1], "the least money"
    assert Counter(beside.values()) == {"ann": 5, "bob": 3}, "when nobody has room, the least overfull takes it"
    assert alone == share(asked[::-1], [], ("ann", "bob"), room=free, earliest=3)


def test_what_must_be_done_before_the_first_due_day_counts_the_room_of_its_own_limit() -> None:
    free = {"ann": [0, 0, 2, 0], "bob": [0, 0, 9, 0]}

    assert share([Waiting(n, "ann", 2, 1.0) for n in range(3)], [], ("ann", "bob"), room=free, earliest=3) == {
        0: "ann",
        1: "ann",
        2: "bob",
    }


@given(waiting)
def test_a_review_whose_owner_has_room_is_due_when_the_policy_wants_it(items: list[Waiting]) -> None:
    found = level(items, room=room(80), earliest=3)

    assert all(found[item.number] == item.latest for item in items)


def test_among_equal_limits_the_most_money_is_due_first() -> None:
    items = [Waiting(1, "ann", 10, 5.0), Waiting(2, "ann", 10, 50.0), Waiting(3, "ann", 10, 500.0)]

    assert level(items, room=room(1), earliest=3) == {3: 8, 2: 9, 1: 10}


def test_too_many_for_every_day_are_spread_evenly_over_the_days_allowed() -> None:
    items = [Waiting(n, "ann", 6, 1.0) for n in range(12)]

    found = level(items, room=room(1), earliest=3)

    assert Counter(found.values()) == {3: 3, 4: 3, 5: 3, 6: 3}


def test_of_two_classes_the_one_with_the_shorter_limit_is_due_sooner_whatever_the_money() -> None:
    items = [Waiting(1, "ann", 10, 100.0), Waiting(2, "ann", 10, 1.0), Waiting(3, "ann", 9, 0.0)]

    assert level(items, room=room(1), earliest=3) == {2: 10, 1: 9, 3: 8}


def due(
    team: Team, load: dict[tuple[str, date], int], *, limit: int = 10, reviews: int = 1
) -> list[tuple[str, str | None, int]]:
    diary = diary_of(team, "chen.jie", CHINA, start=date(2026, 9, 16), last=limit, load=load)
    items = [Waiting(n, "chen.jie", limit, float(n)) for n in range(reviews)]
    found = due_days(items, {"chen.jie": diary}, earliest=3, load=load)
    return [(str(item.due_on), item.moved_because, item.due_that_week) for item in (found[n] for n in range(reviews))]


def test_what_is_due_already_moves_a_review_to_an_earlier_day_with_the_reason() -> None:
    full = {("chen.jie", date(2026, 9, day)): 5 for day in (28, 29, 30)}

    assert due(TEAM, {}) == [("2026-09-30", None, 1)]
    assert due(TEAM, full) == [("2026-09-24", "full", 15)]
    assert due(TEAM, {}, reviews=7) == [("2026-09-30", None, 7)] * 5 + [("2026-09-29", "full", 7)] * 2


def test_nothing_is_due_while_its_owner_is_absent() -> None:
    away = Team.model_validate({**TEAM.model_dump(), "absences": [
        {"person": "chen.jie", "first_day": "2026-09-28", "last_day": "2026-10-09"}]})  # fmt: skip

    assert due(away, {}) == [("2026-09-24", "absent", 0)]
    assert {(day, why) for day, why, _ in due(away, {}, reviews=40)} == {
        (f"2026-09-{day}", "absent") for day in (20, 21, 22, 23, 24)
    }  # overfilled rather than due in an absence


def test_a_move_is_told_in_both_languages() -> None:
    facts = {"due_on": date(2026, 9, 24), "wanted_on": date(2026, 9, 30), "moved_because": "full", "due_that_week": 14}

    assert (
        told_due(**facts, owner="Li Na", language="en")
        == "due 24 Sept, moved from 30 Sept since Li Na has 14 due that week"
    )
    assert "9月24日" in told_due(**facts, owner="李娜", language="zh")
    assert told_due(**{**facts, "moved_because": None}, owner="Li Na", language="en") == "due 24 Sept"
