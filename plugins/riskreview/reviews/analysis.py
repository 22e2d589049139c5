"""Owns the owner's work on a review: checklist, questions, suspension, recommendation, submission."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures.of_reviews import recommended
from riskreview.mechanisms.duty import close_duties, hold_duties
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews import records
from riskreview.reviews.acting import Desk, Move, act, check_may, read_review
from riskreview.reviews.decisions import first_step, proposal_digest
from riskreview.reviews.lifecycle import REVIEW
from riskreview.reviews.snapshots import void_if_moved
from riskreview.reviews.wording import said

ANSWERS = ("yes", "no", "not_applicable")


def start_analysis(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Begin to work on a review, or to rework one that was returned or reopened; return the new version.

    :raises RuleViolation, Conflict, NotFound: as every verb, see ``acting.act``.
    """
    return act(services, "start_analysis", review_id, version=version, actor=actor)


def answer(
    services: Services, *, review_id: int, version: int, actor: str, item: str, answer: str, note: str = "", evidence: str = ""
) -> int:  # fmt: skip
    """Answer one question of the checklist; a later answer takes the place of an earlier one.

    :raises RuleViolation: for an unknown question, an answer that says no without a note, or a yes without the evidence asked for.
    """

    def move(desk: Desk) -> Move:
        asked = next(
            (found for found in records.checklist(desk.connection, desk.row.checklist_digest) if found["id"] == item),
            None,
        )
        if asked is None:
            raise RuleViolation(f"the checklist of review {review_id} has no question {item}")
        if answer not in ANSWERS:
            raise RuleViolation(f"an answer is one of {', '.join(ANSWERS)}, not {answer}")
        if answer != "yes":
            said(note, "note why not")
        elif asked["evidence"]:
            said(evidence, f"evidence of {item}")
        given = {"review_id": review_id, "item_id": item, "answer": answer, "note": note or None, "evidence": evidence or None,
                 "person": desk.actor, "at": desk.staff.now}  # fmt: skip
        return Move(
            cause={"item": item, "answer": answer, "note": note or None, "evidence": evidence or None},
            after=lambda connection: records.save_answer(connection, given),
        )

    return act(services, "answer", review_id, version=version, actor=actor, move=move)


def request_info(
    services: Services, *, review_id: int, version: int, actor: str, question: str, of: str | None = None
) -> int:
    """Wait for something the customer or a colleague must tell; the colleague, else the owner, is reminded in working time.

    :param of: the person asked; None for somebody outside, whom the owner chases.
    """

    def move(desk: Desk) -> Move:
        asked = desk.actor if of is None else _colleague(desk, of)
        duty = desk.duty("review_information", asked, (_role(desk, asked),), desk.staff.policy.information_within)
        duty = duty.of_its_subject() if of is None else duty
        values = {"review_id": review_id, "question": said(question, "question"), "asked_of": "outside" if of is None else asked,
                  "person": desk.actor, "at": desk.staff.now, "due_at": duty.due_at, "duty_kind": duty.kind}  # fmt: skip
        told = () if asked == desk.actor else (desk.message("review_information", asked, due_at=duty.due_at),)
        return Move({"question": question}, duties=(duty,), events=told, cause={"asked_of": values["asked_of"]},
                    after=lambda connection: records.ask(connection, values))  # fmt: skip

    return act(services, "request_info", review_id, version=version, actor=actor, move=move)


def resume(services: Services, *, review_id: int, version: int, actor: str, answer: str) -> int:
    """Go on after the answer has come, or has not; what came is kept beside the question. Whoever was asked may give it."""

    def move(desk: Desk) -> Move:
        values = {"review_id": review_id, "answer": said(answer, "answer"), "person": desk.actor, "at": desk.staff.now}
        kind = records.settle_question(desk.connection, values)
        if kind is not None:
            close_duties(desk.connection, kind, "review", [desk.number], at=desk.staff.now)
        told = (
            ()
            if desk.actor in {desk.row.owner, desk.row.deputy}
            else (desk.message("review_answered", desk.row.owner),)
        )
        return Move(events=told, cause={"answer": values["answer"]})

    return act(services, "resume", review_id, version=version, actor=actor, move=move)


def suspend(services: Services, *, review_id: int, version: int, actor: str, until: date, reason: str) -> int:
    """Put a review off until a day, with the reason; its ladder is silent until then, its due day stays.

    :raises RuleViolation: for a day that is over or further off than the policy allows.
    """

    def move(desk: Desk) -> Move:
        last = desk.staff.today + timedelta(days=desk.staff.policy.suspend_longest_days)
        if not desk.staff.today < until <= last:
            raise RuleViolation(f"a review is suspended until a day up to {last}, not until {until}")
        calendar, zone = desk.staff.clock_of(desk.row.owner)
        wakes_at = calendar.end_of(calendar.next_business_day(until), zone)
        return Move({"suspended_until": until}, cause={"reason": said(reason, "reason")},
                    after=lambda connection: hold_duties(connection, "review", desk.number, until=wakes_at))  # fmt: skip

    return act(services, "suspend", review_id, version=version, actor=actor, move=move)


