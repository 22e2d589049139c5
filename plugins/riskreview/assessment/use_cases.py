"""Owns the verbs of this room: assess the whole portfolio, and assess single customers between two such runs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment import history, store
from riskreview.assessment.columns import history_columns
from riskreview.assessment.counting import counts_of
from riskreview.assessment.freshness import LateData, late_data
from riskreview.assessment.grounds import Beside, Grounds
from riskreview.assessment.judging import judge
from riskreview.assessment.positions import positions_of
from riskreview.assessment.recording import key_of, make_current, merge_current, record_past
from riskreview.assessment.relations import judged_with_former
from riskreview.assessment.results import AssessmentCounts, PartialResult
from riskreview.assessment.score import Assessment
from riskreview.assessment.standing_before import StoodBefore
from riskreview.assessment.task import Task, begin
from riskreview.facts.results import Pins
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict
from riskreview.foundation.services import Services
from riskreview.groups.store import current_members
from riskreview.indicators.across import Learned, NotLearned
from riskreview.indicators.frame import IndicatorFrame
from riskreview.models.results import ModelScores
from riskreview.validation.results import FeedState

SCORED = failpoints.register("assessment.scored", "every customer is judged, nothing is written")
SOME_SCORED = failpoints.register("assessment.some_scored", "some customers are judged, nothing is written")


class WholeNeeded(Conflict):
    """Some customers cannot be judged by themselves; the whole portfolio has to be assessed."""


def assess_portfolio(services: Services, *, as_of: date, run_id: int, pins: Pins | None = None) -> AssessmentCounts:
    """Assess every customer at ``as_of`` and make the result current.

    Assessing the same date again starts from the same history of classes; the same result changes nothing at all. A date
    before the current one adds to the history and leaves the current assessment alone.

    :raises BadInput: for a policy that is wrong, not yet effective, or changed under a version that was used.
    :raises Conflict: when another assessment became current meanwhile.
    """
    from riskreview.facts.use_cases import current_pins

    return assess_everybody(services, begin(services, as_of, run_id, pins or current_pins(services)))


def assess_everybody(services: Services, task: Task) -> AssessmentCounts:
    """Do the same for an assessment that was begun; who is judged by a later run meanwhile stays as that run leaves it."""
    from riskreview.facts.use_cases import current_pins
    from riskreview.indicators.compute import compute_indicators
    from riskreview.models.scoring import score_customers

    task = replace(task, pins=task.pins or current_pins(services))
    assert task.pins is not None  # noqa: S101  given above
    beside = read_beside(services, task)
    frame = compute_indicators(
        services, pins=task.pins, as_of=task.as_of, policy=task.policy, screening=beside.screening
    )
    scores = score_customers(services, frame, policy=task.policy, as_of=task.as_of, deciding=beside.deciding)
    return _assess_frame(services, task, frame, beside, scores)


def assess_customers(
    services: Services, customers: NDArray[np.int64], *, as_of: date, run_id: int, pins: Pins, is_beside: bool = False
) -> PartialResult:
    """Assess customers about whom something was learned, and everybody whose class rests on theirs; the others stay as they are.

    Each comes out as a run over everybody would leave it, but for what all share (medians, totals, models): that is taken from the
    last such run, and the next one reconciles it. An assessment that says nothing new leaves no trace.

    :param is_beside: whether everybody is being assessed by an earlier run, from facts that are not newer.
    :raises WholeNeeded: when nobody was assessed yet, or by another policy or model: then the whole portfolio has to be.
    :raises Conflict: when another assessment became current meanwhile.
    """
    from riskreview.indicators.compute import Some, compute_indicators
    from riskreview.models.scoring import score_customers

    task = replace(begin(services, as_of, run_id, pins), is_partial=True, is_beside=is_beside)
    if task.head is None or not task.is_current or task.head.policy_digest != task.policy.digest:
        raise WholeNeeded("no assessment of the whole portfolio stands by this policy")
    with transaction(services.engine) as connection:
        concerned = judged_with_former(customers, task.ties, *current_members(connection))
        some = Some(concerned, store.read_learned(connection))
    beside = read_beside(services, task)
    try:
        frame = compute_indicators(
            services, pins=pins, as_of=as_of, policy=task.policy, some=some, screening=beside.screening
        )
    except NotLearned as error:
        raise WholeNeeded(str(error)) from error
    scores = score_customers(services, frame, policy=task.policy, as_of=as_of, deciding=beside.deciding)
    if (task.head.model_digest or "") != ("" if scores is None else scores.digest):
        raise WholeNeeded("the credit model is another one than that of the last assessment")
    result, place = judge(services, task, positions_of(frame, task.policy), beside.late, scores)
    failpoints.reach(SOME_SCORED)
    grounds = grounds_of_task(services, task, beside, place, some.learned)
    changed = merge_current(services, task, result, grounds.only(some.customers), judged=some.customers)
    counts = counts_of(result, task.policy)
    return PartialResult(some.customers, len(result), changed, counts.worsened, counts.improved, counts.held_for_data)


def assess_frame(
    services: Services, frame: IndicatorFrame, *, feeds: Sequence[FeedState], as_of: date, run_id: int,
    scores: ModelScores | None = None, pins: Pins | None = None,
) -> AssessmentCounts:  # fmt: skip
    """Assess the customers of an indicator frame and make the result current; see ``assess_portfolio``.

    :param scores: what the credit model says of the customers of the frame, in their order; None without a model.
    """
    task = begin(services, as_of, run_id, pins)
    return _assess_frame(services, task, frame, late_data(feeds, task.policy), scores)


def _assess_frame(
    services: Services,
    task: Task,
    frame: IndicatorFrame,
    beside: Beside | tuple[LateData, ...],
    scores: ModelScores | None,
) -> AssessmentCounts:
    """Judge a frame and make the result current; grounds are kept of one that was computed from facts, with all beside it."""
    late = beside.late if isinstance(beside, Beside) else beside
    result, place = judge(services, task, positions_of(frame, task.policy), late, scores)
    grounds = grounds_of_task(services, task, beside, place, frame.learned) if isinstance(beside, Beside) else None
    without_rate = int(frame.flags.get("rate_missing", np.zeros(0, bool)).sum())
    return conclude(services, task, result, frame.learned, grounds, without_rate=without_rate)


def conclude(
    services: Services, task: Task, result: Assessment, learned: Learned, grounds: Grounds | None, *, without_rate: int
) -> AssessmentCounts:  # fmt: skip
    """Keep what was judged of everybody, and make it current where its date may be.

    :raises Conflict: when another assessment became current meanwhile.
    """
    failpoints.reach(SCORED)
    columns = history_columns(result, task.scale)
    key = key_of(task, result, columns)
    if not task.is_current and not history.is_known(services.instance, key):
        record_past(services, task, result, key, grounds)
    with ThreadPoolExecutor(max_workers=1) as pool:  # the history is written while the server takes the rows
        appended = pool.submit(history.append_history, services.instance, key, columns)
        if task.is_current:
            make_current(services, task, result, key, appended, learned, grounds)
            with transaction(services.engine) as connection:  # also after a run that was killed before it came so far
                store.order_current(connection)
        appended.result()
    services.progress.advance("assessment", len(result), len(result))
    return replace(counts_of(result, task.policy), without_rate=without_rate)


def read_beside(services: Services, task: Task) -> Beside:
    """Read what speaks beside the facts, once for an assessment."""
    from riskreview.models.scoring import deciding_models
    from riskreview.screening.use_cases import match_states
    from riskreview.validation.feeds import feed_states

    late = late_data(feed_states(services, as_of=task.as_of), task.policy)
    return Beside(late, match_states(services, as_of=task.as_of), deciding_models(services))


def grounds_of_task(services: Services, task: Task, beside: Beside, place: StoodBefore, learned: Learned) -> Grounds:
    """Return everything an assessment follows from, to be kept with it."""
    assert task.pins is not None  # noqa: S101  an assessment from facts has pinned them
    champion, shadow = (
        None if model is None else model.digest for model in (beside.deciding.champion, beside.deciding.shadow)
    )
    return Grounds(
        task.as_of, task.run_id, task.policy.version, task.policy.digest, task.pins, services.instance.settings.reporting_currency,
        champion, shadow, task.opinions, task.unreviewed, beside.late, beside.screening, place, learned,
        is_partial=task.is_partial, is_beside=task.is_beside,
    )  # fmt: skip
