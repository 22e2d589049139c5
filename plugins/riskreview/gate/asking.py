"""Owns whose duty a change of policy is: another person decides it in time, and the proposer puts what was approved into force."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.gate.lifecycle import PEOPLE, SUBJECT
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff

DECISION, ACTIVATION = "policy_decision", "policy_activation"
Verb = Literal["approve", "reject", "withdraw", "void", "activate"]
Row = dict[str, Any]  # a row of the store


def decider(staff: Staff, proposer: str, approvers: Sequence[str]) -> str:
    """Return who is asked to decide what ``proposer`` proposes.

    :raises RuleViolation: when the team has nobody else who may: nobody would ever decide it.
    """
    try:
        return staff.decider(approvers, but=(proposer,))
    except RuleViolation as error:
        raise RuleViolation(f"nobody else could approve the change: {error}") from error


def ask(
    connection: Connection, staff: Staff, number: int, *, proposer: str, asked: str, approvers: Sequence[str]
) -> None:
    """Make deciding a proposal the duty of a person and tell everybody who may decide it, in the caller's transaction."""
    duty = staff.decision_duty(
        DECISION, (SUBJECT, str(number)), asked, approvers, {"proposed_by": proposer}, but=(proposer,)
    )
    others = [item.id for item in staff.team.persons if set(item.roles) & set(approvers) and item.id != proposer]
    audience = tuple(dict.fromkeys((asked, *others)))
    told = OutboxEvent(f"policy_proposed:{number}", "policy_proposed", SUBJECT, str(number), "normal", audience,
                       {**duty.facts, "owner": asked})  # fmt: skip
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [told], at=staff.now)


def follow(connection: Connection, staff: Staff, found: Row, verb: Verb, *, actor: str) -> None:
    """Close the duties a verb ends, open the one an approval begins, and tell the proposer what others did.

    Where the proposer left the team, whoever approved puts it into force.
    """
    number, proposer = str(found["proposal_id"]), str(found["proposed_by"])
    close_duties(
        connection, None, SUBJECT, [number], at=staff.now, state="cancelled" if verb in {"withdraw", "void"} else "done"
    )
    facts: dict[str, object] = {"policy_end": verb}
    doer = proposer if staff.roles_of(proposer) else actor
    if verb == "approve":
        duty = staff.decision_duty(ACTIVATION, (SUBJECT, number), doer, PEOPLE, facts)
        open_duties(connection, [duty], at=staff.now)
        facts = dict(duty.facts)
    if verb != "activate" and actor != doer:
        key = f"policy_decided:{number}:{verb}"
        enqueue(
            connection, [OutboxEvent(key, "policy_decided", SUBJECT, number, "normal", (doer,), facts)], at=staff.now
        )
