"""A duty goes up its ladder one rung at a time, tells each rung once, and is silent once somebody acted."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from riskreview.audit.log import verify
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import NewDuty, Rung, close_duties, next_step, open_duties, pause_duties, sweep

DUE = datetime(2026, 7, 2, 9, tzinfo=UTC)
OPENED = DUE - timedelta(days=3)
LADDER = (Rung(-24, ("owner",), 0), Rung(0, ("owner", "deputy"), 0), Rung(8, ("boss",), 1), Rung(24, ("cfo",), 2))


def duty(
    subject: str = "1", *, ladder: tuple[Rung, ...] = LADDER, kind: str = "review_due", due: datetime = DUE
) -> NewDuty:
    return NewDuty(kind, "review", subject, "risk_owner", "li", "wang", due, ladder, {"risk_class": "high"})


def opened(services: Services, *duties: NewDuty) -> int:
    with services.engine.begin() as connection:
        return open_duties(connection, duties, at=OPENED)


def swept(services: Services, now: datetime) -> tuple[int, int, int]:
    with services.engine.begin() as connection:
        counts = sweep(connection, now=now)
    return counts.reminded, counts.escalated, counts.exhausted


def told(services: Services) -> list[tuple[str, list[str]]]:
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, audience FROM outbox_event ORDER BY outbox_id"))
        return [(row.kind, list(row.audience)) for row in rows]


@pytest.mark.database
def test_a_duty_climbs_its_ladder_and_ends_exhausted(services: Services) -> None:
    assert opened(services, duty()) == 1
    results = [swept(services, DUE + timedelta(hours=hours)) for hours in (-48, -24, -20, 0, 8, 24, 40, 80)]
    assert results == [(0, 0, 0), (1, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)]
    assert told(services) == [
        ("duty_reminder", ["li"]),
        ("duty_reminder", ["li", "wang"]),
        ("duty_escalated", ["boss"]),
        ("duty_escalated", ["cfo"]),
        ("duty_exhausted", ["li", "wang", "boss", "cfo"]),
    ]


@pytest.mark.database
def test_opening_twice_adds_nothing_and_sweeping_twice_tells_once(services: Services) -> None:
    assert opened(services, duty(), duty("2")) == 2
    assert opened(services, duty(), duty("2")) == 0
    assert swept(services, DUE) == (2, 0, 0)
    assert swept(services, DUE) == (0, 0, 0)
    assert len(told(services)) == 2


@pytest.mark.database
def test_after_a_long_outage_people_still_get_time_between_two_rungs(services: Services) -> None:
    opened(services, duty())
    late = DUE + timedelta(days=30)
    assert swept(services, late) == (1, 0, 0)
    assert swept(services, late + timedelta(minutes=30)) == (0, 0, 0)
    assert swept(services, late + timedelta(minutes=61)) == (1, 0, 0)


@pytest.mark.database
def test_a_closed_duty_is_silent_and_an_exhausted_one_can_still_be_done(services: Services) -> None:
    opened(services, duty(), duty("2"), duty("3", ladder=()))
    with services.engine.begin() as connection:
        assert close_duties(connection, "review_due", "review", ["1", "9"], at=OPENED) == 1
        assert close_duties(connection, "review_due", "review", ["1"], at=OPENED) == 0
    assert swept(services, DUE) == (1, 0, 1)
    with services.engine.begin() as connection:
        assert close_duties(connection, "review_due", "review", ["3"], at=DUE) == 1
    with services.engine.connect() as connection:
        states = connection.execute(text("SELECT state FROM duty ORDER BY subject_id")).scalars().all()
    assert list(states) == ["done", "open", "done"]


@pytest.mark.database
def test_an_acknowledged_duty_is_silent_until_it_is_due_and_its_grace_has_passed(services: Services) -> None:
    opened(services, duty())
    swept(services, DUE - timedelta(hours=24))
    with services.engine.begin() as connection:
        at = DUE - timedelta(hours=23)
        assert pause_duties(connection, "review", "1", person="stranger", at=at, expires=timedelta(hours=72)) == 0
        assert pause_duties(connection, "review", "1", person="boss", at=at, expires=timedelta(hours=72)) == 1
    assert swept(services, DUE + timedelta(hours=48)) == (0, 0, 0)
    assert swept(services, DUE + timedelta(hours=49)) == (1, 0, 0)


@pytest.mark.database
def test_a_sweep_and_a_decision_at_the_same_instant_have_one_outcome(services: Services) -> None:
    opened(services, duty())
    with services.engine.begin() as decision:
        close_duties(decision, "review_due", "review", ["1"], at=DUE)
        assert swept(services, DUE) == (0, 0, 0)
    assert swept(services, DUE) == (0, 0, 0)
    assert told(services) == []


@pytest.mark.database
def test_two_sweepers_sweep_each_of_ten_thousand_due_duties_once(services: Services) -> None:
    opened(services, *(duty(str(number)) for number in range(10_000)))

    def work() -> None:
        while True:
            with services.engine.begin() as connection:
                if sweep(connection, now=DUE).total == 0:
                    return

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(services)) == 10_000
    with services.engine.connect() as connection:
        assert verify(connection).first_bad is None


def test_rungs_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="not in order of time"):
        open_duties(None, [duty(ladder=(Rung(8, ("a",), 1), Rung(0, ("a",), 0)))], at=OPENED)  # type: ignore[arg-type]


hours = st.lists(st.integers(-200, 400), max_size=6, unique=True).map(sorted)


@given(hours, st.integers(0, 7), st.integers(-300, 2000))
def test_the_next_rung_is_always_later_than_now(rungs: list[int], passed: int, late: int) -> None:
    ladder = [
        {"after_hours": hour, "audience": ["owner"], "level": index, "at": None} for index, hour in enumerate(rungs)
    ]
    now = DUE + timedelta(hours=late)
    step = next_step(ladder, min(passed, len(ladder)), DUE, owner="li", deputy=None, now=now)
    assert step.audience
    assert step.next_at is None or step.next_at > now
    assert (step.next_at is None) == (passed >= len(ladder))


@pytest.mark.parametrize(("hours", "passed", "late", "next_in"), [
    ((0.0, 0.25), 0, 0.0, 0.25),  # a drill's rungs, closer than the shortest step, stay as close as they were planned
    ((0.0, 0.25), 0, 2.0, 0.25),  # also when the sweep comes late
    ((0.0, 8.0), 0, 7.5, 1.0),  # but for the time to answer, it would be half an hour
    ((1.0, 1.0), 1, 0.0, 1.0),  # two rungs at one moment do not end the ladder at once
])  # fmt: skip
def test_whoever_is_told_has_time_to_answer_before_the_next_rung(
    hours: tuple[float, ...], passed: int, late: float, next_in: float
) -> None:
    due_at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    ladder = [{"after_hours": after, "audience": ["owner"], "level": 0, "at": None} for after in hours]
    now = due_at + timedelta(hours=hours[passed] + late)

    step = next_step(ladder, passed, due_at, owner="anna", deputy=None, now=now)

    assert step.next_at == now + timedelta(hours=next_in)
