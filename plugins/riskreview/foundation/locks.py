"""Owns holding an advisory lock of PostgreSQL beside the work it guards; the server frees it when its holder dies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine, text

from riskreview.foundation.sql import sql

WAIT_SECONDS = 60


@contextmanager
def held_lock(
    engine: Engine, take: str, values: Mapping[str, object], *, wait_seconds: int = WAIT_SECONDS
) -> Iterator[None]:
    """Hold a lock around a block.

    It belongs to an idle transaction of its own, not to a session, so that it also holds behind a pooler that gives each transaction
    another session. Such a transaction sees nothing, hinders no cleaning up, and may idle as long as the block lasts.

    :param take: a statement that takes a transaction's advisory lock.
    :param wait_seconds: how long to wait for it; 0 for ever.
    """
    connection = engine.connect()
    try:
        connection.execute(text(sql("foundation", "prepare_to_hold")), {"wait": f"{wait_seconds}s"})
        connection.execute(text(take), dict(values))
        yield
    finally:
        connection.invalidate()  # closing the session frees the lock, whatever state it is in
        connection.close()
