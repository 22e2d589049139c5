"""Owns landing received messages: those of one source that do not disturb each other become one batch, like a file.

First the database says which rows of which bytes a message is going to be, then the bytes land; so a pass that was killed is taken
up with the same bytes, and rows never land twice.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from itertools import groupby

from riskreview.events import store
from riskreview.events.lifecycle import EVENT
from riskreview.events.payload import Record, as_lines, read_records
from riskreview.events.store import StoredEvent
from riskreview.events.waves import WaitingEvent, plan_waves
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.services import Services
from riskreview.intake import raw_zone
from riskreview.intake.results import LandedBatch
from riskreview.intake.staging import local_day
from riskreview.intake.use_cases import land_file, load_mappings, unfinished
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.policy.mapping import Mapping
from riskreview.policy.monitoring_policy import EventLimits, load_monitoring_policy

ASSIGNED = register("events.assigned", "messages are assigned to a batch that has not landed")
LANDED = register("events.landed", "a batch of messages has landed, the messages do not know it")
ACTOR = "system:events"
ANY_SIZE = EventLimits(body_kb=10_240, rows=100_000, depth=100)  # type: ignore[call-arg]  # all defaulted
"""A message that was received is read whatever the policy says by now."""
KnownAccounts = Callable[[str, Collection[str]], Collection[str]]
"""Tells which accounts of a source system are known."""


def take(services: Services, *, known_accounts: KnownAccounts) -> tuple[LandedBatch, ...]:
    """Land what was received and return every batch of messages that is not published yet; one pass at a time.

    A message that names an account nobody knows yet waits for it, as long as the policy says: a customer may be delivered after
    what is told of it.
    """
    mappings = {item.source: item for item in load_mappings(services.instance) if item.read.events}
    with services.engine.connect() as connection:
        received = store.received(connection)
    for source, group in groupby(
        sorted(received, key=lambda item: (item.source_id, item.event_id)), lambda item: item.source_id
    ):
        events = list(group)
        mapping = mappings.get(source)
        if mapping is None:
            _refuse(services, events, f"no mapping takes events of {source} any more")
            continue
        _assign(services, mapping, _takeable(services, mapping, events, known_accounts))
        _land_assigned(services, mapping)
    return tuple(batch for mapping in mappings.values() for batch in unfinished(services, mapping))


def _takeable(
    services: Services, mapping: Mapping, events: Sequence[StoredEvent], known_accounts: KnownAccounts
) -> list[StoredEvent]:
    days = load_monitoring_policy(services.instance).events.account_wait_days
    since = services.clock.now() - timedelta(days=days)
    fresh = [item for item in events if item.batch_sha256 is None]
    named = {account for item in fresh for account in item.accounts}
    known = set(known_accounts(mapping.system, named)) if named else set()
    return [item for item in fresh if known.issuperset(item.accounts) or item.received_at < since]


def _assign(services: Services, mapping: Mapping, events: Sequence[StoredEvent]) -> None:
    """Say which rows of which batch each message is going to be."""
    waiting = [WaitingEvent(item.event_id, _day(services, item), _records(services, item)) for item in events]
    with transaction(services.engine) as connection:
        for wave in plan_waves(waiting, mapping):
            body = as_lines(wave.records, mapping.sources)
            store.assign(connection, hashlib.sha256(body).hexdigest(), list(wave.rows()))
    reach(ASSIGNED)


def _land_assigned(services: Services, mapping: Mapping) -> None:
    """Land every assigned batch, in the order of receipt."""
    with services.engine.connect() as connection:
        assigned = [
            item for item in store.received(connection) if item.source_id == mapping.source and item.batch_sha256
        ]
    shares: dict[str, list[StoredEvent]] = {}
    for item in assigned:
        shares.setdefault(str(item.batch_sha256), []).append(item)
    for events in shares.values():
        _land(services, mapping, events)


def _land(services: Services, mapping: Mapping, events: Sequence[StoredEvent]) -> None:
    """Land one batch. What refuses a batch as a whole, such as its date, is the same in all its messages."""
    path = services.instance.staging / f"events-{mapping.source}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_body(services, mapping, events))
    try:
        batch = land_file(services, mapping=mapping, path=path, received_at=max(item.received_at for item in events))
    except BadInput as error:
        _refuse(services, events, str(error))
        return
    finally:
        path.unlink(missing_ok=True)
    reach(LANDED)
    with transaction(services.engine) as connection:
        apply_many(connection, EVENT, "land", [item.event_id for item in events], actor=ACTOR, roles=(SYSTEM,),
                   at=services.clock.now(), changes={"batch_id": batch.batch_id})  # fmt: skip


def _body(services: Services, mapping: Mapping, events: Sequence[StoredEvent]) -> bytes:
    """Return the bytes of a batch; messages that say the very same are in the same rows."""
    by_row = {item.first_row: item for item in reversed(events)}
    ordered = [by_row[row] for row in sorted(by_row, key=lambda row: row or 0)]
    return as_lines([record for item in ordered for record in _records(services, item)], mapping.sources)


def _records(services: Services, item: StoredEvent) -> tuple[Record, ...]:
    raw = raw_zone.find(services.instance, item.sha256)
    if raw is None:
        raise NotFound(f"the bytes of event {item.event_id} are no longer in the raw zone")
    return read_records(raw.read_bytes(), item.content_type, ANY_SIZE, item.source_id)


def _refuse(services: Services, events: Sequence[StoredEvent], problem: str) -> None:
    with transaction(services.engine) as connection:
        apply_many(connection, EVENT, "refuse", [item.event_id for item in events], actor=ACTOR, roles=(SYSTEM,),
                   at=services.clock.now(), changes={"problem": problem[:500]})  # fmt: skip


def _day(services: Services, item: StoredEvent) -> str:
    return local_day(services.instance, item.received_at).isoformat()
