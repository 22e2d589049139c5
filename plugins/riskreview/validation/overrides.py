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
from riskreview.mechanisms.staffing import Staff
from riskreview.mechanisms.training import check_trained
from riskreview.validation import holding, people, store

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

    A proposal about findings that do not hold the batch any more makes room for the new one.

    :raises RuleViolation: when the actor may not, the batch is not held, has nothing to accept, the reason is too short, or nobody else may
        decide.
    :raises Conflict: when a proposal is already open or granted.
    """
    person = people.check_can_decide(services.instance, actor)
    if len(reason.strip()) < 10:
        raise RuleViolation("a reason has at least ten characters")
    staff, at = Staff.of(services), services.clock.now()
    with services.engine.begin() as connection:
        problem = _check_held(connection, batch_id)
        given = {"batch_id": batch_id, "problems": problem, "problems_sha256": _digest(problem), "reason": reason,
                 "actor": person, "at": at}  # fmt: skip
        version = connection.execute(text(sql("validation", "propose_override")), given).scalar()
        if version is None:
            raise Conflict(f"an override of batch {batch_id} is already proposed or granted")
        append(connection, [_event("override:proposed", batch_id, person, problem)], at=at)
        holding.settle(connection, [batch_id], at=at)
        holding.ask_to_decide(services.instance, connection, staff, batch_id, version, proposer=person)


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
    person = people.check_can_decide(services.instance, actor, roles=holding.APPROVERS)
    staff, at = Staff.of(services), services.clock.now()
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
            decided = connection.execute(text(sql("validation", "decide_override")), given).first()
            if decided is None:
                raise Conflict(f"no override is proposed for what holds batch {batch_id} now")
            holding.settle(connection, [batch_id], at=at)
            if decision == "approved":
                check_trained(connection, person, at=at)
                connection.execute(text(sql("validation", "reopen_batch")), {"batch_id": batch_id})
            holding.tell_decision(services.instance, connection, staff, decided, decision)
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
