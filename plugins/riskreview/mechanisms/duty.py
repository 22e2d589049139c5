"""Owns the one timer: who must act until when, who is reminded, to whom it goes up, and when the ladder is used up.

A duty is opened and closed by the room that owns its subject, in that room's transaction. Only ``sweep`` moves it up its ladder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, Urgency, enqueue

SHORTEST_STEP = timedelta(hours=1)
"""Time a person keeps to answer before the next rung, even when the sweep comes late."""

AFTER_LAST_RUNG = timedelta(hours=24)
"""Time after the last rung until the ladder counts as used up, where the ladder does not tell by its own rhythm."""

Rise = Literal["duty_reminder", "duty_escalated", "duty_exhausted"]

URGENCY: Mapping[Rise, Urgency] = {"duty_reminder": "normal", "duty_escalated": "high", "duty_exhausted": "critical"}
"""How urgently each kind of rung is told."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder.

    :param after_hours: hours after the due time; negative for a reminder before it.
    :param audience: person ids, or the words ``owner`` and ``deputy``.
    :param level: 0 is a reminder, 1 and above an escalation to that level.
    :param at: the exact moment where a business calendar decided it; wins over ``after_hours``.
    """

    after_hours: float
    audience: tuple[str, ...]
    level: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewDuty:
    """A duty to open; (kind, subject_type, subject_id) is its natural key.

    :param role: by which the owner has it; one of ``roles``, or another word where the owner has it for being who they are.
    :param facts: ids, classes and dates for the messages; never names, balances or contact data.
    :param roles: whoever has one of them may take it over from an owner who is gone; empty for a duty that goes where its subject goes.
    :param barred: who may never have it, such as the proposer of what it decides.
    """

    kind: str
    subject_type: str
    subject_id: str
    role: str
    owner: str
    deputy: str | None
    due_at: datetime
    ladder: tuple[Rung, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()

    def of_its_subject(self) -> "NewDuty":
        """Return the duty as one that goes where its subject goes."""
        return replace(self, roles=())


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """How many duties one sweep moved."""

    reminded: int = 0
    escalated: int = 0
    exhausted: int = 0

    @property
    def total(self) -> int:
        """All duties moved."""
        return self.reminded + self.escalated + self.exhausted


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one due duty: the event to send and when its next rung is due (None: never)."""

    kind: Rise
    rung: Rung | None
    audience: tuple[str, ...]
    next_at: datetime | None


def open_duties(connection: Connection, duties: Sequence[NewDuty], *, at: datetime) -> int:
    """Open duties in the caller's transaction; one that exists already is left alone. Returns how many are new.

    :raises ValueError: when a ladder's rungs are not in the order of time.
    """
    if not duties:
        return 0
    ladders: dict[tuple[datetime, tuple[Rung, ...]], _Ladder] = {}
    rows = [_row(item, _shared(ladders, item)) for item in duties]
    values = {"rows": json_rows(rows), "at": at,
              "ladders": json_rows([found.rungs for found in ladders.values()])}  # fmt: skip
    return connection.execute(text(sql("mechanisms", "duty_open")), values).rowcount


def close_duties(
    connection: Connection, kind: str | None, subject_type: str, subject_ids: Sequence[str], *,
    at: datetime, state: Literal["done", "cancelled"] = "done",
) -> int:  # fmt: skip
    """Close the duties of one kind (None: of every kind) for the given subjects; nothing is sent for them any more.

    Returns how many were closed.
    """
    values = {"kind": kind, "subject_type": subject_type, "subject_ids": list(subject_ids), "at": at, "state": state}
    return connection.execute(text(sql("mechanisms", "duty_close")), values).rowcount


def pause_duties(
    connection: Connection, subject_type: str, subject_id: str, *, person: str, at: datetime, expires: timedelta
) -> int:
    """Stop the ladders of a subject because a person acknowledged; they go on after the due time, at least ``expires`` later.

    Only ladders in which the person is owner, deputy or in the audience of a rung. Returns how many were stopped.
    """
    values = {"subject_type": subject_type, "subject_id": subject_id, "person": person, "at": at, "until": at + expires}
    paused = connection.execute(text(sql("mechanisms", "duty_pause")), values).all()
    events = [
        AuditEvent("duty:acknowledged", "duty", str(row.duty_id), person, new={"next_at": row.next_at}, cause={
            "subject": f"{subject_type}:{subject_id}"}) for row in paused
    ]  # fmt: skip
    append(connection, events, at=at)
    return len(paused)


def hold_duties(connection: Connection, subject_type: str, subject_id: str, *, until: datetime) -> int:
    """Keep the ladders of a subject silent until a moment; due times stay. Returns how many."""
    values = {"subject_type": subject_type, "subject_id": subject_id, "until": until}
    return connection.execute(text(sql("mechanisms", "duty_hold")), values).rowcount


def hand_over_duties(  # noqa: PLR0913, RUF100  the parts of one handover
    connection: Connection, subject_type: str, subject_ids: Sequence[str], *, old: str, owner: str, deputy: str | None, at: datetime
) -> int:  # fmt: skip
    """Give what ``old`` still owes for some subjects to another owner, exhausted duties too, but no duty that names who else may have it.

    Returns how many.

    Their time goes on; what ``old`` had acknowledged is silent no longer.
    """
    values = {
        "subject_type": subject_type,
        "subject_ids": list(subject_ids),
        "old": old,
        "owner": owner,
        "deputy": deputy,
        "soonest": at + SHORTEST_STEP,
    }
    return connection.execute(text(sql("mechanisms", "duty_hand_over")), values).rowcount


