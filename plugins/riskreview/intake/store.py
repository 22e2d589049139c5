"""Owns the batch's row in PostgreSQL, the mappings batches were read with, and the memory of inbox files."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.locks import held_lock
from riskreview.foundation.sql import sql
from riskreview.intake.results import BatchState, DatasetCounts, LandedBatch
from riskreview.policy.mapping import Mapping


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as stored, with what is needed to read its bytes again.

    :param after_batch: what its source had said before it went back to these bytes, 0 when they were new.
    """

    batch: LandedBatch
    sha256: str
    file_name: str
    mapping_digest: str
    received_at: datetime
    problem: str | None
    after_batch: int


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What is recorded of a delivery."""

    source_id: str
    system: str
    stage: str
    sha256: str
    file_name: str
    size_bytes: int
    mapping_digest: str
    as_of: date
    received_at: datetime
    state: BatchState
    datasets: tuple[DatasetCounts, ...] = ()
    problem: str | None = None
    after_batch: int = 0


@contextmanager
def source_lock(engine: Engine, source_id: str) -> Iterator[None]:
    """Keep other processes from landing the same source; the lock dies with its holder."""
    with held_lock(engine, sql("intake", "lock_source"), {"source_id": source_id}):
        yield


def find_batch(connection: Connection, *, source_id: str, sha256: str) -> BatchRecord | None:
    """Return the batch of these bytes, the last where the source went back to them; None when they are new."""
    row = connection.execute(
        text(sql("intake", "find_batch")), {"source_id": source_id, "sha256": sha256}
    ).one_or_none()
    return _record(row) if row else None


def read_batch(connection: Connection, batch_id: int) -> BatchRecord:
    """Return a batch.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("intake", "read_batch")), {"batch_id": batch_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no batch {batch_id}")
    return _record(row)


def unfinished_batches(connection: Connection, source_id: str) -> list[BatchRecord]:
    """Return the batches of a source that are staged and not yet published, oldest business date first."""
    return [
        _record(row) for row in connection.execute(text(sql("intake", "unfinished_batches")), {"source_id": source_id})
    ]


def record_batch(connection: Connection, new: NewBatch) -> int | None:
    """Record a batch and return its id; None when another process has recorded it and it is past landing."""
    values = {**asdict(new), "counts": _counts_json(new.datasets)}
    values.pop("datasets")
    found = connection.execute(text(sql("intake", "record_batch")), values).scalar_one_or_none()
    return None if found is None else int(found)


def restage_batch(
    connection: Connection, batch_id: int, *, mapping_digest: str, as_of: date, datasets: tuple[DatasetCounts, ...]
) -> None:
    """Record the counts of a batch whose staged rows were written again."""
    values = {"batch_id": batch_id, "mapping_digest": mapping_digest, "as_of": as_of, "counts": _counts_json(datasets)}
    connection.execute(text(sql("intake", "restage_batch")), values)


def keep_mapping(connection: Connection, mapping: Mapping, *, at: datetime) -> None:
    """Keep what a batch was read with, so that it can be read so again."""
    values = {"digest": mapping.digest, "source_id": mapping.source, "content": mapping.text, "at": at}
    connection.execute(text(sql("intake", "keep_mapping")), values)


def kept_mapping(connection: Connection, digest: str) -> Mapping | None:
    """Return a mapping that batches were read with, None when it was not kept.

    :raises RuleViolation: when it was altered since.
    """
    content = connection.execute(text(sql("intake", "read_mapping")), {"digest": digest}).scalar_one_or_none()
    if content is None:
        return None
    if hashlib.sha256(content.encode()).hexdigest() != digest:
        raise RuleViolation(f"the mapping {digest[:12]} was altered since it was used")
    return Mapping.model_validate_json(content)


def remember_file(
    connection: Connection, *, source_id: str, path: str, size_bytes: int, modified: int, batch_id: int
) -> None:
    """Remember which batch an inbox file became."""
    values = {
        "source_id": source_id,
        "path": path,
        "size_bytes": size_bytes,
        "modified": modified,
        "batch_id": batch_id,
    }
    connection.execute(text(sql("intake", "remember_file")), values)


def known_files(connection: Connection, source_id: str) -> dict[str, tuple[int, int]]:
    """Return size and time of change of the inbox files of a source that became batches, by path."""
    rows = connection.execute(text(sql("intake", "known_files")), {"source_id": source_id})
    return {row.path: (int(row.size_bytes), int(row.modified)) for row in rows}


def batch_ids(connection: Connection) -> frozenset[int]:
    """Return the ids of all batches."""
    return frozenset(int(found) for found in connection.execute(text(sql("intake", "batch_ids"))).scalars())


def has_size(connection: Connection, *, source_id: str, size_bytes: int) -> bool:
    """Return whether a source has a batch of this many bytes."""
    values = {"source_id": source_id, "size_bytes": size_bytes}
    return bool(connection.execute(text(sql("intake", "has_size")), values).scalar_one())


def newest_batch(connection: Connection, source_id: str) -> int:
    """Return the id of the newest batch of a source, 0 without one."""
    return int(connection.execute(text(sql("intake", "newest_batch")), {"source_id": source_id}).scalar_one())


def newest_said(connection: Connection, source_id: str) -> BatchRecord | None:
    """Return the batch that holds what a source said last, None before its first."""
    row = connection.execute(text(sql("intake", "newest_said")), {"source_id": source_id}).one_or_none()
    return _record(row) if row else None


def note_unchanged(connection: Connection, batch_id: int, *, as_of: date, file_name: str, at: datetime) -> bool:
    """Note that a source said again, for a later day, what a batch says; tell whether that was new and nothing has come since."""
    values = {"batch_id": batch_id, "as_of": as_of, "file_name": file_name, "at": at}
    return connection.execute(text(sql("intake", "note_unchanged")), values).one_or_none() is not None


def newest_published(connection: Connection, source_id: str) -> datetime | None:
    """Return when the newest published batch of a source was received, None without one."""
    found: datetime | None = connection.execute(
        text(sql("intake", "newest_published")), {"source_id": source_id}
    ).scalar_one()
    return found


def is_told(connection: Connection, event_key: str) -> bool:
    """Return whether an event of this key is in the outbox."""
    return bool(connection.execute(text(sql("intake", "is_told")), {"event_key": event_key}).scalar_one())


def _counts_json(datasets: tuple[DatasetCounts, ...]) -> str:
    return json.dumps(
        {counts.dataset: {k: v for k, v in asdict(counts).items() if k != "dataset"} for counts in datasets}
    )


def _record(row: Row[Any]) -> BatchRecord:
    counts = tuple(DatasetCounts(name, **numbers) for name, numbers in _given(row.counts).items())
    batch = LandedBatch(
        int(row.batch_id), row.source_id, row.system, row.stage, row.as_of, BatchState(row.state), counts
    )
    return BatchRecord(
        batch, row.sha256, row.file_name, row.mapping_digest, row.received_at, row.problem, int(row.after_batch)
    )


def _given(counts: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return intake's numbers; later rooms may add their own beside them."""
    names = ("rows_in", "accepted", "refused", "skipped")
    return {
        name: {key: int(numbers[key]) for key in names}
        for name, numbers in counts.items()
        if set(names) <= set(numbers)
    }
