"""Owns accepting a held batch against the breaker: two different people, one batch, one reason, bound to its findings."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.training import check_trained
from riskreview.validation import people, store

APPROVERS = (people.ENGINEER, "risk_owner", "credit_manager")
NOT_OVERRIDABLE = frozenset({"E-BATCH-EMPTY", "E-RULES-BROKEN"})
"""An empty batch has nothing to accept, and rules that could not run prove nothing."""


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch the breaker holds; ``override_state`` is None, ``proposed`` or ``refused``."""

    batch_id: int
    source_id: str
    as_of: date
    problem: str
    override_state: str | None
    proposed_by: str | None
    reason: str | None


def list_held(services: Services) -> tuple[HeldBatch, ...]:
    """Return all held batches in order of id."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("validation", "list_held"))).all()
    return tuple(HeldBatch(**row._asdict()) for row in rows)


def propose_override(services: Services, *, batch_id: int, actor: str, reason: str) -> None:
    """Propose to accept a held batch as it is.

    :raises RuleViolation: when the actor may not, the batch is not held, has nothing to accept, or the reason is too short.
    :raises Conflict: when a proposal is already open or granted.
    """
    person = people.check_can_decide(services.instance, actor)
    if len(reason.strip()) < 10:
        raise RuleViolation("a reason has at least ten characters")
    at = services.clock.now()
    with services.engine.begin() as connection:
        problem = _check_held(connection, batch_id)
        given = {"batch_id": batch_id, "problems": problem, "problems_sha256": _digest(problem), "reason": reason,
                 "actor": person, "at": at}  # fmt: skip
        if not connection.execute(text(sql("validation", "propose_override")), given).rowcount:
            raise Conflict(f"an override of batch {batch_id} is already proposed or granted")
        append(connection, [_event("override:proposed", batch_id, person, problem)], at=at)
        asked = people.others(services.instance, APPROVERS, person) or people.audience(services.instance, at.date())
        told = OutboxEvent(f"override_proposed:{batch_id}:{at.isoformat()}", "override_proposed", "batch", str(batch_id),
                           "normal", asked, {"batch_id": batch_id, "proposed_by": person})  # fmt: skip
        enqueue(connection, [told], at=at)


def approve_override(services: Services, *, batch_id: int, actor: str) -> None:
    """Grant a proposed override; the batch is judged again by the next ingest, the breaker's findings do not hold it.

    :raises RuleViolation: when the actor may not, proposed it, or has let a mandatory training lapse.
    :raises Conflict: when there is no open proposal for what holds the batch now.
    """
    _decide(services, batch_id, actor, "approved")


def refuse_override(services: Services, *, batch_id: int, actor: str) -> None:
    """Refuse a proposed override; the batch stays held. Raises like ``approve_override``."""
    _decide(services, batch_id, actor, "refused")


def _decide(services: Services, batch_id: int, actor: str, decision: Literal["approved", "refused"]) -> None:
    person = people.check_can_decide(services.instance, actor, roles=APPROVERS)
    at = services.clock.now()
    try:
        with services.engine.begin() as connection:
            problem = _check_held(connection, batch_id)
            given = {
                "batch_id": batch_id,
                "problems_sha256": _digest(problem),
                "decision": decision,
                "actor": person,
                "at": at,
            }
            if not connection.execute(text(sql("validation", "decide_override")), given).rowcount:
                raise Conflict(f"no override is proposed for what holds batch {batch_id} now")
            if decision == "approved":
                check_trained(connection, person, at=at)
                connection.execute(text(sql("validation", "reopen_batch")), {"batch_id": batch_id})
            append(connection, [_event(f"override:{decision}", batch_id, person, problem)], at=at)
    except IntegrityError as error:
        if "batch_override_four_eyes" in str(error.orig):
            raise RuleViolation("another person than the proposer decides about an override") from error
        raise


def _check_held(connection: Connection, batch_id: int) -> str:
    store.read_batch(connection, batch_id)
    state, problem = store.lock_batch(connection, batch_id)
    if state != "held" or not problem:
        raise RuleViolation(f"batch {batch_id} is {state}, not held")
    if fixed := NOT_OVERRIDABLE & {line.split(" ", 1)[0] for line in problem.splitlines()}:
        raise RuleViolation(f"{min(fixed)} cannot be overridden")
    return problem


def _digest(problem: str) -> str:
    return hashlib.sha256(problem.encode()).hexdigest()


def _event(action: str, batch_id: int, person: str, problem: str) -> AuditEvent:
    return AuditEvent(action, "batch", str(batch_id), person, cause={"problems_sha256": _digest(problem)})
