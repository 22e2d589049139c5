"""Owns landing one delivery: bytes into the raw zone, rows into staging, the batch and its event in one transaction."""

import hashlib
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from riskreview.audit import log
from riskreview.audit.log import AuditEvent
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.services import Services
from riskreview.intake import file_guard, raw_zone, unchanged
from riskreview.intake.arrival import Arrival, whole
from riskreview.intake.inbox import InboxFile, SourceUnreachable
from riskreview.intake.leftovers import OWNER
from riskreview.intake.raw_zone import KeptFile, Received
from riskreview.intake.results import BatchState, LandedBatch, PassedOver, batch_folder, refused_path, stage_path
from riskreview.intake.staging import Extract, Staged, local_day, stage_extract
from riskreview.intake.store import (
    BatchRecord,
    NewBatch,
    find_batch,
    has_size,
    is_told,
    keep_mapping,
    newest_batch,
    read_batch,
    record_batch,
    remember_file,
    restage_batch,
)
from riskreview.mechanisms import outbox
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.policy.mapping import Mapping
from riskreview.policy.team import load_team

ACTOR = "system:intake"
MOVED = register("intake.moved", "the staged folder has its batch's name, the batch is not committed")
LANDED = register("intake.landed", "the batch is committed")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a delivery's bytes are: a local or universal path, and the inbox entry it came from.

    :param received_at: None = now.
    """

    path: Any
    name: str
    file: InboxFile | None = None
    received_at: datetime | None = None


def land(
    services: Services, mapping: Mapping, delivery: Delivery, passed_over: PassedOver | None = None
) -> LandedBatch:  # fmt: skip
    """Land a delivery; the caller holds the source's lock. Bytes we have are no new batch, but the feed delivered.

    They are one where the source said other things in between.

    :param passed_over: counts a delivery that says nothing new.
    :raises BadInput: for a delivery refused as a whole; it is recorded as a refused batch where it has bytes.
    """
    with ExitStack() as stack:
        try:
            file_guard.check_name(delivery.name)
            if isinstance(delivery.path, Path):
                file_guard.check_kind(delivery.path)
            received = stack.enter_context(raw_zone.receive(services.instance, delivery.path, mapping.source))
        except BadInput as error:
            _record_unread(services, mapping, delivery, error)
            raise
        try:
            return _land_received(services, mapping, delivery, received, passed_over or PassedOver())
        except raw_zone.FileChanged as error:
            _record_unread(services, mapping, delivery, error)
            raise


def _land_received(
    services: Services, mapping: Mapping, delivery: Delivery, received: Received, passed_over: PassedOver
) -> LandedBatch:  # fmt: skip
    """Stage while the bytes arrive and are hashed, unless the size says that these may be bytes we have."""
    with services.engine.connect() as connection:
        may_be_known = has_size(connection, source_id=mapping.source, size_bytes=received.size)
    early = None if may_be_known else _stage(services, mapping, delivery, received.path, received.arrival)
    kept = received.keep()
    said = unchanged.said_again(services, mapping, name=delivery.name, received_at=delivery.received_at)
    with services.engine.connect() as connection:
        known = find_batch(connection, source_id=mapping.source, sha256=kept.sha256)
        back = None if known is None else unchanged.went_back(connection, known, said)
    if known is not None and known.batch.state is not BatchState.REFUSED and back is None:
        passed_over.unchanged += 1
        with transaction(services.engine) as connection:
            _remember(connection, mapping, delivery, known.batch.batch_id)
            unchanged.note_delivery(services, connection, mapping, known, said)
        return ensure_staged(services, mapping, known)
    new = replace(_new_batch(services, mapping, delivery, kept), after_batch=_after(known, back))
    try:
        file_guard.check_manifest(file_guard.read_manifest(delivery.path), delivery.name, sha256=kept.sha256)
        staged = early or _stage(services, mapping, delivery, kept.local, whole())
        if isinstance(staged, BadInput):
            raise staged
    except BadInput as error:
        _record_refused(services, mapping, new, error)
        raise
    return _record_landed(services, mapping, delivery, new, staged)


def _after(known: BatchRecord | None, back: int | None) -> int:
    """Return after which batch bytes are recorded: refused ones in their own place, those a source went back to after the newest."""
    if known is not None and known.batch.state is BatchState.REFUSED:
        return known.after_batch
    return back or 0


def _stage(services: Services, mapping: Mapping, delivery: Delivery, path: Path, arrival: Arrival) -> Staged | BadInput:
    """Stage bytes into the source's working folder; what is wrong with them is returned, to be recorded under their hash."""
    try:
        manifest = file_guard.read_manifest(delivery.path)
        received_on = local_day(services.instance, delivery.received_at or services.clock.now())
        extract = Extract(path, delivery.name, received_on, manifest, arrival)
        return stage_extract(services.instance, mapping, extract, _working_folder(services, mapping))
    except BadInput as error:
        return error


