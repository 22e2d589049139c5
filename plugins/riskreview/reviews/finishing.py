"""Owns what follows a decision: carrying it out, closing with an outcome, appeal, reopening, and cancelling what should not be."""

from collections.abc import Callable
from typing import Literal

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures.of_reviews import carry_out_all, hand_to, not_carried_out
from riskreview.mechanisms.duty import NewDuty, close_duties
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews import records
from riskreview.reviews.acting import Desk, Move, act
from riskreview.reviews.assigning import owner_again
from riskreview.reviews.assignment import ROLE
from riskreview.reviews.lifecycle import APPROVERS, OVERSEERS
from riskreview.reviews.wording import said

OUTCOMES = ("confirmed_risk", "useful_alert", "false_positive")
"""What a review turned out to be; models and rules learn from it."""

SEPARATED = (RiskClass.unknown, RiskClass.high, RiskClass.critical, RiskClass.default)
"""Classes in which the proposer may not carry out the proposal either; an approver never may."""


def implement(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Begin to carry out what was approved: never by an approver, nor by the proposer where the risk is high. Returns the new version.

    :raises RuleViolation, Conflict, NotFound: as every verb, see ``acting.act``.
    """

    def move(desk: Desk) -> Move:
        row = desk.row
        steps = records.approval_steps(desk.connection, review_id, row.approval_round)
        if desk.actor in {item.decided_by for item in steps}:
            raise RuleViolation(f"{desk.actor} approved this and cannot carry it out; another person must")
        if desk.actor == row.proposed_by and RiskClass(row.risk_class) in SEPARATED:
            raise RuleViolation(
                f"{desk.actor} proposed this and cannot carry it out at this risk class; another person must"
            )
        return Move({"implemented_by": desk.actor, "implemented_at": desk.staff.now},
                    after=lambda connection: hand_to(connection, review_id, implementer=desk.actor))  # fmt: skip

    return act(services, "implement", review_id, version=version, actor=actor, move=move)


def close(  # noqa: PLR0913, RUF100  the parts of one end
    services: Services, *, review_id: int, version: int, actor: str, outcome: str | None = None, evidence: str = ""
) -> int:  # fmt: skip
    """End a decided review and say what it turned out to be; of one an event opened it must be said.

    :param evidence: shows that the measures were carried out, where that was not recorded for each of them before.
    :raises RuleViolation: while measures wait to be carried out, for an unknown outcome, or by somebody else than who did the work.
    """

    def move(desk: Desk) -> Move:
        row = desk.row
        if row.state == "approved" and row.measures:
            raise RuleViolation(f"the measures of review {review_id} are not carried out: {', '.join(row.measures)}")
        doers = {row.implemented_by} if row.state == "implementing" else {row.owner, row.deputy}
        if desk.actor not in doers and not set(OVERSEERS) & set(desk.staff.roles_of(desk.actor)):
            raise RuleViolation(
                f"review {review_id} is closed by {' or '.join(sorted(name for name in doers if name))}"
            )
        if row.state == "implementing" and evidence.strip():
            carry_out_all(services, desk.connection, review_id, actor=desk.actor, evidence=evidence)
        _check_carried_out(desk)
        if outcome not in OUTCOMES and (outcome is not None or row.kind == "event"):
            raise RuleViolation(f"say what it turned out to be: one of {', '.join(OUTCOMES)}")
        return Move(
            {"closed_by": desk.actor, "closed_at": desk.staff.now, "outcome": outcome}, after=_drop_duties(desk, "done")
        )

    return act(services, "close", review_id, version=version, actor=actor, move=move)


def _check_carried_out(desk: Desk) -> None:
    left = not_carried_out(desk.connection, desk.row.review_id) if desk.row.state == "implementing" else []
    if left:
        raise RuleViolation(
            f"the measures of review {desk.row.review_id} are not carried out: {', '.join(left)}; give the evidence that they were"
        )


def cancel(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """End a review that should not have been opened, with the reason."""

    def move(desk: Desk) -> Move:
        changes = {"decision_reason": said(reason, "reason"), "closed_by": desk.actor, "closed_at": desk.staff.now}
        return Move(changes, events=_relieved(desk), after=_drop_duties(desk, "cancelled"))

    return act(services, "cancel", review_id, version=version, actor=actor, move=move)


def _relieved(desk: Desk) -> tuple[OutboxEvent, ...]:
    """Return the message to who worked on a review or was asked in it, beside who ends it."""
    row = desk.row
    asked = row.asked if row.state == "info_requested" else None
    people = [name for name in (row.owner, asked) if name and name != desk.actor and desk.staff.team.person(name)]
    return (desk.message("review_cancelled", *people, said_by=desk.actor),) if people else ()


def appeal(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """Ask somebody who neither rejected nor proposed it to have the review looked at again."""

    def move(desk: Desk) -> Move:
        if desk.actor == desk.row.decided_by:
            raise RuleViolation(f"{desk.actor} rejected this and cannot appeal against it; whoever works on it may")
        but = tuple(dict.fromkeys((desk.actor, desk.row.decided_by, desk.row.proposed_by)))
        judge = desk.staff.decider(APPROVERS, but=but)
        duty = desk.duty("review_appeal", judge, APPROVERS, but=but)
        changes = {"appealed_by": desk.actor, "appeal_reason": said(reason, "reason"), "appeal_decided_by": None}
        return Move(changes, duties=(duty,), events=(desk.message("review_appealed", judge, due_at=duty.due_at),))

    return act(services, "appeal", review_id, version=version, actor=actor, move=move)


def allow_appeal(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """Have a rejected review worked on again."""
    return _judge(services, "allow_appeal", review_id, version, actor, reason)


def dismiss_appeal(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """Let the rejection stand."""
    return _judge(services, "dismiss_appeal", review_id, version, actor, reason)


def reopen(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """Have a closed review worked on again by its owner, or who is next where the owner left, with the reason."""

    def move(desk: Desk) -> Move:
        changes, duty, told = _work(desk)
        return Move({"closed_by": None, "closed_at": None, **changes}, duties=(duty,), events=(told,),
                    cause={"reason": said(reason, "reason")})  # fmt: skip

    return act(services, "reopen", review_id, version=version, actor=actor, move=move)


def _judge(services: Services, verb: str, review_id: int, version: int, actor: str, reason: str) -> int:  # noqa: PLR0913, PLR0917, RUF100  the parts of one decision
    def move(desk: Desk) -> Move:
        row = desk.row
        if desk.actor in {row.proposed_by, row.decided_by, row.appealed_by}:
            raise RuleViolation(f"{desk.actor} proposed this, rejected it or appealed; another person must judge")
        close_duties(desk.connection, None, "review", [desk.number], at=desk.staff.now)
        changes, duty, told = _work(desk)
        if verb == "dismiss_appeal":
            told = desk.message("review_decided", duty.owner, row.appealed_by, decision=verb, due_at=duty.due_at)
        return Move({"appeal_decided_by": desk.actor, **changes}, duties=(duty,), events=(told,), cause={"reason": said(reason, "reason")})  # fmt: skip

    return act(services, verb, review_id, version=version, actor=actor, move=move)


def _work(desk: Desk) -> tuple[dict[str, object], NewDuty, OutboxEvent]:
    """Return whose a review is that is worked on again, as changes of it, their duty, and the message to them."""
    who = owner_again(desk.staff, desk.row)
    duty = desk.duty("review", who.owner, (ROLE,), desk.staff.policy.event_due_within).of_its_subject()
    return (
        {"owner": who.owner, "deputy": who.deputy},
        duty,
        desk.message("review_reopened", who.owner, due_at=duty.due_at),
    )


def _drop_duties(desk: Desk, state: Literal["done", "cancelled"]) -> Callable[[Connection], object]:
    return lambda connection: close_duties(connection, None, "review", [desk.number], at=desk.staff.now, state=state)
