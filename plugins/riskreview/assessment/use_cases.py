"""Owns the verbs of this room: assess the whole portfolio, and assess single customers between two such runs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from riskreview.assessment import history, store
from riskreview.assessment.columns import history_columns
from riskreview.assessment.counting import counts_of
from riskreview.assessment.current import read_portfolio
from riskreview.assessment.decision import Before
from riskreview.assessment.experts import experts_of
from riskreview.assessment.freshness import LastFigures, LateData, keep_figures, late_data, nothing_before
from riskreview.assessment.group import groups_of, guarantors_of, parents_of
from riskreview.assessment.inputs import late_bits
from riskreview.assessment.model_layer import scores_of
from riskreview.assessment.positions import Positions, positions_of
from riskreview.assessment.recording import key_of, make_current, merge_current
from riskreview.assessment.relations import judged_with
from riskreview.assessment.results import AssessmentCounts, PartialResult
from riskreview.assessment.score import Assessment, Layers, assess
from riskreview.assessment.task import Task, begin
from riskreview.facts.register import see_register
from riskreview.facts.results import Pins
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict
from riskreview.foundation.services import Services
from riskreview.groups.store import current_members
from riskreview.indicators.across import NotLearned
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
    from riskreview.validation.feeds import feed_states

    pins = task.pins or current_pins(services)
    frame = compute_indicators(services, pins=pins, as_of=task.as_of, policy=task.policy)
    scores = score_customers(services, frame, policy=task.policy, as_of=task.as_of)
    feeds = feed_states(services, as_of=task.as_of)
    return _assess_frame(services, task, frame, feeds, scores)


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
    from riskreview.validation.feeds import feed_states

    task = replace(begin(services, as_of, run_id, pins), is_partial=True, is_beside=is_beside)
    if task.head is None or not task.is_current or task.head.policy_digest != task.policy.digest:
        raise WholeNeeded("no assessment of the whole portfolio stands by this policy")
    with transaction(services.engine) as connection:
        some = Some(judged_with(_with_former(connection, customers), task.ties), store.read_learned(connection))
    try:
        frame = compute_indicators(services, pins=pins, as_of=as_of, policy=task.policy, some=some)
    except NotLearned as error:
        raise WholeNeeded(str(error)) from error
    scores = score_customers(services, frame, policy=task.policy, as_of=as_of)
    if (task.head.model_digest or "") != ("" if scores is None else scores.digest):
        raise WholeNeeded("the credit model is another one than that of the last assessment")
    late = late_data(feed_states(services, as_of=as_of), task.policy)
    result = _judge(services, task, positions_of(frame, task.policy), late, scores)
    failpoints.reach(SOME_SCORED)
    changed = merge_current(services, task, result)
    counts = counts_of(result, task.policy)
    return PartialResult(some.customers, len(result), changed, counts.worsened, counts.improved, counts.held_for_data)


def _with_former(connection: Connection, customers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return customers with all who were in a group with one of them until now: they may have parted."""
    member, group = current_members(connection)
    return np.union1d(customers, member[np.isin(group, group[np.isin(member, customers)])])


def assess_frame(
    services: Services, frame: IndicatorFrame, *, feeds: Sequence[FeedState], as_of: date, run_id: int,
    scores: ModelScores | None = None, pins: Pins | None = None,
) -> AssessmentCounts:  # fmt: skip
    """Assess the customers of an indicator frame and make the result current; see ``assess_portfolio``.

    :param scores: what the credit model says of the customers of the frame, in their order; None without a model.
    """
    return _assess_frame(services, begin(services, as_of, run_id, pins), frame, feeds, scores)


def _assess_frame(
    services: Services, task: Task, frame: IndicatorFrame, feeds: Sequence[FeedState], scores: ModelScores | None
) -> AssessmentCounts:
    result = _judge(services, task, positions_of(frame, task.policy), late_data(feeds, task.policy), scores)
    failpoints.reach(SCORED)
    columns = history_columns(result, task.scale)
    key = key_of(task, result, columns)
    with ThreadPoolExecutor(max_workers=1) as pool:  # the history is written while the server takes the rows
        appended = pool.submit(history.append_history, services.instance, key, columns)
        if task.is_current:
            make_current(services, task, result, key, appended, frame.learned)
            with transaction(services.engine) as connection:  # also after a run that was killed before it came so far
                store.order_current(connection)
        appended.result()
    services.progress.advance("assessment", len(result), len(result))
    return replace(
        counts_of(result, task.policy), without_rate=int(frame.flags.get("rate_missing", np.zeros(0, bool)).sum())
    )


def _judge(
    services: Services, task: Task, positions: Positions, late: Sequence[LateData], scores: ModelScores | None
) -> Assessment:
    keys = positions.customer_key
    with transaction(services.engine) as connection:
        if task.pins is not None:
            see_register(connection, task.pins)
        if task.is_partial:
            store.narrow(connection, keys)
        where = store.read_stale(connection, keys, [data.system for data in late])
        before, last = _last(services, connection, task, keys, with_figures=bool(late))
    ties = task.ties
    groups, parents = groups_of(keys, ties.member, ties.group), parents_of(keys, ties.child, ties.parent)
    guarantors = guarantors_of(keys, ties.guaranteed, ties.guarantor)
    kept = keep_figures(positions, last, late, where, task.policy)
    own = [customers for data, customers in zip(late, where, strict=True) if data.system is not None]
    stale = np.any([np.zeros(len(keys), dtype=bool), *own], axis=0)
    scored = None if scores is None else scores_of(scores, task.policy)
    layers = Layers(
        scored, parents, experts_of(task.opinions, keys, task.unreviewed), guarantors, late_bits(late, where, len(keys))
    )
    return assess(kept, task.scale, before, stale, as_of=task.as_of, groups=groups, layers=layers)


def _last(
    services: Services, connection: Connection, task: Task, keys: NDArray[np.int64], *, with_figures: bool
) -> tuple[Before, LastFigures]:
    """Return where customers stood before this date, and the figures they were last judged by."""
    taken_over = store.read_taken_over(connection)
    if not task.is_current:
        return _last_of_history(services, task, keys, taken_over)
    before = store.read_standing(connection, keys, taken_over, as_of=task.as_of)
    if task.head is None or not with_figures:
        return before, nothing_before()
    positions = read_portfolio(connection, task.policy, on_day=task.as_of).judged.positions
    return before, LastFigures(positions.customer_key, positions.values, positions.flags)


def _last_of_history(
    services: Services, task: Task, keys: NDArray[np.int64], taken_over: store.TakenOver
) -> tuple[Before, LastFigures]:
    rows = history.read_before(services.instance, as_of=task.as_of)
    if rows is None:
        return store.aligned(keys, taken_over, *(keys[:0] for _ in range(3))), nothing_before()
    rows = rows.sort_by("customer_key")
    stored = (rows[name].to_numpy() for name in ("customer_key", "standing", "confirmed"))
    values = {
        name: rows[name.lower()].to_numpy() for name in task.policy.indicator_ids if name.lower() in rows.column_names
    }
    last = LastFigures(rows["customer_key"].to_numpy(), values, rows["flags"].to_numpy().astype(np.int32))
    return store.aligned(keys, taken_over, *stored), last
