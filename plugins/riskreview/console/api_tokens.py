"""Owns the tokens by which programs use the console's interface: each stands for a login, reads or also writes, and ends; only hashes are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.console.grants import find_grant
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.console_policy import load_console_policy
from riskreview.policy.team import load_team

PREFIX = "rr_"
"""Tells a token of ours from one of Airflow's, also for tools that look for leaked secrets."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token stands for."""

    user_id: str
    writes: bool


def create_token(services: Services, *, user_id: str, name: str, writes: bool, days: int, actor: str) -> str:
    """Make a token for a login and return it; it cannot be shown again.

    :raises RuleViolation: when the login has no role, the name or the time is out of bounds, or the actor is no person of the team.
    """
    longest, now = load_console_policy(services.instance).longest_token_days, services.clock.now()
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise RuleViolation(f"a token has a name of 1 to {LONGEST_NAME} characters")
    if not 1 <= days <= longest:
        raise RuleViolation(f"a token lives 1 to {longest} days")
    person = _person(services, actor)
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction(services.engine) as connection:
        if find_grant(connection, user_id) is None:
            raise RuleViolation(f"the login {user_id} has no role; grant one first")
        values = {"user_id": user_id, "name": name.strip(), "sha256": _digest(token), "writes": writes, "created_by": person, "at": now,
                  "expires_at": now + timedelta(days=days)}  # fmt: skip
        number = connection.execute(text(sql("console", "insert_token")), values).scalar_one()
        new = {"login": user_id, "name": name.strip(), "writes": writes, "expires_at": values["expires_at"]}
        append(connection, [AuditEvent("console_token:created", "console_token", str(number), person, new=new)], at=now)
    return token


def revoke_token(services: Services, *, token_id: int, actor: str) -> None:
    """End a token at once; a second time changes nothing.

    :raises NotFound: when there is none. :raises RuleViolation: when the actor is no person of the team.
    """
    person, now = _person(services, actor), services.clock.now()
    with transaction(services.engine) as connection:
        found = connection.execute(
            text(sql("console", "revoke_token")), {"token_id": token_id, "by": person, "at": now}
        ).one_or_none()
        if found is None:
            raise NotFound(f"there is no token {token_id}")
        if found.was_revoked:
            return
        append(connection, [AuditEvent("console_token:revoked", "console_token", str(token_id), person)], at=now)


def list_tokens(connection: Connection) -> list[dict[str, Any]]:  # rows for people
    """Return every token without its hash, the newest first."""
    return [dict(row) for row in connection.execute(text(sql("console", "list_tokens"))).mappings()]


def find_bearer(services: Services, token: str, *, at: datetime) -> Bearer | None:
    """Return who a token stands for; None for one that is unknown, revoked or over."""
    with services.engine.connect() as connection:
        row = connection.execute(text(sql("console", "find_token")), {"sha256": _digest(token), "at": at}).one_or_none()
    return None if row is None else Bearer(row.user_id, row.writes)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(services: Services, actor: str) -> str:
    known = load_team(services.instance).person(actor)
    if known is None:
        raise RuleViolation(f"{actor} is no person of the team file")
    return known.id
