"""Owns activating playbooks. Working off their steps and ending them is in ``response``."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.services import Services
from riskreview.measures.of_steps import StepMeasure, propose_of_steps
from riskreview.mechanisms.duty import NewDuty, open_duties
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff as Desk
from riskreview.playbooks import leading, store
from riskreview.playbooks.following import follow_merges
from riskreview.playbooks.matching import Call, match
from riskreview.playbooks.results import ActivationCounts
from riskreview.playbooks.staffing import Roster, Staff
from riskreview.playbooks.store import Started
from riskreview.policy.calendars import load_calendars
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.team import load_team

INSERTED = failpoints.register(
    "playbooks.inserted", "activations and steps are inserted, neither audited nor announced"
)
COMMITTED = failpoints.register("playbooks.committed", "activations are committed, the run is not recorded as finished")


def activate_playbooks(services: Services, *, as_of: date, run_id: int) -> ActivationCounts:
    """Start the playbook of every open emergency signal that has none yet, in one transaction.

    An activation pins the playbook's digest, names people for every step from the duty list, opens their duties in business time,
    and tells the incident owner and each person once. A second pass starts nothing.

    :raises BadInput: when a playbook, the team or a calendar is wrong; nothing is started then.
    """
    books, staff, desk = load_playbooks(services.instance), staff_of(services), Desk.of(services)

    def work(connection: Connection) -> ActivationCounts:
        leading.follow_all(connection, desk)
        return _activate(services, connection, books, staff, as_of=as_of, run_id=run_id)

    counts = retry_transaction(services.engine, work)
    failpoints.reach(COMMITTED)
    services.progress.advance("activate_playbooks", counts.activated, counts.activated)
    return counts


def _activate(  # noqa: PLR0913, RUF100  the parts of one pass
    services: Services, connection: Connection, books: Sequence[Playbook], staff: Staff, *, as_of: date, run_id: int
) -> ActivationCounts:
    follow_merges(connection, at=staff.started_at)
    matched = match(store.emergencies(connection, books, as_of=as_of), books)
    started = start_calls(connection, matched.calls, staff, as_of=as_of, run_id=run_id)
    propose_of_steps(services, connection, [measure for item in started for measure in _measures(item)], as_of=as_of)
    taken = matched.already_active + len(matched.calls) - len(started)
    return ActivationCounts(len(started), steps_of(started), taken, matched.without_playbook)


def start_calls(
    connection: Connection, calls: Sequence[Call], staff: Staff, *, as_of: date, run_id: int
) -> tuple[Started, ...]:
    """Start playbooks in the caller's transaction: people named, duties opened, everybody told; what has begun before is left alone."""
    if not calls:
        return ()
    now = staff.started_at
    started = store.insert_activations(connection, _staffed(calls, staff), at=now, as_of=as_of, run_id=run_id)
    failpoints.reach(INSERTED)
    append(connection, [_event(item, run_id) for item in started], at=now)
    open_duties(connection, [duty for item in started for duty in _duties(item)], at=now)
    told = [*(event for item in started for event in _messages(item)), *_incidents(started, staff.day)]
    enqueue(connection, told, at=now)
    return started


def _measures(item: Started) -> Iterator[StepMeasure]:
    """Yield the measures a plan's steps name; a drill names none, since nothing may change outside."""
    key = item.call.emergency.customer_key
    if key is not None:
        for step, task in zip(item.call.playbook.measures.steps, item.roster.steps, strict=True):
            if step.measure is not None:
                yield StepMeasure(
                    item.step_keys[step.id],
                    key,
                    step.measure,
                    task.owner,
                    item.roster.lead.owner,
                    item.call.playbook.id,
                )


def steps_of(started: Sequence[Started]) -> int:
    """Return how many steps were assigned."""
    return sum(len(item.step_keys) for item in started)


def staff_of(services: Services) -> Staff:
    """Return the team and its calendars as of now.

    :raises BadInput: when the team or a calendar is wrong.
    """
    now = services.clock.now()
    day = now.astimezone(ZoneInfo(services.instance.settings.time_zone)).date()
    return Staff(load_team(services.instance), load_calendars(services.instance), now, day)


