"""Owns what becomes of activations when their customer is taken over by another one: they go on there, each playbook once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.sql import sql
from riskreview.measures.of_steps import drop_of_steps
from riskreview.mechanisms.duty import close_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.playbooks import store
from riskreview.playbooks.lifecycle import ACTIVATION, STEP

ACTOR = "system:playbooks"
Found = Row[Any]  # a result row has the columns of its statement


def follow_merges(connection: Connection, *, at: datetime) -> None:
    """Give the open activations of retired customers to those that live on, with audit events, in the caller's transaction.

    Where both have the same playbook at work, the one that started first goes on and the other ends with its steps and duties;
    its owner is told. One that only waits for its look back stays where it is while the other works. Repeating it changes nothing.
    """
    rows = connection.execute(text(sql("playbooks", "overtaken_activations"))).all()
    for row in rows:
        if row.kept != row.activation_id:
            _overtake(connection, row, at)
    kept = [row for row in rows if row.kept == row.activation_id and row.customer_key != row.survivor]
    _move(connection, kept, at)


def _overtake(connection: Connection, row: Found, at: datetime) -> None:
    reason = (
        f"activation {row.kept} of the same playbook goes on for customer {row.survivor_id}, which is the same entity"
    )
    cause: dict[str, object] = {"stands_in_activation": row.kept, "merged_into": row.survivor}
    subject = str(row.activation_id)
    facts = {"activation_id": row.activation_id, "playbook_id": row.playbook_id, "survivor_id": row.survivor_id}
    message = OutboxEvent(
        f"activation_overtaken:{subject}", "activation_overtaken", "activation", subject, "high", (row.owner,), facts
    )
    ended = apply_many(connection, ACTIVATION, "overtake", [row.activation_id], actor=ACTOR, roles=(SYSTEM,), at=at,
                       changes={"stand_down_reason": reason, "ended_at": at}, cause=cause, events=[message])  # fmt: skip
    if not ended:  # it only waits for its look back
        return
    keys = store.step_keys(connection, row.activation_id, open_only=True)
    apply_many(connection, STEP, "refuse", keys, actor=ACTOR, roles=("leader",), at=at, cause=cause,
               changes={"reason": reason, "ended_by": ACTOR, "ended_at": at})  # fmt: skip
    close_duties(connection, None, "step", [str(key) for key in keys], at=at, state="cancelled")
    drop_of_steps(connection, keys, why=reason, at=at)
    close_duties(connection, None, "activation", [subject], at=at, state="cancelled")


def _move(connection: Connection, rows: Sequence[Found], at: datetime) -> None:
    values = {"activation_ids": [row.activation_id for row in rows], "survivors": [row.survivor for row in rows]}
    moved = set(connection.execute(text(sql("playbooks", "move_activations")), values).scalars())
    append(connection, [
        AuditEvent("activation:moved", "activation", str(row.activation_id), ACTOR, old={"customer_key": row.customer_key},
                   new={"customer_key": row.survivor}) for row in rows if row.activation_id in moved
    ], at=at)  # fmt: skip
