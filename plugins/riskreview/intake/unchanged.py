"""Owns what it means that a source says again what we have: its feed delivered, or it went back to what it said before."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from riskreview.audit import log
from riskreview.audit.log import AuditEvent
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.intake.as_of import from_name
from riskreview.intake.staging import local_day
from riskreview.intake.store import BatchRecord, newest_said, note_unchanged
from riskreview.policy.mapping import Mapping

ACTOR = "system:intake"


def record_nothing_new(services: Services, mapping: Mapping, *, as_of: date | None = None) -> None:
    """Record that a source answered and had nothing new: what it said last holds for that day too.

    :param as_of: None = today.
    """
    with transaction(services.engine) as connection:
        known = newest_said(connection, mapping.source)
        if known is not None:
            day = as_of or local_day(services.instance, services.clock.now())
            _note(services, connection, mapping, known, Said(day, known.file_name))


@dataclass(frozen=True, slots=True)
class Said:
    """Under which name and for which day a delivery says bytes that we have."""

    day: date
    name: str


def said_again(services: Services, mapping: Mapping, *, name: str, received_at: datetime | None) -> Said | None:
    """Return the day for which a delivery says known bytes again, None where it tells none.

    An extract that carries its day inside has that of the batch, and a name that tells no day tells nothing new.
    """
    rule, day = mapping.delivery.as_of, local_day(services.instance, received_at or services.clock.now())
    if mapping.read.events or rule.column is not None:
        return None
    if rule.from_name is not None:
        try:
            day = from_name(rule, name, day)
        except BadInput:
            return None
    return Said(day, name)


def went_back(connection: Connection, known: BatchRecord, said: Said | None) -> int | None:
    """Return after which batch a source says for a later day what it had said before that batch; None where it did not."""
    newest = newest_said(connection, known.batch.source_id)
    if (
        said is None
        or newest is None
        or newest.batch.batch_id == known.batch.batch_id
        or said.day <= newest.batch.as_of
    ):
        return None
    return newest.batch.batch_id


def note_delivery(
    services: Services, connection: Connection, mapping: Mapping, known: BatchRecord, said: Said | None
) -> None:
    """Note the day for which a delivery says again what a batch says, where it names a later one."""
    if said is not None:
        _note(services, connection, mapping, known, said)


def _note(
    services: Services, connection: Connection, mapping: Mapping, known: BatchRecord, said: Said
) -> None:  # fmt: skip
    batch_id, at = known.batch.batch_id, services.clock.now()
    if note_unchanged(connection, batch_id, as_of=said.day, file_name=said.name, at=at):
        event = AuditEvent("batch:unchanged", "batch", str(batch_id), ACTOR, new={"as_of": said.day.isoformat()},
                           cause={"source_id": mapping.source, "mapping_digest": mapping.digest, "sha256": known.sha256})  # fmt: skip
        log.append(connection, [event], at=at)
