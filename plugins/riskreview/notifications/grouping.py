"""Owns the rules by which events become messages: what comes singly, what goes into a digest, what waits. Pure."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from riskreview.policy.channels import Channel
from riskreview.policy.preferences import URGENCIES, QuietHours, Urgency

LOUD = ("critical", "high")
DIGEST = "digest"

NO_CHANNEL = "none"
"""Channel of a message nobody can be reached through; it is dead at once, and visible."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event for one person on one channel, not yet in a message."""

    item_id: int
    outbox_id: int
    event_key: str
    kind: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Recent:
    """What a person got on a channel within its digest window.

    :param digests: messages that were no single urgent one: also a digest of one event, which comes as that event, so that what trickles
        in is grouped like what comes at once.
    """

    singles: int = 0
    digests: int = 0


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message to make of one item, or of many as a digest."""

    event_key: str
    kind: str
    urgency: Urgency
    items: tuple[int, ...]


def plan(items: Sequence[Item], channel: Channel, recent: Recent) -> tuple[PlannedMessage, ...]:
    """Group the open items of one person on one channel.

    Critical and high events come singly, most urgent first, up to the channel's cap for the window. Everything else is one
    digest; it waits while a digest of this window exists, unless it holds a critical event. No item is ever dropped.
    """
    ordered = sorted(items, key=lambda item: (URGENCIES.index(item.urgency), item.outbox_id))
    loud = [item for item in ordered if item.urgency in LOUD]
    singles = loud[: max(channel.singles - recent.singles, 0)]
    rest = ordered[len(singles) :]
    alone = [PlannedMessage(item.event_key, item.kind, item.urgency, (item.item_id,)) for item in singles]
    if not rest or (recent.digests and rest[0].urgency != "critical"):
        return tuple(alone)
    return (*alone, _grouped(rest))


def _grouped(rest: Sequence[Item]) -> PlannedMessage:
    if len(rest) == 1:
        return PlannedMessage(rest[0].event_key, rest[0].kind, rest[0].urgency, (rest[0].item_id,))
    first = min(item.outbox_id for item in rest)
    return PlannedMessage(f"{DIGEST}:{first}", DIGEST, rest[0].urgency, tuple(item.item_id for item in rest))


def reference(event_key: str, recipient: str) -> str:
    """Return the visible Ref of an event for a person: the same on every channel and at every repeat."""
    digest = hashlib.sha256(f"{event_key}\n{recipient}".encode()).digest()
    letters = base64.b32encode(digest[:5]).decode()
    return f"RR-{letters[:4]}-{letters[4:]}"


def awake(items: Sequence[Item], quiet: QuietHours | None, time_zone: str, now: datetime) -> Sequence[Item]:
    """Return what may be told now: in the recipient's quiet hours the critical ones alone, so that the rest is grouped when they end."""
    if quiet is None or not quiet.holds(now.astimezone(ZoneInfo(time_zone)).time()):
        return items
    return [item for item in items if item.urgency == "critical"]


State = Literal["accepted", "refused", "unknown", "dead"]


def after_attempt(
    outcome: Literal["accepted", "refused", "unknown"], failures: int, backoff_minutes: Sequence[float]
) -> tuple[State, timedelta]:
    """Return the state after an attempt, ``failures`` counting it, and how long to wait; dead when all waits are used up."""
    if outcome == "accepted":
        return "accepted", timedelta()
    if failures > len(backoff_minutes):
        return "dead", timedelta()
    return outcome, timedelta(minutes=backoff_minutes[max(failures, 1) - 1])
