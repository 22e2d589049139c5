"""Owns the calendar entries of duties: the iCalendar file (RFC 5545, 5546) a mail carries, so that due dates stand in the reader's calendar.

They block no time. What one person owes of one thing is one entry, known by its UID: a repeat changes nothing, a later message with
another date moves it, and a message that it is not theirs any more takes it away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event, vCalAddress

from riskreview.notifications.content import CalendarFile, EventView
from riskreview.notifications.words import due_of, parsed_moment

ENTERED = frozenset({
    "review_opened", "review_in_approval", "review_appealed", "review_information", "review_to_implement", "review_reassigned",
    "review_reopened", "opinion_proposed", "cadence_proposed", "policy_proposed", "override_proposed", "model_proposed", "batch_held", "playbook_activated",
    "activation_steps_ended", "activation_looked_back", "step_assigned", "duty_taken_over", "measure_proposed", "measure_to_implement",
    "measure_expiring", "measure_reversal_asked", "training_assigned", "campaign_counted", "campaign_returned",
})  # fmt: skip
"""Kinds that begin a duty of somebody; reminders and escalations of the same duty bring no second entry."""

LEFT = frozenset({"review_withdrawn", "review_cancelled", "review_settled", "activation_stood_down", "passed_on"})
"""Kinds that say to whoever had a duty that it is not theirs any more."""

SLOT = timedelta(minutes=30)
"""How long the entry of a duty with a time is shown; it ends when the duty is due."""

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""Whence the seconds count that say which of two messages about one entry is the later one."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the calendar shows it."""

    event: EventView
    subject: str
    todo: str
    link: str


def calendar_file(told: Sequence[Told], *, recipient: str, host: str) -> CalendarFile | None:
    """Return the file of a message with the entries that begin, move or are taken away; None where there are none.

    One entry that is taken away is a cancellation. Of several a published calendar says it of each, since RFC 5546 lets a
    cancellation speak of one thing.

    :param host: of the console, which keeps entries of two instances apart.
    """
    newest: dict[str, Told] = {}
    for item in sorted(told, key=lambda item: item.event.told_at or FIRST):
        if item.event.told_at is not None and (item.event.kind in LEFT or _begins(item.event)):
            newest[_uid(item.event, recipient, host)] = item
    if not newest:
        return None
    is_cancelled = len(newest) == 1 and next(iter(newest.values())).event.kind in LEFT
    calendar = Calendar()
    calendar.add("prodid", "-//riskreview//duties//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    for uid, item in newest.items():
        calendar.add_component(_entry(uid, item))
    return CalendarFile(str(calendar["method"]), str(calendar.to_ical().decode("utf-8")))


def from_sender(file: CalendarFile, sender: str) -> str:
    """Return a file's text with the mail address its entries come from, which both methods ask for."""
    calendar = Calendar.from_ical(file.text)
    for entry in calendar.walk("VEVENT"):
        entry.add("organizer", vCalAddress(f"mailto:{sender}"))
    return str(calendar.to_ical().decode("utf-8"))


def _begins(event: EventView) -> bool:
    return event.kind in ENTERED and parsed_moment(due_of(event.facts)) is not None


def _uid(event: EventView, recipient: str, host: str) -> str:
    name = sha256(f"{event.subject_type}\n{event.subject_id}\n{recipient}".encode()).hexdigest()
    return f"{name[:32]}@{host}"


def _entry(uid: str, item: Told) -> Event:
    event, entry = item.event, Event()
    told_at = event.told_at or FIRST
    entry.add("uid", uid)
    entry.add("dtstamp", told_at)
    entry.add("sequence", max(int((told_at - FIRST).total_seconds()), 0))
    entry.add("summary", item.subject)
    entry.add("description", f"{item.todo}\n{item.link}")
    entry.add("url", item.link)
    entry.add("transp", "TRANSPARENT")
    if event.kind in LEFT:
        entry.add("status", "CANCELLED")
    due = parsed_moment(due_of(event.facts))
    begin, end = _slot(told_at.date() if due is None else due)
    entry.add("dtstart", begin)
    entry.add("dtend", end)
    return entry


def _slot(due: date | datetime) -> tuple[date | datetime, date | datetime]:
    if isinstance(due, datetime):
        return due - SLOT, due
    return due, due + timedelta(days=1)
