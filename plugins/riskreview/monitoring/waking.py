"""Owns what brings signals back to attention by itself: the day they were put off to has come, or they got worse."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, text

from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.monitoring.lifecycle import SIGNAL

ACTOR = "system:monitoring"
AWAKE: Mapping[str, object] = {"snoozed_until": None, "snoozed_by": None, "snooze_reason": None}
FORGOTTEN: Mapping[str, object] = {"handler": None, "outcome": None, "closed_by": None, "closed_on": None, "close_reason": None,
                                   "needs_second": False}  # fmt: skip


def ask_again(
    connection: Connection, signal_ids: Sequence[int], *, actor: str, at: datetime, cause: Mapping[str, object]
) -> None:
    """Let signals that got worse ask for attention again, whatever people had done with them, in the caller's transaction.

    What was put off wakes and may be put off anew, what was closed is open again, what is under review is escalated.
    """
    for verb, changes in (("wake", {**AWAKE, "first_snoozed_on": None}), ("reopen", FORGOTTEN), ("escalate", {})):
        apply_many(
            connection, SIGNAL, verb, signal_ids, actor=actor, roles=(SYSTEM,), at=at, changes=changes, cause=cause
        )


def wake_due(services: Services, *, on_day: date) -> int:
    """Wake the signals whose day has come, tell who put them off, and return how many."""
    with transaction(services.engine) as connection:
        return wake_overslept(services, connection, on_day=on_day)


def wake_overslept(services: Services, connection: Connection, *, on_day: date) -> int:
    """Do the same in the caller's transaction; a second time on the same day wakes nothing."""
    at = services.clock.now()
    due = {
        int(row.signal_id): row for row in connection.execute(text(sql("monitoring", "overslept")), {"on_day": on_day})
    }
    woken = apply_many(connection, SIGNAL, "wake", list(due), actor=ACTOR, roles=(SYSTEM,), at=at, changes=AWAKE,
                       cause={"day": on_day.isoformat()})  # fmt: skip
    events = [
        OutboxEvent(f"signal_woken:{key}:{due[key].version + 1}", "signal_woken", "signal", str(key), "normal",
                    (due[key].snoozed_by,),
                    {"signal_id": key, "rule_id": due[key].rule_id, "severity": due[key].severity,
                     "customer_id": due[key].customer_id, "customer_key": due[key].customer_key, "as_of": on_day.isoformat()})
        for key in woken
    ]  # fmt: skip
    enqueue(connection, events, at=at)
    return len(woken)
