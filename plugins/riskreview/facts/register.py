"""Owns the versions of the customer register: which state of accounts and customers readers see, and since when it was known.

Writers hold ``one_publisher``. What they change carries the version after the visible one; the database keeps what was before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.facts.results import Pins
from riskreview.foundation.sql import sql

REGISTER = "accounts"
"""The name under which ``fact_table`` points at the visible version."""


def next_version(connection: Connection) -> int:
    """Return the version that changes of this transaction belong to."""
    return _visible(connection) + 1


def show_changes(connection: Connection, *, at: datetime, batch_id: int | None = None) -> None:
    """Move the pointer to the next version when accounts or customers changed; ``at`` is when that became known.

    :param batch_id: whose publication it is; None where people changed them.
    """
    visible = _visible(connection)
    if connection.execute(text(sql("facts", "has_newer_register")), {"version": visible}).scalar_one():
        connection.execute(
            text(sql("facts", "record_register_version")), {"version": visible + 1, "at": at, "batch_id": batch_id}
        )
        connection.execute(text(sql("facts", "pin_table")), {"dataset": REGISTER, "version": visible + 1})


def see_register(connection: Connection, pins: Pins) -> None:
    """Let the views ``known_account`` and ``known_customer`` show, until the transaction ends, what was known under ``pins``."""
    values = {"version": pins.versions.get(REGISTER), "known_at": pins.known_at}
    connection.execute(text(sql("facts", "see_register")), values)


def known_customer(connection: Connection, customer_key: int) -> dict[str, Any] | None:  # a row for people
    """Return who a customer was, as far as was known; after ``see_register``. None when nobody knew it."""
    row = (
        connection.execute(text(sql("facts", "known_customer")), {"customer_key": customer_key})
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)


def known_accounts(connection: Connection, customer_key: int) -> list[dict[str, Any]]:  # rows for people
    """Return how each system knew a customer, as far as was known; after ``see_register``."""
    found = connection.execute(text(sql("facts", "known_accounts_of")), {"customer_key": customer_key})
    return [dict(row) for row in found.mappings()]


def _visible(connection: Connection) -> int:
    return int(connection.execute(text(sql("facts", "read_register_version"))).scalar_one())
