"""Owns claiming messages under a lease and recording, attempt by attempt, what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.failpoints import register
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.notifications.content import Answer, EventView, MessageView
from riskreview.notifications.grouping import LOUD, after_attempt
from riskreview.policy.channels import Channel, Delivery

INTENT = register("notifications.intent", "the intent of an attempt is committed, nothing was sent yet")
SENT = register("notifications.sent", "the service has answered, the outcome is not recorded yet")
QUEUED = register("notifications.queued", "events became messages and that is committed, nothing was sent yet")

LISTED = 50
"""Events a digest lists one by one; the rest is counted by kind and on the linked page."""

LOST = Answer("unknown", "the dispatcher ended during the send")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this process may send until its lease ends."""

    message_id: int
    ref: str
    recipient: str
    channel: str
    kind: str
    urgency: str
    attempt: int
    failures: int
    lease_token: str
    nonce: str
    items: int


def due_channels(connection: Connection, *, now: datetime) -> tuple[str, ...]:
    """Return the channels with messages that are due."""
    return tuple(connection.execute(text(sql("notifications", "due_channels")), {"now": now}).scalars())


def claim(
    connection: Connection, name: str, channel: Channel, delivery: Delivery, *, now: datetime, limit: int
) -> tuple[Claimed, ...]:
    """Claim up to ``limit`` due messages of a channel within its rate and write the intent of each attempt.

    The caller commits before it sends. All dispatchers together stay within the rate.
    """
    paused = connection.execute(text(sql("notifications", "hold_channel")), {"channel": name}).scalar_one()
    if paused is not None and paused > now:
        return ()
    since = {"channel": name, "since": now - timedelta(minutes=1)}
    room = min(
        limit,
        channel.rate_per_minute - int(connection.execute(text(sql("notifications", "used_rate")), since).scalar_one()),
    )
    if room <= 0:
        return ()
    values = {"channel": name, "now": now, "until": now + timedelta(seconds=delivery.lease_seconds), "limit": room}
    return tuple(_claimed(row) for row in connection.execute(text(sql("notifications", "claim")), values))


def settle(
    connection: Connection, message: Claimed, answer: Answer, delivery: Delivery, *,
    now: datetime, alarm_to: Sequence[str], others: Sequence[str] = (), body_sha256: str | None = None,
) -> Literal["accepted", "refused", "unknown", "dead", "late"]:  # fmt: skip
    """Record the outcome of an attempt.

    A message given up goes to its recipient through another channel and raises an alarm; a critical or high one takes the other
    channel as soon as it has failed ``divert_after`` times, while the first is tried on.

    :param others: channels of the recipient, the preferred one first.

    Returns the message's new state, or ``late`` when the lease was lost meanwhile and nothing was changed.
    """
    throttled = answer.retry_after is not None
    failures = message.failures + (0 if answer.outcome == "accepted" or throttled else 1)
    state, wait = after_attempt(answer.outcome, failures, delivery.backoff_minutes)
    if answer.retry_after is not None:
        wait = timedelta(seconds=answer.retry_after)
        pause = {"channel": message.channel, "until": now + wait, "problem": answer.detail}
        connection.execute(text(sql("notifications", "pause_channel")), pause)
    ended = state in {"accepted", "dead"}
    values = {
        "message_id": message.message_id, "attempt": message.attempt, "lease_token": message.lease_token,
        "outcome": answer.outcome, "answer": answer.detail, "body_sha256": body_sha256, "state": state, "now": now,
        "next_at": None if ended else now + wait, "ended_at": now if ended else None, "failures": failures,
        "problem": None if state == "accepted" else answer.detail,
    }  # fmt: skip
    if connection.execute(text(sql("notifications", "settle")), values).first() is None:
        return "late"
    append(connection, [_settled(message, answer, state)], at=now)
    is_stuck = message.urgency in LOUD and failures > message.failures and failures == delivery.divert_after
    if state == "dead" or (is_stuck and state != "accepted"):
        _divert(connection, message, others, now)
    if state == "dead":
        enqueue(connection, _alarm(message, alarm_to, now), at=now)
    return state


