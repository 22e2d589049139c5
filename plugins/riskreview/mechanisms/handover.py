"""Owns what becomes of duties whose owner left the team, stays away or lost the role: the next person who may has them, and is told.

A duty that names the roles that may take it over is passed on here; one without goes where its subject goes, in the room of that.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import SHORTEST_STEP
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.team import Assignment, Team

ACTOR = "system:handover"


def pass_on(connection: Connection, staff: Staff) -> int:
    """Give duties of people who are gone or lost the role to the next person who may have them, in the caller's transaction.

    Returns how many. Where nobody is there who may, the final duty role has it and hears that nobody is available, and so it stays until
    somebody is.
    A second pass at the same moment moves nothing.
    """
    rows = connection.execute(text(sql("mechanisms", "duties_of_gone")), whereabouts(staff.team, staff.today)).all()
    found = [
        (row, _heir(staff, row))
        for row in rows
        if staff.is_gone(row.owner, row.due_at) or staff.has_lost(row.owner, row.role, row.roles)
    ]
    enqueue(connection, list(incidents(staff, [heir for _, heir in found])), at=staff.now)
    moved = [(row, heir) for row, heir in found if heir.owner != row.owner]
    if not moved:
        return 0
    taken = [{"duty_id": row.duty_id, "owner": heir.owner, "role": heir.role} for row, heir in moved]
    soonest = staff.now + SHORTEST_STEP
    connection.execute(text(sql("mechanisms", "duty_take_over")), {"rows": json_rows(taken), "soonest": soonest})
    append(connection, [_event(staff, row, heir) for row, heir in moved], at=staff.now)
    enqueue(connection, [event for row, heir in moved for event in _told(staff, row, heir)], at=staff.now)
    return len(moved)


def whereabouts(team: Team, day: date) -> dict[str, object]:
    """Return what statements ask of a team: its people, who of them is absent, and, in two arrays of one length, who has which role."""
    having = [(person.id, role) for person in team.persons for role in person.roles]
    return {"people": [person.id for person in team.persons],
            "absent": [person.id for person in team.persons if not team.is_present(person.id, day)],
            "holders": [name for name, _ in having], "held": [role for _, role in having]}  # fmt: skip


def incidents(staff: Staff, heirs: Sequence[Assignment]) -> Iterator[OutboxEvent]:
    """Return the message that nobody of a role is available, once a day for each role."""
    for heir in {heir.role: heir for heir in heirs if heir.nobody_available}.values():
        yield OutboxEvent(f"nobody_available:{heir.role}:{staff.today}", "nobody_available", "role", heir.role, "critical", (heir.owner,),
                          {"role": heir.role, "day": staff.today, "deputy": heir.deputy})  # fmt: skip


def _heir(staff: Staff, row: Any) -> Assignment:  # a result row has the columns of its statement
    """Return who has a duty from now on; whoever had it where nobody else may."""
    team, but = staff.team, {*row.barred, row.owner}
    able = [(name, role) for role in row.roles for name in team.holders(role) if name not in but]
    here = [
        (name in staff.untrained, place) for place, (name, _) in enumerate(able) if team.is_present(name, staff.today)
    ]
    if here:
        name, role = able[min(here)[1]]
        return Assignment(name, None, role)
    last = team.order(team.final_duty_role)
    if row.owner in last and team.is_present(row.owner, staff.today):
        return Assignment(row.owner, None, row.role)
    last = tuple(name for name in last if name not in but)
    there = [name for name in last if team.is_present(name, staff.today)]
    return Assignment(next(iter([*there, *last]), row.owner), None, row.role, nobody_available=True)


def _event(staff: Staff, row: Any, heir: Assignment) -> AuditEvent:  # a result row has the columns of its statement
    return AuditEvent("duty:handed_over", "duty", str(row.duty_id), ACTOR, old={"owner": row.owner}, new={"owner": heir.owner},
                      cause={"subject": f"{row.subject_type}:{row.subject_id}", "kind": row.kind, "why": staff.absence_of(row.owner)})  # fmt: skip


def _told(staff: Staff, row: Any, heir: Assignment) -> tuple[OutboxEvent, ...]:  # a result row
    return handed_over(staff, f"{row.duty_id}:{row.version}", (row.subject_type, row.subject_id), heir.owner, {
        **row.facts, "duty_kind": row.kind, "role": heir.role, "due_at": row.due_at, "duty_id": row.duty_id}, previous=row.owner)  # fmt: skip


def handed_over(
    staff: Staff, key: str, subject: tuple[str, str], owner: str, facts: dict[str, Any], *, previous: str
) -> tuple[OutboxEvent, ...]:
    """Return the messages to who has to do what somebody who is gone, or lost the role, leaves behind, and to whoever had it."""
    taken = OutboxEvent(f"duty_taken_over:{key}", "duty_taken_over", *subject, "high", (owner,), {
        **facts, "owner": owner, "previous_owner": previous})  # fmt: skip
    return (taken, *passed_on(staff, key, subject, owner, facts, previous=previous))


def passed_on(  # the parts of one message
    staff: Staff, key: str, subject: tuple[str, str], owner: str, facts: dict[str, Any], *, previous: str
) -> tuple[OutboxEvent, ...]:
    """Return the message to whoever had something that another person has from now on; nobody hears it who left the team."""
    if staff.team.person(previous) is None:
        return ()
    return (OutboxEvent(f"passed_on:{key}", "passed_on", *subject, "normal", (previous,), {**facts, "owner": owner}),)
