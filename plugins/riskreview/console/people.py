"""Owns turning a login into a visitor: its roles from the role table, its person from the team file, both read anew."""

from functools import lru_cache
from pathlib import Path

from riskreview.console.grants import find_grant
from riskreview.console.visit import Visitor
from riskreview.foundation.services import Services
from riskreview.policy.calendars import own_calendar
from riskreview.policy.team import Team, read_team


class Doorkeeper:
    """Knows who may come in."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._calendar = own_calendar(services.instance)

    def visitor(self, user_id: str) -> tuple[Visitor | None, Team]:
        """Return who a login is; None for one without roles, or whose person left the team."""
        instance = self._services.instance
        path = instance.configuration_file("policies", "team.yaml")
        team = _team(path, path.stat().st_mtime_ns, instance.settings.time_zone, self._calendar)
        with self._services.engine.connect() as connection:
            found = find_grant(connection, user_id)
        person = team.person(found.person) if found else None
        if found is None or person is None:
            return None, team
        return Visitor(user_id, person.id, person.name, found.roles, person.language, person.time_zone,
                       (person.id, *person.aliases)), team  # fmt: skip


@lru_cache(maxsize=4)
def _team(path: Path, _version: int, time_zone: str, calendar: str) -> Team:
    return read_team(path).living_by(time_zone, calendar)
