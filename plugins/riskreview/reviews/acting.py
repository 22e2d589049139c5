"""Owns how a verb acts on a review: one transaction with state, audit event, duties and messages; by the right person, on what was read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures.of_reviews import SET_ASIDE, drop
from riskreview.mechanisms.duty import NewDuty, open_duties
from riskreview.mechanisms.lifecycle import apply
from riskreview.mechanisms.outbox import OutboxEvent, Urgency
from riskreview.mechanisms.staffing import Staff
from riskreview.mechanisms.training import check_trained
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews.lifecycle import ASKED, OVERSEERS, OWN_VERBS, REVIEW

MOVED = failpoints.register("reviews.moved", "a review has changed its state, the transaction is not committed")

Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class Move:
    """What one act changes beside the state.

    :param verb: None for the verb that was asked for.
    :param after: runs in the same transaction, with the new version.
    """

    changes: Mapping[str, object] = field(default_factory=dict)
    verb: str | None = None
    duties: tuple[NewDuty, ...] = ()
    events: tuple[OutboxEvent, ...] = ()
    cause: Mapping[str, object] = field(default_factory=dict)
    after: Callable[[Connection], object] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What a verb has at hand: the locked review, the people, and who acts."""

    connection: Connection
    row: Found
    staff: Staff
    actor: str

    @property
    def number(self) -> str:
        """The review's number as the subject of duties and messages."""
        return str(self.row.review_id)

    @property
    def facts(self) -> dict[str, object]:
        """Ids, class and dates for duties and messages."""
        row = self.row
        return {"review_id": row.review_id, "customer_id": row.customer_id, "risk_class": RiskClass(row.risk_class).name,
                "due_on": row.due_on}  # fmt: skip

    def duty(  # noqa: PLR0913, PLR0917, RUF100  the parts of one duty
        self, kind: str, person: str, roles: Sequence[str], within: str | None = None, but: Collection[str] = ()
    ) -> NewDuty:  # fmt: skip
        """Return a duty of a person on this review; its kind carries the version, since each may come again.

        Others with one of the roles may take it over, but for ``but``.
        """
        return self.staff.decision_duty(
            f"{kind}_{self.row.version}", ("review", self.number), person, roles, self.facts, within, but
        )

    def message(self, kind: str, *people: str, urgency: Urgency = "normal", **facts: object) -> OutboxEvent:
        """Return a message about this review at its present version."""
        return OutboxEvent(f"{kind}:{self.number}:{self.row.version}", kind, "review", self.number, urgency,
                           tuple(dict.fromkeys(people)), {**self.facts, **facts})  # fmt: skip


def act(
    services: Services, verb: str, review_id: int, *, version: int, actor: str, move: Callable[[Desk], Move] | None = None
) -> int:  # fmt: skip
    """Apply a verb and return the new version.

    :param move: says what changes beside the state; called when state, role and person were checked.
    :raises NotFound: when there is no such review.
    :raises Conflict: when somebody else changed it meanwhile.
    :raises RuleViolation: when its state, the actor's roles or the actor do not allow the verb.
    """
    staff = Staff.of(services)
    person = staff.team.person(actor)
    who = person.id if person else actor
    with transaction(services.engine) as connection:
        desk = _desk(connection, staff, verb, review_id, version=version, who=who)
        row, roles = desk.row, roles_towards(staff.roles_of(who), desk.row, who)
        made = move(desk) if move else Move()
        new = apply(connection, REVIEW, made.verb or verb, review_id, version=version, actor=who, roles=roles, at=staff.now,
                    changes=made.changes, events=made.events, cause={"roles": list(roles), **made.cause})  # fmt: skip
        open_duties(connection, made.duties, at=staff.now)
        if made.after:
            made.after(connection)
        if row.measures and REVIEW.transition(made.verb or verb).leads_to(row.state) in SET_ASIDE:
            drop(connection, [review_id], at=staff.now)
        failpoints.reach(MOVED)
    return new


def check_may(
    services: Services, verb: str, review_id: int, *, version: int, actor: str, check: Callable[[Desk], object]
) -> None:  # fmt: skip
    """Check that somebody may use a verb now, as ``act`` does, and change nothing: before a verb whose facts may stop it.

    :param check: what the verb itself asks of the person and the review. Raises like ``act``.
    """
    staff = Staff.of(services)
    person = staff.team.person(actor)
    with transaction(services.engine) as connection:
        desk = _desk(connection, staff, verb, review_id, version=version, who=person.id if person else actor)
        check(desk)
        if REVIEW.transition(verb).approves:
            check_trained(connection, desk.actor, at=staff.now)


def _desk(connection: Connection, staff: Staff, verb: str, review_id: int, *, version: int, who: str) -> Desk:
    row = read_review(connection, review_id)
    if row.version != version:
        raise Conflict(f"review {review_id} was changed meanwhile: it is {row.state}, version {row.version}")
    roles = roles_towards(staff.roles_of(who), row, who)
    REVIEW.check_can(verb, state=row.state, roles=roles)
    check_is_theirs(verb, row, who, roles)
    return Desk(connection, row, staff, who)


def roles_towards(roles: tuple[str, ...], row: Found, actor: str) -> tuple[str, ...]:
    """Return somebody's roles in the team and towards a review: who was asked something may answer, and goes no further."""
    return (*roles, ASKED) if row.state == "info_requested" and row.asked == actor else roles


def check_is_theirs(verb: str, row: Found, actor: str, roles: tuple[str, ...]) -> None:
    """Check that whoever works on a review is its owner, its deputy, an overseer, or gives the answer they were asked for.

    :raises RuleViolation: naming whose review it is.
    """
    if verb in OWN_VERBS and actor not in {row.owner, row.deputy} and not {*OVERSEERS, ASKED} & set(roles):
        raise RuleViolation(f"review {row.review_id} is {row.owner}'s; have it reassigned to {actor} first")


def read_review(connection: Connection, review_id: int) -> Found:
    """Return a review, locked.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("reviews", "read_review")), {"review_id": review_id}).first()
    if row is None:
        raise NotFound(f"there is no review {review_id}")
    return row
