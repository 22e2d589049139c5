"""Owns the days on which a source said again what we know: that is no new batch, but its feed delivered."""

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
            _note(services, connection, mapping, known, (day, known.file_name))


def note_delivery(  # noqa: PLR0913, RUF100  a delivery and the batch it repeats
    services: Services, connection: Connection, mapping: Mapping, known: BatchRecord, *, name: str, received_at: datetime | None
) -> None:  # fmt: skip
    """Note the day for which a delivery says again what a batch says, where it names a later one.

    An extract that carries its day inside has that of the batch, and a name that tells no day tells nothing new.
    """
    rule, day = mapping.delivery.as_of, local_day(services.instance, received_at or services.clock.now())
    if mapping.read.events or rule.column is not None:
        return
    if rule.from_name is not None:
        try:
            day = from_name(rule, name, day)
        except BadInput:
            return
    _note(services, connection, mapping, known, (day, name))


def _note(
    services: Services, connection: Connection, mapping: Mapping, known: BatchRecord, said: tuple[date, str]
) -> None:  # fmt: skip
    (day, name), batch_id, at = said, known.batch.batch_id, services.clock.now()
    if note_unchanged(connection, batch_id, as_of=day, file_name=name, at=at):
        event = AuditEvent("batch:unchanged", "batch", str(batch_id), ACTOR, new={"as_of": day.isoformat()},
                           cause={"source_id": mapping.source, "mapping_digest": mapping.digest, "sha256": known.sha256})  # fmt: skip
        log.append(connection, [event], at=at)
