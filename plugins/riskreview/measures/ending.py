"""Owns how measures end by a person's will: withdrawn before they take effect, reversed by two people where that is a relief, renewed."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.carrying_out import UNDO
from riskreview.measures.desk import OVERSEERS, Desk, act_on, message, read_seen, said
from riskreview.measures.lifecycle import IN_FORCE, OVERSEER
from riskreview.measures.proposing import Proposed, propose
from riskreview.measures.store import Found
from riskreview.measures.terms import Terms, Wanted
from riskreview.mechanisms.duty import NewDuty, close_duties, open_duties
from riskreview.mechanisms.freeze import check_may_relax
from riskreview.policy.measure_policy import MeasureKind

RENEWAL = "measure_renewal"
REVERSAL = "measure_reversal"


def withdraw(services: Services, *, measure_id: int, version: int, actor: str, reason: str) -> int:
    """Take a measure back that did not take effect yet: who proposed it, or an overseer. Returns the new version.

    One that a review recommended is given up by an overseer, and only while the review is carried out.
    """
    desk = Desk.of(services)
    who = desk.person(actor)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        if row.review_id is not None and not (
            row.review_state == "implementing" and OVERSEER in desk.roles_towards(row, who)
        ):
            raise RuleViolation(
                f"measure {measure_id} belongs to review {row.review_id}; change what that recommends, or let"
                f" {' or '.join(OVERSEERS)} give it up while the review is carried out"
            )
        _check_own(desk, row, who)
        close_duties(connection, None, "measure", [str(measure_id)], at=desk.staff.now, state="cancelled")
        return act_on(connection, desk, "withdraw", row, who, changes=_end(desk, who, reason),
                      events=[message(row, "measure_ended", row.owner, row.implementer, measure_end="withdrawn")])  # fmt: skip


def reverse(services: Services, *, measure_id: int, version: int, actor: str, reason: str) -> int:
    """End a measure in force before its day. One that constrains takes two people: the first asks, an overseer then reverses it.

    Returns the new version.

    :raises RuleViolation: when the second person is the first, or a review of the customer is overdue and this would be a relief.
    """
    desk = Desk.of(services)
    who = desk.person(actor)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        _check_own(desk, row, who)
        if row.effect == "constrains":
            check_may_relax(
                connection, row.customer_key, on_day=desk.today, what=f"the reversal of {row.kind} {measure_id}"
            )
            if row.state == "in_force":
                return ask_reversal(connection, desk, row, who, reason)
            if who == row.reversal_asked_by:
                raise RuleViolation(f"{who} asked for the reversal; another person must decide it")
            if OVERSEER not in desk.roles_towards(row, who) and row.state in IN_FORCE:
                raise RuleViolation(f"the reversal is decided by {' or '.join(OVERSEERS)}; {who} is none of them")
        close_duties(connection, None, "measure", [str(measure_id)], at=desk.staff.now, state="cancelled")
        new = act_on(connection, desk, "reverse", row, who, changes=_end(desk, who, reason),
                     events=[message(row, "measure_ended", row.owner, row.implemented_by, measure_end="reversed")])  # fmt: skip
        open_duties(connection, undo_duties(desk, [row]), at=desk.staff.now)
        return new


def keep(services: Services, *, measure_id: int, version: int, actor: str, reason: str) -> int:
    """Refuse the reversal of a measure; it stays in force. Returns the new version."""
    desk = Desk.of(services)
    who = desk.person(actor)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        if who == row.reversal_asked_by:
            raise RuleViolation(f"{who} asked for the reversal; another person must decide it")
        close_duties(connection, None, "measure", [str(measure_id)], at=desk.staff.now)
        return act_on(connection, desk, "keep", row, who, changes={"reversal_asked_by": None, "reversal_reason": None},
                      cause={"reason": said(reason, "reason")},
                      events=[message(row, "measure_decided", row.owner, row.reversal_asked_by, measure_end="kept")])  # fmt: skip


def renew(
    services: Services, *, measure_id: int, actor: str, reason: str, expires_on: date | None = None
) -> Proposed:  # fmt: skip
    """Propose that a measure in force goes on after its last day, with the same parameters; it needs its own approval.

    :raises RuleViolation: when it is not in force.
    """
    with services.engine.begin() as connection:
        row = store.read_measure(connection, measure_id)
    if row.state not in IN_FORCE:
        raise RuleViolation(f"measure {measure_id} is {row.state.replace('_', ' ')}; only one in force can be renewed")
    terms = Terms(row.amount, row.days, row.share_pct, row.stage)
    desk = Desk.of(services)
    starts_on = max(row.expires_on + timedelta(days=1), desk.today)
    found = propose(services, customer_key=row.customer_key, wanted=Wanted(row.kind, terms, starts_on, expires_on), reason=reason,
                    actor=actor, renews=measure_id)  # fmt: skip
    with transaction(services.engine) as connection:
        close_duties(connection, RENEWAL, "measure", [str(measure_id)], at=desk.staff.now)
    return found


def undo_duties(desk: Desk, rows: list[Found]) -> list[NewDuty]:
    """Return the duties to take ended measures back in the systems, of those that need it."""
    found = []
    for row in rows:
        kind = desk.policy.kind(row.kind)
        if kind.reversal is not None and row.implemented_by:
            found.append(desk.duty(UNDO, row, _undoer(desk, row, kind), kind.implement, kind.implement_within))
    return found


def _undoer(desk: Desk, row: Found, kind: MeasureKind) -> str:
    """Return who takes a measure back: whoever carried it out, else the next of the kind's roles, at last the final duty role."""
    if desk.staff.team.person(row.implemented_by):
        return str(row.implemented_by)
    asked = [desk.staff.team.on_duty(role, desk.today) for role in kind.implement]
    return next((who for who in asked if not who.nobody_available), asked[0]).owner


def ask_reversal(  # noqa: PLR0913, RUF100  the parts of one act
    connection: Connection, desk: Desk, row: Found, who: str, reason: str, *, roles: Sequence[str] | None = None
) -> int:  # fmt: skip
    """Ask an overseer other than ``who`` whether a measure in force is reversed; returns its new version.

    :param roles: what ``who`` is towards the measure; None for what the team and the catalogue say.
    """
    judge = desk.staff.decider(OVERSEERS, but=(who,))
    duty = desk.duty(f"{REVERSAL}_{row.version}", row, judge, OVERSEERS, but=(who,))
    open_duties(connection, [duty], at=desk.staff.now)
    return act_on(connection, desk, "ask_reversal", row, who, roles=roles, changes={"reversal_asked_by": who, "reversal_reason": said(reason, "reason")},
                  events=[message(row, "measure_reversal_asked", judge, due_at=duty.due_at, proposed_by=who)])  # fmt: skip


def _check_own(desk: Desk, row: Found, who: str) -> None:
    """Check that who ends a measure is its owner, its proposer or an overseer.

    :raises RuleViolation: naming whose it is.
    """
    if who not in {row.owner, row.proposed_by} and OVERSEER not in desk.roles_towards(row, who):
        raise RuleViolation(f"measure {row.measure_id} is {row.owner}'s; {who} may not end it")


def _end(desk: Desk, who: str, reason: str) -> dict[str, object]:
    return {"ended_by": who, "ended_on": desk.today, "end_reason": said(reason, "reason")}
