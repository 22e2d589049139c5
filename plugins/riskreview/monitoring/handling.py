"""Owns who may work on a signal and how long it may be put off. Pure; roles and days are the policy's."""

from collections.abc import Sequence
from datetime import date, timedelta

from riskreview.foundation.errors import RuleViolation
from riskreview.monitoring.lifecycle import HANDLER, JUDGE
from riskreview.policy.monitoring_policy import HandlingRule, SeverityWord, SnoozeRule
from riskreview.policy.team import Team


def person_of(team: Team, actor: str) -> str:
    """Return the id of a person; an alias counts as the person, so that one person cannot be two.

    :raises RuleViolation: for anybody else.
    """
    person = team.person(actor)
    if person is None:
        raise RuleViolation(f"{actor or 'nobody'} is no person of the team")
    return person.id


def roles_at(
    team: Team, rule: HandlingRule, person: str, *, told: Sequence[str], owner_user: str | None, severity: SeverityWord
) -> tuple[str, ...]:  # fmt: skip
    """Return what a person is to a signal: its handler, or its handler and judge.

    :param told: the roles its rule tells; ``owner_user`` is the customer's owner as the CRM names it.
    :raises RuleViolation: for anybody else.
    """
    owner = team.person(owner_user or "")
    roles, allowed = set(team.roles_of(person)), dict.fromkeys((*told, *rule.roles))
    if not (owner is not None and owner.id == person) and not roles & set(allowed):
        raise RuleViolation(
            f"only the owner of the customer or {', '.join(allowed)} may work on this signal; {person} is neither"
        )
    return (HANDLER, JUDGE) if roles & set(rule.false_positive[severity]) else (HANDLER,)


def check_may_dismiss(rule: HandlingRule, roles: Sequence[str], *, severity: SeverityWord) -> None:
    """Let judges alone say that a signal was none.

    :raises RuleViolation: naming the roles that may.
    """
    if JUDGE not in roles:
        may = ", ".join(rule.false_positive[severity]) or "nobody"
        raise RuleViolation(f"a signal of the severity {severity} is closed as a false positive by {may}")


def check_reason(text: str, least: int) -> str:
    """Return a reason without blanks around it.

    :raises RuleViolation: when it says nothing.
    """
    found = text.strip()
    if len(found) < least:
        raise RuleViolation(f"a reason has at least {least} characters")
    return found


def check_snooze(rule: SnoozeRule, *, severity: SeverityWord, first_on: date | None, today: date, until: date) -> date:
    """Return the day from which the days of a signal's snooze count.

    :param first_on: the day it was first put off at its severity; putting it off again does not start anew.
    :raises RuleViolation: when it may not be put off, or not so long.
    """
    days, start = rule.longest_days[severity], first_on or today
    if days == 0:
        raise RuleViolation(f"a signal of the severity {severity} may not be put off")
    if until <= today:
        raise RuleViolation(f"a signal is put off until a day after today, {today}; found {until}")
    latest = start + timedelta(days=days)
    if until > latest:
        raise RuleViolation(
            f"a signal of the severity {severity} may be put off {days} days in all since {start}, until {latest} at most; found {until}"
        )
    return start
