"""Owns the calendar entry of a duty: an iCalendar file (RFC 5545) a mail carries, so that the due date stands in the reader's calendar.

It blocks no time. A repeated message has the same entry, which calendars recognize by its UID.
"""

from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from riskreview.notifications.content import EventView
from riskreview.notifications.words import due_of, parsed_moment

ENTERED = frozenset({
    "review_opened", "review_in_approval", "review_appealed", "review_information", "review_to_implement", "review_reassigned",
    "review_reopened", "opinion_proposed", "cadence_proposed", "policy_proposed", "override_proposed", "model_proposed", "batch_held", "playbook_activated",
    "activation_steps_ended", "activation_looked_back", "step_assigned", "duty_taken_over", "measure_proposed", "measure_to_implement",
    "measure_expiring", "measure_reversal_asked", "training_assigned", "campaign_counted",
})  # fmt: skip
"""Kinds that begin a duty of somebody; reminders and escalations of the same duty bring no second entry."""

SLOT = timedelta(minutes=30)
"""How long the entry of a duty with a time is shown; it ends when the duty is due."""


def calendar_entry(event: EventView, *, ref: str, subject: str, todo: str, link: str) -> str | None:
    """Return the entry of an event that begins a duty with a due date or time, else None.

    :param ref: the visible reference of the message, which is the same for every repeat.
    """
    due = parsed_moment(due_of(event.facts)) if event.kind in ENTERED else None
    if due is None or event.told_at is None:
        return None
    entry = Event()
    entry.add("uid", f"{ref.lower()}@riskreview")
    entry.add("dtstamp", event.told_at)
    entry.add("summary", subject)
    entry.add("description", f"{todo}\n{link}")
    entry.add("url", link)
    entry.add("transp", "TRANSPARENT")
    begin, end = _slot(due)
    entry.add("dtstart", begin)
    entry.add("dtend", end)
    calendar = Calendar()
    calendar.add("prodid", "-//riskreview//duties//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return str(calendar.to_ical().decode("utf-8"))


def _slot(due: date | datetime) -> tuple[date | datetime, date | datetime]:
    if isinstance(due, datetime):
        return due - SLOT, due
    return due, due + timedelta(days=1)
