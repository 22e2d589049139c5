"""Owns doubting a registration number: an account that carries one it does not own stays apart until it carries another."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts.merging import Separation, refresh_customers, regroup_changed
from riskreview.facts.register import show_changes
from riskreview.foundation.sql import sql


def doubt_numbers(
    connection: Connection, account_keys: Sequence[int], *, actor: str, reason: str, at: datetime
) -> tuple[Separation, ...]:
    """Separate accounts from the customer whose registration number they carry, in the caller's transaction.

    The caller holds ``one_publisher``. Accounts without a comparable number are left alone; what people put together stays
    together; repeating changes nothing.
    """
    values = {"account_keys": list(account_keys), "doubted_by": actor, "reason": reason, "at": at}
    doubted = connection.execute(text(sql("facts", "note_doubts")), values).all()
    if not doubted:
        return ()
    keys = {"account_keys": [int(row.account_key) for row in doubted]}
    connection.execute(text(sql("facts", "list_doubted")), keys)
    connection.execute(text(sql("facts", "forget_numbers")), keys)
    events = [
        AuditEvent("account:number_doubted", "account", str(row.account_key), actor, cause={"reason": reason})
        for row in doubted
    ]
    append(connection, events, at=at)
    separated = regroup_changed(connection, reference=f"doubt:{keys['account_keys'][0]}", at=at)
    connection.execute(text(sql("facts", "list_changed_customers")))
    refresh_customers(connection, known_at=at)
    show_changes(connection, at=at)
    return separated
