"""Owns whose duty the end of an activation is: to say that the emergency is over, to look back, and for another person to close it."""

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import NewDuty, close_duties, open_duties
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.playbooks import store
from riskreview.playbooks.lifecycle import ACTIVATION
from riskreview.playbooks.staffing import entitled
from riskreview.policy.playbook_model import Duties

SUBJECT = "activation"
RESOLVE, LOOK_BACK, CLOSE = "activation_resolve", "activation_look_back", "activation_close"
WITHIN = {RESOLVE: "resolve_within", LOOK_BACK: "look_back_within", CLOSE: "close_within"}
"""Which line of the playbook says how long each of them may take."""

Found = Row[Any]  # a result row has the columns of its statement


def follow(connection: Connection, staff: Staff, activation_id: int) -> None:
    """Open the duty an activation calls for as it is now and close the others, in the caller's transaction; repeating it changes nothing.

    :raises RuleViolation: when an activation that was looked back on can be closed by nobody.
    """
    row, subject = store.read_activation(connection, activation_id), str(activation_id)
    wanted = _wanted(row)
    over = row.state in ACTIVATION.final_states and row.state != "closed"
    for kind in WITHIN.keys() - {wanted}:
        close_duties(connection, kind, SUBJECT, [subject], at=staff.now, state="cancelled" if over else "done")
    if wanted is None:
        return
    duty = _duty(staff, row, wanted)
    if open_duties(connection, [duty], at=staff.now):
        enqueue(connection, _told(staff, row, duty), at=staff.now)


def follow_all(connection: Connection, staff: Staff) -> None:
    """Open the duty of every activation whose end is nobody's, such as one of an older version, in the caller's transaction.

    One that nobody may close is left to the standing invariants, which name it until somebody may.
    """
    for number in connection.execute(text(sql("playbooks", "unled_activations"))).scalars().all():
        with suppress(RuleViolation):
            follow(connection, staff, int(number))


def _wanted(row: Found) -> str | None:
    """Return the duty of an activation; while steps are open, or nobody took the lead, those duties stand for it."""
    if row.state in {"acknowledged", "contained", "recovering"}:
        return None if row.open_steps else RESOLVE
    return {"resolved": LOOK_BACK, "after_action": CLOSE}.get(row.state)


def _duty(staff: Staff, row: Found, kind: str) -> NewDuty:
    person = staff.decider(row.approvers, but=row.leaders) if kind == CLOSE else _leader(staff, row)
    within = row.duties.get(WITHIN[kind]) or Duties.model_fields[WITHIN[kind]].default
    facts = {"activation_id": row.activation_id, "playbook_id": row.playbook_id, "customer_id": row.customer_id}
    if row.is_drill:
        facts["is_drill"] = True
    subject = (SUBJECT, str(row.activation_id))
    if kind == CLOSE:
        return staff.decision_duty(kind, subject, person, row.approvers, facts, within, but=row.leaders)
    return staff.decision_duty(kind, subject, person, (row.duties["incident_owner"],), facts, within).of_its_subject()


def _leader(staff: Staff, row: Found) -> str:
    """Return who leads: whoever took the lead, else owner or deputy, the first who is present; one who left or lost the role never."""
    able = entitled(staff.team, row.duties, row.duties["incident_owner"])
    known = [name for name in dict.fromkeys((row.acknowledged_by, row.owner, row.deputy)) if name in able]
    here = [name for name in known if staff.team.is_present(name, staff.today)]
    return next(iter([*here, *known]), staff.team.on_duty(row.duties["incident_owner"], staff.today).owner)


def _told(staff: Staff, row: Found, duty: NewDuty) -> list[OutboxEvent]:
    """Say at once what is owed, but to whoever just did the step before: only the ladder reminds of the look back."""
    if duty.kind == RESOLVE:
        return [OutboxEvent(f"activation_steps_ended:{duty.subject_id}", "activation_steps_ended", SUBJECT, duty.subject_id, "normal",
                            (duty.owner,), dict(duty.facts))]  # fmt: skip
    if duty.kind == CLOSE:
        named = [staff.team.on_duty(role, staff.today) for role in row.approvers]
        others = [name for who in named for name in (who.owner, who.deputy) if name and name not in row.leaders]
        facts = {**duty.facts, "owner": duty.owner, "proposes_change": row.proposes_change}
        return [OutboxEvent(f"activation_looked_back:{duty.subject_id}", "activation_looked_back", SUBJECT, duty.subject_id, "normal",
                            tuple(dict.fromkeys((duty.owner, *others))), facts)]  # fmt: skip
    return []
