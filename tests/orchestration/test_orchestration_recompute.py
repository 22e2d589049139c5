"""Recomputing in parts leaves what one task leaves, whatever order its tasks come in, whoever is killed, whatever happens beside it."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.assessment.trading import DAY, portfolio

from riskreview.assessment import store
from riskreview.foundation.array_file import shared_folder
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.orchestration import recompute, stages

pytestmark = pytest.mark.database


@pytest.fixture
def filled(services: Services, clock: FixedClock) -> Services:
    """Services on an instance with a dozen customers who trade."""
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    portfolio(services, random.Random(8))  # noqa: S311  a fixed sequence for a test
    return services


def all_but_publish(services: Services) -> recompute.Begun:
    """Begin and do every task before the last one, each bucket and part twice, the last first."""
    begun = recompute.begin_recompute(services, as_of=DAY, buckets=3, triggered_by="test")
    for bucket in begun.buckets[::-1] * 2:
        recompute.compute_bucket(services, run_id=begun.run_id, bucket=bucket)
    for part in recompute.learn_across(services, run_id=begun.run_id)[::-1] * 2:
        recompute.assess_part(services, run_id=begun.run_id, part=part)
    return begun


def run_of(services: Services, run_id: int) -> Any:  # a row of SQLAlchemy
    with services.engine.connect() as connection:
        return connection.execute(text("SELECT * FROM run WHERE run_id = :run_id"), {"run_id": run_id}).one()


def digest(services: Services) -> str:
    with services.engine.connect() as connection:
        head = store.read_head(connection)
    assert head is not None
    return head.result_digest


@pytest.mark.deep
def test_a_run_in_parts_is_recorded_as_one_and_leaves_what_one_task_leaves(filled: Services) -> None:
    begun = all_but_publish(filled)
    under_way = recompute.is_under_way(filled)
    result = recompute.publish_recompute(filled, run_id=begun.run_id)
    again = recompute.publish_recompute(filled, run_id=begun.run_id)
    found, recorded = digest(filled), run_of(filled, begun.run_id)
    whole = stages.recompute_risk(filled, as_of=DAY)

    assert (under_way, recompute.is_under_way(filled)) == (True, False)
    assert again == result
    assert (recorded.state, recorded.counts, recorded.triggered_by) == ("finished", dict(result.counts), "test")
    assert {"facts", "known_at", "buckets", "code"} <= set(recorded.pins)
    told = {name: count for name, count in whole.counts.items() if not name.startswith(("identity_", "screening_"))}
    assert (digest(filled), whole.counts.keys()) == (found, result.counts.keys())
    assert told == {name: result.counts[name] for name in told}
    assert list(shared_folder(filled.instance).iterdir()) == [], "what the tasks handed on is gone once the run is over"


def test_a_run_that_another_one_overtook_is_ended_and_everybody_recomputed(filled: Services) -> None:
    begun = all_but_publish(filled)
    stages.recompute_risk(filled, as_of=DAY)

    result = recompute.publish_recompute(filled, run_id=begun.run_id)

    assert result.run_id > begun.run_id
    assert (run_of(filled, begun.run_id).state, run_of(filled, result.run_id).state) == ("failed", "finished")


def test_a_run_that_cannot_begin_is_recorded_as_failed(filled: Services) -> None:
    with pytest.raises(BadInput, match="E-POLICY-DATE"):
        recompute.begin_recompute(filled, as_of=DAY.replace(year=1999), buckets=2)

    assert not recompute.is_under_way(filled)
    assert run_of(filled, 1).state == "failed"
