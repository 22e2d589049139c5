"""Owns who has a review: passing it on by a person, and by itself when its owner stays away, has left or may not work on it any more."""

from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import hand_over_duties
from riskreview.mechanisms.handover import passed_on
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Assignment
from riskreview.reviews import records
from riskreview.reviews.acting import Desk, Move, act
from riskreview.reviews.assignment import ROLE, Assigner
from riskreview.reviews.lifecycle import ANALYSTS, REVIEW
from riskreview.reviews.wording import said

ACTOR = "system:reviews"


def reassign(services: Services, *, review_id: int, version: int, actor: str, to: str, reason: str) -> int:
    """Give a review with its open duties to another owner, with the reason. Returns the new version.

    :raises RuleViolation: for somebody who may not work on reviews, is absent, or has it already.
    """

    def move(desk: Desk) -> Move:
        person = desk.staff.team.person(to)
        if person is None or not _may_work(desk.staff, person.id):
            raise RuleViolation(f"{to} may not work on reviews; that takes {' or '.join(ANALYSTS)}")
        if person.id == desk.row.owner:
            raise RuleViolation(f"{to} has review {review_id} already")
        if not desk.staff.team.is_present(person.id, desk.staff.today):
            raise RuleViolation(f"{to} is absent on {desk.staff.today}")
        deputy = _deputy(desk.staff, person.id)
        return Move({"owner": person.id, "deputy": deputy}, events=(desk.message("review_reassigned", person.id), *_left(desk, person.id)),
                    cause={"reason": said(reason, "reason"), "from": desk.row.owner},
                    after=lambda connection: hand_over_duties(
                        connection, "review", [desk.number], old=desk.row.owner, owner=person.id, deputy=deputy, at=desk.staff.now))  # fmt: skip

    return act(services, "reassign", review_id, version=version, actor=actor, move=move)


def hand_over(connection: Connection, staff: Staff, *, as_of: date) -> int:
    """Pass on the reviews of owners who left the team, lost the role or stay away for longer than the policy lets a review wait.

    In the caller's transaction; returns how many were passed on. The deputy of a review is its first choice.
    """
    wait = timedelta(days=staff.policy.handover_after_days)
    assigner = Assigner.on(staff.team, as_of)
    rows = records.worked_on(connection, states=REVIEW.transition("reassign").sources)
    owners = {row.owner for row in rows}
    gone = {name for name in owners if not _may_work(staff, name) or staff.is_away(name, until=as_of + wait)}
    found = [(row, _successor(staff, assigner, row, as_of)) for row in rows if row.owner in gone]
    moved = [(row, who) for row, who in found if who.owner != row.owner]
    key = lambda item: (item[0].owner, item[1].owner, item[1].deputy or "")  # noqa: E731  a sort key
    for (old, owner, deputy), group in groupby(sorted(moved, key=key), key=key):
        rows = [row for row, _ in group]
        apply_many(connection, REVIEW, "reassign", [row.review_id for row in rows], actor=ACTOR, roles=(SYSTEM,), at=staff.now,
                   changes={"owner": owner, "deputy": deputy or None}, cause={"from": old, "why": staff.absence_of(old)},
                   events=[event for row in rows for event in _messages(staff, row, owner)])  # fmt: skip
        hand_over_duties(
            connection,
            "review",
            [str(row.review_id) for row in rows],
            old=old,
            owner=owner,
            deputy=deputy or None,
            at=staff.now,
        )
    return len(moved)


def owner_again(staff: Staff, row: records.Found) -> Assignment:
    """Return who has a review that is worked on again: its owner, or as in a handover who is next where they left or lost the role."""
    if _may_work(staff, row.owner):
        return Assignment(row.owner, row.deputy, ROLE)
    return _successor(staff, Assigner.on(staff.team, staff.today), row, staff.today)


def _successor(staff: Staff, assigner: Assigner, row: records.Found, as_of: date) -> Assignment:
    if row.deputy and _may_work(staff, row.deputy) and staff.team.is_present(row.deputy, as_of):
        return Assignment(row.deputy, _deputy(staff, row.deputy), ROLE)
    return assigner.on_duty


def _may_work(staff: Staff, name: str) -> bool:
    return bool(set(staff.roles_of(name)) & set(ANALYSTS))


def _deputy(staff: Staff, owner: str) -> str | None:
    duty = staff.team.on_duty(ROLE, staff.today)
    return next((name for name in (duty.owner, duty.deputy) if name and name != owner), None)


def _left(desk: Desk, owner: str) -> tuple[OutboxEvent, ...]:
    """Return the message to whoever had the review, unless they passed it on themselves."""
    if desk.actor == desk.row.owner:
        return ()
    key, facts = f"review:{desk.number}:{desk.row.version}", {**desk.facts, "duty_kind": "review"}
    return passed_on(desk.staff, key, ("review", desk.number), owner, facts, previous=desk.row.owner)


def _messages(staff: Staff, row: records.Found, owner: str) -> tuple[OutboxEvent, ...]:
    number = str(row.review_id)
    facts = {
        "review_id": row.review_id,
        "customer_id": row.customer_id,
        "risk_class": RiskClass(row.risk_class).name,
        "due_on": row.due_on,
    }
    key, subject = f"{number}:{row.version}", ("review", number)
    taken = OutboxEvent(f"review_reassigned:{key}", "review_reassigned", *subject, "normal", (owner,), facts)
    left = {**facts, "duty_kind": "review"}
    return (taken, *passed_on(staff, f"review:{key}", subject, owner, left, previous=row.owner))
