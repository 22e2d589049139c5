"""Owns deciding a review: step by step, each by another person, on exactly what was submitted and on facts that still stand."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures.of_reviews import grant
from riskreview.mechanisms.duty import NewDuty, close_duties
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.mechanisms.staffing import Steps
from riskreview.reviews import records
from riskreview.reviews.acting import Desk, Found, Move, act, check_may
from riskreview.reviews.snapshots import void_if_moved
from riskreview.reviews.wording import said

STEP_DUTY = "review_approval"


def proposal_digest(
    snapshot_sha256: str, measures: Sequence[str], recommendation: str | None, terms_sha256: str
) -> str:
    """Return the digest a decision is bound to: the facts as last frozen, and the measures with their terms and words resting on them."""
    terms = f"\n{terms_sha256}" if terms_sha256 else ""
    return hashlib.sha256(
        f"{snapshot_sha256}\n{','.join(measures)}\n{recommendation or ''}{terms}".encode()
    ).hexdigest()


def first_step(desk: Desk, steps: Steps) -> tuple[str, NewDuty]:
    """Return who is asked first, and the duty to decide.

    :raises RuleViolation: when the team has not as many different people as there are steps.
    """
    _check_enough(desk, steps)
    return _ask(desk, steps, but=(desk.row.proposed_by,))


def approve(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Grant the recommendation whose ``proposal_digest`` is ``digest``; the last step of the matrix makes the review approved.

    :raises Conflict: when the digest is another one, or the facts moved materially since: then the review is back with its owner.
    """

    def check(desk: Desk) -> None:
        rounds = records.approval_steps(desk.connection, review_id, desk.row.approval_round)
        _check_can_decide(desk, rounds, digest)

    check_may(services, "approve", review_id, version=version, actor=actor, check=check)
    void_if_moved(services, review_id)
    return _decide(services, "approve", review_id, version, actor, reason, digest)


def return_review(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Ask the proposer for changes; the reason says which."""
    return _decide(services, "return", review_id, version, actor, reason, digest)


def reject(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Refuse the recommendation; the owner may appeal."""
    return _decide(services, "reject", review_id, version, actor, reason, digest)


OUTCOMES = {"approve": "approved", "return": "returned", "reject": "rejected"}


def _decide(services: Services, verb: str, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:  # noqa: PLR0913, PLR0917, RUF100  the parts of one decision
    def move(desk: Desk) -> Move:
        row = desk.row
        rounds = records.approval_steps(desk.connection, review_id, row.approval_round)
        step = _check_can_decide(desk, rounds, digest)
        signed = {"review_id": review_id, "round": row.approval_round, "step": step.step, "state": OUTCOMES[verb],
                  "person": desk.actor, "at": desk.staff.now, "reason": said(reason, "reason")}  # fmt: skip
        records.decide_step(desk.connection, signed)
        close_duties(desk.connection, step.duty_kind, "review", [desk.number], at=desk.staff.now)
        cause = {"step": step.step, "digest": digest}
        changes = {"decided_by": desk.actor, "decided_at": desk.staff.now, "decision_reason": reason}
        if verb != "approve":
            made = Move(
                changes,
                events=(desk.message("review_decided", row.owner, row.proposed_by, decision=verb),),
                cause=cause,
            )
        elif step.step < row.approval_steps:
            made = _pass_on(desk, rounds, step, cause)
        else:
            made = _carry_out(services, desk, rounds, changes, cause)
        return replace(made, events=(*made.events, *_relieved(desk, step)))

    return act(services, verb, review_id, version=version, actor=actor, move=move)


def _relieved(desk: Desk, step: Found) -> tuple[OutboxEvent, ...]:
    """Return the message to who was asked to decide a step that somebody else decided, so that it leaves their desk and calendar."""
    asked = step.asked
    if asked in {None, desk.actor} or desk.staff.team.person(asked) is None:
        return ()
    return (desk.message("review_settled", asked, said_by=desk.actor),)


def _check_can_decide(desk: Desk, rounds: Sequence[Found], digest: str) -> Found:
    row = desk.row
    step = next((item for item in rounds if item.state == "open"), None)
    if step is None:
        raise Conflict(f"no step of review {row.review_id} waits for a decision")
    if row.proposed_by == desk.actor:
        raise RuleViolation(f"{desk.actor} proposed this and cannot decide it; another person must")
    if any(item.decided_by == desk.actor for item in rounds):
        raise RuleViolation(f"{desk.actor} approved a step of this already; another person must decide the next one")
    if not set(step.roles) & set(desk.staff.roles_of(desk.actor)):
        raise RuleViolation(f"step {step.step} is decided by {' or '.join(step.roles)}; {desk.actor} is none of them")
    if digest != proposal_digest(row.snapshot_sha256, row.measures, row.recommendation, row.terms_sha256):
        raise Conflict("the recommendation was changed after you read it; read it again")
    return step


def _pass_on(desk: Desk, rounds: Sequence[Found], step: Found, cause: dict[str, object]) -> Move:
    following = next(item for item in rounds if item.step == step.step + 1)
    decided = [item.decided_by for item in rounds if item.decided_by]
    but = (desk.row.proposed_by, *decided)
    later = [item.roles for item in rounds if item.step > step.step]
    desk.staff.check_spared(desk.actor, [step.roles, *later], but=but)
    asked, duty = _ask(desk, later, but=(*but, desk.actor))
    values = {
        "review_id": desk.row.review_id,
        "round": desk.row.approval_round,
        "step": following.step,
        "asked": asked,
        "duty_kind": duty.kind,
    }
    return Move(verb="approve_step", duties=(duty,), events=(desk.message("review_in_approval", asked, due_at=duty.due_at),),
                cause=cause, after=lambda connection: records.open_step(connection, values))  # fmt: skip


def _carry_out(
    services: Services, desk: Desk, rounds: Sequence[Found], changes: dict[str, object], cause: dict[str, object]
) -> Move:
    """Return the final approval: without measures the owner still has to close it, with some a third person carries them out."""
    told = desk.message("review_decided", desk.row.owner, desk.row.proposed_by, decision="approve")
    if not desk.row.measures:
        return Move(changes, events=(told,), cause=cause)
    close_duties(desk.connection, None, "review", [desk.number], at=desk.staff.now)
    policy = desk.staff.policy.implementation
    but = {desk.actor, desk.row.proposed_by, *(item.decided_by for item in rounds if item.decided_by)}
    person = desk.staff.decider(policy.roles, but=but, what="implement")
    duty = desk.duty("review_implementation", person, policy.roles, policy.within, but)
    return Move(
        changes,
        duties=(duty,),
        events=(told, desk.message("review_to_implement", person, due_at=duty.due_at)),
        cause=cause,
        after=lambda connection: grant(
            services,
            connection,
            desk.row.review_id,
            actor=desk.actor,
            reason=str(changes["decision_reason"]),
            implementer=person,
            implement_by=duty.due_at,
        ),
    )


def _ask(desk: Desk, steps: Steps, *, but: Sequence[str]) -> tuple[str, NewDuty]:
    asked, barred = desk.staff.step_decider(steps, but=but)
    return asked, desk.duty(STEP_DUTY, asked, steps[0], but=barred)


def _check_enough(desk: Desk, steps: Steps) -> None:
    if not desk.staff.are_enough(steps, but=(desk.row.proposed_by,)):
        raise RuleViolation(
            f"the matrix asks for {len(steps)} different approvers beside {desk.row.proposed_by}, and the team has not got them:"
            f" {'; '.join(' or '.join(roles) for roles in steps)}"
        )
