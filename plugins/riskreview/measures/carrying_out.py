"""Owns carrying measures out with evidence, putting them in force when their day has come, and undoing them in the systems afterwards."""

from collections.abc import Sequence

from sqlalchemy import Connection

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.desk import ACTOR, SEPARATED, Desk, act_on, facts_of, read_seen, said
from riskreview.measures.lifecycle import MEASURE
from riskreview.measures.store import Found
from riskreview.mechanisms.duty import close_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue

IMPLEMENTATION, UNDO = "measure_implementation", "measure_undo"


def implement(services: Services, *, measure_id: int, version: int, actor: str, evidence: str) -> int:
    """Say, with evidence, that an approved measure was carried out; it is in force from its first day on. Returns the new version.

    :raises RuleViolation: by its approver or, where the risk is high, its proposer; without evidence; or where a step of a playbook
        carries it out.
    """
    desk = Desk.of(services)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        if row.step_key is not None:
            raise RuleViolation(f"measure {measure_id} is carried out with its step of a playbook; finish that step")
        if row.review_state == "approved":
            raise RuleViolation(
                f"begin to carry out review {row.review_id} first; until then its approval may still fall"
            )
        new = carry_out(connection, desk, row, actor, evidence)
        return new + len(put_in_force(connection, desk, [measure_id]))


def carry_out(
    connection: Connection, desk: Desk, row: Found, actor: str, evidence: str, *, roles: Sequence[str] | None = None
) -> int:
    """Record in the caller's transaction that a measure was carried out; return its new version."""
    who = desk.person(actor)
    MEASURE.check_can("implement", state=row.state, roles=roles or desk.roles_towards(row, who))
    if who in {row.approved_by, *(step.decided_by for step in store.approval_steps(connection, row.measure_id))}:
        raise RuleViolation(f"{who} approved this and cannot carry it out; another person must")
    if who == row.proposed_by and row.risk_class in set(map(int, SEPARATED)):
        raise RuleViolation(f"{who} proposed this and cannot carry it out at this risk class; another person must")
    changes = {"implemented_by": who, "implemented_at": desk.staff.now, "evidence": said(evidence, "evidence")}
    new = act_on(connection, desk, "implement", row, who, roles=roles, changes=changes)
    close_duties(connection, IMPLEMENTATION, "measure", [str(row.measure_id)], at=desk.staff.now)
    return new


def put_in_force(connection: Connection, desk: Desk, measure_ids: Sequence[int] | None = None) -> tuple[int, ...]:
    """Put measures in force whose first day has come, in place of others of their field; return which.

    Relief waits while a review of the customer is overdue or something alarming stands beside it.

    :param measure_ids: only these; None for all.
    """
    wanted = None if measure_ids is None else list(measure_ids)
    ready = store.chosen(connection, "beginning", measure_ids=wanted, on_day=desk.today)
    if not ready:
        return ()
    ids, now = [row.measure_id for row in ready], desk.staff.now
    for old in store.chosen(connection, "replaced", measure_ids=ids):
        ended = {"ended_by": ACTOR, "ended_on": desk.today, "end_reason": f"measure {old.by_measure} took its place"}
        apply_many(connection, MEASURE, "supersede", [old.measure_id], actor=ACTOR, roles=(SYSTEM,), at=now, changes=ended,
                   cause={"measure": old.by_measure})  # fmt: skip
        close_duties(connection, None, "measure", [str(old.measure_id)], at=now, state="cancelled")
    moved = apply_many(
        connection,
        MEASURE,
        "take_effect",
        ids,
        actor=ACTOR,
        roles=(SYSTEM,),
        at=now,
        changes={"in_force_on": desk.today},
    )
    store.write(connection, "note_before", measure_ids=list(moved), on_day=desk.today)
    told = store.chosen(connection, "told_of", measure_ids=list(moved))
    enqueue(connection, [news(row, "measure_in_force", row.owner, row.implemented_by) for row in told], at=now)
    return moved


def undo(services: Services, *, measure_id: int, version: int, actor: str, evidence: str) -> int:
    """Say, with evidence, that an ended measure was taken back in the systems. Returns the new version."""
    desk = Desk.of(services)
    who = desk.person(actor)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        if row.undone_by is not None or desk.kind_of(row).reversal is None:
            raise RuleViolation(
                f"measure {measure_id} was undone by {row.undone_by}"
                if row.undone_by
                else f"nothing of {row.kind} is to be undone"
            )
        changes = {"undone_by": who, "undone_at": desk.staff.now, "undo_evidence": said(evidence, "evidence")}
        new = act_on(connection, desk, "undo", row, who, changes=changes)
        close_duties(connection, UNDO, "measure", [str(measure_id)], at=desk.staff.now)
    return new


def news(row: Found, kind: str, *people: str | None, **facts: object) -> OutboxEvent:
    """Return a message that is told once per measure, whatever its version."""
    named = tuple(dict.fromkeys(name for name in people if name and not name.startswith("system:")))
    return OutboxEvent(
        f"{kind}:{row.measure_id}", kind, "measure", str(row.measure_id), "normal", named, {**facts_of(row), **facts}
    )
