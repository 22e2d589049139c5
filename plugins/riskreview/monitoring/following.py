"""Owns what becomes of signals when their customer is taken over by another one: they are its signals now, one for each rule."""

from datetime import date, datetime

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.sql import sql
from riskreview.monitoring.changes import Keys
from riskreview.monitoring.waking import ask_again

ACTOR = "system:monitoring"


def follow_merges(connection: Connection, *, as_of: date, at: datetime, customers: Keys | None = None) -> None:
    """Give the open signals of retired customers to those that live on, with audit events, in the caller's transaction.

    Where both have one for the same rule, one stays, as severe as the worse of them, and the other is cleared. Nobody is told
    again; one that people had put off or closed at a lower severity asks for attention again. Repeating it changes nothing.

    :param customers: only signals of these, or that they take over; None = all.
    """
    among = {"customers": None if customers is None else customers.tolist()}
    connection.execute(text(sql("monitoring", "note_followed")), among)
    cleared = connection.execute(text(sql("monitoring", "clear_followed")), {"as_of": as_of}).all()
    moved = connection.execute(text(sql("monitoring", "move_followed"))).all()
    append(connection, [
        *(AuditEvent("signal:cleared", "signal", str(row.signal_id), ACTOR, old={"customer_key": row.retired},
                     cause={"merged_into": row.survivor, "stands_in_signal": row.kept})
          for row in sorted(cleared, key=lambda row: int(row.signal_id))),
        *(AuditEvent("signal:moved", "signal", str(row.signal_id), ACTOR, old={"customer_key": row.retired},
                     new={"customer_key": row.survivor, "severity": row.severity})
          for row in sorted(moved, key=lambda row: int(row.signal_id))),
    ], at=at)  # fmt: skip
    ask_again(
        connection, [int(row.signal_id) for row in moved if row.is_worse], actor=ACTOR, at=at, cause={"merged": True}
    )
