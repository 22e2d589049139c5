"""Owns the statements about writes: what we want, what we wrote, and what is under way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.crm.difference import Change, Difference, Ours
from riskreview.foundation.canonical import json_rows
from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.policy.crm_policy import Fact

OPEN = ("proposed", "approved", "writing", "written")


@dataclass(frozen=True, slots=True)
class StoredWrite:
    """A write as stored. ``task`` is empty for a write of fields."""

    write_id: int
    connection: str
    object: str
    record_id: str
    customer_key: int
    changes: Mapping[Fact, Change]
    task: Mapping[str, Any]
    digest: str
    needs_person: bool
    state: str
    version: int


def wanted(connection: Connection, *, system: str, on_day: date) -> Sequence[Any]:
    """Return what is known of every account of a system that is assessed: class, index, lines crossed, next review, measures."""
    return connection.execute(text(sql("crm", "wanted")), {"system": system, "on_day": on_day}).all()


def ours(connection: Connection, name: str) -> dict[str, dict[Fact, Ours]]:
    """Return what we wrote over a connection, by record and fact."""
    found: dict[str, dict[Fact, Ours]] = {}
    for row in connection.execute(text(sql("crm", "read_fields")), {"connection": name}):
        found.setdefault(row.record_id, {})[row.fact] = Ours(row.value, row.original)
    return found


def writes(connection: Connection, name: str, states: Sequence[str]) -> list[StoredWrite]:
    """Return the writes over a connection in some states, oldest first."""
    rows = connection.execute(text(sql("crm", "read_writes")), {"connection": name, "states": list(states)})
    return [_stored(row) for row in rows]


def read_write(connection: Connection, write_id: int) -> StoredWrite:
    """Return a write.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("crm", "read_write")), {"write_id": write_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no CRM write {write_id}")
    return _stored(row)


def settled(connection: Connection, name: str, *, since: datetime) -> set[tuple[str, str]]:
    """Return record and digest of what a person refused, and of what the CRM refused since a moment: it is not proposed again."""
    rows = connection.execute(text(sql("crm", "settled_writes")), {"connection": name, "since": since})
    return {(row.record_id, row.digest) for row in rows}


def insert_fields(
    connection: Connection, *, name: str, object_: str, record_id: str, customer_key: int, difference: Difference, at: datetime
) -> int:  # fmt: skip
    """Propose a write of fields and return its number."""
    changes = {fact: [change.before, change.after] for fact, change in difference.changes.items()}
    values = {"connection": name, "object": object_, "record_id": record_id, "customer_key": customer_key, "task_key": None,
              "changes": json.dumps(changes), "task": "{}", "edited": list(difference.edited), "digest": difference.digest,
              "needs_person": difference.needs_person, "at": at}  # fmt: skip
    return int(connection.execute(text(sql("crm", "insert_write")), values).scalar_one())


def insert_tasks(
    connection: Connection, *, name: str, object_: str, system: str, least_class: int, at: datetime, on_day: date
) -> list[int]:
    """Propose a task for every open review of an account that has none, each once, and return their numbers."""
    values = {
        "connection": name,
        "object": object_,
        "system": system,
        "least_class": least_class,
        "at": at,
        "on_day": on_day,
    }
    return [int(row.write_id) for row in connection.execute(text(sql("crm", "insert_tasks")), values)]


def keep_fields(connection: Connection, write: StoredWrite, *, at: datetime) -> None:
    """Remember what we wrote and saw; what stood there before the first time is kept. A fact that went back is forgotten."""
    _keep(connection, "keep_fields", write, {fact: change.after for fact, change in write.changes.items()}, at=at)
    connection.execute(
        text(sql("crm", "forget_fields")), {"connection": write.connection, "record_id": write.record_id}
    )


def keep_seen(connection: Connection, write: StoredWrite, *, at: datetime) -> None:
    """Remember what stood in the fields of a write that met somebody else's: what stands there now is theirs, not to be written over."""
    _keep(connection, "keep_seen", write, {fact: change.before for fact, change in write.changes.items()}, at=at)


def _keep(
    connection: Connection, statement: str, write: StoredWrite, values: Mapping[Fact, str | None], *, at: datetime
) -> None:
    rows = [{"fact": fact, "value": values[fact], "original": change.before} for fact, change in write.changes.items()]
    given = {"connection": write.connection, "record_id": write.record_id, "rows": json_rows(rows),
             "write_id": write.write_id, "at": at}  # fmt: skip
    connection.execute(text(sql("crm", statement)), given)


def listed(
    connection: Connection,
    *,
    state: str | None,
    limit: int,
    customer_key: int | None = None,
    write_id: int | None = None,
) -> list[dict[str, Any]]:  # rows
    """Return writes for people, the newest first: all, those in a state, those of a customer, or one."""
    values = {"state": state, "customer_key": customer_key, "write_id": write_id, "limit": limit}
    return [dict(row) for row in connection.execute(text(sql("crm", "list_writes")), values).mappings()]


def _stored(row: Any) -> StoredWrite:  # a result row
    changes = {fact: Change(*pair) for fact, pair in row.changes.items()}
    return StoredWrite(int(row.write_id), row.connection, row.object, row.record_id, int(row.customer_key), changes, row.task,
                       row.digest, row.needs_person, row.state, int(row.version))  # fmt: skip
