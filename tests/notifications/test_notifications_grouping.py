"""How events become messages: nothing is lost, nothing comes twice, the most urgent come first."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from riskreview.notifications.grouping import Item, Recent, after_attempt, awake, plan, reference
from riskreview.policy.channels import Channel
from riskreview.policy.preferences import URGENCIES, QuietHours

items = st.lists(st.sampled_from(URGENCIES), max_size=40).map(
    lambda urgencies: [
        Item(number, 100 + number, f"e{number}", "k", urgency) for number, urgency in enumerate(urgencies)
    ]
)
recents = st.builds(Recent, st.integers(0, 8), st.integers(0, 1))


def channel(singles: int) -> Channel:
    return Channel.model_validate({"kind": "slack", "url": "${S}", "singles": singles})


@given(items, recents, st.integers(0, 8))
def test_every_event_is_in_one_message_or_waits_and_critical_ones_never_wait(
    events: list[Item], recent: Recent, singles: int
) -> None:
    messages = plan(events, channel(singles), recent)
    told = [item for message in messages for item in message.items]
    assert len(told) == len(set(told))
    waiting = [item for item in events if item.item_id not in told]
    assert all(item.urgency != "critical" for item in waiting)
    assert not waiting or recent.digests
    assert len({message.event_key for message in messages}) == len(messages)


@given(items, recents, st.integers(0, 8))
def test_a_person_gets_at_most_the_cap_and_one_digest(events: list[Item], recent: Recent, singles: int) -> None:
    messages = plan(events, channel(singles), recent)
    assert len(messages) <= max(singles - recent.singles, 0) + 1
    ranks = [URGENCIES.index(message.urgency) for message in messages]
    assert ranks == sorted(ranks)


@given(items, recents, st.integers(0, 8))
def test_the_plan_does_not_depend_on_the_order_of_the_rows(events: list[Item], recent: Recent, singles: int) -> None:
    assert plan(events, channel(singles), recent) == plan(events[::-1], channel(singles), recent)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"])


@given(items, moments, st.times(), st.times(), zones)
def test_in_quiet_hours_only_critical_events_are_told(
    events: list[Item], now: datetime, begin: time, end: time, zone: str
) -> None:
    quiet, there = QuietHours(begin=begin, end=end), now.astimezone(ZoneInfo(zone)).time()
    critical = [item for item in events if item.urgency == "critical"]

    assert awake(events, None, zone, now) == events
    assert awake(events, quiet, zone, now) == (critical if quiet.holds(there) else events)
    assert awake(events, QuietHours(begin=there, end=time(0, 0)), zone, now) == (critical if there else events)


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=8), st.integers(1, 12))
def test_a_message_is_dead_only_after_all_waiting_times(backoff: list[float], failures: int) -> None:
    state, wait = after_attempt("unknown", failures, backoff)
    assert (state == "dead") == (failures > len(backoff))
    assert wait >= timedelta()


@given(st.text(), st.text(), st.text())
def test_a_ref_is_stable_and_short(event_key: str, recipient: str, other: str) -> None:
    assert reference(event_key, recipient) == reference(event_key, recipient)
    assert len(reference(event_key, other)) == 12
