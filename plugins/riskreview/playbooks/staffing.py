"""Rules of naming people: every step of an activation gets an owner, a deputy, a due moment and a ladder in business time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from riskreview.mechanisms.duty import Rung
from riskreview.policy.calendars import Calendar, Deadline, calendar_of
from riskreview.policy.ladder import LadderRung, climb
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.team import Assignment, Team

ACCOUNT_OWNER = "account_owner"


def entitled(team: Team, duties: Mapping[str, Any], role: str) -> frozenset[str]:
    """Return who may have something of a role in a plan: by the role, as its deputy, by the final duty role.

    :param duties: the section of the plan, as it was pinned.
    """
    deputy = (duties["roles"].get(role) or {}).get("deputy")
    roles = [name for name in (role, deputy, team.final_duty_role) if name]
    return frozenset(name for one in roles for name in team.holders(one))


@dataclass(frozen=True, slots=True)
class Task:
    """Something one person must do until a moment.

    :param step_id: empty for acknowledging the activation itself.
    """

    step_id: str
    role: str
    owner: str
    deputy: str | None
    due_at: datetime
    calendar_incomplete: bool
    ladder: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one activation: who leads, who does which step, and which roles had nobody."""

    lead: Task
    steps: tuple[Task, ...]
    unmanned: tuple[Assignment, ...] = ()
    unmanned_roles: tuple[str, ...] = ()

    @property
    def calendar_incomplete(self) -> bool:
        """Tell whether a due moment rests on a year without published holidays."""
        return any(task.calendar_incomplete for task in (self.lead, *self.steps))


@dataclass(frozen=True, slots=True)
class Staff:
    """The team and its calendars at the moment an activation starts."""

    team: Team
    calendars: Mapping[str, Calendar]
    started_at: datetime
    day: date

    def roster(self, playbook: Playbook, account_owner: str | None) -> Roster:
        """Name the people of one activation.

        :param account_owner: the person who owns the customer, when in the team; stands for the role ``account_owner``.
        """
        duties = playbook.duties
        wanted = {role: self._assign(role, duties.roles[role].deputy if role in duties.roles else None, account_owner)
                  for role in dict.fromkeys((duties.incident_owner, *(step.role for step in playbook.measures.steps)))}  # fmt: skip
        lead = self._task(
            "", duties.incident_owner, wanted[duties.incident_owner], duties.acknowledge_within, duties.ladder
        )
        steps = tuple(
            self._task(step.id, step.role, wanted[step.role], step.deadline, duties.ladder)
            for step in playbook.measures.steps
        )
        gaps = {role: who for role, who in wanted.items() if who.nobody_available}
        return Roster(lead, steps, tuple(gaps.values()), tuple(gaps))

    def owner_of(self, owner_user: str | None) -> str | None:
        """Return the person id of a customer's owner if that person is in the team and present."""
        person = self.team.person(owner_user) if owner_user else None
        return person.id if person is not None and self.team.is_present(person.id, self.day) else None

    def _assign(self, role: str, deputy_role: str | None, account_owner: str | None) -> Assignment:
        found = self.team.on_duty(role, self.day)
        owner, second = found.owner, found.deputy
        if role == ACCOUNT_OWNER and account_owner is not None:
            owner, second = account_owner, None
        if second is None and deputy_role is not None:
            stand_in = self.team.on_duty(deputy_role, self.day)
            second = next((name for name in (stand_in.owner, stand_in.deputy) if name not in {None, owner}), None)
        nobody = found.nobody_available and owner == found.owner
        return Assignment(owner, second, role, nobody)

    def _task(self, step_id: str, role: str, who: Assignment, deadline: str, ladder: tuple[LadderRung, ...]) -> Task:
        person = self.team.person(who.owner)
        if person is None:
            raise LookupError(f"{who.owner} is no person of the team")
        calendar, zone = calendar_of(dict(self.calendars), person.calendar), ZoneInfo(person.time_zone)
        due = calendar.due(self.started_at, Deadline.parse(deadline), zone)
        rungs = climb(
            ladder, start=self.started_at, due_at=due.at, calendar=calendar, zone=zone, people_of=self._people_of
        )
        timed = tuple(Rung(0, rung.audience, rung.level, rung.at) for rung in rungs)
        return Task(step_id, role, who.owner, who.deputy, due.at, due.calendar_incomplete, timed)

    def _people_of(self, role: str) -> tuple[str, ...]:
        return (self.team.on_duty(role, self.day).owner,)
