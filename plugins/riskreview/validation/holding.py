"""Owns whose duty a held batch is: the engineer has it replaced or proposes its release, and another person decides that in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.validation import people
from riskreview.validation.rules import load_validation_policy
from riskreview.validation.store import Batch

HELD, DECISION = "batch_held", "override_decision"
APPROVERS = (people.ENGINEER, "risk_owner", "credit_manager")
"""Who may decide about a release, beside its proposer."""


def tell_held(  # noqa: PLR0913, RUF100  the parts of one message
    instance: Instance, connection: Connection, staff: Staff, batch: Batch, key: str, facts: dict[str, object], *, is_polled: bool
) -> None:  # fmt: skip
    """Tell of a held batch, once for each key, and make it the duty of the engineer on duty, in the caller's transaction.

    :param is_polled: of a source that is asked again and again, one held batch at a time is a duty.
    """
    duty = _engineers_duty(instance, staff, HELD, batch.batch_id, facts)
    told = OutboxEvent(key, "batch_held", "feed", batch.source_id, "high", people.audience(instance, staff.today),
                       {**facts, "owner": duty.owner, "due_at": duty.due_at})  # fmt: skip
    enqueue(connection, [told], at=staff.now)
    values = {"source_id": batch.source_id, "kind": HELD}
    is_owed = is_polled and connection.execute(text(sql("validation", "is_held_owed")), values).scalar_one()
    open_duties(connection, [] if is_owed else [duty], at=staff.now)


def ask_to_decide(
    instance: Instance, connection: Connection, staff: Staff, batch_id: int, version: int, *, proposer: str
) -> None:  # fmt: skip
    """Make deciding a release the duty of somebody else, and tell everybody who may decide it.

    :raises RuleViolation: when nobody else may: nobody would ever decide it.
    """
    asked = staff.decider(APPROVERS, but=(proposer,))
    facts: dict[str, object] = {"batch_id": batch_id, "proposed_by": proposer}
    duty = staff.decision_duty(f"{DECISION}_{version}", ("batch", str(batch_id)), asked, APPROVERS, facts,
                               load_validation_policy(instance).held_within, but=(proposer,))  # fmt: skip
    audience = tuple(dict.fromkeys((asked, *people.others(instance, APPROVERS, proposer))))
    told = OutboxEvent(f"override_proposed:{batch_id}:{version}", "override_proposed", "batch", str(batch_id), "normal", audience,
                       {**duty.facts, "owner": asked})  # fmt: skip
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [told], at=staff.now)


def tell_decision(
    instance: Instance, connection: Connection, staff: Staff, decided: Row[Any], decision: str
) -> None:  # fmt: skip
    """Tell who proposed a release what was decided; a batch that stays held is an engineer's duty again."""
    facts: dict[str, object] = {"batch_id": decided.batch_id, "override_end": decision}
    duty = _engineers_duty(instance, staff, f"{HELD}_{decided.version}", decided.batch_id, facts)
    if decision == "refused":
        open_duties(connection, [duty], at=staff.now)
        facts = {**duty.facts, "owner": duty.owner}
    people_told = tuple(dict.fromkeys((decided.proposed_by, *([duty.owner] if decision == "refused" else []))))
    enqueue(connection, [OutboxEvent(f"override_decided:{decided.batch_id}:{decided.version}", "override_decided", "batch",
                                     str(decided.batch_id), "normal", people_told, facts)], at=staff.now)  # fmt: skip


def settle(connection: Connection, batch_ids: Sequence[int], *, at: datetime) -> None:
    """Close the duties about batches: somebody acted, or they are held no longer."""
    close_duties(connection, None, "batch", [str(number) for number in batch_ids], at=at)


def settle_by(connection: Connection, batch: Batch, *, at: datetime) -> None:
    """Close the duties about a batch that passed, and about held ones of its source that it makes good."""
    values = {"batch_id": batch.batch_id, "source_id": batch.source_id, "as_of": batch.as_of}
    settle(connection, list(connection.execute(text(sql("validation", "settled_batches")), values).scalars()), at=at)


def _engineers_duty(instance: Instance, staff: Staff, kind: str, batch_id: int, facts: dict[str, object]) -> Any:
    owner = staff.team.on_duty(people.ENGINEER, staff.today).owner
    return staff.decision_duty(kind, ("batch", str(batch_id)), owner, (people.ENGINEER,), facts,
                               load_validation_policy(instance).held_within)  # fmt: skip