def _staffed(calls: Sequence[Call], staff: Staff) -> list[tuple[Call, Roster]]:
    """Name the people of each call; a roster depends on the playbook and the customer's owner only, so it is made once for these."""
    rosters: dict[tuple[str, str | None], Roster] = {}
    staffed = []
    for call in calls:
        key = (call.playbook.id, staff.owner_of(call.emergency.owner_user))
        if key not in rosters:
            rosters[key] = staff.roster(call.playbook, key[1])
        staffed.append((call, rosters[key]))
    return staffed


def _event(item: Started, run_id: int) -> AuditEvent:
    emergency, book = item.call.emergency, item.call.playbook
    steps = {
        task.step_id: {"owner": task.owner, "deputy": task.deputy, "due_at": task.due_at} for task in item.roster.steps
    }
    new = {"state": "triggered", "version": 1, "playbook": book.id, "playbook_version": book.version, "owner": item.roster.lead.owner,
           "steps": steps}  # fmt: skip
    cause = {"run_id": run_id, "signal_id": emergency.signal_id, "trigger": emergency.trigger_key,
             "customer_id": emergency.customer_id, "playbook_digest": book.digest, "is_drill": emergency.is_drill}  # fmt: skip
    return AuditEvent(
        "activation:triggered", "activation", str(item.activation_id), "system:activate_playbooks", new=new, cause=cause
    )


def _duties(item: Started) -> Iterator[NewDuty]:
    facts = _facts(item)
    lead = item.roster.lead
    yield NewDuty("activation_acknowledge", "activation", str(item.activation_id), lead.role, lead.owner, lead.deputy,
                  lead.due_at, lead.ladder, facts)  # fmt: skip
    for task in item.roster.steps:
        yield NewDuty("step", "step", str(item.step_keys[task.step_id]), task.role, task.owner, task.deputy, task.due_at,
                      task.ladder, {**facts, "step_id": task.step_id})  # fmt: skip


def _messages(item: Started) -> Iterator[OutboxEvent]:
    emergency, subject = item.call.emergency, str(item.activation_id)
    key = f"{item.call.playbook.id}:{emergency.customer_key or 'nobody'}:{emergency.trigger_key}"
    lead, facts = item.roster.lead, _facts(item)
    yield OutboxEvent(f"playbook_activated:{key}", "playbook_activated", "activation", subject, "critical", (lead.owner,),
                      {**facts, "steps": len(item.roster.steps), "due_at": lead.due_at, "deputy": lead.deputy})  # fmt: skip
    for person in dict.fromkeys(task.owner for task in item.roster.steps):
        mine = [task for task in item.roster.steps if task.owner == person]
        first: datetime = min(task.due_at for task in mine)
        yield OutboxEvent(f"step_assigned:{key}:{person}", "step_assigned", "activation", subject, "high", (person,),
                          {**facts, "steps": len(mine), "step_id": ", ".join(task.step_id for task in mine), "role": mine[0].role,
                           "due_at": first})  # fmt: skip


def _facts(item: Started) -> dict[str, object]:
    emergency = item.call.emergency
    facts = {
        "activation_id": item.activation_id,
        "playbook_id": item.call.playbook.id,
        "opened_on": emergency.opened_on,
    }
    if emergency.is_drill:
        return {**facts, "is_drill": True}
    return {**facts, "customer_id": emergency.customer_id, "rule_id": emergency.rule_id}


def _incidents(started: Sequence[Started], day: date) -> Iterator[OutboxEvent]:
    gaps = {
        role: who
        for item in started
        for role, who in zip(item.roster.unmanned_roles, item.roster.unmanned, strict=True)
    }
    for role, who in sorted(gaps.items()):
        yield OutboxEvent(f"nobody_available:{role}:{day}", "nobody_available", "role", role, "critical", (who.owner,),
                          {"role": role, "day": day, "deputy": who.deputy})  # fmt: skip
