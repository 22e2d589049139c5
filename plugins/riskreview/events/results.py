"""Owns what receiving and taking events gives to later rooms. Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Way = Literal["webhook", "queue", "command"]


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a message; a repeat of it gets the same one.

    :param repeated: it had been received before, so nothing was added.
    """

    event_id: int
    received_at: datetime
    repeated: bool

    @property
    def reference(self) -> str:
        """What people and senders call the event."""
        return f"EV-{self.event_id}"


@dataclass(frozen=True, slots=True)
class Collected:
    """What looking into the queue folder came to."""

    received: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one message: a verb of its lifecycle, with the batch's problem where it is held."""

    event_id: int
    verb: Literal["resume", "hold", "quarantine", "evaluate"]
    problem: str = ""
