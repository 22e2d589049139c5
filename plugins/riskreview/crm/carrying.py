"""Owns carrying writes into the CRM: look, write, look again. Any step may be the last one of a killed run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import structlog

from riskreview.crm import write_store
from riskreview.crm.desk import Desk
from riskreview.crm.difference import as_text
from riskreview.crm.problems import CrmRefused, CrmUnavailable, OutcomeUnknown
from riskreview.crm.results import WrittenBack
from riskreview.crm.targets import ChangedMeanwhile, Seen, Task
from riskreview.crm.telling import Edit, tell_edits, tell_overwritten
from riskreview.crm.write_store import StoredWrite
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.policy.crm_policy import Fact, TaskRule
from riskreview.policy.risk_terms import RiskClass

LOG = structlog.get_logger("riskreview.crm")
SENT = failpoints.register("crm.sent", "the CRM has taken a write, nothing of that is recorded")
CONFIRMED = failpoints.register("crm.confirmed", "a write is confirmed but not committed")
TITLES = {"en": "Risk review {customer_id}, {period}", "zh": "风险审查 {customer_id}，{period}"}
TEXTS = {"en": "Risk class {risk_class}; due {due_on}", "zh": "风险等级 {risk_class}；截止 {due_on}"}


def carry(desk: Desk, states: tuple[str, ...]) -> WrittenBack:
    """Carry every write of some states as far as it goes; one that fails stops no other, a CRM that is silent stops the pass."""
    with desk.services.engine.connect() as connection:
        waiting = write_store.writes(connection, desk.crm.name, states)
    found = sorted(waiting, key=_urgency)[: desk.target.most_per_run]
    counts = {"confirmed": 0, "conflicts": 0, "failed": 0, "unknown_outcomes": 0}
    act: Callable[[Desk, StoredWrite], str]
    for write in found:
        act = _carry_task if write.task else _carry_fields
        try:
            counts[act(desk, write)] += 1
        except OutcomeUnknown as error:
            LOG.warning("crm_outcome_unknown", write_id=write.write_id, problem=str(error))
            counts["unknown_outcomes"] += 1
        except CrmRefused as error:
            counts["failed"] += 1
            _ended(desk, write.write_id, "fail", str(error))
    return WrittenBack(confirmed=counts["confirmed"], conflicts=counts["conflicts"], failed=counts["failed"],
                       unknown_outcomes=counts["unknown_outcomes"])  # fmt: skip


def _urgency(write: StoredWrite) -> tuple[bool, bool]:
    """Return what sorts writes: people wait for tasks, and for what they agreed to."""
    return not write.task, not write.needs_person


def _carry_fields(desk: Desk, write: StoredWrite) -> str:
    """Write the fields of one record unless they say it already; somebody else's value is left alone.

    :returns: the count it goes under.
    """
    if write.state == "approved":
        write = desk.move("begin", write)
    seen = desk.records.one(write.record_id)  # nothing but the call itself may come between this look and the write
    if seen is None:
        _ended(desk, write.write_id, "fail", "the CRM has no such record any more")
        return "failed"
    after = {fact: change.after for fact, change in write.changes.items()}
    met = False
    if write.state == "writing":
        if not _says(seen, after):
            if not _says(seen, {fact: change.before for fact, change in write.changes.items()}):
                return _conflict(desk, write, seen)
            before, is_ours = seen, _update(desk, seen, after)
            failpoints.reach(SENT)
            seen = desk.records.one(write.record_id)
            met = is_ours and seen is not None and before.was_changed_beside(seen)
        write = desk.move("write", write)
    if seen is None or not _says(seen, after):
        return _conflict(desk, write, seen)
    return _overwritten(desk, write) if met else _confirm(desk, write)


def _update(desk: Desk, seen: Seen, after: Mapping[Fact, str | None]) -> bool:
    """Write; whether a refusal for the time of change was somebody else's write or our own, whose answer was lost, the record says.

    :returns: whether the CRM took it.
    """
    try:
        desk.records.update(seen, after)
    except ChangedMeanwhile as error:
        LOG.info("crm_changed_meanwhile", code=error.code)
        return False
    return True


def _carry_task(desk: Desk, write: StoredWrite) -> str:
    """Create a task unless the CRM has one of its key."""
    rule, given = desk.target.tasks, write.task
    if rule is None:
        _ended(desk, write.write_id, "fail", "the policy no longer writes tasks")
        return "failed"
    if write.state == "approved":
        write = desk.move("begin", write)
    if write.state == "writing":
        if desk.records.find_task(rule, str(given["key"])) is None:
            _create(desk, rule, _task(desk, write, given))
            failpoints.reach(SENT)
        write = desk.move("write", write)
    if desk.records.find_task(rule, str(given["key"])) is None:
        raise CrmUnavailable(f"the task {given['key']} does not show yet; the next pass looks again")
    return _confirm(desk, write)


def _create(desk: Desk, rule: TaskRule, task: Task) -> None:
    """Create a task for the account's owner; where the CRM refuses that person, who may have left, it is nobody's, but it is there."""
    try:
        desk.records.create_task(rule, task)
    except CrmRefused as error:
        if task.owner is None:
            raise
        LOG.warning("crm_task_without_owner", key=task.key, problem=str(error)[:200])
        desk.records.create_task(rule, replace(task, owner=None))


def _task(desk: Desk, write: StoredWrite, given: Mapping[str, Any]) -> Task:
    language = desk.services.instance.settings.language
    said = {**given, "risk_class": RiskClass(given["risk_class"]).name}
    account = desk.records.one(write.record_id)
    return Task(str(given["key"]), TITLES[language].format(**said), TEXTS[language].format(**said), write.record_id,
                date.fromisoformat(given["due_on"]), None if account is None else account.owner)  # fmt: skip


def _says(seen: Seen, values: Mapping[Fact, str | None]) -> bool:
    return all(seen.values.get(fact) == as_text(fact, value) for fact, value in values.items())


def _confirm(desk: Desk, write: StoredWrite) -> str:
    """Record that the CRM shows what was wanted, and what we wrote there."""
    at = desk.services.clock.now()
    with transaction(desk.services.engine) as connection:
        desk.moved(connection, "confirm", write, {"confirmed_at": at})
        if write.changes:
            write_store.keep_fields(connection, write, at=at)
        failpoints.reach(CONFIRMED)
    return "confirmed"


def _conflict(desk: Desk, write: StoredWrite, seen: Seen | None) -> str:
    """Leave somebody else's values alone and tell of them; they are written over when a person agrees."""
    theirs = {fact: seen.values.get(fact) for fact, change in write.changes.items()
              if seen is not None and seen.values.get(fact) not in {change.before, change.after}}  # fmt: skip
    edits = [Edit(write.connection, write.record_id, write.customer_key, theirs)] if theirs else []
    with transaction(desk.services.engine) as connection:
        desk.moved(
            connection, "conflict", write, {"problem": "somebody changed the record in the CRM after it was looked at"}
        )
        write_store.keep_seen(connection, write, at=desk.services.clock.now())
        tell_edits(connection, desk.services, edits, desk.day)
    return "conflicts"


def _overwritten(desk: Desk, write: StoredWrite) -> str:
    """Tell that somebody wrote in the very instant we did: the CRM shows ours, and counts a change more than we made."""
    after = {fact: change.after for fact, change in write.changes.items()}
    edit = Edit(write.connection, write.record_id, write.customer_key, after)
    with transaction(desk.services.engine) as connection:
        desk.moved(
            connection,
            "conflict",
            write,
            {"problem": "somebody changed the record in the CRM in the same instant as we did"},
        )
        write_store.keep_fields(connection, write, at=desk.services.clock.now())
        tell_overwritten(connection, desk.services, edit, write.write_id, desk.day)
    return "conflicts"


def _ended(desk: Desk, write_id: int, verb: str, problem: str) -> None:
    with transaction(desk.services.engine) as connection:
        write = write_store.read_write(connection, write_id)
        desk.moved(connection, verb, write, {"problem": problem[:500]})
