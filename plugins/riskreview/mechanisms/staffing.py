"""Owns who has to decide or carry out something about a customer, by when, and who hears when it is not done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import NewDuty, Rung
from riskreview.policy.calendars import Calendar, Deadline, calendar_of, load_calendars
from riskreview.policy.ladder import climb
from riskreview.policy.review_policy import ReviewPolicy, load_review_policy
from riskreview.policy.team import Team, load_team

Steps = Sequence[Sequence[str]]
"""The roles of each step of an approval; each step takes another person."""


@dataclass(frozen=True, slots=True)
class Staff:
    """People, calendars and the review policy of one act, with its moment.

    :param untrained: people with a mandatory training that lapsed, who cannot approve.
    """

    team: Team
    calendars: Mapping[str, Calendar]
    policy: ReviewPolicy
    now: datetime
    today: date
    untrained: frozenset[str] = frozenset()

    @classmethod
    def of(cls, services: Services) -> "Staff":
        """Read them for the present moment."""
        instance, now = services.instance, services.clock.now()
        today = now.astimezone(ZoneInfo(instance.settings.time_zone)).date()
        with transaction(services.engine) as connection:
            untrained = frozenset(connection.execute(text(sql("mechanisms", "untrained")), {"at": now}).scalars())
        return cls(load_team(instance), load_calendars(instance), load_review_policy(instance), now, today, untrained)

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Return the roles of a person, empty for a stranger."""
        return self.team.roles_of(person)

    def clock_of(self, person: str) -> tuple[Calendar, ZoneInfo]:
        """Return calendar and zone of a person; those of whoever has the final duty for one who left the team."""
        found = self.team.person(person) or self.team.by_name()[self.team.order(self.team.final_duty_role)[0]]
        return calendar_of(self.calendars, found.calendar), ZoneInfo(found.time_zone)

    def decider(self, roles: Collection[str], *, but: Collection[str], what: str = "decide") -> str:
        """Return the first person with one of the roles who is not ``but``: present and trained where there is one, else present.

        :param what: they would do, for the refusal.
        :raises RuleViolation: when the team has nobody else.
        """
        able = [name for role in roles for name in self.team.holders(role) if name not in but]
        if not able:
            raise RuleViolation(
                f"nobody but {', '.join(sorted(but))} may {what}; give another person the role {' or '.join(roles)} in policies/team.yaml"
            )
        return min(able, key=lambda name: (not self.team.is_present(name, self.today), name in self.untrained))

    def are_enough(self, steps: Steps, *, but: Collection[str]) -> bool:
        """Tell whether every step of an approval can have a person of its own, none of ``but``."""
        return _matches(self._able(steps, but), frozenset())

    def step_decider(self, steps: Steps, *, but: Collection[str]) -> tuple[str, tuple[str, ...]]:
        """Return who is asked to decide the first of the steps that are left, and who may not: ``but`` and whoever a later step needs.

        :raises RuleViolation: when the team has nobody else.
        """
        barred = (*but, *sorted(self._needed_later(steps, but)))
        return self.decider(steps[0], but=barred), barred

    def check_spared(self, person: str, steps: Steps, *, but: Collection[str]) -> None:
        """Check that somebody who decides the first of the steps that are left is not needed for a later one.

        :raises RuleViolation: when another person could decide this step and nobody else a later one.
        """
        if person in self._needed_later(steps, but):
            raise RuleViolation(
                f"{person} is needed for a later step, which nobody else is left for; another person with the role {' or '.join(steps[0])} must decide this one"
            )

    def _needed_later(self, steps: Steps, but: Collection[str]) -> frozenset[str]:
        """Return who could decide the first step and would leave a later one without anybody; nobody where each would."""
        first, *later = self._able(steps, but)
        needed = frozenset(name for name in first if not _matches(later, frozenset({name})))
        return needed if needed < first else frozenset()

    def _able(self, steps: Steps, but: Collection[str]) -> list[frozenset[str]]:
        return [frozenset(name for role in roles for name in self.team.holders(role)) - set(but) for roles in steps]

    def is_gone(self, name: str, due_at: datetime) -> bool:
        """Tell whether somebody left the team, or is away until a duty is due; at most as long as the policy lets it wait counts."""
        if self.team.person(name) is None:
            return True
        wait = self.today + timedelta(days=self.policy.handover_after_days)
        return self.is_away(name, until=max(self.today, min(wait, due_at.astimezone(self.clock_of(name)[1]).date())))

    def has_lost(self, name: str, role: str, roles: Collection[str]) -> bool:
        """Tell whether somebody who had a duty by a role has none of the roles any more by which one may have it."""
        return role in roles and not set(roles) & set(self.roles_of(name))

    def is_away(self, name: str, *, until: date) -> bool:
        """Tell whether somebody left the team or is absent on every day from today until another one."""
        days = (self.today + timedelta(days=number) for number in range((until - self.today).days + 1))
        return self.team.person(name) is None or not any(self.team.is_present(name, day) for day in days)

    def absence_of(self, name: str) -> str:
        """Return why somebody cannot have what they had."""
        if self.team.person(name) is None:
            return "left"
        return "role_lost" if self.team.is_present(name, self.today) else "absent"

    def decision_duty(  # noqa: PLR0913, PLR0917, RUF100  the parts of one duty
        self, kind: str, subject: tuple[str, str], person: str, roles: Sequence[str], facts: Mapping[str, object],
        within: str | None = None, but: Collection[str] = (),
    ) -> NewDuty:  # fmt: skip
        """Return the duty of a person to decide or to act in time; the ladder climbs, and no rung ever decides.

        :param roles: the person has one of them, or the duty for being who they are; whoever else has one may take it over, but for ``but``.
        :param within: how long it may take; None for as long as a decision.
        """
        own = self.roles_of(person)
        role = next((role for role in (*roles, *own) if role in own), "")
        calendar, zone = self.clock_of(person)
        approval = self.policy.approval
        due_at = calendar.due(self.now, Deadline.parse(within or approval.within), zone).at
        rungs = climb(approval.ladder, start=self.now, due_at=due_at, calendar=calendar, zone=zone,
                      people_of=lambda name: (self.team.on_duty(name, due_at.astimezone(zone).date()).owner,))  # fmt: skip
        ladder = tuple(Rung(0, rung.audience, rung.level, rung.at) for rung in rungs)
        return NewDuty(
            kind,
            *subject,
            role,
            person,
            None,
            due_at,
            ladder,
            {**facts, "due_at": due_at},
            tuple(roles),
            tuple(sorted(but)),
        )


def _matches(able: Sequence[frozenset[str]], taken: frozenset[str]) -> bool:
    """Tell whether every step can have a person of its own who is not taken; there are four at most, so all ways are tried."""
    return not able or any(_matches(able[1:], taken | {person}) for person in able[0] - taken)
