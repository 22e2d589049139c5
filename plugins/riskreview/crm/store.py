"""Owns this room's statements: pulls are inserted once each and never changed; the newest one holds the mark."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A raw answer in the raw zone."""

    kind: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class NewPull:
    """What is recorded of a pull.

    :param since: None for a full read. :param mark: the CRM's time when the pull began; the next one reads from there.
    :param base: the extract it was laid over. :param pages: the description first. :param extract: its bytes, None when it had no rows.
    """

    source_id: str
    connection: str
    object: str
    kind: str
    paths: tuple[str, ...]
    since: datetime | None
    mark: datetime
    base: str | None
    pages: tuple[KeptPage, ...]
    extract: str | None
    pulled_on: date
    rows: int
    changed: int
    deleted: int
    calls: int
    credits: int
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class StoredPull:
    """A pull as stored.

    :param full_at: the mark of the newest full read up to it.
    """

    pull_id: int
    source_id: str
    connection: str
    paths: tuple[str, ...]
    mark: datetime
    full_at: datetime
    base: str | None
    pages: tuple[KeptPage, ...]
    extract: str | None
    pulled_on: date
    batch_id: int | None


def insert_pull(connection: Connection, new: NewPull, *, at: datetime) -> int:
    """Record a pull and return its id."""
    values = {
        **asdict(new),
        "paths": list(new.paths),
        "pages": json.dumps([asdict(page) for page in new.pages]),
        "at": at,
    }
    return int(connection.execute(text(sql("crm", "insert_pull")), values).scalar_one())


def last_pull(
    services: Services, source_id: str, connection: str, object_: str, paths: Collection[str]
) -> StoredPull | None:
    """Return the newest pull of a source from the same object with the same fields; None where everything must be read."""
    values = {"source_id": source_id, "connection": connection, "object": object_, "paths": list(paths)}
    with services.engine.connect() as database:
        row = database.execute(text(sql("crm", "last_pull")), values).one_or_none()
    return None if row is None else _stored(row)


def newest_pull(services: Services, source_id: str) -> int:
    """Return the number of the newest pull of a source, 0 before the first."""
    with services.engine.connect() as database:
        return int(database.execute(text(sql("crm", "newest_pull")), {"source_id": source_id}).scalar_one())


def read_pull(services: Services, pull_id: int) -> StoredPull:
    """Return a pull.

    :raises NotFound: when there is none.
    """
    with services.engine.connect() as database:
        row = database.execute(text(sql("crm", "read_pull")), {"pull_id": pull_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no pull {pull_id}")
    return _stored(row)


def listed(services: Services, *, limit: int) -> list[dict[str, Any]]:  # rows
    """Return pulls for people, newest first."""
    with services.engine.connect() as database:
        return [dict(row) for row in database.execute(text(sql("crm", "list_pulls")), {"limit": limit}).mappings()]


def _stored(row: Any) -> StoredPull:  # a result row
    pages = tuple(KeptPage(**page) for page in row.pages)
    return StoredPull(int(row.pull_id), row.source_id, row.connection, tuple(row.paths), row.mark, row.full_at, row.base, pages,
                      row.extract, row.pulled_on, row.batch_id)  # fmt: skip
