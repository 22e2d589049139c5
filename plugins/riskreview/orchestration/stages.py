"""Owns the stages of the loop: each composes use cases of the rooms, holds its lock and is recorded in the run history.

Knows no Airflow. Every stage may be repeated at any moment: what it did before it does not do again.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from riskreview.foundation import failpoints
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.gate.installing import by_policy
from riskreview.mechanisms.runs import Run
from riskreview.orchestration.batches import take_batches
from riskreview.orchestration.counts import add_counts, counts_of
from riskreview.orchestration.locks import Lock, somebody_waits
from riskreview.orchestration.news import waiting_day
from riskreview.orchestration.passes import (
    BACKFILL,
    StageResult,
    business_today,
    exclusive_run,
    run_pass,
    silent,
)
from riskreview.orchestration.recompute import recompute_risk
from riskreview.orchestration.redrive import publish_let_through, take_found_orphans

if TYPE_CHECKING:
    from riskreview.crm.connections import FindConnection
    from riskreview.intake.results import LandedBatch, PassedOver

__all__ = ["BACKFILL", "StageResult", "business_today", "exclusive_run", "recompute_risk"]

LANDED = failpoints.register("stage.landed", "extracts are landed, none of them is validated yet")
WATCHED = failpoints.register("stage.watched", "signals are stored, the run is not recorded as finished")
REVIEWED = failpoints.register("stage.reviewed", "reviews are opened, the run is not recorded as finished")
ACTIVATED = failpoints.register("stage.activated", "playbooks are activated, the run is not recorded as finished")
DELIVERED = failpoints.register("stage.delivered", "messages are sent, the run is not recorded as finished")
SUMMARIZED = failpoints.register("stage.summarized", "the portfolio is summarized, the run is not recorded as finished")
ESCALATED = failpoints.register("stage.escalated", "overdue duties are escalated, the run is not recorded as finished")


@as_role(DatabaseRole.INGEST)
def ingest(
    services: Services, *, stage: str | None = None, as_of: date | None = None, triggered_by: str = "cli",
    connections: "FindConnection | None" = None,
) -> StageResult:  # fmt: skip
    """Pull the CRM sources of a stage (``crm``, ``finance`` or both), land every new extract, validate it and publish it as facts.

    A held batch stops nothing: the batches after it are published, and the last good facts of its feed stay.

    :param connections: finds CRM connections; None looks into the environment and the instance's own.
    :param as_of: business date to hand on; None takes the newest date of what was published since the last assessment, and never
        one before that assessment's, so that a late extract changes what is current.
    :raises Unavailable: when another ingest keeps the lock for too long.
    """
    name = f"ingest_{stage}" if stage else "ingest"
    load_rooms_before_locking()
    with exclusive_run(services, name, Lock.INGEST, as_of=as_of, key=name, triggered_by=triggered_by) as run:
        from riskreview.facts.compaction import compact_crowded
        from riskreview.facts.tidying import tidy_staging
        from riskreview.intake.results import PassedOver
        from riskreview.intake.use_cases import land_inbox
        from riskreview.orchestration.crm_pulls import pull_crm

        passed_over = PassedOver()
        run.counts.update(pull_crm(services, connections, stage=stage, passed_over=passed_over))
        landed = land_inbox(services, stage=stage, passed_over=passed_over)
        failpoints.reach(LANDED)
        run.counts.update(_intake_counts(landed, passed_over))
        take_batches(services, run, [batch for batch in landed if batch.state in {"landed", "validated"}])
        run.counts["batches_completed"] = publish_let_through(services)
        run.counts["orphans_found"] = take_found_orphans(services)
        if run.counts["published"]:
            run.counts["tables_compacted"] = compact_crowded(services)
        run.counts["staging_removed"] = tidy_staging(services)
        day, is_news = _announced(services, as_of)
        by_next = is_news and somebody_waits(services, Lock.INGEST)
        return StageResult(
            name, run.run_id, day, dict(run.counts), is_news=is_news and not by_next, announced_by_next=by_next
        )


@by_policy
@as_role(DatabaseRole.SCORE)
def screen(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Compare customers with the sanctions lists, as every assessment does before it computes anything."""

    def work(run: Run) -> object:
        from riskreview.screening.use_cases import screen_customers

        return screen_customers(services, as_of=as_of, run_id=run.run_id)

    return run_pass(services, "screen_customers", Lock.RECOMPUTE, work, as_of, triggered_by)


