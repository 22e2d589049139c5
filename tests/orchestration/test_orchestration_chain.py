"""The loop is at rest only when every stage ran after the one before it, for that day and in this pass."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

pytestmark = pytest.mark.database

DAY = date(2026, 10, 30)
CHAIN = ("recompute_risk", "watch", "open_due_reviews", "activate_playbooks", "deliver_notifications")


def _record(services: Services, stages: tuple[str, ...], *, day: date = DAY, begin: int = 0) -> None:
    """Record finished runs one minute after the other."""
    with services.engine.begin() as connection:
        for number, stage in enumerate(stages, start=begin):
            at = services.clock.now() + timedelta(minutes=number)
            connection.execute(text("""INSERT INTO run (stage, business_key, as_of, state, code_version, triggered_by, started_at, ended_at)
                VALUES (:stage, 'x', :day, 'finished', '0', 'test', :at, :ended)"""),
                {"stage": stage, "day": day, "at": at, "ended": at + timedelta(seconds=30)})  # fmt: skip


def _is_ordered(services: Services, *, after: int = 0) -> bool:
    with services.engine.connect() as connection:
        return bool(
            connection.execute(text(sql("orchestration", "loop_order")), {"as_of": DAY, "after": after}).scalar_one()
        )


def test_a_whole_chain_is_at_rest(services: Services) -> None:
    _record(services, CHAIN)

    assert _is_ordered(services)


@pytest.mark.parametrize("missing", CHAIN)
def test_a_chain_without_one_of_its_stages_is_not(services: Services, missing: str) -> None:
    _record(services, tuple(stage for stage in CHAIN if stage != missing))

    assert not _is_ordered(services)


def test_a_second_assessment_starts_the_waiting_anew(services: Services) -> None:
    _record(services, CHAIN)
    _record(services, CHAIN[:1], begin=10)
    assert not _is_ordered(services)

    _record(services, CHAIN[1:], begin=11)
    assert _is_ordered(services)


def test_playbooks_still_being_activated_keep_the_chain_awake(services: Services) -> None:
    _record(services, (*CHAIN[:3], CHAIN[4], CHAIN[3]))

    assert not _is_ordered(services)


def test_another_day_and_an_earlier_pass_do_not_count(services: Services) -> None:
    _record(services, CHAIN, day=DAY - timedelta(days=1))
    assert not _is_ordered(services)

    _record(services, CHAIN, begin=10)
    assert _is_ordered(services)
    assert not _is_ordered(services, after=10_000)
