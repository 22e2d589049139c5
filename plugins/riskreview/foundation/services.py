"""Owns the bundle every use case receives: instance, database, clock and progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from riskreview.foundation.approved import view_on
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

    @property
    def today(self) -> date:
        """Today in the instance's time zone."""
        return self.clock.now().astimezone(ZoneInfo(self.instance.settings.time_zone)).date()

    def by_approved(self, day: date) -> "Services":
        """Return the services as they work for a day: by the approved files in force then."""
        return replace(self, instance=view_on(self.instance, self.engine, day))


@contextmanager
def open_services(
    home: Path | None = None, *, clock: Clock | None = None, progress: Progress | None = None
) -> Iterator[Services]:
    """Open an instance with its migrated database, by the approved files of today, and close the connections afterwards."""
    instance = open_instance(home)
    engine = make_engine(instance)
    try:
        migrate(engine)
        services = Services(instance, engine, clock or SystemClock(), progress or LogProgress())
        yield services.by_approved(services.today)
    finally:
        engine.dispose()


@contextmanager
def open_reader(home: Path | None = None) -> Iterator[Services]:
    """Open an instance for looking only, by the approved files of today: PostgreSQL refuses every write of its sessions."""
    instance = open_instance(home)
    engine = make_engine(instance).execution_options(postgresql_readonly=True)
    try:
        services = Services(instance, engine, SystemClock(), LogProgress())
        yield services.by_approved(services.today)
    finally:
        engine.dispose()
