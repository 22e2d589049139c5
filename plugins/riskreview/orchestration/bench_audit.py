"""Owns measuring the event log: millions of events appended, signed, verified from their bytes, searched and handed over to auditors."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from riskreview.audit.checkpoints import make_checkpoint
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.verification import verify_whole
from riskreview.foundation.database import transaction
from riskreview.foundation.instance import create_instance
from riskreview.foundation.progress import Progress
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.orchestration import bench_data
from riskreview.orchestration.airflow_settings import free_port
from riskreview.orchestration.bench import empty_home, hardware
from riskreview.orchestration.bench_memory import PeakMemory
from riskreview.orchestration.bench_pages import Waits, let_in, open_pages, serving

AT_ONCE = 10_000
ACTIONS = (("review", "opened"), ("review", "approved"), ("signal", "raised"), ("signal", "cleared"), ("message", "accepted"),
           ("duty", "acknowledged"), ("measure", "approved"), ("batch", "published"))  # fmt: skip
AUDITORS, SECONDS, PAUSE = 4, 20.0, 1.0
EVERY = timedelta(seconds=2)
"""How far two events are apart: a million are 23 days."""


@dataclass(frozen=True, slots=True)
class AuditBench:
    """What was measured, in seconds of wall time.

    :param append_seconds: for all events, in transactions of 10,000. :param checkpoint_seconds: the first one, over all of them.
    :param next_checkpoint_seconds: one over another 1,000. :param verify_seconds: every event from its bytes, every checkpoint and opening.
    :param peak_mb: of this process while it signs and verifies. :param searches: pages of four auditors.
    :param export_seconds: as many events as a file of the console may hold, as CSV over HTTP. :param bytes: of the database.
    """

    events: int
    append_seconds: float
    checkpoint_seconds: float
    next_checkpoint_seconds: float
    verify_seconds: float
    peak_mb: float
    searches: Waits
    exports: Waits
    bytes: int
    load_average: float
    hardware: dict[str, str]


def run_audit_bench(*, home: Path, events: int, progress: Progress) -> AuditBench:
    """Fill the log of an instance of its own and measure what auditors ask of it; the instance of the last run is removed."""
    empty_home(home)
    instance = create_instance(home)
    (instance.home / bench_data.MARKER).touch()
    with open_services(home, progress=progress) as services:
        begun = services.clock.now() - EVERY * events
        appended = _timed(lambda: _fill(services, begun, 0, events))
        with services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(sql("bench", "tidy")))
        with PeakMemory() as memory:
            signed = _timed(lambda: make_checkpoint(services))
            _fill(services, begun, events, events + 1000)
            signed_again = _timed(lambda: make_checkpoint(services))
            verified = _timed(lambda: _verify(services))
        searches, exports = _ask(services, events)
        with services.engine.connect() as connection:
            size = int(connection.execute(text(sql("bench", "database_bytes"))).scalar_one())
    return AuditBench(events, appended, signed, signed_again, verified, round(memory.highest_mb), searches, exports, size,
                      round(os.getloadavg()[0], 2), hardware())  # fmt: skip


def _fill(services: Services, begun: datetime, first: int, last: int) -> None:
    for start in range(first, last, AT_ONCE):
        chosen = list(_events(start, min(last, start + AT_ONCE)))
        with transaction(services.engine) as connection:
            append(connection, chosen, at=begun + EVERY * start)
        services.progress.advance("events", min(last, start + AT_ONCE) - first, last - first)


def _events(first: int, last: int) -> Iterator[AuditEvent]:
    """Make events of the usual kinds; in one of eight a person wrote a sentence, which the log covers."""
    for number in range(first, last):
        subject, verb = ACTIONS[number % len(ACTIONS)]
        reason = {"reason": f"Looked at the open items of case {number}"} if verb == "approved" and number % 2 else {}
        yield AuditEvent(f"{subject}:{verb}", subject, str(number // len(ACTIONS)), f"person{number % 97}",
                         old={"state": "open", "version": 1}, new={"state": verb, "version": 2, **reason}, cause={"run_id": number // AT_ONCE + 1})  # fmt: skip


def _verify(services: Services) -> None:
    with services.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        found = verify_whole(connection)
    if found.first_bad is not None or found.verified != found.events:
        raise AssertionError(found.problem)


def _ask(services: Services, events: int) -> tuple[Waits, Waits]:
    """Let auditors search the log by what it is searched by, and take a file of two days, 86,400 events where the log is so long."""
    let_in(services, "auditor")
    middle = events // len(ACTIONS) // 2
    days = [(services.clock.now() - EVERY * events * part).date() for part in (0.9, 0.5, 0.1)]
    pages = (
        "/audit",
        "/audit?action=measure:approved",
        "/audit?subject_type=review",
        f"/audit?subject_type=review&subject_id={middle}",
        f"/audit?subject_id={middle}",
        "/audit?actor=person42",
        "/audit?actor=person42&action=batch:published",
        "/audit?actor=nobody",
        *(f"/audit?since={day}&until={day}" for day in days),
        f"/audit?after={events // 2}",
        f"/audit/{events // 3}",
    )
    ports = [free_port()]
    with serving(services.instance.home, ports, services.today):
        searches = open_pages(ports, AUDITORS, SECONDS, pages, pause=PAUSE)
        exports = open_pages(
            ports, 1, 1.0, (f"/audit.csv?since={days[1]}&until={days[1] + timedelta(days=1)}",), pause=PAUSE
        )
    return searches, exports


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 2)
