"""Owns the rule that one process at a time writes fact tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from riskreview.foundation.services import Services

PUBLISH_LOCK = 7240004


@contextmanager
def one_publisher(services: Services) -> Iterator[None]:
    """Wait for the lock and hold it during the block; PostgreSQL drops it when the process dies."""
    with services.engine.connect() as connection:
        connection.execute(text("SELECT set_config('lock_timeout', '0', true)"))  # a large batch may take minutes
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": PUBLISH_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": PUBLISH_LOCK})
            connection.commit()
