"""Owns turning outbox events into messages: who, through which channel, singly or in a digest. Writes nothing but rows."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql
from riskreview.notifications.grouping import (
    DIGEST,
    NO_CHANNEL,
    Item,
    PlannedMessage,
    Recent,
    awake,
    plan,
    reference,
)
from riskreview.notifications.people import Directory
from riskreview.policy.channels import Channel

EVENTS_AT_ONCE = 20_000
_NOBODY = Channel(kind="mail", url="${NONE}", singles=100, digest_minutes=0)  # type: ignore[call-arg]  # the rest is defaulted


@dataclass(frozen=True, slots=True)
class Expanded:
    """What one expansion made."""

    events: int = 0
    suppressed: int = 0
    queued: int = 0
    digested: int = 0
    dead: int = 0


def expand(connection: Connection, directory: Directory, *, at: datetime) -> Expanded:
    """Turn open events into items and items into messages, in the caller's transaction.

    Only one process does this at a time; another one finds nothing to do and goes on sending.
    """
    if not connection.execute(text(sql("notifications", "lock_expansion"))).scalar_one():
        return Expanded()
    events = connection.execute(text(sql("notifications", "open_events")), {"limit": EVENTS_AT_ONCE}).all()
    if events:
        _add_items(connection, directory, [event for event in events if not (event.suppressed or event.obsolete)])
        obsolete = [event.outbox_id for event in events if event.obsolete]
        ids = {"outbox_ids": [event.outbox_id for event in events], "obsolete": obsolete, "at": at}
        connection.execute(text(sql("notifications", "mark_expanded")), ids)
    made = _add_messages(connection, directory, at=at)
    append(connection, [_queued(row) for row in made], at=at)
    return Expanded(
        len(events), sum(event.suppressed or event.obsolete for event in events), len(made),
        sum(row.items for row in made if row.kind == DIGEST), sum(row.state == "dead" for row in made),
    )  # fmt: skip


def _add_items(connection: Connection, directory: Directory, events: Sequence[Any]) -> None:  # result rows
    columns: dict[str, list[object]] = {"outbox_id": [], "recipient": [], "channel": []}
    for event in events:
        avoid = event.avoid if event.kind == "message_dead" else None
        is_rung = event.kind.startswith(
            "duty_"
        )  # its people were named when the ladder was made, and may be away by now
        audience = directory.with_stand_ins(event.audience) if is_rung else event.audience
        for person, channel in directory.routes(audience, event.urgency, avoid=avoid):
            columns["outbox_id"].append(event.outbox_id)
            columns["recipient"].append(person)
            columns["channel"].append(channel)
    if columns["outbox_id"]:
        connection.execute(text(sql("notifications", "add_items")), columns)


def _add_messages(connection: Connection, directory: Directory, *, at: datetime) -> Sequence[Any]:  # result rows
    open_items: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for row in connection.execute(text(sql("notifications", "open_items"))):
        item = Item(row.item_id, row.outbox_id, row.event_key, row.kind, row.urgency)
        open_items[row.recipient, row.channel].append(item)
    if not open_items:
        return ()
    recent = _recent(connection, directory, at)
    rows: list[dict[str, object]] = []
    for (person, name), items in open_items.items():
        channel = directory.channel_for(person, name) or _NOBODY
        told = awake(items, channel.quiet_hours, directory.zone_of(person), at)
        planned = plan(told, channel, recent.get((person, name), Recent()))
        rows.extend(_row(message, person, name, at) for message in planned)
    values = {"rows": json_rows(rows), "at": at}
    return connection.execute(text(sql("notifications", "add_messages")), values).all()


def _recent(connection: Connection, directory: Directory, at: datetime) -> Mapping[tuple[str, str], Recent]:
    since = at - timedelta(minutes=directory.longest_digest_minutes)
    singles: dict[tuple[str, str], int] = defaultdict(int)
    others: dict[tuple[str, str], int] = defaultdict(int)
    for row in connection.execute(text(sql("notifications", "recent_messages")), {"since": since}):
        channel = directory.channel_for(row.recipient, row.channel)
        if channel is not None and row.created_at > at - timedelta(minutes=channel.digest_minutes):
            is_single = row.is_single and singles[row.recipient, row.channel] < channel.singles
            (singles if is_single else others)[row.recipient, row.channel] += 1
    return {key: Recent(singles[key], others[key]) for key in {*singles, *others}}


def _row(message: PlannedMessage, person: str, name: str, at: datetime) -> dict[str, object]:
    reachable = name != NO_CHANNEL
    return {
        "ref": reference(message.event_key, person), "event_key": message.event_key, "recipient": person, "channel": name,
        "kind": message.kind, "urgency": message.urgency, "items": message.items, "nonce": secrets.token_urlsafe(18),
        "state": "queued" if reachable else "dead", "next_at": at if reachable else None,
        "ended_at": None if reachable else at, "problem": None if reachable else "the person has no channel of channels.yaml",
    }  # fmt: skip


def _queued(row: Any) -> AuditEvent:  # a result row
    return AuditEvent(f"message:{row.state}", "message", str(row.message_id), "system:deliver",
                      new={"recipient": row.recipient, "channel": row.channel, "kind": row.kind, "items": row.items})  # fmt: skip
