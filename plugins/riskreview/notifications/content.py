"""Owns the shapes between rendering, sending and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from riskreview.policy.channels import Channel

Outcome = Literal["accepted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class EventView:
    """One event as a template sees it; ``told_at`` is when it was recorded."""

    kind: str
    subject_type: str
    subject_id: str
    urgency: str
    facts: Mapping[str, object]
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """What a message is about.

    :param events: the most urgent ones, as many as a digest lists.
    :param kinds: number of all its events by kind.
    :param nonce: makes the acknowledgement link single-use.
    :param names: of customers by id, where the channel may carry them.
    :param recipient: the person it goes to.
    """

    ref: str
    kind: str
    urgency: str
    items: int
    events: tuple[EventView, ...]
    kinds: Mapping[str, int]
    nonce: str
    names: Mapping[str, str] = field(default_factory=dict)
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """An iCalendar file and what it asks a calendar to do with its entries."""

    method: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """One rendered message.

    :param text: without formatting; ``chat`` is Markdown for chat services. Both are within the channel's byte limit.
    :param sha256: of all forms, kept in the ledger as evidence of what was sent.
    :param calendar: iCalendar file of the times until which duties must be done, for channels that can attach one.
    """

    ref: str
    urgency: str
    subject: str
    text: str
    html: str
    chat: str
    link: str
    button: str
    sha256: str
    calendar: CalendarFile | None = None

    def parted(self) -> tuple[str, str]:
        """Return the head of the chat form and the rest, for services that show a title by themselves, so that it is shown once."""
        head, gap, rest = self.chat.partition("\n\n")
        return (head.strip("*"), rest) if gap else ("", self.chat)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: a filled-in URL, the robot's signing secret and the person's address there."""

    url: str
    secret: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a send.

    ``accepted``: the service said yes. ``refused``: it said no, or was not reached, and nothing was delivered. ``unknown``: nobody knows.

    :param detail: code and sentence, without addresses, URLs or secrets.
    :param retry_after: seconds the service asked to wait; such an answer does not count as a failure.
    """

    outcome: Outcome
    detail: str
    retry_after: float | None = None


class Sender(Protocol):
    """Something that can send a message through one kind of channel."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Send once, without retry, and say what became of it; raises nothing the network can cause."""