def overtake(connection: Connection, *, now: datetime) -> int:
    """End the messages that wait and tell of nothing but duties done by now, in the caller's transaction; returns how many."""
    rows = connection.execute(text(sql("notifications", "overtake")), {"at": now}).all()
    append(connection, [
        AuditEvent("message:overtaken", "message", str(row.message_id), "system:deliver", new={"state": "overtaken"}, cause={"ref": row.ref})
        for row in rows
    ], at=now)  # fmt: skip
    return len(rows)


def lost(connection: Connection, *, now: datetime) -> tuple[Claimed, ...]:
    """Return, locked, the messages whose dispatcher ended during the send."""
    return tuple(_claimed(row) for row in connection.execute(text(sql("notifications", "lost_leases")), {"now": now}))


def load_view(connection: Connection, message: Claimed, *, is_named: bool = False) -> MessageView:
    """Return what a message is about: its most urgent events, and how many of each kind there are in all.

    A digest that waited does not list what was done meanwhile.

    :param is_named: with the names of the customers.
    """
    values = {"message_id": message.message_id, "limit": LISTED}
    rows = connection.execute(text(sql("notifications", "message_events")), values).all()
    events = tuple(
        EventView(row.kind, row.subject_type, row.subject_id, row.urgency, row.facts, row.created_at) for row in rows
    )
    counts = connection.execute(text(sql("notifications", "message_kinds")), {"message_id": message.message_id}).all()
    kinds = {row.kind: int(row.events) for row in counts}
    names = _names(connection, events) if is_named else {}
    return MessageView(message.ref, message.kind, message.urgency, sum(kinds.values()) or message.items, events, kinds, message.nonce, names,
                       message.recipient)  # fmt: skip


def _names(connection: Connection, events: Sequence[EventView]) -> dict[str, str]:
    ids = {str(event.facts[key]) for event in events for key in ("customer_id", "survivor_id") if event.facts.get(key)}
    found = connection.execute(text(sql("notifications", "customer_names")), {"ids": sorted(ids)})
    return {row.customer_id: row.name for row in found}


def _claimed(row: Any) -> Claimed:  # a result row
    return Claimed(row.message_id, row.ref, row.recipient, row.channel, row.kind, row.urgency, row.attempts, row.failures,
                   str(row.lease_token), row.nonce, row.items)  # fmt: skip


def _settled(message: Claimed, answer: Answer, state: str) -> AuditEvent:
    return AuditEvent(f"message:{state}", "message", str(message.message_id), "system:deliver",
                      new={"attempt": message.attempt, "outcome": answer.outcome}, cause={"ref": message.ref})  # fmt: skip


def _divert(connection: Connection, message: Claimed, others: Sequence[str], now: datetime) -> None:
    values = {"message_id": message.message_id, "channels": [name for name in others if name != message.channel]}
    taken = sorted(set(connection.execute(text(sql("notifications", "divert")), values).scalars()))
    append(connection, [
        AuditEvent("message:diverted", "message", str(message.message_id), "system:deliver", old={"channel": message.channel},
                   new={"channel": name}, cause={"ref": message.ref}) for name in taken
    ], at=now)  # fmt: skip


def _alarm(message: Claimed, alarm_to: Sequence[str], now: datetime) -> list[OutboxEvent]:
    if message.kind == "message_dead" or not alarm_to:
        return []
    key = f"message_dead:{message.channel}:{message.recipient}:{now:%Y-%m-%dT%H}"
    facts = {"channel": message.channel, "recipient": message.recipient, "attempts": message.attempt,
             "message_ref": message.ref, "message_kind": message.kind}  # fmt: skip
    return [OutboxEvent(key, "message_dead", "message", str(message.message_id), "high", tuple(alarm_to), facts)]
