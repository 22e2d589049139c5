"""Owns the SQL of reviews: what is due, what a pack holds, and opening many at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.reviews.opening import DueReview, PlannedReview
from riskreview.reviews.pack import Pack


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


def list_cadences(connection: Connection, *, customer_key: int | None, how_many: int) -> list[dict[str, Any]]:
    """Return agreed and proposed rhythms, the newest first."""
    values = {"customer_key": customer_key, "how_many": how_many}
    return [dict(row) for row in connection.execute(text(sql("reviews", "list_cadences")), values).mappings()]


def pack_contents(connection: Connection, customer_keys: Sequence[int], *, as_of: date) -> Iterator[PackContent]:
    """Yield what the packs of these customers hold."""
    values = {"customer_keys": list(customer_keys), "as_of": as_of}
    for row in connection.execute(text(sql("reviews", "pack_contents")), values):
        yield PackContent(*row)


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


def insert_reviews(
    connection: Connection, planned: Sequence[PlannedReview], packs: Mapping[int, Pack], *,
    opened_on: date, opened_at: datetime, run_id: int, policy_digest: str,
) -> dict[int, int]:  # fmt: skip
    """Open reviews by COPY and return review id by customer key for those that were new."""
    connection.execute(text(sql("reviews", "create_landing")))
    stream = BytesIO(b"".join(_line(item, packs[item.due.customer_key]) for item in planned))
    raw = connection.connection.driver_connection
    if raw is None:
        raise ConnectionError("the database connection was closed")
    with raw.cursor() as cursor:
        cursor.copy_expert(sql("reviews", "copy_landing"), stream)
    values = {"opened_on": opened_on, "opened_at": opened_at, "run_id": run_id, "policy_digest": policy_digest}
    rows = connection.execute(text(sql("reviews", "open_from_landing")), values)
    return {int(row.customer_key): int(row.review_id) for row in rows}


def _line(item: PlannedReview, pack: Pack) -> bytes:
    due = item.due
    causes = "{" + ",".join(f'"{cause}"' for cause in due.causes) + "}"
    cells = (due.customer_key, due.kind, due.policy_line, due.period_key, due.period_months, item.assignment.owner,
             item.assignment.deputy, due.risk_class, item.due_on, item.is_late, item.day.calendar_incomplete, causes,
             item.day.wanted_on, item.day.due_that_week, item.day.moved_because, due.because)  # fmt: skip
    text_cells = "\t".join("\\N" if cell is None else str(cell) for cell in cells)
    return f"{text_cells}\t\\\\x{pack.body.hex()}\t{pack.sha256}\n".encode()
