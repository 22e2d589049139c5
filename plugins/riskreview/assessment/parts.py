"""Owns assessing everybody in parts, each by a task of its own; what the tasks hand on lies beside the fact tables.

First ``begin_parts``, then ``compute_bucket`` for every bucket, ``learn_across``, ``assess_part`` for every part, ``publish_parts``. A bucket
is a range of customers, so that its task reads its part of the facts only. A part is a set of customers whose classes rest on nobody
outside it: those of a bucket who are tied to nobody beyond it, or some of those who are. Each step may be killed and done again, those of
one kind in any order; the result has the bytes of an assessment that one task made, see ``use_cases``.
"""

from dataclasses import replace

import numpy as np

from riskreview.assessment import part_files as files
from riskreview.assessment import store
from riskreview.assessment.again import with_currency
from riskreview.assessment.judging import judge_by, look_up
from riskreview.assessment.part_files import Plan
from riskreview.assessment.positions import positions_of
from riskreview.assessment.relations import tied_across
from riskreview.assessment.results import AssessmentCounts
from riskreview.assessment.scale import scale_of
from riskreview.assessment.standing_before import StoodBefore
from riskreview.assessment.task import Task
from riskreview.assessment.use_cases import conclude, grounds_of_task, read_beside
from riskreview.facts.results import Span
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict
from riskreview.foundation.services import Services
from riskreview.indicators import across as shared
from riskreview.indicators.assemble import assemble
from riskreview.indicators.blocks import spans_of
from riskreview.indicators.gathered import Gathered, read_gathered, write_gathered
from riskreview.models.store import models_of
from riskreview.policy.risk_policy import Policy


def begin_parts(services: Services, task: Task, *, buckets: int) -> tuple[int, ...]:
    """Put down what an assessment rests on and who is in which bucket and part, from which all after it follows; return the buckets."""
    from riskreview.indicators.population import read_population
    from riskreview.models.unreadable import tell_unreadable

    assert task.pins is not None  # noqa: S101  what is assessed by many tasks is pinned
    beside = read_beside(services, task)
    if beside.deciding.shadow_is_unreadable:
        tell_unreadable(services, "challenger", on_day=task.as_of)
    keys = read_population(services, pins=task.pins).customer_key
    spans = spans_of(keys, buckets) or (Span(0, 0),)
    across = tied_across(keys, [span.low for span in spans], task.ties)
    grounds = grounds_of_task(services, task, beside, StoodBefore(None, False, 0, {}), {})
    files.write_plan(services.instance, Plan(grounds, task.head, task.ties, spans, across))
    return tuple(range(len(spans)))


def compute_bucket(services: Services, *, run_id: int, bucket: int) -> int:
    """Gather from the facts what the customers of a bucket are judged by, and return how many they are."""
    from riskreview.indicators.compute import gather
    from riskreview.indicators.financial import note_read

    plan, policy = _planned(services, run_id)
    grounds, folder = plan.grounds, files.folder_of(services.instance, run_id)
    pinned = replace(services, instance=with_currency(services.instance, grounds.currency))
    found = gather(pinned, pins=grounds.pins, as_of=grounds.as_of, policy=policy, customers=plan.spans[bucket],
                   screening=grounds.screening)  # fmt: skip
    note_read(found.columns, grounds.as_of, policy.ratio_models)
    if plan.across.parts:
        tied = np.isin(found.population.customer_key, plan.across.customer_key)
        write_gathered(folder, _across(bucket), found.take(np.flatnonzero(tied)))
    write_gathered(folder, _bucket(bucket), found)
    return len(found.population)


def learn_across(services: Services, *, run_id: int) -> tuple[int, ...]:
    """Learn from all buckets together what customers share, and look up where everybody stood before; return the parts to assess."""
    from riskreview.indicators.learning import learn

    plan, policy = _planned(services, run_id)
    folder = files.folder_of(services.instance, run_id)
    everybody = read_gathered(folder, [_bucket(number) for number in range(len(plan.spans))])
    learned = learn(everybody, as_of=plan.grounds.as_of, policy=policy)
    keys = everybody.population.customer_key
    stood = look_up(services, _task(plan, policy), keys, plan.grounds.late)
    files.write_stood(folder, keys, stood)
    files.write_grounds(folder, replace(plan.grounds, learned=learned, before=stood.known.place))
    return tuple(range(plan.parts))


def assess_part(services: Services, *, run_id: int, part: int) -> int:
    """Judge the customers of a part by what was learned, and return how many they are."""
    from riskreview.models.scoring import score_customers

    plan, policy = _planned(services, run_id)
    folder = files.folder_of(services.instance, run_id)
    grounds = files.read_grounds(folder)
    gathered = _customers_of(folder, plan, part)
    frame = assemble(gathered, as_of=grounds.as_of, policy=policy, across=shared.Across(grounds.learned))
    with services.engine.connect() as connection:
        deciding = models_of(connection, champion=grounds.champion, shadow=grounds.shadow)
    scores = score_customers(services, frame, policy=policy, as_of=grounds.as_of, deciding=deciding)
    stood = files.read_stood(folder, frame.customer_key, grounds.before, late=len(grounds.late))
    result = judge_by(_task(plan, policy), positions_of(frame, policy), grounds.late, scores, stood)
    without_rate = int(frame.flags["rate_missing"].sum())
    files.write_assessment(folder, _part(part), result, without_rate=without_rate)
    return len(result)


def publish_parts(services: Services, *, run_id: int) -> AssessmentCounts:
    """Put the parts together and make them the current assessment.

    :raises Conflict: when another assessment became current meanwhile.
    """
    plan, policy = _planned(services, run_id)
    folder = files.folder_of(services.instance, run_id)
    grounds = files.read_grounds(folder)
    parts = [_part(number) for number in range(plan.parts)]
    result, without_rate = files.read_assessment(folder, parts)
    return conclude(services, _task(plan, policy), result, grounds.learned, grounds, without_rate=without_rate)


def _planned(services: Services, run_id: int) -> tuple[Plan, Policy]:
    """Return the plan of a run and the policy it began by, whatever is in force by now."""
    plan = files.read_plan(services.instance, run_id)
    with transaction(services.engine) as connection:
        policy = store.used_policy(connection, plan.grounds.policy_version)
    if policy.digest != plan.grounds.policy_digest:
        raise Conflict(f"policy version {policy.version} is not what it was when run {run_id} began")
    return plan, policy


def _task(plan: Plan, policy: Policy) -> Task:
    grounds = plan.grounds
    return Task(grounds.as_of, grounds.run_id, scale_of(policy.content), plan.head, grounds.pins, grounds.opinions, plan.ties,
                grounds.unreviewed)  # fmt: skip


def _customers_of(folder: files.Folder, plan: Plan, part: int) -> Gathered:
    """Return what was gathered of the customers of a part."""
    across, buckets = plan.across, len(plan.spans)
    if part < buckets:
        found = read_gathered(folder, [_bucket(part)])
        stays = ~np.isin(found.population.customer_key, across.customer_key)
    else:
        found = read_gathered(folder, [_across(number) for number in range(buckets)])
        mine = across.customer_key[across.part == part - buckets]
        stays = np.isin(found.population.customer_key, mine)
    return found if stays.all() else found.take(np.flatnonzero(stays))


def _bucket(number: int) -> str:
    return f"bucket_{number}"


def _across(number: int) -> str:
    return f"bucket_{number}_across"


def _part(number: int) -> str:
    return f"part_{number}"
