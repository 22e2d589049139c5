"""Owns the SQL of reviews: what is due, what a pack holds, and opening many at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from msgspec.json import decode
from sqlalchemy import Connection, text

from riskreview.foundation.binary_copy import Column, column_of_values, copy_portions
from riskreview.foundation.sql import sql
from riskreview.reviews.opening import DueReview, PlannedReview
from riskreview.reviews.pack import Pack
from riskreview.reviews.ties import ALONE, ties_of

Key = tuple[int, str, str]
"""Customer key, policy line and period of a review."""

PORTION = 500
"""Reviews whose packs are made while the server takes those before them."""
COLUMNS = {
    "customer_key": "int8", "kind": "text", "policy_line": "text", "period_key": "text", "period_months": "int2",
    "state": "text", "owner": "text", "deputy": "text", "risk_class": "int2", "due_on": "date", "opened_on": "date",
    "opened_at": "timestamptz", "is_late": "bool", "calendar_incomplete": "bool", "run_id": "int8", "pack": "bytea",
    "pack_sha256": "text", "snapshot_sha256": "text", "policy_digest": "text", "causes": "text[]", "wanted_on": "date",
    "due_that_week": "int4", "moved_because": "text", "cadence_because": "text", "checklist_digest": "text",
}  # fmt: skip
"""What a review is opened with, and the types of it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A review that was opened now."""

    review_id: int
    version: int


@dataclass(frozen=True, slots=True)
class PackContent:
    """What the database knows about a customer, as JSON documents."""

    customer_key: int
    customer: Mapping[str, Any]  # JSON has any shape
    assessment: Mapping[str, Any]
    breaches: Sequence[Any]
    signals: Sequence[Any]
    class_changes: Sequence[Any]
    last_review: Mapping[str, Any] | None
    last_assessment: Mapping[str, Any] | None
    ties: Mapping[str, Any]
    last_ties: Mapping[str, Any] | None


def due_reviews(connection: Connection, asked: Mapping[str, object]) -> tuple[DueReview, ...]:
    """Return the reviews that are due and not open yet, by customer key.

    :param asked: what ``rhythm.due_parameters`` makes of the policies.
    """
    rows = connection.execute(text(sql("reviews", "due_reviews")), dict(asked))
    return tuple(
        DueReview(r.customer_key, r.customer_id, r.kind, r.policy_line, r.period_key, r.period_months, r.due_from,
                  tuple(r.causes), r.because, r.risk_class, float(r.exposure or 0), r.owner_user) for r in rows
    )  # fmt: skip


def load_from(connection: Connection, day: date) -> dict[tuple[str, date], int]:
    """Return how many open reviews fall due, by owner and day, from ``day`` on."""
    rows = connection.execute(text(sql("reviews", "load_from")), {"day": day})
    return {(row.owner, row.due_on): int(row.reviews) for row in rows}


def agreed_months(connection: Connection) -> tuple[int, ...]:
    """Return the rhythms people agreed on for single customers."""
    return tuple(connection.execute(text(sql("reviews", "agreed_months"))).scalars())


def list_reviews(connection: Connection, **wanted: object) -> list[dict[str, Any]]:
    """Return reviews, the earliest due first; see ``list_reviews.sql`` for what may be wanted."""
    values = {
        "owner": None,
        "state": None,
        "kind": None,
        "customer_key": None,
        "is_open": False,
        "how_many": 50,
        **wanted,
    }
    return [dict(row) for row in connection.execute(text(sql("reviews", "list_reviews")), values).mappings()]


def list_cadences(connection: Connection, *, customer_key: int | None, how_many: int) -> list[dict[str, Any]]:
    """Return agreed and proposed rhythms, the newest first."""
    values = {"customer_key": customer_key, "how_many": how_many}
    return [dict(row) for row in connection.execute(text(sql("reviews", "list_cadences")), values).mappings()]


def pack_contents(connection: Connection, customer_keys: Sequence[int], *, as_of: date) -> Iterator[PackContent]:
    """Yield what the packs of these customers hold."""
    values = {"customer_keys": list(customer_keys), "as_of": as_of}
    ties = ties_of(connection, customer_keys, as_of=as_of)
    for row in connection.execute(text(sql("reviews", "pack_contents")), values):
        found = decode(row.content)
        stored = found["assessment"]
        assessed = {**stored, "risk_class": row.read_class, "last_class": stored["risk_class"]}
        yield PackContent(row.customer_key, found["customer"], assessed, found["breaches"], found["signals"],
                          found["class_changes"], found["last_review"], found["last_assessment"],
                          ties.get(row.customer_key, ALONE), found["last_ties"])  # fmt: skip


def assessment_run(connection: Connection) -> dict[str, object]:
    """Return run, date, policy, result digest and pinned versions of the assessment the classes come from; empty before the first."""
    row = connection.execute(text(sql("reviews", "assessment_run"))).mappings().first()
    return dict(row) if row is not None else {}


def assessed_policy(connection: Connection) -> str | None:
    """Return the canonical text of the policy the current classes were judged by, None when it was not stored."""
    content: str | None = connection.execute(text(sql("reviews", "assessed_policy"))).scalar()
    return content


def count_open(connection: Connection) -> int:
    """Return how many reviews are not finished."""
    return int(connection.execute(text(sql("reviews", "count_open"))).scalar_one())


def planned_reviews(connection: Connection, *, as_of: date) -> tuple[DueReview, ...]:
    """Return the reviews people planned whose day has come, locked, by customer key."""
    rows = connection.execute(text(sql("reviews", "planned_reviews")), {"as_of": as_of})
    return tuple(
        DueReview(r.customer_key, r.customer_id, r.kind, r.policy_line, r.period_key, None, r.due_from, (), "asked", r.risk_class,
                  float(r.exposure or 0), r.owner_user, r.review_id) for r in rows
    )  # fmt: skip


def lock_opening(connection: Connection) -> None:
    """Let one pass open reviews at a time; what it finds due then, nobody else is opening."""
    connection.execute(text(sql("reviews", "lock_opening")))


@dataclass(frozen=True, slots=True)
class Insertion:
    """What the reviews of one opening are stored with.

    :param pack_of: freezes the pack of a review; called while the server takes the ones before.
    :param checklists: digest of the checklist, by key.
    """

    pack_of: Callable[[DueReview], Pack]
    checklists: Mapping[Key, str]
    opened_on: date
    opened_at: datetime
    run_id: int
    policy_digest: str

    def copy(self, connection: Connection, table: str, planned: Sequence[PlannedReview]) -> None:
        """Send reviews to a table that has the columns."""
        portions = (self._columns(planned[start : start + PORTION]) for start in range(0, len(planned), PORTION))
        copy_portions(connection, table, portions, tuple(COLUMNS))

    def _columns(self, planned: Sequence[PlannedReview]) -> list[Column]:
        columns = zip(*map(self._cells, planned), strict=True)
        return [
            column_of_values(name, kind, cells) for (name, kind), cells in zip(COLUMNS.items(), columns, strict=True)
        ]

    def _cells(self, item: PlannedReview) -> tuple[object, ...]:
        """Return the cells of a review in the order of ``COLUMNS``."""
        due, day, pack = item.due, item.day, self.pack_of(item.due)
        return (due.customer_key, due.kind, due.policy_line, due.period_key, due.period_months, "assigned", item.assignment.owner,
                item.assignment.deputy, due.risk_class, day.due_on, self.opened_on, self.opened_at, item.is_late,
                day.calendar_incomplete, self.run_id, pack.body, pack.sha256, pack.sha256, self.policy_digest, due.causes,
                day.wanted_on, day.due_that_week, day.moved_because, due.because, self.checklists[due.key])  # fmt: skip


def insert_reviews(
    connection: Connection, planned: Sequence[PlannedReview], insertion: Insertion
) -> list[tuple[Opened, PlannedReview]]:
    """Open reviews by COPY, after ``lock_opening``; return them without those that stopped waiting meanwhile."""
    insertion.copy(connection, "review", [item for item in planned if item.due.review_id is None])
    waiting = [item for item in planned if item.due.review_id is not None]
    if waiting:
        connection.execute(text(sql("reviews", "create_landing")))
        insertion.copy(connection, "review_landing", waiting)
        connection.execute(text(sql("reviews", "open_planned")))
    customers, lines, periods = zip(*(item.due.key for item in planned), strict=True)
    values = {"customer_keys": list(customers), "policy_lines": list(lines), "period_keys": list(periods)}
    rows = connection.execute(text(sql("reviews", "opened_numbers")), values)
    found = {
        (row.customer_key, row.policy_line, row.period_key): Opened(int(row.review_id), int(row.version))
        for row in rows
    }
    return [(found[item.due.key], item) for item in planned if item.due.key in found]
