"""Owns what happens to opinions by itself: one is first rested on, its days are over, facts overtake it. Sets, in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from riskreview.mechanisms.duty import close_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.opinions import store
from riskreview.opinions.lifecycle import OPINION

Cause = Mapping[str, object]
OVERTAKEN, SIGNALED, DAYS_OVER = "new alarm or hard rule", "new signal", "its days are over"
MERGED = "its customer turned out to be one with another; say it of that one"


def activate(connection: Connection, opinion_ids: Sequence[int], *, actor: str, at: datetime, cause: Cause) -> int:
    """Note that an assessment rests on opinions; those it rested on before stay as they are. Returns how many are new."""
    return len(
        apply_many(connection, OPINION, "activate", opinion_ids, actor=actor, roles=(SYSTEM,), at=at, cause=cause)
    )


def expire(connection: Connection, *, actor: str, on_day: date, at: datetime, cause: Cause) -> int:
    """End the opinions whose days are over and tell their people. Returns how many."""
    return _end(connection, "expire", store.expired(connection, on_day=on_day), DAYS_OVER, actor, on_day, at, cause)


def lapse(
    connection: Connection, opinion_ids: Sequence[int], *, actor: str, on_day: date, at: datetime, cause: Cause
) -> int:
    """End the opinions and proposals that facts overtook and tell their people. Returns how many."""
    return _end(connection, "lapse", opinion_ids, OVERTAKEN, actor, on_day, at, cause)


def follow_merges(connection: Connection, *, actor: str, on_day: date, at: datetime, cause: Cause) -> int:
    """End, about customers that another one took over, the proposals and what made them look better; tell their people.

    What was said to the worse goes on and counts for the customer that lives on. Repeating it changes nothing. Returns how many ended.
    """
    return _end(connection, "lapse", store.overtaken_by_merge(connection), MERGED, actor, on_day, at, cause)


def lapse_by_signals(
    connection: Connection, customer_keys: Collection[int], *, actor: str, on_day: date, at: datetime, cause: Cause
) -> int:
    """End the opinions to the better about customers with a new alarm, made on facts from before it. Returns how many."""
    chosen = store.answered_by_signals(connection, customer_keys, on_day=on_day) if customer_keys else []
    return _end(connection, "lapse", chosen, SIGNALED, actor, on_day, at, cause)


def _end(  # noqa: PLR0913, PLR0917, RUF100  the parts of one end
    connection: Connection, verb: str, opinion_ids: Sequence[int], reason: str, actor: str, on_day: date, at: datetime, cause: Cause
) -> int:  # fmt: skip
    if not opinion_ids:
        return 0
    changes = {"ended_on": on_day, "ended_by": actor, "end_reason": reason}
    moved = apply_many(
        connection, OPINION, verb, opinion_ids, actor=actor, roles=(SYSTEM,), at=at, changes=changes, cause=cause
    )
    close_duties(connection, "opinion_decision", "opinion", [str(key) for key in moved], at=at, state="cancelled")
    enqueue(connection, [told_of_end(ended, verb) for ended in store.read_people(connection, moved)], at=at)
    return len(moved)


def told_of_end(ended: store.Ended, verb: str) -> OutboxEvent:
    """Return the message to the people of an opinion that ended."""
    people = tuple(person for person in dict.fromkeys((ended.author, ended.decided_by)) if person)
    facts = {
        "opinion_id": ended.opinion_id,
        "customer_id": ended.customer_id,
        "opinion_kind": ended.kind,
        "opinion_end": verb,
    }
    return OutboxEvent(
        f"opinion_ended:{ended.opinion_id}", "opinion_ended", "opinion", str(ended.opinion_id), "normal", people, facts
    )
