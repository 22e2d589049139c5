"""Owns this room's statements: events are inserted once, assigned to a batch, and moved by their lifecycle."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is recorded of a message."""

    source_id: str
    event_key: str
    system: str
    datasets: tuple[str, ...]
    sha256: str
    size_bytes: int
    content_type: str
    rows: int
    accounts: tuple[str, ...]
    received_at: datetime
    received_through: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A message as stored, with what is needed to read its bytes again."""

    event_id: int
    source_id: str
    system: str
    sha256: str
    content_type: str
    accounts: tuple[str, ...]
    received_at: datetime
    batch_sha256: str | None
    first_row: int | None


def insert(connection: Connection, new: NewEvent) -> int | None:
    """Record a message and return its id; None when its source sent one with this key before."""
    values = {**asdict(new), "datasets": list(new.datasets), "accounts": list(new.accounts)}
    found = connection.execute(text(sql("events", "insert_event")), values).scalar_one_or_none()
    return None if found is None else int(found)


def find(connection: Connection, *, source_id: str, event_key: str) -> Any:  # a result row, or None
    """Return id, sha256 and time of receipt of a message, None when it is new."""
    values = {"source_id": source_id, "event_key": event_key}
    return connection.execute(text(sql("events", "find_event")), values).one_or_none()


def count_since(connection: Connection, *, source_id: str, since: datetime) -> int:
    """Return how many messages a source sent since a moment."""
    values = {"source_id": source_id, "since": since}
    return int(connection.execute(text(sql("events", "count_since")), values).scalar_one())


def received(connection: Connection) -> tuple[StoredEvent, ...]:
    """Return the messages that have not landed, in the order of receipt."""
    rows = connection.execute(text(sql("events", "received_events"))).all()
    return tuple(
        StoredEvent(int(row.event_id), row.source_id, row.system, row.sha256, row.content_type, tuple(row.accounts),
                    row.received_at, row.batch_sha256, row.first_row)
        for row in rows
    )  # fmt: skip


def assign(connection: Connection, batch_sha256: str, rows: Sequence[tuple[int, int, int]]) -> None:
    """Say in which batch the rows of events are going to be: id, first and last row of each."""
    values = [
        {"event_id": number, "first_row": first, "last_row": last, "sha256": batch_sha256}
        for number, first, last in rows
    ]
    connection.execute(text(sql("events", "assign_batch")), values)


def listed(
    connection: Connection, *, source_id: str | None, state: str | None, limit: int
) -> list[dict[str, Any]]:  # rows
    """Return messages for people, newest first."""
    values = {"source_id": source_id, "state": state, "limit": limit}
    return [dict(row) for row in connection.execute(text(sql("events", "list_events")), values).mappings()]
