"""Owns continuous monitoring: one pass from what waits (messages, small files) to the message that was accepted by its channel.

Knows no Airflow. A pass may be killed anywhere and repeated: a message is settled only after its customers were judged, their signals
raised and their plans started; what had been sent is not sent again.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from riskreview.foundation import failpoints
from riskreview.foundation.errors import Conflict, Unavailable
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.gate.installing import policy_of
from riskreview.mechanisms.runs import Run
from riskreview.orchestration import stages
from riskreview.orchestration.batches import load_order, take_batch
from riskreview.orchestration.counts import add_counts
from riskreview.orchestration.locks import Lock, is_held, stage_lock
from riskreview.orchestration.news import small_batches
from riskreview.orchestration.recompute import is_under_way
from riskreview.orchestration.stages import StageResult, exclusive_run

if TYPE_CHECKING:
    from riskreview.facts.results import Pins
    from riskreview.monitoring.changes import Keys

NAME = "watch_events"
TRIES = 3
COLLECTED = failpoints.register("continuous.taken", "everything that waited is published, nobody is judged")
JUDGED = failpoints.register("continuous.judged", "customers are judged, no signal is raised about them")
RAISED = failpoints.register("continuous.raised", "signals are raised, no plan is started")
STARTED = failpoints.register("continuous.started", "plans are started, the messages are not settled")
SETTLED = failpoints.register("continuous.settled", "the messages are settled, nobody is told")


def watch_events(services: Services, *, as_of: date | None = None, triggered_by: str = "cli") -> StageResult:
    """Take what waits, judge whom it concerns as of now, raise their signals, start their plans and tell people.

    Runs beside the nightly chain: it waits for an ingest under way, and for an assessment of everybody only until that has begun.

    :param as_of: business date; None = today, never before that of the current assessment.
    """
    stages.load_rooms_before_locking()
    day = _day(services, as_of)
    services = policy_of(services, day).acting(DatabaseRole.INGEST)
    with exclusive_run(services, NAME, Lock.EVENTS, as_of=day, key=f"{NAME}:{day}", triggered_by=triggered_by) as run:
        _take(services, run)
        failpoints.reach(COLLECTED)
        outcomes = _outcomes(services)
        batches = {row.batch_id for row in outcomes if row.batch_state == "published"} | _unassessed(services)
        if batches:
            _judge(services, run, batches, day, triggered_by)
        _settle(services, run, outcomes)
        failpoints.reach(SETTLED)
        told = _tell(services, run, day, triggered_by)
        return StageResult(NAME, run.run_id, day, dict(run.counts), is_news=bool(batches or outcomes or told))


def take_waiting(services: Services, *, as_of: date | None = None, triggered_by: str = "cli") -> StageResult | None:
    """Do a pass if anything waits for one; else return None, having only looked."""
    if not what_waits(services):
        return None
    return watch_events(services, as_of=as_of, triggered_by=triggered_by)


@as_role(DatabaseRole.INGEST)
def what_waits(services: Services) -> frozenset[str]:
    """Return a name for each message, queued file, small file and batch that waits for a pass; looks only."""
    from riskreview.events.queue import queued
    from riskreview.intake.use_cases import small_arrivals
    from riskreview.policy.monitoring_policy import load_monitoring_policy

    with services.engine.connect() as connection:
        events = connection.execute(text(sql("orchestration", "waiting_events"))).scalars().all()
    limit = load_monitoring_policy(services.instance).events.file_kb * 1024
    return frozenset([
        *(f"event:{number}" for number in events),
        *(f"queue:{file.key}" for file in queued(services.instance)),
        *(f"file:{source}" for source in small_arrivals(services, at_most=limit)),
        *(f"batch:{number}" for number in _unassessed(services)),
    ])  # fmt: skip


def _day(services: Services, wanted: date | None) -> date:
    from riskreview.assessment.store import read_head

    with services.engine.connect() as connection:
        head = read_head(connection)
    day = wanted or stages.business_today(services)
    return day if head is None else max(day, head.as_of)


def _take(services: Services, run: Run) -> None:
    """Receive what is queued, land what was received and the small files, and publish all of it."""
    from riskreview.events.queue import collect
    from riskreview.events.taking import take
    from riskreview.facts.accounts import which_known

    queued = collect(services)
    landed = take(services, known_accounts=lambda system, accounts: which_known(services, system, accounts))
    add_counts(run.counts, queued=queued.received, refused=queued.refused, batches=len(landed))
    for batch in sorted(landed, key=load_order):
        take_batch(services, run, batch)
    _take_files(services, run)


def _take_files(services: Services, run: Run) -> None:
    """Take small files of continuous sources; where an ingest is under way it takes them."""
    from riskreview.intake.use_cases import land_inbox, small_arrivals
    from riskreview.policy.monitoring_policy import load_monitoring_policy

    limit = load_monitoring_policy(services.instance).events.file_kb * 1024
    sources = small_arrivals(services, at_most=limit)
    if not sources:
        return
    try:
        with stage_lock(services, Lock.INGEST, wait_seconds=1):
            landed = [
                batch for batch in land_inbox(services, sources=sources) if batch.state in {"landed", "validated"}
            ]
            add_counts(run.counts, files=len(landed))
            for batch in sorted(landed, key=load_order):
                take_batch(services, run, batch)
    except Unavailable:
        return


@as_role(DatabaseRole.SCORE)
def _judge(services: Services, run: Run, batches: Collection[int], day: date, triggered_by: str) -> None:
    from riskreview.facts.affected import customers_of
    from riskreview.facts.use_cases import current_pins
    from riskreview.monitoring.use_cases import raise_signals_of

    _note(run, current_pins(services))
    _screen(services, run, batches, day)
    concerned = customers_of(services, batches)
    judged = _assess(services, run, concerned, day, triggered_by) if concerned.size else concerned
    if judged is None and is_held(services, Lock.RECOMPUTE):
        with stage_lock(services, Lock.RECOMPUTE):  # everybody is being judged: after that, single customers can be
            pass
        judged = _assess(services, run, concerned, day, triggered_by)
    failpoints.reach(JUDGED)
    if judged is None:
        stages.recompute_risk(services, as_of=day, triggered_by=triggered_by)
        stages.watch(services, as_of=day, triggered_by=triggered_by)
    elif judged.size:
        with stage_lock(services, Lock.WATCH):
            signals = raise_signals_of(services, judged, as_of=day, run_id=run.run_id)
        add_counts(run.counts, opened=signals.opened, escalated=signals.escalated, cleared=signals.cleared)
    failpoints.reach(RAISED)
    stages.activate(services, as_of=day, triggered_by=triggered_by)
    failpoints.reach(STARTED)
    run.pins["batches"] = sorted(batches)


def _screen(services: Services, run: Run, batches: Collection[int], day: date) -> None:
    """Compare whom the batches describe anew with the lists of sanctions, before anybody is judged: nobody is clear unlooked at."""
    with services.engine.connect() as connection:
        given = {"batches": sorted(batches)}
        if not connection.execute(text(sql("orchestration", "describes_customers")), given).scalar_one():
            return
    from riskreview.screening.use_cases import screen_customers

    screened = screen_customers(services, as_of=day, run_id=run.run_id)
    add_counts(run.counts, screening_found=screened.found)


def _assess(services: Services, run: Run, concerned: "Keys", day: date, triggered_by: str) -> "Keys | None":
    """Judge customers beside whatever else is under way; None when everybody has to be judged.

    Where an assessment of everybody became current meanwhile, they are judged again on top of it.
    """
    for _ in range(TRIES - 1):
        with suppress(Conflict):
            return _assess_once(services, run, concerned, day, triggered_by)
    return _assess_once(services, run, concerned, day, triggered_by)


def _assess_once(services: Services, run: Run, concerned: "Keys", day: date, triggered_by: str) -> "Keys | None":
    from riskreview.assessment.use_cases import WholeNeeded, assess_customers
    from riskreview.facts.use_cases import current_pins

    name = "judge_customers"
    with exclusive_run(
        services, name, Lock.JUDGING, as_of=day, key=f"{name}:{run.run_id}", triggered_by=triggered_by
    ) as judging:
        with stage_lock(services, Lock.INGEST, shared=True):
            pins = current_pins(services)
        _note(judging, pins)
        _note(run, pins)
        try:
            result = assess_customers(
                services,
                concerned,
                as_of=day,
                run_id=judging.run_id,
                pins=pins,
                is_beside=is_held(services, Lock.RECOMPUTE) or is_under_way(services),
            )
        except WholeNeeded:
            add_counts(judging.counts, whole_needed=1)
            return None
        counts = {"judged": result.scored, "changed": result.changed, "worsened": result.worsened}
        judging.counts.update(counts)
    add_counts(run.counts, **counts)
    return result.customers


def _note(run: Run, pins: "Pins") -> None:
    run.pins.update(facts=dict(pins.versions), known_at=pins.known_at.isoformat())


def _outcomes(services: Services) -> Sequence[Any]:  # result rows
    with services.engine.connect() as connection:
        return connection.execute(text(sql("orchestration", "event_outcomes"))).all()


def _unassessed(services: Services) -> set[int]:
    """Return the small batches of continuous sources that nobody was judged by."""
    from riskreview.intake.use_cases import load_mappings
    from riskreview.policy.monitoring_policy import load_monitoring_policy

    sources = [item.source for item in load_mappings(services.instance) if item.delivery.continuous]
    return small_batches(services, sources, at_most=load_monitoring_policy(services.instance).events.rows)


def _settle(services: Services, run: Run, outcomes: Sequence[Any]) -> None:  # result rows
    from riskreview.events.results import Settled
    from riskreview.events.settling import settle

    found = []
    for row in outcomes:
        if row.batch_state == "held" and row.state == "landed":
            found.append(Settled(row.event_id, "hold", row.problem))
        if row.batch_state == "published":
            found += [Settled(row.event_id, "resume")] if row.state == "held" else []
            found.append(Settled(row.event_id, "quarantine" if row.is_quarantined else "evaluate"))
    settle(services, found, run_id=run.run_id)
    add_counts(run.counts, evaluated=sum(item.verb == "evaluate" for item in found))


def _tell(services: Services, run: Run, day: date, triggered_by: str) -> bool:
    """Send what waits in the outbox; then open the reviews that emergencies and worse classes call for, and tell of these."""
    with services.engine.connect() as connection:
        waits = bool(connection.execute(text(sql("orchestration", "has_messages"))).scalar_one())
    if not waits:
        return False
    sent = stages.deliver(services, triggered_by=triggered_by)
    add_counts(run.counts, accepted=sent.counts.get("accepted", 0))
    if any(run.counts.get(name) for name in ("opened", "escalated", "worsened")):
        reviews = stages.open_reviews(services, as_of=day, triggered_by=triggered_by)
        if reviews.counts.get("opened"):
            stages.deliver(services, triggered_by=triggered_by)
    return True
