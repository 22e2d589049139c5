"""Owns writing back: look, propose, let the policy or a person agree, write, look again. Any step may be the last one of a killed run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from riskreview.audit.checkpoints import check_not_set_back
from riskreview.crm import write_store
from riskreview.crm.difference import Difference, as_text, differ
from riskreview.crm.lifecycle import APPROVER, WRITE
from riskreview.crm.opening import OpenCrm, open_crm
from riskreview.crm.problems import CrmRefused, CrmUnavailable, OutcomeUnknown
from riskreview.crm.results import WrittenBack
from riskreview.crm.targets import ChangedMeanwhile, CrmTarget, Seen, Task, open_target
from riskreview.crm.telling import Edit, tell_edits, tell_overwritten
from riskreview.crm.use_cases import Network
from riskreview.crm.wishes import wished
from riskreview.crm.write_store import StoredWrite
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.intake.staging import local_day
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.policy.crm_policy import Fact, Target, TaskRule, load_crm_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import load_team

LOG = structlog.get_logger("riskreview.crm")
ACTOR = "system:crm"
PROPOSED = failpoints.register("crm.proposed", "writes are proposed, granted and told of, but not committed")
SENT = failpoints.register("crm.sent", "the CRM has taken a write, nothing of that is recorded")
CONFIRMED = failpoints.register("crm.confirmed", "a write is confirmed but not committed")
REFUSED_FOR = timedelta(days=1)
"""What the CRM refused is tried again after that, if it is still wanted."""
TITLES = {"en": "Risk review {customer_id}, {period}", "zh": "风险审查 {customer_id}，{period}"}
TEXTS = {"en": "Risk class {risk_class}; due {due_on}", "zh": "风险等级 {risk_class}；截止 {due_on}"}


@dataclass(frozen=True, slots=True)
class Desk:
    """One target, opened, with what stands in the way of every write: the network in between."""

    services: Services
    target: Target
    crm: OpenCrm
    records: CrmTarget
    day: date

    def move(self, verb: str, write: StoredWrite, changes: Mapping[str, object] | None = None) -> StoredWrite:
        """Move a write in a transaction of its own and return it as it is then."""
        with transaction(self.services.engine) as connection:
            return self.moved(connection, verb, write, changes)

    def moved(
        self, connection: Connection, verb: str, write: StoredWrite, changes: Mapping[str, object] | None = None
    ) -> StoredWrite:
        """Move a write in the caller's transaction."""
        apply(connection, WRITE, verb, write.write_id, version=write.version, actor=ACTOR, roles=(SYSTEM,),
              at=self.services.clock.now(), changes=changes, cause={"digest": write.digest})  # fmt: skip
        return write_store.read_write(connection, write.write_id)


