"""Owns the tasks of the DAGs: each opens the services, runs one stage and hands its business date on."""

from collections.abc import Iterable
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

from riskreview.orchestration import continuous, log_keeping, sign_off, stages
from riskreview.orchestration import recompute as parts
from riskreview.orchestration.assets import DUTIES, FACTS, RISK_CLASSES, SIGNALS
from riskreview.orchestration.crm_hook import find_connection
from riskreview.orchestration.crm_writes import write_back_crm
from riskreview.orchestration.defaults import BUCKETS, FISCAL_YEAR
from riskreview.orchestration.quarters import check_fiscal_year
from riskreview.orchestration.runtime import task_run


@task(outlets=[FACTS])
def ingest(stage: str) -> dict[str, int]:
    """Pull, land, validate and publish what is new of ``crm`` or ``finance``; skipped when nothing is."""
    with task_run() as run:
        result = stages.ingest(
            run.services,
            stage=stage,
            as_of=run.wanted,
            triggered_by=run.triggered_by,
            connections=find_connection(run.services),
        )
        return run.finish(result, FACTS)


@task(inlets=[FACTS], outlets=[RISK_CLASSES])
def recompute() -> dict[str, int]:
    """Compute the class of every customer."""
    with task_run() as run:
        return run.finish(
            stages.recompute_risk(run.services, as_of=run.as_of, triggered_by=run.triggered_by), RISK_CLASSES
        )


@task
def begin_recompute(buckets: int) -> list[dict[str, int]]:
    """Pin what everybody is judged by, and name a task for each bucket."""
    with task_run() as run:
        begun = parts.begin_recompute(run.services, as_of=run.as_of, buckets=buckets, triggered_by=run.triggered_by)
        return [{"of_run": begun.run_id, "bucket": bucket} for bucket in begun.buckets]


@task
def compute_bucket(of_run: int, bucket: int) -> int:
    """Gather the customers of one bucket from the facts; return the run they are gathered for."""
    with task_run() as run:
        parts.compute_bucket(run.services, run_id=of_run, bucket=bucket)
        return of_run


@task
def learn_across(of_runs: Iterable[int]) -> list[dict[str, int]]:
    """Learn from all buckets what customers share: percentiles, totals, the control of chance findings; name a task for each part."""
    with task_run() as run:
        (of_run,) = set(of_runs)
        return [{"of_run": of_run, "part": part} for part in parts.learn_across(run.services, run_id=of_run)]


@task
def assess_part(of_run: int, part: int) -> int:
    """Judge the customers of one part; return the run they are judged in."""
    with task_run() as run:
        parts.assess_part(run.services, run_id=of_run, part=part)
        return of_run


@task(inlets=[FACTS], outlets=[RISK_CLASSES])
def publish_recompute(of_runs: Iterable[int]) -> dict[str, int]:
    """Put the parts together and make them current as a whole."""
    with task_run() as run:
        (of_run,) = set(of_runs)
        return run.finish(parts.publish_recompute(run.services, run_id=of_run), RISK_CLASSES)


def recompute_everybody() -> None:
    """Compute the class of every customer: by one task, or in as many buckets as the instance wants."""
    if BUCKETS == 1:
        recompute()
        return
    computed = compute_bucket.expand_kwargs(begin_recompute(BUCKETS))
    publish_recompute(assess_part.expand_kwargs(learn_across(computed)))


@task(inlets=[RISK_CLASSES], outlets=[SIGNALS])
def raise_signals() -> dict[str, int]:
    """Raise, escalate and clear signals."""
    with task_run() as run:
        return run.finish(stages.watch(run.services, as_of=run.as_of, triggered_by=run.triggered_by), SIGNALS)


@task(inlets=[RISK_CLASSES])
def summarize() -> dict[str, int]:
    """Prove completeness and write the portfolio's figures."""
    with task_run() as run:
        return run.finish(stages.summarize(run.services, as_of=run.as_of, triggered_by=run.triggered_by))


@task
def check_invariants() -> dict[str, int]:
    """Examine the invariants of the whole."""
    with task_run() as run:
        return run.finish(stages.check(run.services, as_of=run.as_of, triggered_by=run.triggered_by))


@task(inlets=[SIGNALS, RISK_CLASSES], outlets=[DUTIES])
def open_reviews() -> dict[str, int]:
    """Open the reviews that fall due."""
    with task_run() as run:
        return run.finish(stages.open_reviews(run.services, as_of=run.as_of, triggered_by=run.triggered_by), DUTIES)


@task(outlets=[DUTIES])
def plan_the_quarter() -> dict[str, int]:
    """Tell everybody what the quarter will bring."""
    with task_run() as run:
        check_fiscal_year(run.services.instance, FISCAL_YEAR)
        return run.finish(stages.plan_quarter(run.services, as_of=run.as_of, triggered_by=run.triggered_by), DUTIES)


@task(outlets=[DUTIES])
def count_quarter() -> dict[str, Any]:
    """Count the duties of the quarter that ended, and show what is to be signed."""
    with task_run() as run:
        check_fiscal_year(run.services.instance, FISCAL_YEAR)
        run.finish(sign_off.count(run.services, as_of=run.as_of, triggered_by=run.triggered_by), DUTIES)
        return sign_off.shown(run.services, as_of=run.as_of)


@task
def settle_quarter(counted: dict[str, Any], answer: dict[str, Any]) -> str:  # an answer has what Airflow gives it
    """Sign the quarter or give it back, as the person answered; refuse what the rules refuse."""
    with task_run() as run:
        return sign_off.settle(run.services, counted, answer)


@task(inlets=[SIGNALS], outlets=[DUTIES])
def activate() -> dict[str, int]:
    """Activate the playbooks open signals call for."""
    with task_run() as run:
        return run.finish(stages.activate(run.services, as_of=run.as_of, triggered_by=run.triggered_by), DUTIES)


@task(inlets=[DUTIES])
def deliver() -> dict[str, int]:
    """Send the messages of the outbox."""
    with task_run() as run:
        return run.finish(stages.deliver(run.services, triggered_by=run.triggered_by))


@task
def escalate_overdue() -> dict[str, int]:
    """Remind and escalate what is overdue."""
    with task_run() as run:
        return run.finish(stages.escalate(run.services, triggered_by=run.triggered_by))


@task
def checkpoint() -> dict[str, int]:
    """Sign the event log and bring the checkpoint outside the database."""
    with task_run() as run:
        return run.finish(log_keeping.checkpoint_audit(run.services, triggered_by=run.triggered_by))


@task
def take_events() -> dict[str, int]:
    """Take the messages and small files that wait, up to telling people; skipped when nothing waits."""
    with task_run() as run:
        result = continuous.take_waiting(run.services, as_of=run.as_of, triggered_by=run.triggered_by)
        if result is None:
            raise AirflowSkipException("nothing waits")
        return run.finish(result)


@task
def write_back() -> dict[str, int]:
    """Bring the CRMs to what the policy wants written there."""
    with task_run() as run:
        result = write_back_crm(
            run.services, as_of=run.as_of, triggered_by=run.triggered_by, connections=find_connection(run.services)
        )
        return run.finish(result)
