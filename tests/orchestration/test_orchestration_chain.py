"""The loop is at rest only when every stage ran after the one before it, for that day and in this pass."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.orchestration.airflow_api import DagRun
from riskreview.orchestration.chain import Chain

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


@dataclass
class Airflow:
    """Stands for the REST API: the newest runs, and what was asked."""

    runs: list[DagRun] = field(default_factory=list)
    older: str = "success"
    asked: list[str] = field(default_factory=list)

    def recent_runs(self) -> list[DagRun]:
        self.asked.append("all")
        return self.runs

    def run(self, dag_id: str, run_id: str) -> DagRun:
        self.asked.append(run_id)
        return DagRun(dag_id, run_id, self.older)


def test_while_something_runs_the_list_of_runs_is_all_that_is_asked_of_airflow(services: Services) -> None:
    airflow = Airflow()
    chain = Chain(services, airflow, lambda _: None)  # type: ignore[arg-type]
    _record(services, CHAIN)
    airflow.runs, airflow.asked = [DagRun("ingest_crm", "mine", "running")], []

    with pytest.raises(Unavailable, match="not at rest"):
        chain.finish({"ingest_crm": "mine"}, as_of=DAY, seconds=0)

    assert airflow.asked == ["all"]


def test_a_triggered_run_that_is_not_among_the_newest_is_asked_for(services: Services) -> None:
    airflow = Airflow(older="queued")
    chain = Chain(services, airflow, lambda _: None)  # type: ignore[arg-type]
    _record(services, CHAIN)

    with pytest.raises(Unavailable, match="not at rest"):
        chain.finish({"ingest_crm": "mine"}, as_of=DAY, seconds=0)
    airflow.older = "success"
    chain.finish({"ingest_crm": "mine"}, as_of=DAY, seconds=0)

    assert airflow.asked.count("mine") == 2


def test_a_run_that_failed_since_ends_the_waiting_and_one_of_before_does_not(services: Services) -> None:
    before = DagRun("watch", "before", "failed")
    airflow = Airflow([before])
    chain = Chain(services, airflow, lambda _: None)  # type: ignore[arg-type]
    _record(services, CHAIN)
    chain.finish({}, as_of=DAY, seconds=0)
    airflow.runs = [DagRun("watch", "since", "failed"), before]

    with pytest.raises(Unavailable, match="watch failed"):
        chain.finish({}, as_of=DAY, seconds=0)
