"""Owns what becomes of plans and steps whose people left the team, stay away or lost the role: the deputy's, else the next one's of the list."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.sql import sql
from riskreview.measures.of_steps import hand_to
from riskreview.mechanisms.duty import hand_over_duties
from riskreview.mechanisms.handover import ACTOR, handed_over, incidents, whereabouts
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.playbooks.lifecycle import ACTIVATION, STEP
from riskreview.playbooks.staffing import ACCOUNT_OWNER, entitled
from riskreview.policy.team import Assignment

Found = Row[Any]  # a result row has the columns of its statement


def hand_over_plans(connection: Connection, staff: Staff) -> int:
    """Pass on plans and steps of people who are gone or lost the role, in the caller's transaction; returns how many.

    Whoever leads a plan stays its leader while there; a step goes to its deputy, else to the next person of its role who decides nothing
    about its measure. A second pass at the same moment moves nothing.
    """
    who = whereabouts(staff.team, staff.today)
    plans = _found(connection, "plans_of_gone", ACTIVATION, {**who, "now": staff.now})
    steps = _found(connection, "steps_of_gone", STEP, who)
    moved_plans = [(row, _leader(staff, row)) for row in plans if not _may_lead(staff, row)]
    moved_steps = [(row, _doer(staff, row)) for row in steps if not _may_do(staff, row)]
    moved_plans = [(row, heir) for row, heir in moved_plans if heir.owner != row.gone]
    moved_steps = [(row, heir) for row, heir in moved_steps if heir.owner != row.owner]
    for row, heir in moved_plans:
        _pass_plan(connection, staff, row, heir)
    key = lambda item: (item[0].owner, item[1].owner, item[1].deputy or "")  # noqa: E731  a sort key
    for (old, _, _), group in groupby(sorted(moved_steps, key=key), key=key):
        _pass_steps(connection, staff, old, list(group))
    enqueue(connection, list(incidents(staff, [heir for _, heir in (*moved_plans, *moved_steps)])), at=staff.now)
    return len(moved_plans) + len(moved_steps)


def _found(connection: Connection, name: str, lifecycle: Any, values: dict[str, object]) -> Sequence[Found]:
    states = list(lifecycle.transition("reassign").sources)
    return connection.execute(text(sql("playbooks", name)), {**values, "states": states}).all()


def _may_lead(staff: Staff, row: Found) -> bool:
    able = entitled(staff.team, row.duties, row.duties["incident_owner"])
    return row.gone in able and not staff.is_gone(row.gone, row.due_at)


def _may_do(staff: Staff, row: Found) -> bool:
    """Tell whether the owner of a step may keep it; who owns the customer does what is the account owner's, whatever their role."""
    person = staff.team.person(row.owner_user or "") if row.role == ACCOUNT_OWNER else None
    may = row.owner in entitled(staff.team, row.duties, row.role) or (person is not None and row.owner == person.id)
    return may and not staff.is_gone(row.owner, row.due_at)


def _leader(staff: Staff, row: Found) -> Assignment:
    duties = row.duties
    known = [name for name in (row.acknowledged_by, row.owner, row.deputy) if name and name != row.gone]
    return _next(staff, duties["incident_owner"], duties, known, but=(row.gone,))


def _doer(staff: Staff, row: Found) -> Assignment:
    known = [row.deputy] if row.deputy else []
    return _next(staff, row.role, row.duties, known, but=(row.owner, *row.deciders))


def _next(staff: Staff, role: str, duties: dict[str, Any], known: Sequence[str], *, but: Sequence[str]) -> Assignment:
    """Return who has something from now on, with a deputy: one of those known who is there, else the next of the duty list."""
    team, today = staff.team, staff.today
    on_duty = team.on_duty(role, today)
    stand_in = team.on_duty((duties["roles"].get(role) or {}).get("deputy") or role, today)
    listed = [name for name in team.order(role) if team.is_present(name, today)]
    may = entitled(team, duties, role)
    here = [name for name in known if name in may and team.is_present(name, today)]
    able = [name for name in (*here, *listed) if name not in but]
    last = [name for name in team.order(team.final_duty_role) if name not in but]
    owner = next(iter([*able, *last]), on_duty.owner)
    others = (*listed, stand_in.owner, stand_in.deputy)
    deputy = next((name for name in others if name and name not in {owner, *but}), None)
    return Assignment(owner, deputy, role, nobody_available=not able)


def _pass_plan(connection: Connection, staff: Staff, row: Found, heir: Assignment) -> None:
    subject = str(row.activation_id)
    facts = {**_facts(row), "duty_kind": row.duty_kind or "activation_resolve", "role": heir.role, "due_at": row.due_at}
    told = handed_over(
        staff,
        f"activation:{subject}:{row.version}:{row.gone}",
        ("activation", subject),
        heir.owner,
        facts,
        previous=row.gone,
    )
    apply_many(connection, ACTIVATION, "reassign", [row.activation_id], actor=ACTOR, roles=(SYSTEM,), at=staff.now,
               changes={"owner": heir.owner, "deputy": heir.deputy}, cause={"from": row.gone, "why": staff.absence_of(row.gone)},
               events=told)  # fmt: skip
    hand_over_duties(
        connection, "activation", [subject], old=row.gone, owner=heir.owner, deputy=heir.deputy, at=staff.now
    )


def _pass_steps(connection: Connection, staff: Staff, old: str, moved: Sequence[tuple[Found, Assignment]]) -> None:
    keys, heir = [row.step_key for row, _ in moved], moved[0][1]
    apply_many(connection, STEP, "reassign", keys, actor=ACTOR, roles=(SYSTEM,), at=staff.now,
               changes={"owner": heir.owner, "deputy": heir.deputy}, cause={"from": old, "why": staff.absence_of(old)},
               events=[event for row, heir in moved for event in _told(staff, row, heir)])  # fmt: skip
    subjects = [str(key) for key in keys]
    hand_over_duties(connection, "step", subjects, old=old, owner=heir.owner, deputy=heir.deputy, at=staff.now)
    hand_to(connection, keys, implementer=heir.owner)


def _told(staff: Staff, row: Found, heir: Assignment) -> tuple[OutboxEvent, ...]:
    facts = {**_facts(row), "step_id": row.step_id, "duty_kind": "step", "role": heir.role, "due_at": row.due_at}
    return handed_over(
        staff, f"step:{row.step_key}:{row.version}", ("step", str(row.step_key)), heir.owner, facts, previous=row.owner
    )


def _facts(row: Found) -> dict[str, Any]:
    facts = {"activation_id": row.activation_id, "playbook_id": row.playbook_id}
    return {**facts, "is_drill": True} if row.is_drill else {**facts, "customer_id": row.customer_id}
