"""Owns recording, in the transaction of a state change, that somebody has to be told. Delivery is the notifications room's."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql

Urgency = Literal["critical", "high", "normal", "low"]


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """Something people must hear of.

    :param event_key: natural key; the same key is recorded once, however often a stage runs.
    :param kind: name of the message template, such as ``review_opened``.
    :param audience: person ids.
    :param facts: ids, classes, dates and counts for the template; never names, balances or contact data.
    :param suppressed_reason: recorded but not sent, such as during a backfill.
    """

    event_key: str
    kind: str
    subject_type: str
    subject_id: str
    urgency: Urgency
    audience: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    suppressed_reason: str | None = None


_SUPPRESSED: ContextVar[str | None] = ContextVar("outbox_suppressed", default=None)


@contextmanager
def suppressed(reason: str | None) -> Iterator[None]:
    """Record what the block enqueues with a reason not to send it; None changes nothing."""
    token = _SUPPRESSED.set(reason or _SUPPRESSED.get())
    try:
        yield
    finally:
        _SUPPRESSED.reset(token)


def enqueue(connection: Connection, events: Sequence[OutboxEvent], *, at: datetime) -> int:
    """Record events in the caller's transaction; a key that is already there is left alone. Returns how many were sent in."""
    everywhere = _SUPPRESSED.get()
    rows = [
        {"position": position, "event_key": item.event_key, "kind": item.kind, "subject_type": item.subject_type,
         "subject_id": item.subject_id, "urgency": item.urgency, "audience": list(item.audience), "facts": dict(item.facts),
         "suppressed_reason": item.suppressed_reason or everywhere}
        for position, item in enumerate(events)
    ]  # fmt: skip
    if rows:
        connection.execute(text(sql("mechanisms", "enqueue_outbox")), {"rows": json_rows(rows), "at": at})
    return len(rows)
