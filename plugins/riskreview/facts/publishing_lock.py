"""Owns the rule that one process at a time writes fact tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from riskreview.foundation.locks import held_lock
from riskreview.foundation.services import Services

PUBLISH_LOCK = 7240004


@contextmanager
def one_publisher(services: Services) -> Iterator[None]:
    """Wait for the lock and hold it during the block; PostgreSQL drops it when the process dies."""
    take = "SELECT pg_advisory_xact_lock(:key)"
    with held_lock(services.engine, take, {"key": PUBLISH_LOCK}, wait_seconds=0):  # a large batch may take minutes
        yield