@dataclass(slots=True)
class Plan:
    """What one look at a target found.

    :param in_sync: accounts of which the CRM says what we want. :param edited: of which a person wrote something else since we did.
    """

    proposals: dict[str, tuple[int, Difference]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    in_sync: int = 0
    edited: int = 0
    unknown: int = 0


def write_back(
    services: Services, network: Network, *, as_of: date | None = None, dry_run: bool = False
) -> WrittenBack:
    """Bring every target of the policy to what we want; a target whose connection is missing waits.

    :param dry_run: look and compare only; nothing is stored, nothing is written.
    :raises BadInput: E-CRM-FIELD where a target's fields do not fit.
    :raises LogSetBack: when the database was set back, so that what it wants written may be old, until a person reconciles it.
    """
    if not dry_run:
        with services.engine.connect() as connection:
            check_not_set_back(services, connection)
    done = WrittenBack()
    for target in load_crm_policy(services.instance).targets:
        if network.find(target.connection) is None:
            continue
        with open_crm(
            services, target.connection, network.find, transport=network.transport, timer=network.timer
        ) as crm:
            records = open_target(crm, target)
            problems = records.problems()
            if problems:
                raise BadInput(
                    "E-CRM-FIELD",
                    "; ".join(problems),
                    "Add the fields in the CRM, or correct policies/crm.yaml",
                    target.connection,
                )
            desk = Desk(services, target, crm, records, as_of or local_day(services.instance, services.clock.now()))
            done = done + (_compared(desk) if dry_run else _brought(desk))
    return done


def roles_of(services: Services, person: str) -> tuple[str, ...]:
    """Return what a person is to writes that wait for one: an approver where a role of the policy is theirs."""
    allowed = set(load_crm_policy(services.instance).approvers) & set(load_team(services.instance).roles_of(person))
    return (APPROVER,) if allowed else ()


def decide(services: Services, write_id: int, *, person: str, digest: str, reason: str, agree: bool) -> None:
    """Agree to a write or refuse it; what is agreed to is exactly what the digest names.

    :raises RuleViolation: for somebody without a role of the policy. :raises Conflict: when it says something else by now.
    """
    if not reason.strip():
        raise RuleViolation("a decision needs a reason")
    with transaction(services.engine) as connection:
        write = write_store.read_write(connection, write_id)
        if write.digest != digest:
            raise Conflict(f"CRM write {write_id} is not what you saw; its digest is {write.digest[:12]}")
        at = services.clock.now()
        apply(connection, WRITE, "approve" if agree else "refuse", write_id, version=write.version, actor=person,
              roles=roles_of(services, person), at=at, changes={"decided_by": person, "decided_at": at, "reason": reason},
              cause={"digest": digest})  # fmt: skip


def look(desk: Desk) -> tuple[Plan, dict[str, Seen]]:
    """Return what has to change in a target, and what it says now. Reads only."""
    policy, language = load_policy(desk.services.instance), desk.services.instance.settings.language
    seen = {item.record_id: item for item in desk.records.everything(desk.crm.reader.server_time())}
    with desk.services.engine.connect() as connection:
        rows = write_store.wanted(connection, system=desk.target.system, on_day=desk.day)
        ours = write_store.ours(connection, desk.crm.name)
    plan = Plan()
    for row in rows:
        present = seen.get(row.account_id)
        if present is None:
            plan.unknown += 1
            continue
        found = differ(present.values, wished(row, policy, language), ours.get(row.account_id, {}), desk.target.fields)
        if found.edited:
            plan.edited += 1
            theirs = {fact: present.values.get(fact) for fact in found.edited}
            plan.edits.append(Edit(desk.crm.name, row.account_id, int(row.customer_key), theirs))
        if found.changes:
            plan.proposals[row.account_id] = (int(row.customer_key), found)
        else:
            plan.in_sync += 1
    return plan, seen


def _compared(desk: Desk) -> WrittenBack:
    plan, _ = look(desk)
    changes: dict[str, Mapping[str, Any]] = {
        record: {str(fact): change for fact, change in found.changes.items()}
        for record, (_, found) in plan.proposals.items()
    }
    return WrittenBack(proposed=len(changes), in_sync=plan.in_sync, edited=plan.edited, unknown=plan.unknown,
                       differences={desk.crm.name: changes})  # fmt: skip


def _brought(desk: Desk) -> WrittenBack:
    """Finish what an earlier pass began, propose what is wanted now, and write what is agreed to."""
    finished = _write_all(desk, ("writing", "written"))
    plan, _ = look(desk)
    proposed = _propose(desk, plan) + _propose_tasks(desk)
    written = _write_all(desk, ("approved",))
    return (
        finished
        + written
        + WrittenBack(proposed=proposed, in_sync=plan.in_sync, edited=plan.edited, unknown=plan.unknown)
    )


def _propose(desk: Desk, plan: Plan) -> int:
    """Propose what differs, let go what is no longer wanted and tell of edits, in one transaction; what needs nobody is granted."""
    at, name = desk.services.clock.now(), desk.crm.name
    with transaction(desk.services.engine) as connection:
        under_way = [item for item in write_store.writes(connection, name, write_store.OPEN) if not item.task]
        busy = {item.record_id for item in under_way if item.state in {"writing", "written"}}
        waiting = {item.record_id: item for item in under_way if item.record_id not in busy}
        settled = write_store.settled(connection, name, since=at - REFUSED_FOR)
        stale = [item.write_id for record, item in waiting.items()
                 if record not in plan.proposals or plan.proposals[record][1].digest != item.digest]  # fmt: skip
        apply_many(connection, WRITE, "withdraw", stale, actor=ACTOR, roles=(SYSTEM,), at=at)
        kept = busy | {record for record, item in waiting.items() if item.write_id not in stale}
        new = {
            record: found
            for record, found in plan.proposals.items()
            if record not in kept and (record, found[1].digest) not in settled
        }
        granted = []
        for record, (customer_key, found) in sorted(new.items()):
            number = write_store.insert_fields(connection, name=name, object_=desk.target.object, record_id=record,
                                               customer_key=customer_key, difference=found, at=at)  # fmt: skip
            granted += [] if found.needs_person else [number]
        apply_many(connection, WRITE, "grant", granted, actor=ACTOR, roles=(SYSTEM,), at=at)
        tell_edits(connection, desk.services, plan.edits, desk.day)
        failpoints.reach(PROPOSED)
    return len(new)


def _propose_tasks(desk: Desk) -> int:
    rule = desk.target.tasks
    if rule is None:
        return 0
    at = desk.services.clock.now()
    with transaction(desk.services.engine) as connection:
        new = write_store.insert_tasks(connection, name=desk.crm.name, object_=rule.object, system=desk.target.system,
                                       least_class=RiskClass[rule.least_class], at=at, on_day=desk.day)  # fmt: skip
        apply_many(connection, WRITE, "grant", new, actor=ACTOR, roles=(SYSTEM,), at=at)
    return len(new)


def _write_all(desk: Desk, states: tuple[str, ...]) -> WrittenBack:
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
