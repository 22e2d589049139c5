"""Owns what people agree on for one customer's rhythm: proposed with a reason, by a second person where it is rarer, and it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.freeze import check_may_relax
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.review_policy import REVIEWED, ReviewPolicy
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews.lifecycle import ANALYSTS, APPROVERS, CADENCE
from riskreview.reviews.wording import said

DUTY = "cadence_decision"
Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class ProposedCadence:
    """What became of a proposal: it waits for a second person, or is active."""

    cadence_id: int
    state: str
    valid_until: date


def policy_months(policy: Policy, reviews: ReviewPolicy, *, risk_class: int, exposure: float) -> int | None:
    """Return how often the policy alone reviews a customer, every event that may count assumed; None for never."""
    word = RiskClass(risk_class).name
    fitting = [
        rule.every_months for rule in reviews.cadence.closer
        if (not rule.classes or word in rule.classes) and exposure >= (rule.exposure_from or 0)
    ]  # fmt: skip
    base = [policy.cadence_months(word)] if word in REVIEWED else []
    return min([*base, *fitting], default=None)


def propose(
    services: Services,
    *,
    customer_key: int,
    every_months: int,
    reason: str,
    actor: str,
    valid_until: date | None = None,
) -> ProposedCadence:
    """Propose another rhythm for a customer; a more frequent one is active at once where the policy lets one person decide.

    It holds while the class is not worse than now; then the more frequent of it and the policy counts.

    :raises RuleViolation: when the person may not, or the rhythm or its end is out of bounds.
    :raises NotFound: when the customer is not assessed.
    :raises Conflict: when another proposal waits.
    """
    staff = Staff.of(services)
    until = _end(staff, valid_until)
    if not set(ANALYSTS) & set(staff.roles_of(actor)):
        raise RuleViolation(f"only {', '.join(ANALYSTS)} may propose a rhythm; {actor} is none of them")
    if not 1 <= every_months <= 36:
        raise RuleViolation(f"a rhythm is 1 to 36 months, not {every_months}")
    with transaction(services.engine) as connection:
        customer = _customer(connection, customer_key, staff.today)
        usual = policy_months(load_policy(services.instance), staff.policy, risk_class=customer.risk_class,
                              exposure=float(customer.exposure or 0))  # fmt: skip
        is_rarer = usual is not None and every_months > usual
        wanted = {"every_months": every_months, "policy_months": usual, "risk_class": customer.risk_class, "valid_until": until,
                  "needs_two": is_rarer or staff.policy.cadence.override.tighter_needs_two}  # fmt: skip
        cadence_id = _insert(connection, staff, customer, actor, {**wanted, "reason": said(reason, "reason")})
        append(connection, [AuditEvent("cadence:proposed", "cadence", str(cadence_id), actor, new={"state": "proposed", "version": 1, **wanted},
                                       cause={"customer_id": customer.customer_id})], at=staff.now)  # fmt: skip
        if wanted["needs_two"]:
            _ask(connection, staff, cadence_id, customer.customer_id, actor)
            return ProposedCadence(cadence_id, "proposed", until)
        _end_active(connection, customer_key, actor, staff, cadence_id)
        apply(connection, CADENCE, "take_effect", cadence_id, version=1, actor=actor, roles=(SYSTEM,), at=staff.now)
        return ProposedCadence(cadence_id, "active", until)


def _insert(connection: Connection, staff: Staff, customer: Found, actor: str, wanted: Mapping[str, object]) -> int:
    values = {**wanted, "customer_key": customer.customer_key, "actor": actor, "at": staff.now}
    found = connection.execute(text(sql("reviews", "insert_cadence")), values).scalar()
    if found is None:
        raise Conflict(
            f"another rhythm for customer {customer.customer_id} waits for a decision; decide or revoke it first"
        )
    return int(found)


def approve(services: Services, *, cadence_id: int, actor: str, reason: str) -> int:
    """Grant a proposed rhythm; the one in force for the customer ends. Returns the new version.

    :raises RuleViolation, NotFound: when it is the actor's own, decided, or none; or rarer than the policy's while a review is overdue.
    """
    return _decide(services, "approve", cadence_id, actor, reason)


def refuse(services: Services, *, cadence_id: int, actor: str, reason: str) -> int:
    """Refuse a proposed rhythm. Returns the new version."""
    return _decide(services, "refuse", cadence_id, actor, reason)


def revoke(services: Services, *, cadence_id: int, actor: str, reason: str) -> int:
    """End a rhythm or take its proposal back: the policy counts again. Returns the new version."""
    staff = Staff.of(services)
    with transaction(services.engine) as connection:
        row = _read(connection, cadence_id)
        changes = {"ended_by": actor, "ended_at": staff.now, "decision_reason": said(reason, "reason")}
        version = apply(connection, CADENCE, "revoke", cadence_id, version=row.version, actor=actor,
                        roles=staff.roles_of(actor), at=staff.now, changes=changes)  # fmt: skip
        close_duties(connection, DUTY, "cadence", [str(cadence_id)], at=staff.now, state="cancelled")
    return version


def end_expired(connection: Connection, *, as_of: date, staff: Staff) -> int:
    """End the rhythms whose last day is over; returns how many."""
    ids = connection.execute(text(sql("reviews", "expired_cadences")), {"as_of": as_of}).scalars().all()
    if not ids:
        return 0
    changes = {"ended_by": "system:reviews", "ended_at": staff.now}
    return len(apply_many(connection, CADENCE, "expire", list(ids), actor="system:reviews", roles=(SYSTEM,), at=staff.now,
                          changes=changes))  # fmt: skip


def _decide(services: Services, verb: str, cadence_id: int, actor: str, reason: str) -> int:
    staff = Staff.of(services)
    with transaction(services.engine) as connection:
        row = _read(connection, cadence_id)
        CADENCE.check_can(verb, state=row.state, roles=staff.roles_of(actor))
        if row.proposed_by == actor:
            raise RuleViolation(f"{actor} proposed this and cannot decide it; another person must")
        if verb == "approve":
            if row.policy_months is not None and row.every_months > row.policy_months:
                what = f"rhythm {cadence_id} of {row.every_months} months"
                check_may_relax(connection, row.customer_key, on_day=staff.today, what=what)
            _end_active(connection, row.customer_key, actor, staff, cadence_id)
        changes = {"decided_by": actor, "decided_at": staff.now, "decision_reason": said(reason, "reason")}
        told = OutboxEvent(f"cadence_decided:{cadence_id}", "cadence_decided", "cadence", str(cadence_id), "normal",
                           (row.proposed_by,), {"cadence_id": cadence_id, "customer_id": row.customer_id})  # fmt: skip
        version = apply(connection, CADENCE, verb, cadence_id, version=row.version, actor=actor, at=staff.now,
                        roles=staff.roles_of(actor), changes=changes, events=(told,))  # fmt: skip
        close_duties(connection, DUTY, "cadence", [str(cadence_id)], at=staff.now)
    return version


def _ask(connection: Connection, staff: Staff, cadence_id: int, customer_id: str, actor: str) -> None:
    decider = staff.decider(APPROVERS, but=(actor,))
    facts = {"cadence_id": cadence_id, "customer_id": customer_id, "proposed_by": actor}
    duty = staff.decision_duty(DUTY, ("cadence", str(cadence_id)), decider, APPROVERS, facts, but=(actor,))
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [OutboxEvent(f"cadence_proposed:{cadence_id}", "cadence_proposed", "cadence", str(cadence_id), "normal",
                                     (decider,), dict(duty.facts))], at=staff.now)  # fmt: skip


def _end_active(connection: Connection, customer_key: int, actor: str, staff: Staff, replaced_by: int) -> None:
    ids = connection.execute(text(sql("reviews", "active_cadences")), {"customer_key": customer_key}).scalars().all()
    apply_many(connection, CADENCE, "replace", list(ids), actor=actor, roles=(SYSTEM,), at=staff.now,
               changes={"ended_by": actor, "ended_at": staff.now}, cause={"replaced_by": replaced_by})  # fmt: skip


def _end(staff: Staff, valid_until: date | None) -> date:
    last = staff.today + timedelta(days=staff.policy.cadence.override.longest_days)
    if valid_until is not None and not staff.today <= valid_until <= last:
        raise RuleViolation(f"a rhythm of one customer ends between {staff.today} and {last}, not on {valid_until}")
    return valid_until or last


def _customer(connection: Connection, customer_key: int, on_day: date) -> Found:
    row = connection.execute(
        text(sql("reviews", "customer_stand")), {"customer_key": customer_key, "on_day": on_day}
    ).first()
    if row is None:
        raise NotFound(f"customer {customer_key} is not in the current assessment")
    return row


def _read(connection: Connection, cadence_id: int) -> Found:
    row = connection.execute(text(sql("reviews", "read_cadence")), {"cadence_id": cadence_id}).first()
    if row is None:
        raise NotFound(f"there is no rhythm {cadence_id}")
    return row
