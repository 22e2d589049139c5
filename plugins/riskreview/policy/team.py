"""Owns the team file: who works here, in which language and zone, in which roles, and who is on duty on a given day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.calendars import own_calendar
from riskreview.policy.preferences import Preferences
from riskreview.policy.roles import Role, known_role


class Person(StrictModel):
    """One member of the team.

    ``id`` is what duties, messages and the event log name; ``aliases`` are user ids the CRM systems use for the same person.
    ``channels`` maps a channel name (``mail``, ``wecom``, ...) to the address there, the preferred one first.
    Whose ``time_zone`` or ``calendar`` is left out lives by the instance's, see ``Team.living_by``.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_.-]{1,39}$")
    name: str = Field(min_length=1)
    language: str = Field("en", pattern=r"^(en|zh)$")
    time_zone: str = "Asia/Shanghai"
    calendar: str = Field("cn", description="code of the business calendar in calendars/")
    channels: dict[str, str] = Field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    aliases: tuple[str, ...] = ()
    preferences: Preferences = Preferences()  # type: ignore[call-arg]  # all defaulted
    reviews_per_day: int = Field(5, ge=1, le=1000, description="how many reviews a working day this person can take")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"E-POLICY-ZONE {value} is no time zone") from error
        return value


class Absence(StrictModel):
    """A person's absence, both days included."""

    person: str
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("E-POLICY-DATE an absence ends before it begins")
        return self


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is on duty: the owner and, when there is a second person, the deputy.

    :param role: the role that was found; the final duty role when nobody of the wanted one is available.
    :param nobody_available: the wanted role had nobody, which is an incident.
    """

    owner: str
    deputy: str | None
    role: str
    nobody_available: bool = False


class Team(StrictModel):
    """``policies/team.yaml``. A role without a duty order uses the persons who have it, in the order of the file."""

    persons: tuple[Person, ...] = Field(min_length=1)
    final_duty_role: str
    duty_order: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    absences: tuple[Absence, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        ids = [person.id for person in self.persons]
        known = [*ids, *(alias for person in self.persons for alias in person.aliases)]
        twice = next((name for name in known if known.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-TEAM-DUPLICATE {twice} names two persons")
        named = [name for order in self.duty_order.values() for name in order] + [item.person for item in self.absences]
        unknown = next((name for name in named if name not in ids), None)
        if unknown is not None:
            raise ValueError(f"E-TEAM-PERSON {unknown} is no person of the team")
        for role in (self.final_duty_role, *self.duty_order):
            known_role(role)
        for role, order in self.duty_order.items():
            without = next((name for name in order if role not in self._by_name[name].roles), None)
            if without is not None:
                raise ValueError(
                    f"E-TEAM-DUTY {without} stands in the duty order of {role} without that role; give {without} the role or take the name out"
                )
        if not self.order(self.final_duty_role):
            raise ValueError(f"E-TEAM-FINAL nobody has the final duty role {self.final_duty_role}")
        return self

    def living_by(self, time_zone: str, calendar: str) -> "Team":
        """Return the team in which whoever names no time zone or no calendar has these."""
        own = {"time_zone": time_zone, "calendar": calendar}
        lacking = [
            {name: value for name, value in own.items() if name not in person.model_fields_set}
            for person in self.persons
        ]
        if not any(lacking):
            return self
        persons = (person.model_copy(update=update) for person, update in zip(self.persons, lacking, strict=True))
        rest = {name: getattr(self, name) for name in type(self).model_fields}
        return self.model_construct(**{**rest, "persons": tuple(persons)})

    def order(self, role: str) -> tuple[str, ...]:
        """Return the person ids of a role in duty order."""
        if role in self.duty_order:
            return self.duty_order[role]
        return tuple(person.id for person in self.persons if role in person.roles)

    def holders(self, role: str) -> tuple[str, ...]:
        """Return everybody who has a role, those of its duty order first."""
        having = (person.id for person in self.persons if role in person.roles)
        return tuple(dict.fromkeys((*self.order(role), *having)))

    def on_duty(self, role: str, day: date) -> Assignment:
        """Return who has ``role`` on ``day``: the first present person of the duty order, the next one as deputy.

        Nobody present means the final duty role, and if that is absent too, its first person all the same: somebody is always named.
        """
        present = [name for name in self.order(role) if self.is_present(name, day)]
        if present:
            return Assignment(present[0], present[1] if len(present) > 1 else None, role)
        last = self.order(self.final_duty_role)
        here = [name for name in last if self.is_present(name, day)] or list(last)
        return Assignment(here[0], here[1] if len(here) > 1 else None, self.final_duty_role, nobody_available=True)

    def is_present(self, person: str, day: date) -> bool:
        """Tell whether no absence of the person covers the day."""
        return not any(item.first_day <= day <= item.last_day for item in self._absences_of.get(person, ()))

    def stand_in(self, name: str, day: date) -> str | None:
        """Return who hears beside an absent person: the first present one with a role of theirs, else with the final duty role.

        None for somebody who is present or no person of the team, and where everybody is away.
        """
        person = self.person(name)
        if person is None or self.is_present(person.id, day):
            return None
        others = [other for role in (*person.roles, self.final_duty_role) for other in self.holders(role)]
        return next((other for other in others if self.is_present(other, day)), None)

    def person(self, name: str) -> Person | None:
        """Return a person by id or by the user id a CRM uses, else None."""
        return self._by_name.get(name)

    def by_name(self) -> Mapping[str, Person]:
        """Return all persons by id and by alias."""
        return self._by_name

    @cached_property
    def _absences_of(self) -> dict[str, list[Absence]]:
        found: dict[str, list[Absence]] = {}
        for item in self.absences:
            found.setdefault(item.person, []).append(item)
        return found

    @cached_property
    def _by_name(self) -> dict[str, Person]:
        return {name: person for person in self.persons for name in (person.id, *person.aliases)}

    def roles_of(self, name: str) -> tuple[str, ...]:
        """Return the roles of a person by id; a stranger has none, nor has an alias, so that one person cannot be two."""
        found = self.person(name)
        return found.roles if found and found.id == name else ()


def load_team(instance: Instance) -> Team:
    """Read ``policies/team.yaml`` of an instance, else the shipped example; who names no time zone or calendar has the instance's.

    :raises BadInput: naming the line that is wrong.
    """
    found = read_team(instance.configuration_file("policies", "team.yaml"))
    return found.living_by(instance.settings.time_zone, own_calendar(instance))


def read_team(path: Path) -> Team:
    """Read one team file by itself.

    :raises BadInput: naming the line that is wrong.
    """
    return load_yaml(path, Team)