@by_policy
@as_role(DatabaseRole.SCORE)
def watch(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Raise, escalate and clear signals where warning and alarm lines were crossed, and report feeds that went silent."""

    def work(run: Run) -> object:
        from riskreview.assessment.held import read_held
        from riskreview.monitoring.use_cases import raise_signals
        from riskreview.validation.feeds import report_feeds

        held = read_held(services, as_of=as_of)
        report_feeds(services, as_of=as_of, holding={feed.source_id: feed.customers for feed in held.feeds})
        return raise_signals(services, as_of=as_of, run_id=run.run_id)

    return run_pass(services, "watch", Lock.WATCH, work, as_of, triggered_by, WATCHED)


@by_policy
@as_role(DatabaseRole.SCORE)
def summarize(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Prove that every active customer was assessed, and write the portfolio's figures: losses, receivables, migration."""

    def work(run: Run) -> object:
        from riskreview.facts.use_cases import current_pins
        from riskreview.portfolio.completeness import prove_completeness
        from riskreview.portfolio.use_cases import summarize_portfolio

        pins = current_pins(services)
        run.pins.update(facts=dict(pins.versions), known_at=pins.known_at.isoformat())
        run.counts.update(counts_of(prove_completeness(services, as_of=as_of, run_id=run.run_id)))
        return summarize_portfolio(services, as_of=as_of, run_id=run.run_id, pins=pins)

    return run_pass(services, "summarize_portfolio", Lock.PORTFOLIO, work, as_of, triggered_by, SUMMARIZED)


@by_policy
@as_role(DatabaseRole.SCORE)
def check(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Examine the invariants of the whole, keep what was found, and tell the data engineer of what is broken."""

    def work(run: Run) -> object:
        from riskreview.doctor.use_cases import check_invariants

        return check_invariants(services, as_of=as_of, run_id=run.run_id)

    return run_pass(services, "check_invariants", Lock.INVARIANTS, work, as_of, triggered_by)


@by_policy
@as_role(DatabaseRole.SCORE)
def open_reviews(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Open the reviews that fall due, each once per customer, policy line and period."""

    def work(run: Run) -> object:
        from riskreview.mechanisms.business_time import report_unpublished_years
        from riskreview.reviews.use_cases import open_due_reviews

        report_unpublished_years(services, as_of=as_of)
        return open_due_reviews(services, as_of=as_of, run_id=run.run_id)

    return run_pass(services, "open_due_reviews", Lock.REVIEWS, work, as_of, triggered_by, REVIEWED)


@by_policy
@as_role(DatabaseRole.SCORE)
def plan_quarter(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Tell every reviewer what the fiscal quarter will bring."""

    def work(_run: Run) -> object:
        from riskreview.reviews.planning import announce_quarter

        return announce_quarter(services, as_of=as_of)

    return run_pass(services, "plan_reviews", Lock.REVIEWS, work, as_of, triggered_by)


@by_policy
@as_role(DatabaseRole.SCORE)
def activate(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Activate the playbooks that open signals call for, and begin the drills that are due; a look back begins no drill."""

    def work(run: Run) -> object:
        from riskreview.playbooks.drills import start_due_drills
        from riskreview.playbooks.use_cases import activate_playbooks

        counts = counts_of(activate_playbooks(services, as_of=as_of, run_id=run.run_id))
        if silent(services, as_of, triggered_by) is None:
            counts |= counts_of(start_due_drills(services, as_of=as_of, run_id=run.run_id))
        return counts

    return run_pass(services, "activate_playbooks", Lock.PLAYBOOKS, work, as_of, triggered_by, ACTIVATED)


@by_policy
@as_role(DatabaseRole.DISPATCH)
def deliver(services: Services, *, triggered_by: str = "cli") -> StageResult:
    """Send what the outbox holds; a message whose outcome is unknown is shown as such, never as delivered."""

    def work(_run: Run) -> object:
        from riskreview.notifications.use_cases import deliver as deliver_messages

        return deliver_messages(services)

    return run_pass(services, "deliver_notifications", Lock.DELIVERY, work, None, triggered_by, DELIVERED)


@by_policy
@as_role(DatabaseRole.SCORE)
def escalate(services: Services, *, triggered_by: str = "cli") -> StageResult:
    """Pass on what people who are gone or lost a role owe, remind and escalate duties, wake the signals put off until today, let measures begin and end, assign the trainings policy asks for."""

    def work(run: Run) -> object:
        from riskreview.measures.passing import pass_day
        from riskreview.monitoring.waking import wake_due
        from riskreview.notifications.use_cases import escalate as escalate_duties
        from riskreview.orchestration.handovers import hand_over
        from riskreview.team.training import assign_trainings

        trained = counts_of(assign_trainings(services))
        run.counts.update({f"trainings_{name}": number for name, number in trained.items()})
        run.counts["signals_woken"] = wake_due(services, on_day=business_today(services))
        run.counts.update(counts_of(pass_day(services)))
        run.counts["handed_over"] = hand_over(services)
        return escalate_duties(services)

    return run_pass(services, "escalate", Lock.ESCALATION, work, None, triggered_by, ESCALATED)


def _announced(services: Services, wanted: date | None) -> tuple[date, bool]:
    """Return the day an ingest hands on, and whether there is anything to announce.

    Where another ingest waits behind this one, that one announces both; so this looks at what is not assessed, not at its own part.
    """
    waiting = waiting_day(services)
    day = wanted or waiting or business_today(services)
    return day, wanted is not None or waiting is not None


def _intake_counts(landed: Iterable["LandedBatch"], passed_over: "PassedOver") -> dict[str, int]:
    counts = dict.fromkeys(("files", "files_refused", "sources_unreachable", "unchanged", "rows_landed", "rows_refused", "rows_skipped",
                            "quarantined", "orphans_found", "duplicates", "held", "published", "rows_published"), 0)  # fmt: skip
    add_counts(counts, files=passed_over.files_refused, **asdict(passed_over))
    for batch in landed:
        add_counts(counts, files=1, rows_landed=sum(item.rows_in for item in batch.datasets),
             rows_refused=sum(item.refused for item in batch.datasets), rows_skipped=sum(item.skipped for item in batch.datasets))  # fmt: skip
    return counts


def load_rooms_before_locking() -> None:
    """Import the slow libraries first: seconds of importing must not be spent while another ingest waits."""
    import riskreview.facts.use_cases
    import riskreview.intake.use_cases
    import riskreview.validation.use_cases  # noqa: F401
