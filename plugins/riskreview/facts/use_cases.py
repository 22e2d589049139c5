"""Owns publishing a batch as facts (write, audit, publish) and pinning what a run reads.

Rows are appended to Delta first; readers see them only after the pointer in ``fact_table`` moved in the transaction that also
moves the batch. A kill in between leaves rows that no reader sees; the rerun finds them by batch and source row and adds none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent
from riskreview.audit.log import append as append_events
from riskreview.facts.accounts import resolve_accounts
from riskreview.facts.appending import Appended, Batch, append_batch
from riskreview.facts.files import SealedVersion, keep, seal
from riskreview.facts.held import WHOLE, has_refused, held_items
from riskreview.facts.publishing_lock import one_publisher
from riskreview.facts.register import show_changes
from riskreview.facts.results import Pins, PublishedBatch
from riskreview.facts.staged import gather_accounts, open_database
from riskreview.foundation import failpoints
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["Pins", "PublishedBatch", "current_pins", "pins_at", "publish_batch"]

RESOLVED = failpoints.register("facts.resolved", "the accounts of a batch are known, no row is appended")
APPENDED = failpoints.register("facts.appended", "all rows of a batch are in Delta, the pointer has not moved")
WRITER_PERCENT = 55
"""Of the memory for DuckDB while the Delta writer works beside it."""
PUBLISHED = failpoints.register("facts.published", "the pointer has moved and the batch is published")


def publish_batch(services: Services, *, batch_id: int) -> PublishedBatch:
    """Append the accepted rows of a validated batch to the fact tables and move the batch to ``published``.

    Repeating it adds nothing; on a published batch it adds the rows that were released from quarantine since.

    :raises NotFound: when there is no such batch.
    :raises RuleViolation: when the batch is neither validated nor published.
    """
    with one_publisher(services):
        batch = _read_batch(services, batch_id)
        database = open_database(services.instance, batch.folder, percent=WRITER_PERCENT)
        try:
            gather_accounts(database, batch.folder)
            with services.engine.begin() as connection:
                resolve_accounts(connection, database, system=batch.system, batch_id=batch_id, as_of=batch.as_of,
                                 known_at=batch.known_at, folder=batch.folder, at=services.clock.now())  # fmt: skip
            failpoints.reach(RESOLVED)
            done = append_batch(services, database, batch, published=_published_batches(services))
            failpoints.reach(APPENDED)
            held = _held(database, batch) if batch.kind == "snapshot" else {}
        finally:
            database.close()
        sealed = seal(services, done.versions)
        with services.engine.begin() as connection:
            _publish(connection, services, batch, done, sealed, held)
        failpoints.reach(PUBLISHED)
    return PublishedBatch(batch_id, done.rows)


def current_pins(services: Services) -> Pins:
    """Return the published version of every fact table and the present moment; where a clock went back, that of what is published."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("facts", "read_pins"))).all()
    moments = (services.clock.now(), *(row.known_at for row in rows if row.known_at is not None))
    return Pins({str(row.dataset): int(row.version) for row in rows}, max(moments))


def pins_at(services: Services, *, known_at: datetime) -> Pins:
    """Return what a run may read that knows no more than was known at a moment."""
    return replace(current_pins(services), known_at=known_at)


def _read_batch(services: Services, batch_id: int) -> Batch:
    with services.engine.connect() as connection:
        row = connection.execute(text(sql("facts", "read_batch")), {"batch_id": batch_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no batch {batch_id}")
    if row.state not in {"validated", "published"}:
        raise RuleViolation(f"batch {batch_id} is {row.state}; only a validated batch becomes facts")
    kind = _delivery_kind(services, row.source_id)
    folder = services.instance.staging / str(batch_id)
    return Batch(batch_id, row.source_id, row.system, row.as_of, row.received_at, kind, row.state, folder)


def _published_batches(services: Services) -> set[int]:
    with services.engine.connect() as connection:
        return set(connection.execute(text(sql("facts", "list_published"))).scalars())


def _delivery_kind(services: Services, source_id: str) -> Literal["movement", "snapshot"]:
    from riskreview.policy.mapping_checks import load_mapping

    for path in services.instance.configuration("mappings"):
        mapping = load_mapping(path)
        if mapping.source == source_id:
            return mapping.delivery.kind
    return "movement"


def _publish(  # noqa: PLR0913, PLR0917, RUF100  what one publication consists of
    connection: Connection, services: Services, batch: Batch, done: Appended, sealed: list[SealedVersion],
    held: Mapping[str, Sequence[int]],
) -> None:  # fmt: skip
    at = services.clock.now()
    digests = keep(connection, sealed, at=at)
    for table, version in done.versions.items():
        connection.execute(text(sql("facts", "pin_table")), {"dataset": table, "version": version})
    for name, count in done.rows.items():
        connection.execute(
            text(sql("facts", "record_batch")),
            {"batch_id": batch.batch_id, "dataset": name, "source_id": batch.source_id, "system": batch.system,
             "kind": batch.kind, "as_of": batch.as_of, "known_at": batch.known_at,
             "version": done.versions.get(name, 0), "rows_appended": count, "at": at},
        )  # fmt: skip
    rows = [{"batch_id": batch.batch_id, "dataset": name, "item_key": key} for name in held for key in held[name]]
    if rows:
        connection.execute(text(sql("facts", "hold_items")), rows)
    show_changes(connection, at=at, batch_id=batch.batch_id)
    connection.execute(text(sql("facts", "mark_published")), {"batch_id": batch.batch_id})
    if batch.state != "published" or any(done.rows.values()) or any(version.fresh for version in sealed):
        append_events(connection, [_event(batch, done, digests)], at=at)


def _held(database: "duckdb.DuckDBPyConnection", batch: Batch) -> dict[str, tuple[int, ...]]:
    """Return the items that a snapshot does not end although it does not name them in a good row."""
    found = {"invoices": held_items(database, batch.folder)}
    return found | ({"relations": (WHOLE,)} if has_refused(database, batch.folder, "relations") else {})


def _event(batch: Batch, done: Appended, digests: Mapping[str, str]) -> AuditEvent:
    return AuditEvent("batch:published", "batch", str(batch.batch_id), "system:facts", old={"state": batch.state},
                      new={"state": "published", "appended": done.rows, "versions": done.versions, "files": digests},
                      cause={"source": batch.source_id})  # fmt: skip
