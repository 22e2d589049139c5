"""Owns our own run history: which stage ran with which code, policies and facts, who asked for it, and what came out.

It is kept in our own database, so that it outlives what Airflow knows of its runs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

import structlog
from sqlalchemy import text
from structlog.contextvars import bound_contextvars

from riskreview import __version__
from riskreview.foundation.code_version import code_digest
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

LOG = structlog.get_logger("riskreview.runs")


@dataclass(slots=True)
class Run:
    """One pass of a stage; counts and pins may be filled until it ends."""

    run_id: int
    stage: str
    pins: dict[str, object] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


_ASKED_BY: ContextVar[str | None] = ContextVar("run_asked_by", default=None)


@contextmanager
def asked_by(person: str | None) -> Iterator[None]:
    """Record with the runs of the block who asked for them; None for those a schedule began."""
    token = _ASKED_BY.set(person)
    try:
        yield
    finally:
        _ASKED_BY.reset(token)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it was recorded, which another process goes on with."""

    run: Run
    state: str
    as_of: date | None
    triggered_by: str

    @property
    def day(self) -> date:
        """The business date of a stage that has one."""
        assert self.as_of is not None  # noqa: S101  only such runs are gone on with
        return self.as_of


@contextmanager
def recorded_run(
    services: Services, stage: str, *, business_key: str, as_of: date | None = None,
    triggered_by: str = "cli", pins: Mapping[str, object] | None = None,
) -> Iterator[Run]:  # fmt: skip
    """Record a run around a block: finished with its counts, or failed with the sentence of the error.

    Log lines written meanwhile carry the run's number and stage.
    """
    run = start_run(services, stage, business_key=business_key, as_of=as_of, triggered_by=triggered_by, pins=pins or {})
    with bound_contextvars(run_id=run.run_id, stage=stage, triggered_by=triggered_by):
        with failing(services, run):
            yield run
        end_run(services, run, "finished")
        LOG.info("run_finished", counts=run.counts)


def start_run(
    services: Services, stage: str, *, business_key: str, as_of: date | None, triggered_by: str, pins: Mapping[str, object]
) -> Run:  # fmt: skip
    """Record that a run began; whoever does so ends it, or another process that goes on with it.

    Among its pins are the digests of the code and of the approved files it works by, and who asked for it.
    """
    approved, person = services.instance.approved, _ASKED_BY.get()
    known = {"code": code_digest(), "policies": None if approved is None else approved.name, "asked_by": person}
    pins = {**{name: value for name, value in known.items() if value is not None}, **pins}
    started = {"stage": stage, "business_key": business_key, "as_of": as_of, "code_version": __version__,
               "triggered_by": triggered_by, "at": services.clock.now(), "pins": json.dumps(pins, default=str)}  # fmt: skip
    with services.engine.begin() as connection:
        number = connection.execute(text(sql("mechanisms", "start_run")), started).scalar_one()
    return Run(int(number), stage, dict(pins))


@contextmanager
def failing(services: Services, run: Run) -> Iterator[None]:
    """End a run as failed when the block does."""
    try:
        yield
    except BaseException as error:
        end_run(services, run, "failed", f"{type(error).__name__}: {error}"[:500])
        LOG.warning("run_failed", error=type(error).__name__)
        raise


def read_run(services: Services, run_id: int) -> StoredRun:
    """Return a run as it was recorded last; it must have begun."""
    with services.engine.connect() as connection:
        row = connection.execute(text(sql("mechanisms", "read_run")), {"run_id": run_id}).one()
    return StoredRun(Run(run_id, row.stage, dict(row.pins), dict(row.counts)), row.state, row.as_of, row.triggered_by)


def note_run(services: Services, run: Run) -> None:
    """Put down the pins and counts that a run under way has by now."""
    values = {"run_id": run.run_id, "counts": json.dumps(run.counts), "pins": json.dumps(run.pins, default=str)}
    with services.engine.begin() as connection:
        connection.execute(text(sql("mechanisms", "note_run")), values)


def end_run(services: Services, run: Run, state: str, problem: str | None = None) -> None:
    """Record how a run ended."""
    values = {"run_id": run.run_id, "state": state, "problem": problem, "counts": json.dumps(run.counts),
              "pins": json.dumps(run.pins, default=str), "at": services.clock.now()}  # fmt: skip
    with services.engine.begin() as connection:
        connection.execute(text(sql("mechanisms", "end_run")), values)
