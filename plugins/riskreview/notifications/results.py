"""Owns what the use cases of this room return."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """What one delivery did.

    :param queued: messages made from events in this tick.
    :param digested: events that went into a digest in this tick.
    :param waiting: events whose digest is not due yet, and messages not tried yet.
    :param suppressed: events recorded but not to be sent.
    :param dead: messages given up in this tick.
    :param overtaken: messages that waited until nothing they tell of was to be done any more; they are not sent.
    """

    queued: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    digested: int = 0
    waiting: int = 0
    suppressed: int = 0
    dead: int = 0
    overtaken: int = 0


@dataclass(frozen=True, slots=True)
class EscalationCounts:
    """How many duties one sweep moved."""

    reminded: int = 0
    escalated: int = 0
    exhausted: int = 0
