"""Owns receiving a message: checked at the door, its bytes in the raw zone, one row and one audit event, however often it comes."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.events import store
from riskreview.events.payload import Record, read_records
from riskreview.events.results import Received, Way
from riskreview.events.waves import accounts_of
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import BadInput, Conflict, NotFound, Unavailable
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.intake import raw_zone
from riskreview.intake.header import check_keys
from riskreview.intake.use_cases import load_mappings
from riskreview.policy.mapping import Mapping
from riskreview.policy.monitoring_policy import load_monitoring_policy

KEY = re.compile(r"[!-~]{1,200}")
"""What a sender may call its message: visible ASCII without blanks."""
KEPT = register("events.kept", "the bytes of a message are in the raw zone, nothing else is known of it")
RECORDED = register("events.recorded", "a message is in the open transaction, its sender has no answer")


class TooMany(Unavailable):
    """A source sends faster than the policy allows."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came, by whatever way.

    :param key: what the sender calls it; the same key is the same message.
    """

    source_id: str
    key: str
    body: bytes
    content_type: str
    through: Way


def receive(services: Services, message: Message) -> Received:
    """Receive a message about customers; a repeat gets the first answer and adds nothing.

    :raises NotFound: for a source that takes no events.
    :raises BadInput: for a message that cannot be read; it is not recorded.
    :raises Conflict: when the sender used the key before for another body.
    :raises TooMany: when a web hook sends more in a minute than the policy allows.
    """
    mapping = event_mapping(services.instance, message.source_id)
    records = check_message(services.instance, mapping, message)
    with services.engine.connect() as connection:
        known = store.find(connection, source_id=message.source_id, event_key=message.key)
        if known is not None:
            return _repeated(known, message)
        _check_rate(services, connection, message)
    raw_zone.keep_bytes(services.instance, message.body)
    reach(KEPT)
    new = _new(services, mapping, message, records)
    return retry_transaction(services.engine, lambda connection: _record(connection, new, message))


def check_message(instance: Instance, mapping: Mapping, message: Message) -> tuple[Record, ...]:
    """Return the rows of a message that may be received.

    :raises BadInput: naming what is wrong with its id, its body or its columns.
    """
    if not KEY.fullmatch(message.key):
        raise BadInput("E-EVENT-KEY", "the message's id is missing, longer than 200 or holds blanks",
                       "Give each message an id of its own, such as a UUID", message.source_id)  # fmt: skip
    limits = load_monitoring_policy(instance).events
    records = read_records(message.body, message.content_type, limits, message.source_id)
    check_keys(mapping, tuple(dict.fromkeys(key for record in records for key in record)), message.source_id)
    return records


def event_mapping(instance: Instance, source_id: str) -> Mapping:
    """Return the mapping of a source that takes events.

    :raises NotFound: when there is none.
    """
    found = next((item for item in load_mappings(instance) if item.source == source_id and item.read.events), None)
    if found is None:
        raise NotFound(f"no source {source_id} takes events; its mapping needs read: {{events: true}}")
    return found


def _check_rate(services: Services, connection: Connection, message: Message) -> None:
    allowed = load_monitoring_policy(services.instance).events.per_minute
    since = services.clock.now() - timedelta(minutes=1)
    if (
        message.through == "webhook"
        and store.count_since(connection, source_id=message.source_id, since=since) >= allowed
    ):
        raise TooMany(f"the source {message.source_id} sent {allowed} messages in a minute; send the next one later")


def _new(services: Services, mapping: Mapping, message: Message, records: Sequence[Record]) -> store.NewEvent:
    return store.NewEvent(mapping.source, message.key, mapping.system, tuple(mapping.datasets), _digest(message.body),
                          len(message.body), message.content_type, len(records), accounts_of(records, mapping),
                          services.clock.now(), message.through)  # fmt: skip


def _record(connection: Connection, new: store.NewEvent, message: Message) -> Received:
    """Insert the message; of several at once the unique key lets one through, the others find it."""
    event_id = store.insert(connection, new)
    if event_id is None:
        return _repeated(store.find(connection, source_id=new.source_id, event_key=new.event_key), message)
    audit = AuditEvent("event:received", "event", str(event_id), f"{message.through}:{new.source_id}",
                       new={"state": "received", "rows": new.rows, "datasets": list(new.datasets)},
                       cause={"sha256": new.sha256, "event_key": new.event_key})  # fmt: skip
    append(connection, [audit], at=new.received_at)
    reach(RECORDED)
    return Received(event_id, new.received_at, repeated=False)


def _repeated(known: Any, message: Message) -> Received:  # a result row
    if known.sha256 != _digest(message.body):
        raise Conflict(
            f"{message.source_id} sent another message with the id {message.key} before; a changed one needs a new id"
        )
    return Received(int(known.event_id), known.received_at, repeated=True)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
