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


@contextmanager
def recorded_run(
    services: Services, stage: str, *, business_key: str, as_of: date | None = None,
    triggered_by: str = "cli", pins: Mapping[str, object] | None = None,
) -> Iterator[Run]:  # fmt: skip
    """Record a run around a block: finished with its counts, or failed with the sentence of the error.

    Among its pins are the digests of the code and of the approved files it worked by, and who asked for it. Log lines written meanwhile
    carry the run's number and stage.
    """
    approved, person = services.instance.approved, _ASKED_BY.get()
    known = {"code": code_digest(), "policies": None if approved is None else approved.name, "asked_by": person}
    pins = {**{name: value for name, value in known.items() if value is not None}, **(pins or {})}
    started = {"stage": stage, "business_key": business_key, "as_of": as_of, "code_version": __version__,
               "triggered_by": triggered_by, "at": services.clock.now(), "pins": json.dumps(pins, default=str)}  # fmt: skip
    with services.engine.begin() as connection:
        run = Run(
            int(connection.execute(text(sql("mechanisms", "start_run")), started).scalar_one()), stage, dict(pins)
        )
    with bound_contextvars(run_id=run.run_id, stage=stage, triggered_by=triggered_by):
        try:
            yield run
        except BaseException as error:
            _end(services, run, "failed", f"{type(error).__name__}: {error}"[:500])
            LOG.warning("run_failed", error=type(error).__name__)
            raise
        _end(services, run, "finished", None)
        LOG.info("run_finished", counts=run.counts)


def _end(services: Services, run: Run, state: str, problem: str | None) -> None:
    values = {"run_id": run.run_id, "state": state, "problem": problem, "counts": json.dumps(run.counts),
              "pins": json.dumps(run.pins, default=str), "at": services.clock.now()}  # fmt: skip
    with services.engine.begin() as connection:
        connection.execute(text(sql("mechanisms", "end_run")), values)