def ensure_staged(services: Services, mapping: Mapping, record: BatchRecord) -> LandedBatch:
    """Return a known batch, staging its rows again when they are gone and still needed.

    :raises NotFound: when its bytes are gone as well.
    """
    batch = record.batch
    present = all(
        stage_path(services.instance, batch.batch_id, counts.dataset).exists()
        and refused_path(services.instance, batch.batch_id, counts.dataset).exists()
        for counts in batch.datasets
    )
    if present or batch.state not in {BatchState.LANDED, BatchState.VALIDATED}:
        return batch
    raw = raw_zone.find(services.instance, record.sha256)
    if raw is None:
        raise NotFound(f"the bytes of batch {batch.batch_id} are no longer in the raw zone")
    received_on = local_day(services.instance, record.received_at)
    folder = services.instance.staging / f"restage-{mapping.source}"
    staged = stage_extract(services.instance, mapping, Extract(raw, record.file_name, received_on), folder)
    _move(folder, batch_folder(services.instance, batch.batch_id))
    with transaction(services.engine) as connection:
        restage_batch(
            connection, batch.batch_id, mapping_digest=mapping.digest, as_of=staged.as_of, datasets=staged.datasets
        )
        keep_mapping(connection, mapping, at=services.clock.now())
        event = _event("batch:restaged", batch.batch_id, mapping, staged, sha256=record.sha256)
        log.append(connection, [event], at=services.clock.now())
        return read_batch(connection, batch.batch_id).batch


def _record_landed(
    services: Services, mapping: Mapping, delivery: Delivery, new: NewBatch, staged: Staged
) -> LandedBatch:
    folder = _working_folder(services, mapping)
    with transaction(services.engine) as connection:
        batch_id = record_batch(connection, replace(new, as_of=staged.as_of, datasets=staged.datasets))
        if batch_id is None:
            raise NotFound(f"the batch of {mapping.source} was finished by another process meanwhile")
        (folder / OWNER).write_text(mapping.source, encoding="utf-8")
        _move(folder, batch_folder(services.instance, batch_id))
        reach(MOVED)
        _remember(connection, mapping, delivery, batch_id)
        keep_mapping(connection, mapping, at=services.clock.now())
        event = _event("batch:landed", batch_id, mapping, staged, sha256=new.sha256)
        log.append(connection, [event], at=services.clock.now())
        landed = read_batch(connection, batch_id).batch
    reach(LANDED)
    return landed


def _record_refused(services: Services, mapping: Mapping, new: NewBatch, error: BadInput) -> None:
    """Record a refused delivery, and that the data engineer must hear of it; the same bytes are told once."""
    shutil.rmtree(_working_folder(services, mapping), ignore_errors=True)
    now = services.clock.now()
    with transaction(services.engine) as connection:
        batch_id = record_batch(connection, replace(new, state=BatchState.REFUSED, problem=str(error)[:500]))
        if batch_id is None:
            return
        keep_mapping(connection, mapping, at=now)
        facts = {"batch_id": batch_id, "source_id": mapping.source, "code": error.code, "line": error.line}
        event = AuditEvent("batch:refused", "batch", str(batch_id), ACTOR, new={"state": "refused", "code": error.code},
                           cause={"sha256": new.sha256, "mapping_digest": mapping.digest})  # fmt: skip
        log.append(connection, [event], at=now)
        key = f"batch_refused:{mapping.source}:{new.sha256}:{error.code}"
        _tell(services, connection, mapping.source, key, facts)


