"""Owns the bundle every use case receives: instance, database, clock and progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from riskreview.foundation.approved import view_on
from riskreview.foundation.clock import Clock, SystemClock
from riskreview.foundation.connections import Connections
from riskreview.foundation.instance import Instance, open_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.schema import check_schema, fits, migrate


@dataclass(frozen=True, slots=True)
class Services:
    """What a use case may touch.

    :param connections: the ways into the database of the roles that have one of their own.
    """

    instance: Instance
    engine: Engine
    clock: Clock
    progress: Progress
    connections: Connections = field(default_factory=Connections, compare=False)

    @property
    def today(self) -> date:
        """Today in the instance's time zone."""
        return self.clock.now().astimezone(ZoneInfo(self.instance.settings.time_zone)).date()

    def acting(self, role: DatabaseRole) -> "Services":
        """Return the services as a role of the database; as they are where it has no way into it of its own."""
        return replace(self, engine=self.connections.own(role) or self.engine)

    def by_approved(self, day: date) -> "Services":
        """Return the services as they work for a day: by the approved files in force then."""
        return replace(self, instance=view_on(self.instance, self.engine, day))


@contextmanager
def open_services(
    home: Path | None = None,
    *,
    role: DatabaseRole | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Iterator[Services]:
    """Open an instance with its migrated database, by the approved files of today, and close the connections afterwards.

    :param role: who to be in the database, where that role has a way of its own into it.
    :raises RuleViolation: when the database does not fit this program, or refuses what the role has no right to.
    """
    with _opened(home, role, clock, progress) as services:
        if not fits(services.engine):
            migrate(services.acting(DatabaseRole.MIGRATE).engine)
        yield services.by_approved(services.today)


@contextmanager
def open_reader(home: Path | None = None, *, role: DatabaseRole | None = None) -> Iterator[Services]:
    """Open an instance for looking only, by the approved files of today: PostgreSQL refuses every write of its sessions.

    :raises RuleViolation: when the database does not fit this program.
    """
    with _opened(home, role, None, None) as services:
        check_schema(services.engine)
        reading = replace(services, engine=services.engine.execution_options(postgresql_readonly=True))
        yield reading.by_approved(reading.today)


@contextmanager
def _opened(
    home: Path | None, role: DatabaseRole | None, clock: Clock | None, progress: Progress | None
) -> Iterator[Services]:
    instance = open_instance(home)
    with Connections.of(instance) as connections:
        engine = connections.any(role)
        yield Services(instance, engine, clock or SystemClock(), progress or LogProgress(), connections)
