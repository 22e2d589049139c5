"""Owns reading signals for people: the list, one of them with its history, and what people said the signals of a rule were."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.monitoring.lifecycle import UNDECIDED

Found = Any
"""A row of ``read_signal.sql``."""


def read_signal(connection: Connection, signal_id: int) -> Found:
    """Return what a decision needs to know.

    :raises NotFound: when there is no such signal.
    """
    row = connection.execute(text(sql("monitoring", "read_signal")), {"signal_id": signal_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no signal {signal_id}")
    return row


def list_signals(
    connection: Connection, *, customer_key: int | None = None, state: str | None = None, severity: str | None = None,
    rule_id: str | None = None, owner_users: Collection[str] | None = None, how_many: int = 50,
) -> list[dict[str, Any]]:  # fmt: skip  # rows for people
    """Return signals, the most severe first; without a state those that nobody has closed yet.

    :param owner_users: every name the owner of the customers is known by.
    """
    values = {"customer_key": customer_key, "state": state, "severity": severity, "rule_id": rule_id,
              "owner_users": None if owner_users is None else sorted(owner_users), "undecided": list(UNDECIDED),
              "how_many": how_many}  # fmt: skip
    return [dict(row) for row in connection.execute(text(sql("monitoring", "list_signals")), values).mappings()]


def show_signal(connection: Connection, signal_id: int) -> dict[str, Any]:  # a row for people
    """Return a signal with its history from the event log.

    :raises NotFound: when there is no such signal.
    """
    values = {"signal_id": signal_id}
    row = connection.execute(text(sql("monitoring", "show_signal")), values).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no signal {signal_id}")
    events = connection.execute(text(sql("monitoring", "signal_history")), values).mappings()
    return {**row, "history": [dict(event) for event in events]}


def insert_outcome(connection: Connection, signal_id: int, *, outcome: str, person: str, closed_on: date) -> None:
    """Keep what a person said a signal was."""
    values = {"signal_id": signal_id, "outcome": outcome, "person": person, "closed_on": closed_on}
    connection.execute(text(sql("monitoring", "insert_outcome")), values)


def rule_outcomes(connection: Connection, *, since: date) -> list[dict[str, Any]]:  # rows for people
    """Return how often the signals of each rule were right, by severity, of those opened since a day."""
    found = connection.execute(text(sql("monitoring", "rule_outcomes")), {"since": since}).mappings()
    return [{**row, "false_positive_share": round(row["false_positive"] / row["closed"], 3)} for row in found]