def sweep(connection: Connection, *, now: datetime, limit: int = 2000) -> SweepCounts:
    """Move at most ``limit`` due duties up one rung each, with audit and outbox events, in the caller's transaction.

    Duties locked by another sweep or by a decision are left to it. A second sweep at the same moment moves nothing.
    """
    due = connection.execute(text(sql("mechanisms", "duty_due")), {"now": now, "limit": limit}).all()
    if not due:
        return SweepCounts()
    steps = [
        (row, next_step(row.ladder, row.level, row.due_at, owner=row.owner, deputy=row.deputy, now=now)) for row in due
    ]
    moved = [{"duty_id": row.duty_id, "next_at": step.next_at, "state": _state(step)} for row, step in steps]
    connection.execute(text(sql("mechanisms", "duty_move")), {"rows": json_rows(moved), "now": now})
    enqueue(connection, [_outbox_event(row, step) for row, step in steps], at=now)
    append(connection, [_audit_event(row, step) for row, step in steps], at=now)
    kinds = [step.kind for _, step in steps]
    return SweepCounts(kinds.count("duty_reminder"), kinds.count("duty_escalated"), kinds.count("duty_exhausted"))


def next_step(
    ladder: Sequence[Mapping[str, Any]], passed: int, due_at: datetime, *, owner: str, deputy: str | None, now: datetime
) -> Step:
    """Return what the next rung of a ladder does, ``passed`` rungs having been reached before.

    The rung after this one is never due before the person has had time to answer, however late the sweep comes.
    """
    people = {"owner": owner, "deputy": deputy}
    if passed >= len(ladder):
        everybody = [name for rung in ladder for name in rung["audience"]] or ["owner"]
        return Step("duty_exhausted", None, _named(["owner", *everybody], people), None)
    rung = _rung(ladder[passed])
    following = _moment(ladder[passed + 1], due_at) if passed + 1 < len(ladder) else _end_of(ladder, due_at)
    kind: Rise = "duty_reminder" if rung.level <= 0 else "duty_escalated"
    planned = following - _moment(ladder[passed], due_at)
    next_at = max(following, now + min(planned, SHORTEST_STEP), now + timedelta(seconds=1))
    return Step(kind, rung, _named(rung.audience or ("owner",), people), next_at)


@dataclass(frozen=True, slots=True)
class _Ladder:
    """A ladder as it is stored, once for all duties that have it; ``place`` is its place among them."""

    place: int
    rungs: list[dict[str, object]]
    first: datetime


def _shared(ladders: dict[tuple[datetime, tuple[Rung, ...]], _Ladder], item: NewDuty) -> _Ladder:
    known = ladders.get((item.due_at, item.ladder))
    if known is not None:
        return known
    rungs: list[dict[str, object]] = [
        {"after_hours": rung.after_hours, "audience": rung.audience, "level": rung.level, "at": rung.at}
        for rung in item.ladder
    ]
    moments = [_moment(rung, item.due_at) for rung in rungs]
    if moments != sorted(moments):
        raise ValueError(
            f"the rungs of duty {item.kind} of {item.subject_type} {item.subject_id} are not in order of time"
        )
    return ladders.setdefault(
        (item.due_at, item.ladder), _Ladder(len(ladders), rungs, moments[0] if moments else item.due_at)
    )


def _row(item: NewDuty, ladder: _Ladder) -> dict[str, object]:
    return {"kind": item.kind, "subject_type": item.subject_type, "subject_id": item.subject_id, "role": item.role,
            "owner": item.owner, "deputy": item.deputy, "due_at": item.due_at, "next_at": ladder.first, "ladder": ladder.place,
            "facts": dict(item.facts), "roles": item.roles, "barred": item.barred}  # fmt: skip


def _rung(stored: Mapping[str, Any]) -> Rung:
    at = stored.get("at")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Rung(float(stored["after_hours"]), tuple(stored["audience"]), int(stored["level"]), moment)


def _moment(stored: Mapping[str, Any], due_at: datetime) -> datetime:
    rung = _rung(stored)
    return rung.at or due_at + timedelta(hours=rung.after_hours)


def _end_of(ladder: Sequence[Mapping[str, Any]], due_at: datetime) -> datetime:
    last = _moment(ladder[-1], due_at)
    gap = last - _moment(ladder[-2], due_at) if len(ladder) > 1 else AFTER_LAST_RUNG
    return max(last + max(gap, SHORTEST_STEP), due_at)


def _named(audience: Sequence[str], people: Mapping[str, str | None]) -> tuple[str, ...]:
    names = [people.get(name, name) for name in audience]
    return tuple(dict.fromkeys(name for name in names if name)) or (str(people["owner"]),)


def _state(step: Step) -> str:
    return "exhausted" if step.rung is None else "open"


def _outbox_event(row: Any, step: Step) -> OutboxEvent:  # a result row has the columns of its statement
    facts = {**row.facts, "duty_kind": row.kind, "role": row.role, "owner": row.owner, "deputy": row.deputy,
             "due_at": row.due_at, "level": step.rung.level if step.rung else None, "next_at": step.next_at,
             "duty_id": row.duty_id}  # fmt: skip
    key = f"duty:{row.duty_id}:{row.level + 1}"
    return OutboxEvent(key, step.kind, row.subject_type, row.subject_id, URGENCY[step.kind], step.audience, facts)


def _audit_event(row: Any, step: Step) -> AuditEvent:  # a result row has the columns of its statement
    verb = step.kind.removeprefix("duty_").replace("reminder", "reminded")
    return AuditEvent(f"duty:{verb}", "duty", str(row.duty_id), "system:escalate", old={"level": row.level},
                      new={"level": row.level + 1, "audience": list(step.audience)},
                      cause={"subject": f"{row.subject_type}:{row.subject_id}", "kind": row.kind})  # fmt: skip
