"""Owns recomputing everybody's risk: by one task, or in parts by many tasks, with the same result.

Many tasks hold no lock between them. Another assessment that becomes current meanwhile is noticed when they publish: then everybody is
recomputed by that task alone.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from riskreview.foundation import failpoints
from riskreview.foundation.errors import Conflict
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.gate.installing import by_policy, policy_of, warn_of_differing_files
from riskreview.mechanisms.outbox import suppressed
from riskreview.mechanisms.runs import Run, end_run, failing, note_run, read_run, start_run
from riskreview.orchestration.counts import counts_of
from riskreview.orchestration.lineage import tell
from riskreview.orchestration.locks import Lock, stage_lock
from riskreview.orchestration.passes import StageResult, close_interrupted, fact_versions, run_pass, silent

if TYPE_CHECKING:
    from riskreview.assessment.results import AssessmentCounts
    from riskreview.assessment.task import Task
    from riskreview.facts.results import Pins

STAGE = "recompute_risk"
LONGEST = timedelta(hours=6)
"""How long a run of a DAG may take."""
ASSESSED = failpoints.register("stage.assessed", "classes are stored, the run is not recorded as finished")


@dataclass(frozen=True, slots=True)
class Begun:
    """A run in parts that began: what its tasks are told, ids and numbers only.

    :param buckets: numbers of the buckets to compute.
    """

    run_id: int
    as_of: date
    buckets: tuple[int, ...]


def recompute_risk(services: Services, *, as_of: date, triggered_by: str = "cli") -> StageResult:
    """Compute indicators, index and class of every customer from the facts as they are now.

    Before that, accounts that changed are compared with those they may be one customer with; people decide on what is proposed.
    Waits for an ingest that is under way or about to start, so that two feeds arriving together are assessed together. From the
    moment it knows what it rests on, single customers are judged beside it; whom it finds judged by another policy makes it begin anew.
    """
    try:
        return _recompute(services, as_of=as_of, triggered_by=triggered_by)
    except Conflict:
        return _recompute(services, as_of=as_of, triggered_by=triggered_by)


@by_policy
@as_role(DatabaseRole.SCORE)
def _recompute(services: Services, *, as_of: date, triggered_by: str) -> StageResult:
    with ExitStack() as alone:

        def work(run: Run) -> object:
            from riskreview.assessment.use_cases import assess_everybody

            task = _prepare(services, run, as_of, alone)
            assert task.pins is not None  # noqa: S101  just pinned
            return _conclude(services, run, task.pins, as_of, assess_everybody(services, task))

        def shut_out() -> None:
            alone.enter_context(stage_lock(services, Lock.JUDGING))

        return run_pass(services, STAGE, Lock.RECOMPUTE, work, as_of, triggered_by, ASSESSED, first=shut_out)


@by_policy
@as_role(DatabaseRole.SCORE)
def begin_recompute(services: Services, *, as_of: date, buckets: int, triggered_by: str = "cli") -> Begun:
    """Begin to recompute everybody in parts: pin what it rests on, and put down who is in which bucket and part.

    The run is under way until ``publish_recompute``; one that never comes there is ended when the next one begins.
    """
    from riskreview.assessment.part_files import forget_older
    from riskreview.assessment.parts import begin_parts

    with stage_lock(services, Lock.RECOMPUTE), ExitStack() as alone:
        alone.enter_context(stage_lock(services, Lock.JUDGING))
        close_interrupted(services, [STAGE])
        pins = {"facts": fact_versions(services), "buckets": buckets}
        run = start_run(services, STAGE, business_key=f"{STAGE}:{as_of}", as_of=as_of, triggered_by=triggered_by, pins=pins)  # fmt: skip
        tell(services, run, "START", as_of=as_of)
        with failing(services, run), suppressed(silent(services, as_of, triggered_by)):
            forget_older(services.instance, run.run_id)
            found = begin_parts(services, _prepare(services, run, as_of, alone), buckets=buckets)
            note_run(services, run)
        return Begun(run.run_id, as_of, found)


@as_role(DatabaseRole.SCORE)
def compute_bucket(services: Services, *, run_id: int, bucket: int) -> int:
    """Gather the customers of a bucket and return how many they are."""
    from riskreview.assessment.parts import compute_bucket as compute

    return compute(services, run_id=run_id, bucket=bucket)


@as_role(DatabaseRole.SCORE)
def learn_across(services: Services, *, run_id: int) -> tuple[int, ...]:
    """Learn from all buckets what customers share, and return the numbers of the parts to assess after that."""
    from riskreview.assessment.parts import learn_across as learn

    return learn(services, run_id=run_id)


@as_role(DatabaseRole.SCORE)
def assess_part(services: Services, *, run_id: int, part: int) -> int:
    """Judge the customers of a part and return how many they are."""
    from riskreview.assessment.parts import assess_part as assess

    return assess(services, run_id=run_id, part=part)


def is_under_way(services: Services) -> bool:
    """Tell whether everybody is being recomputed in parts; a run that never came to its end counts for no longer than a DAG run may take."""
    values = {"stage": STAGE, "since": services.clock.now() - LONGEST}
    with services.engine.connect() as connection:
        return bool(connection.execute(text(sql("orchestration", "parts_under_way")), values).scalar_one())


@as_role(DatabaseRole.SCORE)
def publish_recompute(services: Services, *, run_id: int) -> StageResult:
    """Put the parts together and make them current; a run that did so already is left as it is.

    Where another assessment became current meanwhile, everybody is recomputed by this task alone.
    """
    stored = read_run(services, run_id)
    try:
        with stage_lock(services, Lock.RECOMPUTE):
            return _publish(policy_of(services, stored.as_of), run_id)
    except Conflict as error:
        end_run(services, stored.run, "failed", f"Conflict: {error}")
        tell(services, stored.run, "FAIL", as_of=stored.as_of, problem=str(error))
    return recompute_risk(services, as_of=stored.day, triggered_by=stored.triggered_by)


def _publish(services: Services, run_id: int) -> StageResult:
    from riskreview.assessment.part_files import forget, read_plan
    from riskreview.assessment.parts import publish_parts

    stored = read_run(services, run_id)
    run, as_of = stored.run, stored.day
    if stored.state == "running":
        pins = read_plan(services.instance, run_id).grounds.pins
        with suppressed(silent(services, as_of, stored.triggered_by)):
            counts = publish_parts(services, run_id=run_id)
            run.counts.update(counts_of(_conclude(services, run, pins, as_of, counts)))
        failpoints.reach(ASSESSED)
        end_run(services, run, "finished")
        tell(services, run, "COMPLETE", as_of=as_of)
    elif stored.state != "finished":
        raise Conflict(f"run {run_id} was ended by one that began after it")
    forget(services.instance, run_id)
    return StageResult(STAGE, run_id, as_of, dict(run.counts))


def _prepare(services: Services, run: Run, as_of: date, alone: ExitStack) -> "Task":
    """Pin what everybody is judged by, let single customers be judged again, and compare everybody with the sanctions lists."""
    from riskreview.assessment.task import begin
    from riskreview.screening.use_cases import screen_customers

    if warn_of_differing_files(services):
        run.counts["policy_files_differ"] = 1
    pins = _pin(services, run)
    task = begin(services, as_of, run.run_id, pins)
    alone.close()
    screened = screen_customers(services, as_of=as_of, run_id=run.run_id)
    run.counts.update({f"screening_{name}": number for name, number in counts_of(screened).items()})
    return task


def _conclude(
    services: Services, run: Run, pins: "Pins", as_of: date, counts: "AssessmentCounts"
) -> "AssessmentCounts":
    """Forecast what may come, and report amounts that could not be converted."""
    from riskreview.assessment.forecast import forecast_changes
    from riskreview.facts.missing_rates import report_missing_rates

    run.counts.update(counts_of(forecast_changes(services, as_of=as_of, run_id=run.run_id)))
    if counts.without_rate:
        report_missing_rates(services, pins=pins, as_of=as_of)
    return counts


def _pin(services: Services, run: Run) -> "Pins":
    from riskreview.facts.use_cases import current_pins
    from riskreview.identity.proposals import propose

    with stage_lock(services, Lock.INGEST, shared=True):
        proposed = propose(services)
        pins = current_pins(services)
    run.counts.update({f"identity_{name}": count for name, count in counts_of(proposed).items()})
    run.pins.update(facts=dict(pins.versions), known_at=pins.known_at.isoformat())
    return pins