def wake(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Go on with a suspended review before its day; on its day it goes on by itself."""
    return act(
        services, "wake", review_id, version=version, actor=actor, move=lambda _: Move({"suspended_until": None})
    )


def recommend(
    services: Services, *, review_id: int, version: int, actor: str, recommendation: str, measures: Sequence[str] = ()
) -> int:  # fmt: skip
    """Propose what should be done, in words and as measures of the catalogue; an earlier decision is set aside.

    :param measures: kinds with or without parameters, such as ``cut_limit amount=120000``; what is left out is taken from the strategy
        in the pack.
    :raises RuleViolation: for a measure the catalogue does not know, wrong parameters, or measures that contradict something.
    """

    def move(desk: Desk) -> Move:
        words = said(recommendation, "recommendation")
        proposed = recommended(services, desk.connection, review_id=review_id, customer_key=desk.row.customer_key, measures=measures,
                               reason=words)  # fmt: skip
        return Move({"recommendation": words, "measures": proposed.kinds, "terms_sha256": proposed.terms_sha256,
                     "proposed_by": desk.actor, "proposed_at": desk.staff.now, "decided_by": None, "decided_at": None,
                     "decision_reason": None, "implemented_by": None, "implemented_at": None, "appealed_by": None, "appeal_reason": None, "appeal_decided_by": None},
                    after=lambda connection: proposed.write(connection, actor=desk.actor, owner=desk.row.owner))  # fmt: skip

    return act(services, "recommend", review_id, version=version, actor=actor, move=move)


def hand_in(
    services: Services, *, review_id: int, version: int, actor: str, recommendation: str, measures: Sequence[str] = ()
) -> int:  # fmt: skip
    """Recommend and submit in one go, beginning the analysis where nobody has; return the new version.

    Each of the verbs stands on its own: where the last one is refused, the recommendation is kept and can be submitted later.

    :raises RuleViolation: before anything is done when a mandatory question of the checklist is open.
    """
    with services.engine.connect() as connection:
        state = read_review(connection, review_id).state
        _check_answered(connection, review_id, state=state)
    if state in REVIEW.transition("start_analysis").sources:
        version = start_analysis(services, review_id=review_id, version=version, actor=actor)
    version = recommend(
        services, review_id=review_id, version=version, actor=actor, recommendation=recommendation, measures=measures
    )
    return submit(services, review_id=review_id, version=version, actor=actor)


def rework(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Take a recommendation back before it is submitted."""
    return act(services, "rework", review_id, version=version, actor=actor)


def submit(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Hand the recommendation to the approvers the matrix asks for, one after the other; the owner's own limit keeps running.

    :raises RuleViolation: when a mandatory question of the checklist is open, or the team lacks the people to decide.
    :raises Conflict: when the facts moved materially since they were frozen, so that no approval would hold: it is in analysis again then.
    """

    def check(desk: Desk) -> None:
        _check_answered(desk.connection, review_id, state=desk.row.state)

    def move(desk: Desk) -> Move:
        row = desk.row
        check(desk)
        word = RiskClass(row.risk_class).name
        exposure = records.exposure_of(desk.connection, row.customer_key)
        steps = desk.staff.policy.approval.steps_for(word, exposure, row.measures)
        basis = _basis(desk, word, exposure)
        digest = proposal_digest(row.snapshot_sha256, row.measures, row.recommendation, row.terms_sha256)
        number = row.approval_round + 1
        values = {"review_id": review_id, "round": number, "digest": digest, "basis": basis,
                  "steps": [{"step": place, "roles": roles} for place, roles in enumerate(steps, start=1)]}  # fmt: skip
        asked, duty = first_step(desk, steps)
        return Move({"approval_round": number, "approval_steps": len(steps)}, duties=(duty,),
                    events=(desk.message("review_in_approval", asked, due_at=duty.due_at),), cause={"digest": digest, "basis": hashlib.sha256(basis).hexdigest()},
                    after=lambda connection: records.open_round(connection, {**values, "asked": asked, "duty_kind": duty.kind}))  # fmt: skip

    check_may(services, "submit", review_id, version=version, actor=actor, check=check)
    void_if_moved(services, review_id)
    return act(services, "submit", review_id, version=version, actor=actor, move=move)


def _check_answered(connection: Connection, review_id: int, *, state: str) -> None:
    left = ", ".join(records.open_items(connection, review_id))
    if left and state in REVIEW.transition("rework").sources:
        raise RuleViolation(
            f"the checklist has open mandatory questions: {left}; take the recommendation back with rework, answer them and recommend again"
        )
    if left:
        raise RuleViolation(f"the checklist has open mandatory questions: {left}; answer them first")


def _basis(desk: Desk, risk_class: str, exposure: float) -> bytes:
    """Return what the steps follow from, as canonical bytes: the matrix, and what was looked up in it."""
    policy = desk.staff.policy
    document = {
        "version": policy.version, "matrix": [line.model_dump(mode="json") for line in policy.approval.matrix], "risk_class": risk_class,
        "exposure": exposure, "measures": list(desk.row.measures),
    }  # fmt: skip
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _colleague(desk: Desk, name: str) -> str:
    person = desk.staff.team.person(name)
    if person is None:
        raise RuleViolation(f"{name} is no person of the team; leave it out to ask somebody outside")
    return person.id


def _role(desk: Desk, person: str) -> str:
    return next(iter(desk.staff.roles_of(person)), "risk_owner")
