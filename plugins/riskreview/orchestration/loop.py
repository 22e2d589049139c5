"""Owns the order of the stages: the whole loop in one process, for the command line, tests and what-if."""

from datetime import date

from riskreview.foundation.services import Services
from riskreview.orchestration import stages
from riskreview.orchestration.continuous import watch_events
from riskreview.orchestration.log_keeping import checkpoint_audit

ORDER = (
    "ingest",
    "recompute_risk",
    "watch",
    "open_due_reviews",
    "activate_playbooks",
    "escalate",
    "deliver_notifications",
    "watch_events",
    "summarize_portfolio",
    "checkpoint_audit",
)
"""Names of the stages in the order the data flows; what escalating says is delivered by the same pass. Events that wait come last:
by then everybody is judged, so that each of them is one customer's."""


def run_loop(services: Services, *, as_of: date, triggered_by: str = "cli") -> dict[str, dict[str, int]]:
    """Run every stage once for a business date and return the counts per stage.

    Repeating it after any interruption leads to the state of an undisturbed run.

    :raises RiskReviewError: as soon as a stage fails; the stages after it did not run.
    """
    results = (
        stages.ingest(services, as_of=as_of, triggered_by=triggered_by),
        stages.recompute_risk(services, as_of=as_of, triggered_by=triggered_by),
        stages.watch(services, as_of=as_of, triggered_by=triggered_by),
        stages.open_reviews(services, as_of=as_of, triggered_by=triggered_by),
        stages.activate(services, as_of=as_of, triggered_by=triggered_by),
        stages.escalate(services, triggered_by=triggered_by),
        stages.deliver(services, triggered_by=triggered_by),
        watch_events(services, as_of=as_of, triggered_by=triggered_by),
        stages.summarize(services, as_of=as_of, triggered_by=triggered_by),
        checkpoint_audit(services, triggered_by=triggered_by),
    )
    return {result.stage: dict(result.counts) for result in results}
