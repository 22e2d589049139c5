"""Owns what becomes of one landed batch, and the order in which batches are taken."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import structlog

from riskreview.foundation import failpoints
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import Run
from riskreview.orchestration.counts import add_counts

if TYPE_CHECKING:
    from riskreview.intake.results import LandedBatch

LOG = structlog.get_logger("riskreview.orchestration")
VALIDATED = failpoints.register("stage.validated", "a batch is validated and not yet published")
PUBLISHED = failpoints.register("stage.published", "a batch is published, the ones after it are not")


def take_batches(services: Services, run: Run, batches: Iterable["LandedBatch"]) -> None:
    """Take batches in order, then those of any stage that were held until the customers came that these bring.

    CRM and finance deliver at the same time, so a ledger is looked at before its customers are there about as often as after them;
    waiting for the next pass would have everybody assessed without it. One whose bytes or mapping are gone stays as it is.
    """
    from riskreview.intake.use_cases import landed_again

    taken = sorted(batches, key=load_order)
    while taken:
        found: list[LandedBatch] = []
        for done, batch in enumerate(taken, start=1):
            for number in take_batch(services, run, batch):
                try:
                    found.append(landed_again(services, batch_id=number))
                except (BadInput, NotFound) as error:
                    LOG.warning("batch_stays", batch_id=number, problem=str(error))
            services.progress.advance(run.stage, done, len(taken))
        taken = sorted(found, key=load_order)


def take_batch(services: Services, run: Run, batch: "LandedBatch") -> tuple[int, ...]:
    """Validate a landed batch and publish it, unless it is held; return the batches that were held until its customers came."""
    from riskreview.facts.accounts import known_accounts
    from riskreview.facts.use_cases import publish_batch
    from riskreview.validation.use_cases import validate_batch

    verdict = validate_batch(
        services, batch_id=batch.batch_id, known_accounts=known_accounts(services, system=batch.system)
    )
    failpoints.reach(VALIDATED)
    add_counts(run.counts, quarantined=sum(verdict.quarantined.values()), duplicates=sum(verdict.duplicates.values()))
    if verdict.state == "held":
        add_counts(run.counts, held=1)
        return ()
    published = publish_batch(services, batch_id=batch.batch_id)
    failpoints.reach(PUBLISHED)
    add_counts(run.counts, published=1, rows_published=sum(published.appended.values()))
    return verdict.reopened


def load_order(batch: "LandedBatch") -> tuple[int, date, int]:
    """Return what sorts customers before what refers to them, older before newer; the batch number makes the order total."""
    from riskreview.policy.datasets import DATASETS

    ranks = list(DATASETS)
    first = min((ranks.index(item.dataset) for item in batch.datasets), default=len(ranks))
    return first, batch.as_of, batch.batch_id
