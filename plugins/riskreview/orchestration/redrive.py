"""Owns publishing what people let out of quarantine: the decision is validation's, the append is that of facts."""

from collections.abc import Collection

import structlog
from sqlalchemy import text

from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.orchestration.locks import WAIT_SECONDS, Lock, stage_lock
from riskreview.validation.results import Redriven

LOG = structlog.get_logger("riskreview.orchestration")
PAGE_WAIT_SECONDS = 10
"""How long somebody before a page waits for an ingest that is under way."""


class Publisher:
    """Publishes for the console, which does not wait long for an ingest that is under way."""

    def release(self, services: Services, *, ids: Collection[int], actor: str, reason: str) -> Redriven:
        """Accept quarantined rows as they are and publish them."""
        return release_rows(services, ids=ids, actor=actor, reason=reason, wait_seconds=PAGE_WAIT_SECONDS)

    def redrive(self, services: Services, *, ids: Collection[int], actor: str) -> Redriven:
        """Read quarantined rows again and publish those that pass."""
        return redrive_rows(services, batch_id=None, ids=ids, actor=actor, wait_seconds=PAGE_WAIT_SECONDS)


@as_role(DatabaseRole.INGEST)
def release_rows(
    services: Services, *, ids: Collection[int], actor: str, reason: str, wait_seconds: int = WAIT_SECONDS
) -> Redriven:
    """Accept quarantined rows as they are and publish them."""
    from riskreview.validation.quarantine import release

    with stage_lock(services, Lock.INGEST, wait_seconds=wait_seconds):
        return _publish(services, release(services, ids=ids, actor=actor, reason=reason))


@as_role(DatabaseRole.INGEST)
def redrive_rows(
    services: Services, *, batch_id: int | None, ids: Collection[int], actor: str, wait_seconds: int = WAIT_SECONDS
) -> Redriven:
    """Read quarantined rows again with today's mapping and publish those that pass."""
    from riskreview.validation.quarantine import redrive

    with stage_lock(services, Lock.INGEST, wait_seconds=wait_seconds):
        return _publish(services, redrive(services, batch_id=batch_id, ids=ids, actor=actor))


def take_found_orphans(services: Services) -> int:
    """Publish the rows whose customer was delivered after them, and return how many: the order of deliveries must not matter.

    A batch whose bytes or mapping are gone keeps its rows in quarantine, where people see them.
    """
    from riskreview.validation.quarantine import found_orphans, redrive_found

    taken = 0
    for batch_id, ids in found_orphans(services).items():
        try:
            done = _publish(services, redrive_found(services, ids=ids))
        except (BadInput, NotFound) as error:
            LOG.warning("orphans_stay", batch_id=batch_id, problem=str(error))
            continue
        taken += sum(done.passed.values())
    return taken


def publish_let_through(services: Services) -> int:
    """Publish rows that were let through by somebody who was stopped before publishing them; returns of how many batches."""
    with services.engine.connect() as connection:
        batches = connection.execute(text(sql("validation", "unpublished_rows"))).scalars().all()
    _publish(services, Redriven(tuple(batches), {}, 0))
    return len(batches)


def _publish(services: Services, done: Redriven) -> Redriven:
    from riskreview.facts.use_cases import publish_batch

    for batch_id in done.batch_ids:
        publish_batch(services, batch_id=batch_id)
    return done
