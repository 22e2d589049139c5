"""Owns this room's statements on PostgreSQL about batches and feeds; the caller owns the transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.intake.results import failed_path, refused_path
from riskreview.validation.profiles import Profile, as_json, from_json
from riskreview.validation.staged import StagedBatch


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery as stored."""

    batch_id: int
    source_id: str
    system: str
    stage: str
    sha256: str
    file_name: str
    mapping_digest: str
    as_of: date
    received_at: datetime
    state: str
    counts: Mapping[str, Any]  # a JSON document shared with other rooms
    problem: str | None


def read_batch(connection: Connection, batch_id: int) -> Batch:
    """Return a batch.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("validation", "read_batch")), {"batch_id": batch_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no batch {batch_id}")
    return Batch(**row._asdict())


def landed_rows(batch: Batch) -> dict[str, tuple[int, int]]:
    """Return accepted and refused rows per data set as intake counted them."""
    known = {name: numbers for name, numbers in batch.counts.items() if {"accepted", "refused"} <= set(numbers)}
    return {name: (int(numbers["accepted"]), int(numbers["refused"])) for name, numbers in known.items()}


def read_baseline(connection: Connection, batch: Batch) -> Profile | None:
    """Return the profile of the last good batch of the source, None on a first delivery."""
    given = {"source_id": batch.source_id, "batch_id": batch.batch_id, "as_of": batch.as_of}
    found = connection.execute(text(sql("validation", "read_baseline")), given).scalar_one_or_none()
    return None if found is None else from_json(found)


def read_published_as_of(connection: Connection, batch: Batch) -> date | None:
    """Return the newest published as-of date of the batch's source."""
    given = {"source_id": batch.source_id, "batch_id": batch.batch_id}
    found: date | None = connection.execute(text(sql("validation", "read_published_as_of")), given).scalar_one()
    return found


def is_overridden(connection: Connection, batch: Batch) -> bool:
    """Tell whether two people accepted this batch."""
    row = connection.execute(text(sql("validation", "read_override")), {"batch_id": batch.batch_id}).one_or_none()
    return row is not None and row.state == "approved"


def lock_batch(connection: Connection, batch_id: int) -> tuple[str, str | None]:
    """Lock a batch and return its state and problem."""
    row = connection.execute(text(sql("validation", "lock_batch")), {"batch_id": batch_id}).one()
    return row.state, row.problem


def save_verdict(
    connection: Connection, batch: Batch, *, state: str, counts: Mapping[str, object], problem: str | None
) -> None:
    """Store state, counts under ``validation`` and the problem of a batch."""
    given = {
        "batch_id": batch.batch_id,
        "state": state,
        "problem": problem,
        "counts": json.dumps({"validation": counts}),
    }
    connection.execute(text(sql("validation", "save_verdict")), given)


def reopen_orphaned(connection: Connection, system: str) -> list[int]:
    """Return the batches of a system that were held for unknown customers only and may be judged again."""
    return list(connection.execute(text(sql("validation", "reopen_orphaned")), {"system": system}).scalars())


def save_profile(connection: Connection, batch: Batch, profile: Profile, *, at: datetime) -> None:
    """Store what later batches are compared with."""
    given = {
        "batch_id": batch.batch_id,
        "source_id": batch.source_id,
        "as_of": batch.as_of,
        "profile": as_json(profile),
        "at": at,
    }
    connection.execute(text(sql("validation", "save_profile")), given)


def save_feed(connection: Connection, batch: Batch, *, problem: str | None, at: datetime) -> None:
    """Move the feed's watermark after a good batch, or mark it held when ``problem`` says why."""
    given = {"source_id": batch.source_id, "system": batch.system, "stage": batch.stage, "batch_id": batch.batch_id,
             "as_of": batch.as_of, "at": at}  # fmt: skip
    if problem is None:
        connection.execute(text(sql("validation", "save_feed_good")), given)
    else:
        connection.execute(text(sql("validation", "save_feed_held")), given | {"problem": problem})


def let_through(connection: Connection, batch_id: int, dataset: str) -> frozenset[int]:
    """Return the source rows of a batch's data set that people released or redrove so far."""
    given = {"batch_id": batch_id, "dataset": dataset}
    return frozenset(connection.execute(text(sql("validation", "let_through")), given).scalars())


def fill_quarantine(connection: Connection, staged: StagedBatch, batch: Batch, *, at: datetime) -> int:
    """Load all refused and failed rows of a batch in bulk and return how many are new."""
    connection.execute(text(sql("validation", "create_quarantine_copy")))
    cursor = connection.connection.cursor()
    for dataset in staged.datasets:
        exported = _export(staged, dataset.name)
        try:
            with exported.open("rb") as rows:
                cursor.copy_expert(sql("validation", "copy_quarantine"), rows)
        finally:
            exported.unlink(missing_ok=True)
    given = {"batch_id": batch.batch_id, "source_id": batch.source_id, "at": at}
    return connection.execute(text(sql("validation", "insert_quarantine")), given).rowcount


def _export(staged: StagedBatch, dataset: str) -> Path:
    refused = refused_path(staged.instance, staged.batch_id, dataset)
    failed = failed_path(staged.instance, staged.batch_id, dataset)
    paths = {"dataset": dataset, "failed": str(failed), "refused": str(refused if refused.exists() else failed)}
    target = failed.with_name(f".{dataset}.quarantine.csv")
    rows = staged.connection.sql(sql("validation", "export_quarantine"), params=paths)
    rows.write_csv(str(target), header=False, na_rep="\\N")
    return target