def _record_unread(services: Services, mapping: Mapping, delivery: Delivery, error: BadInput) -> None:
    version = delivery.file.modified if delivery.file else 0
    record_unread(services, mapping.source, delivery.name, version, error)


def record_unread(services: Services, source_id: str, name: str, version: int, error: BadInput) -> None:
    """Record an entry of the inbox that is not read once: a link, a pipe, an empty file, a dangerous name.

    :param version: time of change, so that the same name may come again.
    """
    entry = hashlib.sha256(f"{name}:{version}".encode("utf-8", "backslashreplace")).hexdigest()
    key = f"batch_refused:{source_id}:{entry}:{error.code}"
    with transaction(services.engine) as connection:
        if is_told(connection, key):
            return
        event = AuditEvent("file:refused", "feed", source_id, ACTOR, new={"state": "refused", "code": error.code},
                           cause={"entry": entry})  # fmt: skip
        log.append(connection, [event], at=services.clock.now())
        _tell(services, connection, source_id, key, {"source_id": source_id, "code": error.code})


def record_unreachable(services: Services, mapping: Mapping, error: SourceUnreachable) -> None:
    """Record that a source did not answer and tell the data engineer, once until it has brought something new again."""
    with transaction(services.engine) as connection:
        newest = newest_batch(connection, mapping.source)
        key = f"feed_unreachable:{mapping.source}:{newest}"
        if is_told(connection, key):
            return
        facts = {"source_id": mapping.source, "system": mapping.system}
        event = AuditEvent("feed:unreachable", "feed", mapping.source, ACTOR, new={"problem": str(error)[:500]},
                           cause={"mapping_digest": mapping.digest, "newest_batch": newest})  # fmt: skip
        log.append(connection, [event], at=services.clock.now())
        told = OutboxEvent(key, "feed_unreachable", "feed", mapping.source, "high", _engineers(services), facts)
        outbox.enqueue(connection, [told], at=services.clock.now())


def _tell(services: Services, connection: Connection, source_id: str, key: str, facts: dict[str, object]) -> None:
    """Tell the data engineer on duty."""
    event = OutboxEvent(key, "batch_refused", "feed", source_id, "high", _engineers(services), facts)
    outbox.enqueue(connection, [event], at=services.clock.now())


def _engineers(services: Services) -> tuple[str, ...]:
    duty = load_team(services.instance).on_duty("data_engineer", local_day(services.instance, services.clock.now()))
    return tuple(person for person in (duty.owner, duty.deputy) if person)


def _new_batch(services: Services, mapping: Mapping, delivery: Delivery, kept: KeptFile) -> NewBatch:
    received_at = delivery.received_at or services.clock.now()
    return NewBatch(mapping.source, mapping.system, mapping.stage, kept.sha256, delivery.name, kept.size, mapping.digest,
                    local_day(services.instance, received_at), received_at, BatchState.LANDED)  # fmt: skip


def _remember(connection: Connection, mapping: Mapping, delivery: Delivery, batch_id: int) -> None:
    if delivery.file is not None:
        remember_file(connection, source_id=mapping.source, path=delivery.file.key, size_bytes=delivery.file.size,
                      modified=delivery.file.modified, batch_id=batch_id)  # fmt: skip


def _event(action: str, batch_id: int, mapping: Mapping, staged: Staged, *, sha256: str) -> AuditEvent:
    counts = {
        counts.dataset: [counts.rows_in, counts.accepted, counts.refused, counts.skipped] for counts in staged.datasets
    }
    return AuditEvent(action, "batch", str(batch_id), ACTOR, new={"state": "landed", "as_of": staged.as_of.isoformat(), "counts": counts},
                      cause={"source_id": mapping.source, "mapping_digest": mapping.digest, "sha256": sha256})  # fmt: skip


def _working_folder(services: Services, mapping: Mapping) -> Path:
    return services.instance.staging / f"landing-{mapping.source}"


def _move(folder: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    folder.replace(target)
