"""Owns what becomes of one landed batch, and the order in which batches are taken."""

from datetime import date
from typing import TYPE_CHECKING

from riskreview.foundation import failpoints
from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import Run
from riskreview.orchestration.counts import add_counts

if TYPE_CHECKING:
    from riskreview.intake.results import LandedBatch

VALIDATED = failpoints.register("stage.validated", "a batch is validated and not yet published")
PUBLISHED = failpoints.register("stage.published", "a batch is published, the ones after it are not")


def take_batch(services: Services, run: Run, batch: "LandedBatch") -> None:
    """Validate a landed batch and publish it, unless it is held."""
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
        return
    published = publish_batch(services, batch_id=batch.batch_id)
    failpoints.reach(PUBLISHED)
    add_counts(run.counts, published=1, rows_published=sum(published.appended.values()))


def load_order(batch: "LandedBatch") -> tuple[int, date, int]:
    """Return what sorts customers before what refers to them, older before newer; the batch number makes the order total."""
    from riskreview.policy.datasets import DATASETS

    ranks = list(DATASETS)
    first = min((ranks.index(item.dataset) for item in batch.datasets), default=len(ranks))
    return first, batch.as_of, batch.batch_id
