"""Owns making a result current: the whole portfolio's or that of some customers, with the changes of class and the events that go with it.

Some customers may be judged while everybody is: what was learned of them since the run over everybody began is newer, so that run
leaves them as they are.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from riskreview.assessment import history, store
from riskreview.assessment.columns import current_columns, digest_of, history_columns
from riskreview.assessment.counting import counts_of
from riskreview.assessment.following import follow
from riskreview.assessment.grounds import Grounds, keep_grounds
from riskreview.assessment.score import Assessment
from riskreview.assessment.task import ACTOR, Task
from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.binary_copy import Column
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict
from riskreview.foundation.services import Services
from riskreview.groups.store import keep_members
from riskreview.indicators.across import Learned
from riskreview.policy.risk_terms import RiskClass

RECORDED = failpoints.register(
    "assessment.recorded", "the history is appended, the rows are loaded, the old ones are current"
)
LOADED = failpoints.register("assessment.loaded", "the current assessment is replaced but not committed")
SOME_RECORDED = failpoints.register(
    "assessment.some_recorded", "the history of some customers is appended, the old ones are current"
)
SOME_MERGED = failpoints.register(
    "assessment.some_merged", "the assessments of some customers are replaced but not committed"
)
OTHER_CURRENT = "another assessment became current meanwhile; run the assessment again"
NOBODY: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def key_of(task: Task, result: Assessment, columns: Mapping[str, NDArray[np.generic]]) -> history.HistoryKey:
    """Return what a result is identified by; beside a run over everybody each result is one of its own."""
    policy, scores = task.policy, result.scores
    run = f" {task.run_id}" if task.is_beside else ""
    digest = digest_of(columns.values(), context=f"{task.as_of} {policy.digest} {scores.digest}{run}")
    return history.HistoryKey(
        task.as_of, task.run_id, policy.version, policy.digest, digest, scores.version, scores.digest
    )


def make_current(
    services: Services, task: Task, result: Assessment, key: history.HistoryKey, appended: Future[bool], learned: Learned,
    grounds: Grounds | None = None,
) -> None:  # fmt: skip
    """Replace the current assessment, but for who was judged since it began; it commits only after the history is recorded.

    :param grounds: what it rests on, None for one of figures that were given.
    :raises Conflict: when another assessment of everybody became current meanwhile, or single customers were judged otherwise.
    """
    with transaction(services.engine) as connection:
        head = store.read_head(connection, lock=True)
        kept = NOBODY if head == task.head else _judged_meanwhile(connection, task, key, head)
        keep_members(connection, task.ties.member, task.ties.group, but_for=kept)
        if head is not None and (head.as_of, head.result_digest) == (task.as_of, key.result_digest):
            return
        columns = current_columns(result, task.scale, as_of=task.as_of, run_id=task.run_id)
        store.replace_current(connection, columns, task.policy, as_of=task.as_of, but_for=kept)
        appended.result()
        failpoints.reach(RECORDED)
        _record(connection, services, task, result, key, kept, grounds)
        store.write_learned(connection, learned)
        failpoints.reach(LOADED)


def _judged_meanwhile(
    connection: Connection, task: Task, key: history.HistoryKey, head: store.Head | None
) -> NDArray[np.int64]:
    """Return who was judged since this assessment began, ascending: by the same policy and model, and for no earlier date."""
    kept, earliest = store.read_since(connection, task.run_id)
    if head is None or task.head is None or not kept.size or earliest < task.as_of:
        raise Conflict(OTHER_CURRENT)
    alike = (key.policy_digest, key.model_digest) == (head.policy_digest, head.model_digest or "")
    if not alike or replace(head, result_digest=task.head.result_digest) != task.head:
        raise Conflict(OTHER_CURRENT)
    return kept


def record_past(
    services: Services, task: Task, result: Assessment, key: history.HistoryKey, grounds: Grounds | None
) -> None:
    """Put down that an assessment of a date before the current one is added to the history, before it is: a kill in between loses no grounds."""
    with transaction(services.engine) as connection:
        said = _said(connection, counts_of(result, task.policy).as_counts(), key.result_digest, grounds)
        event = AuditEvent(
            "portfolio:assessed_later", "assessment", task.as_of.isoformat(), ACTOR, new=said, cause=_cause(task)
        )
        append(connection, [event], at=services.clock.now())


def merge_current(
    services: Services, task: Task, result: Assessment, grounds: Grounds, *, judged: NDArray[np.int64]
) -> int:
    """Put what is said anew of some customers in the place of the old; it commits only after the history is recorded.

    Beside a run over everybody also what says nothing new is put down, for that run must not take it back. All others stay in the
    groups by which they were judged, whatever ties are in force since.

    :param judged: whom it is about, those that others took over included.
    :raises Conflict: when another assessment became current meanwhile.
    """
    columns = history_columns(result, task.scale)
    with transaction(services.engine) as connection:
        head = store.read_head(connection, lock=True)
        if head is None or head != task.head:
            raise Conflict(OTHER_CURRENT)
        keep_members(connection, task.ties.member, task.ties.group, only=judged)
        loaded = current_columns(result, task.scale, as_of=task.as_of, run_id=task.run_id)
        said = store.load_assessed(connection, loaded, also_unchanged=task.is_beside)
        changed = np.isin(result.positions.customer_key, said)
        if not changed.any():
            return 0
        columns = {name: column[changed] for name, column in columns.items()}
        key = key_of(task, result, columns)
        history.append_history(services.instance, key, columns, name=history.PARTIAL)
        failpoints.reach(SOME_RECORDED)
        store.merge_assessed(connection, result.positions.customer_key, task.policy)
        _record_some(connection, services, task, result, replace(head, result_digest=key.result_digest), grounds)
        failpoints.reach(SOME_MERGED)
        return int(changed.sum())


def _record_some(
    connection: Connection,
    services: Services,
    task: Task,
    result: Assessment,
    head: store.Head,
    grounds: Grounds | None,
) -> None:
    """Write what goes with the change: that the head is no longer what the last run over everybody left, changes of class, events."""
    at, customers = services.clock.now(), result.positions.customer_key
    store.write_head(connection, head, at=at)
    changes = store.record_changes(
        connection, _change_columns(result, NOBODY), as_of=task.as_of, run_id=task.run_id, customers=customers
    )
    said = _said(connection, {"scored": len(result)}, head.result_digest, grounds)
    _conclude(connection, task, result, AuditEvent("customers:assessed", "assessment", task.as_of.isoformat(), ACTOR, new=said,
                                                   cause=_cause(task)), changes, NOBODY, at=at)  # fmt: skip


def _record(
    connection: Connection, services: Services, task: Task, result: Assessment, key: history.HistoryKey,
    kept: NDArray[np.int64], grounds: Grounds | None,
) -> None:  # fmt: skip
    """Write what goes with the swap: the head, the changes of class, and their audit events."""
    at = services.clock.now()
    digest = digest_of([kept], context=key.result_digest) if kept.size else key.result_digest
    head = store.Head(task.as_of, task.run_id, key.policy_version, key.policy_digest, digest, len(result),
                      key.model_version or None, key.model_digest or None)  # fmt: skip
    store.write_head(connection, head, at=at)
    changes = store.record_changes(
        connection, _change_columns(result, kept), as_of=task.as_of, run_id=task.run_id, but_for=kept
    )
    said = _said(connection, counts_of(result, task.policy).as_counts(), key.result_digest, grounds)
    _conclude(connection, task, result, AuditEvent("portfolio:assessed", "assessment", task.as_of.isoformat(), ACTOR, new=said,
                                                   cause=_cause(task)), changes, kept, at=at)  # fmt: skip


def _said(
    connection: Connection, counts: Mapping[str, object], result_digest: str, grounds: Grounds | None
) -> dict[str, object]:
    """Keep the grounds and return what the event says: counts, the digest of the result, and that of what it rests on."""
    said = {**counts, "result_digest": result_digest}
    if grounds is None:
        return said
    return said | {"grounds": keep_grounds(connection, grounds, result_digest=result_digest)}


def _conclude(
    connection: Connection, task: Task, result: Assessment, summary: AuditEvent, changes: Sequence[store.ClassChange],
    kept: NDArray[np.int64], *, at: datetime,
) -> None:  # fmt: skip
    append(connection, [summary, *(_event(change, _cause(task)) for change in changes)], at=at)
    follow(connection, task.opinions, result, but_for=kept, actor=ACTOR, on_day=task.as_of, at=at, cause=_cause(task))


def _cause(task: Task) -> dict[str, object]:
    return {"run_id": task.run_id, "as_of": task.as_of.isoformat(), "policy_digest": task.policy.digest}


def _event(change: store.ClassChange, cause: dict[str, object]) -> AuditEvent:
    verb = "customer:class_change_withdrawn" if change.withdrawn else "customer:class_changed"
    return AuditEvent(verb, "customer", str(change.customer_key), ACTOR, old={"risk_class": RiskClass(change.old_class).name},
                      new={"risk_class": RiskClass(change.new_class).name, "rule_code": change.rule_code}, cause=cause)  # fmt: skip


def _change_columns(result: Assessment, but_for: NDArray[np.int64]) -> list[Column]:
    decision = result.decision
    changed = (decision.previous_class >= 0) & (decision.previous_class != result.risk_class)
    rows = np.flatnonzero(changed & ~np.isin(result.positions.customer_key, but_for))
    data: dict[str, tuple[str, NDArray[np.generic]]] = {
        "customer_key": ("int8", result.positions.customer_key), "old_class": ("int2", decision.previous_class),
        "new_class": ("int2", result.risk_class), "rule_code": ("int2", decision.rule_code),
    }  # fmt: skip
    return [Column(name, kind, column[rows]) for name, (kind, column) in data.items()]
