"""Owns one pass of a stage: under its lock, recorded in the run history, silent where it looks back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import text

from riskreview.foundation import failpoints
from riskreview.foundation.no_room import said_when_no_room
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import suppressed
from riskreview.mechanisms.runs import Run
from riskreview.orchestration.counts import counts_of
from riskreview.orchestration.lineage import told_run
from riskreview.orchestration.locks import Lock, stage_lock
from riskreview.orchestration.news import INGESTS

BACKFILL = "backfill:"
"""How the trigger of a backfill's run begins: what it finds out is recorded, and nobody is told."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one pass of a stage did; ids, dates and counts only, so that it may travel through XCom.

    :param as_of: the business date the pass stands for; for an ingest, the newest date that is not assessed yet.
    :param is_news: whether the stages after it have anything to do.
    :param announced_by_next: its day is handed on by another ingest that waits behind it.
    """

    stage: str
    run_id: int
    as_of: date
    counts: Mapping[str, int] = field(default_factory=dict)
    is_news: bool = True
    announced_by_next: bool = False

    @property
    def why_nothing_starts(self) -> str:
        """Return what it did and why no stage after it starts: Airflow calls a task that hands nothing on skipped."""
        done = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in self.counts.items() if count)
        end = (
            "another ingest waits behind this one and hands the day on"
            if self.announced_by_next
            else "nothing new to assess"
        )
        return f"{self.stage}: {done}; {end}" if done else f"{self.stage}: {end}"


def business_today(services: Services) -> date:
    """Return today in the instance's time zone."""
    return services.today


def run_pass(
    services: Services, stage: str, lock: Lock, work: Callable[[Run], object], as_of: date | None, triggered_by: str,
    failpoint: str | None = None, *, first: Callable[[], None] | None = None,
) -> StageResult:  # fmt: skip
    """Do the work of a stage under its lock, recorded in the run history; who looks back at an earlier day tells nobody."""
    day = as_of or business_today(services)
    key = f"{stage}:{day.isoformat()}"
    with exclusive_run(services, stage, lock, as_of=day, key=key, triggered_by=triggered_by, first=first) as run:
        with suppressed(silent(services, as_of, triggered_by)):
            run.counts.update(counts_of(work(run)))
        if failpoint is not None:
            failpoints.reach(failpoint)
        return StageResult(stage, run.run_id, day, dict(run.counts))


def silent(services: Services, as_of: date | None, triggered_by: str) -> str | None:
    """Return why nobody is told of what a pass finds out: it looks back at a day before the current assessment's."""
    from riskreview.assessment.store import read_head

    if as_of is None:
        return None
    if triggered_by.startswith(BACKFILL):
        return f"backfill of {as_of}"
    with services.engine.connect() as connection:
        head = read_head(connection)
    return (
        None
        if head is None or as_of >= head.as_of
        else f"late pass for {as_of}, the current assessment is of {head.as_of}"
    )


@contextmanager
def exclusive_run(
    services: Services, stage: str, lock: Lock, *, as_of: date | None, key: str, triggered_by: str,
    first: Callable[[], None] | None = None,
) -> Iterator[Run]:  # fmt: skip
    """Record a run while holding the stage's lock; earlier runs that never ended were killed, else they would hold it.

    :param first: done under the lock before the run has its number.
    """
    names = list(INGESTS) if lock is Lock.INGEST else [stage]
    with said_when_no_room(), stage_lock(services, lock):
        if first is not None:
            first()
        close_interrupted(services, names)
        pins = {"facts": fact_versions(services)}
        with told_run(services, stage, business_key=key, as_of=as_of, triggered_by=triggered_by, pins=pins) as run:
            with said_when_no_room():
                yield run
            if lock in {Lock.INGEST, Lock.EVENTS}:
                run.pins["facts_after"] = fact_versions(services)


def close_interrupted(services: Services, stages: Sequence[str]) -> None:
    """End the runs of stages that never ended; only whoever holds the stages' lock may say so."""
    with services.engine.begin() as connection:
        closing = {"stages": list(stages), "at": services.clock.now()}
        connection.execute(text(sql("orchestration", "close_interrupted")), closing)


def fact_versions(services: Services) -> dict[str, int]:
    """Return the published version of every fact table."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("orchestration", "fact_versions"))).all()
    return {str(row.dataset): int(row.version) for row in rows}
