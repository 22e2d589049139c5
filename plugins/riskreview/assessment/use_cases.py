"""Owns the verbs of this room: assess the whole portfolio, and assess single customers between two such runs."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from riskreview.assessment import history, store
from riskreview.assessment.columns import current_columns, digest_of, history_columns
from riskreview.assessment.conditions import RANK, has_worsened
from riskreview.assessment.current import read_portfolio
from riskreview.assessment.decision import Before
from riskreview.assessment.experts import experts_of
from riskreview.assessment.following import follow
from riskreview.assessment.freshness import LastFigures, LateData, keep_figures, late_data, nothing_before
from riskreview.assessment.group import groups_of, guarantors_of, parents_of
from riskreview.assessment.model_layer import scores_of
from riskreview.assessment.positions import Positions, positions_of
from riskreview.assessment.relations import judged_with
from riskreview.assessment.results import AssessmentCounts, PartialResult
from riskreview.assessment.scale import Scale, scale_of
from riskreview.assessment.score import Assessment, Layers, assess
from riskreview.audit.log import AuditEvent, append
from riskreview.facts.register import see_register
from riskreview.facts.results import Pins
from riskreview.foundation import failpoints
from riskreview.foundation.binary_copy import Column
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, Conflict
from riskreview.foundation.services import Services
from riskreview.groups.store import current_members, keep_members
from riskreview.groups.ties import Ties, read_ties
from riskreview.indicators.across import Learned, NotLearned
from riskreview.indicators.frame import IndicatorFrame
from riskreview.models.results import ModelScores
from riskreview.opinions.ending import follow_merges
from riskreview.opinions.store import Opinion, in_force
from riskreview.policy.risk_policy import FILE, Policy, load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.validation.results import FeedState

SCORED = failpoints.register("assessment.scored", "every customer is judged, nothing is written")
RECORDED = failpoints.register(
    "assessment.recorded", "the history is appended, the rows are loaded, the old ones are current"
)
LOADED = failpoints.register("assessment.loaded", "the current assessment is replaced but not committed")
SOME_SCORED = failpoints.register("assessment.some_scored", "some customers are judged, nothing is written")
SOME_RECORDED = failpoints.register(
    "assessment.some_recorded", "the history of some customers is appended, the old ones are current"
)
SOME_MERGED = failpoints.register(
    "assessment.some_merged", "the assessments of some customers are replaced but not committed"
)
ACTOR = "system:assessment"


class WholeNeeded(Conflict):
    """Some customers cannot be judged by themselves; the whole portfolio has to be assessed."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is assessed, by which policy, for which date.

    :param head: the current assessment before it.
    :param pins: what was known; None for everything.
    :param opinions: what people say on that date.
    :param ties: who belongs together on that date.
    :param is_partial: some customers only; the others stay as they are.
    """

    as_of: date
    run_id: int
    scale: Scale
    head: store.Head | None
    pins: Pins | None
    opinions: tuple[Opinion, ...]
    ties: Ties
    is_partial: bool = False

    @property
    def policy(self) -> Policy:
        """The policy of the scale."""
        return self.scale.policy

    @property
    def is_current(self) -> bool:
        """Tell whether the result may become the current assessment."""
        return self.head is None or self.as_of >= self.head.as_of


def assess_portfolio(services: Services, *, as_of: date, run_id: int, pins: Pins | None = None) -> AssessmentCounts:
    """Assess every customer at ``as_of`` and make the result current.

    Assessing the same date again starts from the same history of classes; the same result changes nothing at all. A date
    before the current one adds to the history and leaves the current assessment alone.

    :raises BadInput: for a policy that is wrong, not yet effective, or changed under a version that was used.
    :raises Conflict: when another assessment became current meanwhile.
    """
    from riskreview.facts.use_cases import current_pins
    from riskreview.indicators.compute import compute_indicators
    from riskreview.models.scoring import score_customers
    from riskreview.validation.feeds import feed_states

    policy = load_policy(services.instance)
    pins = pins or current_pins(services)
    frame = compute_indicators(services, pins=pins, as_of=as_of, policy=policy)
    scores, feeds = score_customers(services, frame, policy=policy), feed_states(services, as_of=as_of)
    return assess_frame(services, frame, feeds=feeds, as_of=as_of, run_id=run_id, scores=scores, pins=pins)


def assess_customers(
    services: Services, customers: NDArray[np.int64], *, as_of: date, run_id: int, pins: Pins
) -> PartialResult:
    """Assess customers about whom something was learned, and everybody whose class rests on theirs; the others stay as they are.

    Each comes out as a run over everybody would leave it, but for what all share (medians, totals, models): that is taken from the
    last such run, and the next one reconciles it. An assessment that says nothing new leaves no trace.

    :raises WholeNeeded: when nobody was assessed yet, or by another policy or model: then the whole portfolio has to be.
    :raises Conflict: when another assessment became current meanwhile.
    """
    from riskreview.indicators.compute import Some, compute_indicators
    from riskreview.models.scoring import score_customers
    from riskreview.validation.feeds import feed_states

    task = replace(_begin(services, as_of, run_id, pins), is_partial=True)
    if task.head is None or not task.is_current or task.head.policy_digest != task.policy.digest:
        raise WholeNeeded("no assessment of the whole portfolio stands by this policy")
    with transaction(services.engine) as connection:
        some = Some(judged_with(_with_former(connection, customers), task.ties), store.read_learned(connection))
    try:
        frame = compute_indicators(services, pins=pins, as_of=as_of, policy=task.policy, some=some)
    except NotLearned as error:
        raise WholeNeeded(str(error)) from error
    scores = score_customers(services, frame, policy=task.policy)
    if (task.head.model_digest or "") != ("" if scores is None else scores.digest):
        raise WholeNeeded("the credit model is another one than that of the last assessment")
    late = late_data(feed_states(services, as_of=as_of), task.policy)
    result = _judge(services, task, positions_of(frame, task.policy), late, scores)
    failpoints.reach(SOME_SCORED)
    changed = _merge_current(services, task, result)
    counts = _counts(result, task.policy)
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
    task = _begin(services, as_of, run_id, pins)
    result = _judge(services, task, positions_of(frame, task.policy), late_data(feeds, task.policy), scores)
    failpoints.reach(SCORED)
    columns = history_columns(result, task.scale)
    key = _key(task, result, columns)
    with ThreadPoolExecutor(max_workers=1) as pool:  # the history is written while the server takes the rows
        appended = pool.submit(history.append_history, services.instance, key, columns)
        if task.is_current:
            _make_current(services, task, result, key, appended, frame.learned)
        appended.result()
    services.progress.advance("assessment", len(result), len(result))
    return replace(
        _counts(result, task.policy), without_rate=int(frame.flags.get("rate_missing", np.zeros(0, bool)).sum())
    )


def _begin(services: Services, as_of: date, run_id: int, pins: Pins | None) -> Task:
    policy = load_policy(services.instance)
    if as_of < policy.effective_from:
        raise BadInput("E-POLICY-DATE", f"the policy is effective from {policy.effective_from}, not yet on {as_of}",
                       "Choose a later date or give the policy an earlier one", FILE, None, "effective_from")  # fmt: skip
    with transaction(services.engine) as connection:
        store.register_policy(connection, policy, at=services.clock.now())
        head = store.read_head(connection)
        if head is None or as_of >= head.as_of:
            follow_merges(connection, actor=ACTOR, on_day=as_of, at=services.clock.now(), cause={"run_id": run_id})
        said = in_force(connection, on_day=as_of)
    ties = read_ties(services, pins=pins, as_of=as_of, keep=head is None or as_of >= head.as_of)
    return Task(as_of, run_id, scale_of(policy.content), head, pins, said, ties)


def _key(task: Task, result: Assessment, columns: Mapping[str, NDArray[np.generic]]) -> history.HistoryKey:
    policy, scores = task.policy, result.scores
    digest = digest_of(columns.values(), context=f"{task.as_of} {policy.digest} {scores.digest}")
    return history.HistoryKey(
        task.as_of, task.run_id, policy.version, policy.digest, digest, scores.version, scores.digest
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
    layers = Layers(scored, parents, experts_of(task.opinions, keys), guarantors)
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


def _make_current(
    services: Services, task: Task, result: Assessment, key: history.HistoryKey, appended: Future[bool], learned: Learned
) -> None:  # fmt: skip
    """Replace the current assessment; it commits only after the history is recorded."""
    with transaction(services.engine) as connection:
        head = store.read_head(connection, lock=True)
        if head != task.head:
            raise Conflict("another assessment became current meanwhile; run the assessment again")
        keep_members(connection, task.ties.member, task.ties.group)
        if head is not None and (head.as_of, head.result_digest) == (task.as_of, key.result_digest):
            return
        columns = current_columns(result, task.scale, as_of=task.as_of, run_id=task.run_id)
        store.replace_current(connection, columns, task.policy, as_of=task.as_of)
        appended.result()
        failpoints.reach(RECORDED)
        _record(connection, services, task, result, key)
        store.write_learned(connection, learned)
        failpoints.reach(LOADED)


def _merge_current(services: Services, task: Task, result: Assessment) -> int:
    """Put what is said anew of some customers in the place of the old; it commits only after the history is recorded."""
    columns = history_columns(result, task.scale)
    with transaction(services.engine) as connection:
        head = store.read_head(connection, lock=True)
        if head is None or head != task.head:
            raise Conflict("another assessment became current meanwhile; run the assessment again")
        keep_members(connection, task.ties.member, task.ties.group)
        loaded = current_columns(result, task.scale, as_of=task.as_of, run_id=task.run_id)
        changed = np.isin(result.positions.customer_key, store.load_assessed(connection, loaded))
        if not changed.any():
            return 0
        key = _key(task, result, {name: column[changed] for name, column in columns.items()})
        history.append_history(services.instance, key, {name: column[changed] for name, column in columns.items()},
                               name=history.PARTIAL)  # fmt: skip
        failpoints.reach(SOME_RECORDED)
        store.merge_assessed(connection, result.positions.customer_key)
        _record_some(connection, services, task, result, replace(head, result_digest=key.result_digest))
        failpoints.reach(SOME_MERGED)
        return int(changed.sum())


def _record_some(connection: Connection, services: Services, task: Task, result: Assessment, head: store.Head) -> None:
    """Write what goes with the change: that the head is no longer what the last run over everybody left, changes of class, events."""
    at, customers = services.clock.now(), result.positions.customer_key
    store.write_head(connection, head, at=at)
    changes = store.record_changes(
        connection, _change_columns(result), as_of=task.as_of, run_id=task.run_id, customers=customers
    )
    cause = {"run_id": task.run_id, "as_of": task.as_of.isoformat(), "policy_digest": task.policy.digest}
    summary = AuditEvent("customers:assessed", "assessment", task.as_of.isoformat(), ACTOR,
                         new={"scored": len(result), "result_digest": head.result_digest}, cause=cause)  # fmt: skip
    append(connection, [summary, *(_event(change, cause) for change in changes)], at=at)
    follow(connection, task.opinions, result, actor=ACTOR, on_day=task.as_of, at=at, cause=cause)


def _record(
    connection: Connection, services: Services, task: Task, result: Assessment, key: history.HistoryKey
) -> None:
    """Write what goes with the swap: the head, the changes of class, and their audit events."""
    at = services.clock.now()
    head = store.Head(task.as_of, task.run_id, key.policy_version, key.policy_digest, key.result_digest, len(result),
                      key.model_version or None, key.model_digest or None)  # fmt: skip
    store.write_head(connection, head, at=at)
    changes = store.record_changes(connection, _change_columns(result), as_of=task.as_of, run_id=task.run_id)
    cause = {"run_id": task.run_id, "as_of": task.as_of.isoformat(), "policy_digest": key.policy_digest}
    summary = AuditEvent("portfolio:assessed", "assessment", task.as_of.isoformat(), ACTOR,
                         new={**_counts(result, task.policy).as_counts(), "result_digest": key.result_digest}, cause=cause)  # fmt: skip
    append(connection, [summary, *(_event(change, cause) for change in changes)], at=at)
    follow(connection, task.opinions, result, actor=ACTOR, on_day=task.as_of, at=at, cause=cause)


def _event(change: store.ClassChange, cause: dict[str, object]) -> AuditEvent:
    verb = "customer:class_change_withdrawn" if change.withdrawn else "customer:class_changed"
    return AuditEvent(verb, "customer", str(change.customer_key), ACTOR, old={"risk_class": RiskClass(change.old_class).name},
                      new={"risk_class": RiskClass(change.new_class).name, "rule_code": change.rule_code}, cause=cause)  # fmt: skip


def _change_columns(result: Assessment) -> list[Column]:
    decision = result.decision
    rows = np.flatnonzero((decision.previous_class >= 0) & (decision.previous_class != result.risk_class))
    data: dict[str, tuple[str, NDArray[np.generic]]] = {
        "customer_key": ("int8", result.positions.customer_key), "old_class": ("int2", decision.previous_class),
        "new_class": ("int2", result.risk_class), "rule_code": ("int2", decision.rule_code),
    }  # fmt: skip
    return [Column(name, kind, column[rows]) for name, (kind, column) in data.items()]


def _counts(result: Assessment, policy: Policy) -> AssessmentCounts:
    numbers = np.bincount(result.risk_class, minlength=len(RiskClass))
    previous = result.decision.previous_class
    assessed = previous >= 0
    before = np.where(assessed, previous, 0)
    improved = assessed & (RANK[result.risk_class] < RANK[before])
    return AssessmentCounts(
        scored=len(result), by_class={word.name: int(numbers[word]) for word in RiskClass},
        worsened=int(has_worsened(result.risk_class, previous).sum()), improved=int(improved.sum()),
        held_for_data=int(result.decision.held.sum()), over_capacity=_over_capacity(numbers, policy),
    )  # fmt: skip


def _over_capacity(numbers: NDArray[np.intp], policy: Policy) -> int:
    """Return by how many customers the upper classes exceed what reviewers can take, the worse of both shares."""
    total = int(numbers.sum())
    critical, high = (int(numbers[word:].sum()) for word in (RiskClass.critical, RiskClass.high))
    allowed = (policy.capacity.critical_pct * total / 100, policy.capacity.high_pct * total / 100)
    return max(0, math.ceil(critical - allowed[0]), math.ceil(high - allowed[1]))
