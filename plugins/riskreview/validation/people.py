"""Owns who hears of trouble with a feed and who may decide about it."""

from collections.abc import Collection
from datetime import date

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.policy.team import Team, load_team

ENGINEER = "data_engineer"
"""The role that looks after feeds, refused rows and held batches."""


def audience(instance: Instance, day: date) -> tuple[str, ...]:
    """Return who is on duty for feeds: owner and deputy, or the role itself while there is no team."""
    team = _team(instance)
    if team is None:
        return (ENGINEER,)
    duty = team.on_duty(ENGINEER, day)
    return (duty.owner,) if duty.deputy is None else (duty.owner, duty.deputy)


def check_can_decide(instance: Instance, actor: str, *, roles: Collection[str] = (ENGINEER,)) -> str:
    """Return the person's id; an alias counts as the person, so that one person cannot be two.

    :raises RuleViolation: when the actor is no person of the team with one of the roles.
    """
    team = _team(instance)
    if actor.startswith("system:") or not actor.strip():
        raise RuleViolation("a person decides about refused rows, not a stage")
    if team is None:
        return actor
    person = team.person(actor)
    if person is None:
        raise RuleViolation(f"{actor} is no person of the team; give the id of one of team.yaml")
    if not set(person.roles) & set(roles):
        raise RuleViolation(f"{actor} has none of the roles {', '.join(sorted(set(roles)))}")
    return person.id


def others(instance: Instance, roles: Collection[str], person: str) -> tuple[str, ...]:
    """Return everybody but ``person`` who has one of the roles, empty while there is no team."""
    team = _team(instance)
    found = () if team is None else team.persons
    return tuple(item.id for item in found if item.id != person and set(item.roles) & set(roles))


def _team(instance: Instance) -> Team | None:
    if not instance.configuration_file("policies", "team.yaml").exists():
        return None
    return load_team(instance)
