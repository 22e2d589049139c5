"""Owns answering a program once for each of its keys: the same request again gets the same answer and does nothing again."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import text

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given before."""

    status: int
    body: str


def begin(services: Services, *, user_id: str, key: str, request: bytes) -> Stored | None:
    """Note that a request is worked on; return the answer when it was answered before.

    A request whose answer was lost may be sent again after a minute; what it did is not done twice, because versions move.

    :raises Conflict: when it is being worked on. :raises RuleViolation: when the key belongs to another request, or is none.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise RuleViolation(f"an idempotency key has 1 to {LONGEST_KEY} characters")
    digest = hashlib.sha256(request).hexdigest()
    values = {"user_id": user_id, "key": key, "request": digest, "at": services.clock.now()}
    with transaction(services.engine) as connection:
        if connection.execute(text(sql("console", "begin_answer")), values).one_or_none() is not None:
            return None
        found = connection.execute(text(sql("console", "find_answer")), values).one()
    if found.request != digest:
        raise RuleViolation("this idempotency key was used for another request")
    if found.status is None:
        raise Conflict("this request is being worked on")
    return Stored(found.status, found.body)


def end(services: Services, *, user_id: str, key: str, answer: Stored) -> None:
    """Keep the answer."""
    values = {"user_id": user_id, "key": key, "status": answer.status, "body": answer.body}
    with transaction(services.engine) as connection:
        connection.execute(text(sql("console", "end_answer")), values)
