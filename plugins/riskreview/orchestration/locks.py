"""Owns that a stage runs once at a time: an advisory lock in PostgreSQL, freed by the server when its holder dies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from riskreview.foundation.database import LOCK_NOT_AVAILABLE
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.locks import held_lock
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

NAMESPACE = 724_0002
"""First key of our advisory locks; the second is the stage's."""
WAIT_SECONDS = 900
"""How long the second of two triggers waits for the first."""


class Lock(IntEnum):
    """The locks; both ingests share one, because they write the same customers.

    ``JUDGING`` orders the judging of single customers and the beginning of that of everybody: whichever has it first has the lower run
    number and knows no later facts.
    """

    INGEST = 1
    RECOMPUTE = 2
    WATCH = 3
    REVIEWS = 4
    PLAYBOOKS = 5
    DELIVERY = 6
    ESCALATION = 7
    PORTFOLIO = 8
    EVENTS = 9
    CRM = 11
    JUDGING = 10
    CHECKPOINT = 12
    INVARIANTS = 13


@contextmanager
def stage_lock(
    services: Services, lock: Lock, *, shared: bool = False, wait_seconds: int = WAIT_SECONDS
) -> Iterator[None]:
    """Hold a stage's lock around a block; ``shared`` waits for the exclusive holder but not for other sharers.

    :raises Unavailable: when somebody else kept it for ``wait_seconds``.
    """
    take = sql("orchestration", "take_shared_lock" if shared else "take_lock")
    values = {"namespace": NAMESPACE, "lock": int(lock)}
    with ExitStack() as held:
        try:
            held.enter_context(held_lock(services.engine, take, values, wait_seconds=wait_seconds))
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise
            raise Unavailable(f"another run of the stage {lock.name.lower()} is still under way") from error
        yield


def somebody_waits(services: Services, lock: Lock) -> bool:
    """Tell whether another run waits for the lock exclusively."""
    return _tells(services, "somebody_waits", lock)


def is_held(services: Services, lock: Lock) -> bool:
    """Tell whether a run holds the lock exclusively."""
    return _tells(services, "is_held", lock)


def _tells(services: Services, statement: str, lock: Lock) -> bool:
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("orchestration", statement)), {"namespace": NAMESPACE, "lock": int(lock)})
        return bool(found.scalar_one())
