"""Owns who has to decide a proposal, by when, and who hears when it is not decided."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.mechanisms.duty import NewDuty, Rung
from riskreview.policy.calendars import Deadline, calendar_of, load_calendars
from riskreview.policy.ladder import climb
from riskreview.policy.risk_policy import Policy
from riskreview.policy.team import Team


def find_approver(team: Team, policy: Policy, author: str, kind: str, day: date) -> str:
    """Return the first present person who may decide what ``author`` proposes; an absent one where nobody is present.

    :raises RuleViolation: when the team has nobody who may.
    """
    able = _able(team, policy, author, kind)
    if not able:
        roles = policy.opinions.kinds[kind].approve  # type: ignore[index]  # any word may be asked for
        raise RuleViolation(
            f"nobody of the team may decide what {author} proposes: it takes {', '.join(roles)} of higher rank"
        )
    return next((name for name in able if team.is_present(name, day)), able[0])


def decision_duty(  # noqa: PLR0913, PLR0917, RUF100  the parts of one duty
    instance: Instance, team: Team, policy: Policy, approver: str, opinion_id: int, customer_id: str, *, author: str, kind: str, at: datetime
) -> NewDuty:  # fmt: skip
    """Return the duty to decide a proposal in the approver's business time; others who may decide it may take it over."""
    person = team.person(approver)
    if person is None:
        raise LookupError(f"{approver} is no person of the team")
    opinions, zone = policy.opinions, ZoneInfo(person.time_zone)
    clock = calendar_of(load_calendars(instance), person.calendar)
    due_at = clock.due(at, Deadline.parse(opinions.decide_within), zone).at
    rungs = climb(opinions.ladder, start=at, due_at=due_at, calendar=clock, zone=zone,
                  people_of=lambda role: (team.on_duty(role, due_at.astimezone(zone).date()).owner,))  # fmt: skip
    ladder = tuple(Rung(0, rung.audience, rung.level, rung.at) for rung in rungs)
    roles = opinions.kinds[kind].approve  # type: ignore[index]  # any word may be asked for
    role = next(role for role in roles if role in person.roles)
    able = _able(team, policy, author, kind)
    barred = sorted({name for role in roles for name in team.holders(role)} - set(able) | {author})
    return NewDuty("opinion_decision", "opinion", str(opinion_id), role, approver, None, due_at, ladder,
                   {"opinion_id": opinion_id, "customer_id": customer_id}, tuple(roles), tuple(barred))  # fmt: skip


def _able(team: Team, policy: Policy, author: str, kind: str) -> list[str]:
    opinions = policy.opinions
    rank = opinions.rank_of(team.roles_of(author))
    roles = opinions.kinds[kind].approve  # type: ignore[index]  # any word may be asked for
    return [name for role in roles for name in team.holders(role)
            if name != author and (kind == "worse" or opinions.rank_of(team.roles_of(name)) > rank)]  # fmt: skip
