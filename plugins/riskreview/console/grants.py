"""Owns the console's role table: which login is which person, and with which roles. Every change is in the event log."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.console.roles import Role
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.team import load_team

LONGEST_LOGIN = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """One login's person and roles."""

    user_id: str
    person: str
    roles: frozenset[Role]


def grant(services: Services, *, user_id: str, person: str, roles: Collection[str], actor: str) -> None:
    """Let a login in as a person of the team with roles; what it had before is replaced. The same grant again changes nothing.

    :param user_id: the login as Airflow's auth manager names it.
    :raises RuleViolation: when the person or a role does not exist, or an auditor would have another role beside it.
    :raises Conflict: when another login is this person already: one person with two logins could approve their own proposal.
    """
    wanted = _check(services, user_id, person, roles)
    now = services.clock.now()
    try:
        with transaction(services.engine) as connection:
            before = find_grant(connection, user_id)
            if before == Grant(user_id, person, wanted):
                return
            values = {"user_id": user_id, "person": person, "roles": sorted(wanted), "granted_by": actor, "at": now}
            connection.execute(text(sql("console", "grant_roles")), values)
            old = {} if before is None else {"person": before.person, "roles": sorted(before.roles)}
            new = {"person": person, "roles": sorted(wanted)}
            append(connection, [AuditEvent("console_user:granted", "console_user", user_id, actor, old, new)], at=now)
    except IntegrityError as error:
        if "console_user_person" in str(error.orig):
            raise Conflict(f"another login is {person} already; take that one's roles away first") from error
        raise


def revoke(services: Services, *, user_id: str, actor: str) -> None:
    """Take every role away from a login; it is shut out from its next request on.

    :raises NotFound: when it has none.
    """
    now = services.clock.now()
    with transaction(services.engine) as connection:
        before = find_grant(connection, user_id)
        if before is None:
            raise NotFound(f"the login {user_id} has no role")
        connection.execute(text(sql("console", "revoke_roles")), {"user_id": user_id})
        old = {"person": before.person, "roles": sorted(before.roles)}
        append(connection, [AuditEvent("console_user:revoked", "console_user", user_id, actor, old)], at=now)


def find_grant(connection: Connection, user_id: str) -> Grant | None:
    """Return what a login may be, None for one that may nothing."""
    row = connection.execute(text(sql("console", "find_grant")), {"user_id": user_id}).one_or_none()
    return None if row is None else Grant(row.user_id, row.person, frozenset(Role(role) for role in row.roles))


def list_grants(connection: Connection) -> list[dict[str, Any]]:  # rows for people
    """Return every login with its person, roles, and who granted them when."""
    return [dict(row) for row in connection.execute(text(sql("console", "list_grants"))).mappings()]


def _check(services: Services, user_id: str, person: str, roles: Collection[str]) -> frozenset[Role]:
    if not user_id.strip() or len(user_id) > LONGEST_LOGIN:
        raise RuleViolation("a login has 1 to 200 characters")
    known = load_team(services.instance).person(person)
    if known is None or known.id != person:
        raise RuleViolation(f"{person} is no person id of the team file")
    wrong = sorted(set(roles) - set(Role))
    if wrong or not roles:
        raise RuleViolation(f"{', '.join(wrong) or 'nothing'} is no role; the roles are {', '.join(Role)}")
    found = frozenset(Role(role) for role in roles)
    if Role.auditor in found and len(found) > 1:
        raise RuleViolation("an auditor has no other role: who inspects does not act")
    return found
