"""Owns the bundle every use case receives: instance, database, clock and progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from riskreview.foundation.clock import Clock, SystemClock
from riskreview.foundation.database import make_engine, migrate
from riskreview.foundation.instance import Instance, open_instance
from riskreview.foundation.progress import LogProgress, Progress


@dataclass(frozen=True, slots=True)
class Services:
    """What a use case may touch."""

    instance: Instance
    engine: Engine
    clock: Clock
    progress: Progress


@contextmanager
def open_services(
    home: Path | None = None, *, clock: Clock | None = None, progress: Progress | None = None
) -> Iterator[Services]:
    """Open an instance with its migrated database and close the connections afterwards."""
    instance = open_instance(home)
    engine = make_engine(instance)
    try:
        migrate(engine)
        yield Services(instance, engine, clock or SystemClock(), progress or LogProgress())
    finally:
        engine.dispose()


@contextmanager
def open_reader(home: Path | None = None) -> Iterator[Services]:
    """Open an instance for looking only: PostgreSQL refuses every write of its sessions."""
    instance = open_instance(home)
    engine = make_engine(instance).execution_options(postgresql_readonly=True)
    try:
        yield Services(instance, engine, SystemClock(), LogProgress())
    finally:
        engine.dispose()
