"""Owns the freeze: while a review of a customer is overdue, nothing about the customer is relaxed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class OverdueReview:
    """A review that should have been decided by now, and who can.

    :param ask: its owner, or who was asked to approve it.
    """

    review_id: int
    customer_key: int
    customer_id: str
    due_on: date
    ask: str


def overdue_reviews(connection: Connection, customer_keys: Sequence[int], *, on_day: date) -> dict[int, OverdueReview]:
    """Return the review that is overdue for longest of each of the customers, as far as they have one."""
    values = {"customer_keys": list(customer_keys), "on_day": on_day}
    rows = connection.execute(text(sql("mechanisms", "overdue_reviews")), values)
    return {
        row.customer_key: OverdueReview(row.review_id, row.customer_key, row.customer_id, row.due_on, row.ask)
        for row in rows
    }


def check_may_relax(connection: Connection, customer_key: int, *, on_day: date, what: str) -> None:
    """Check that no review of the customer is overdue.

    :param what: what would be relaxed, such as ``raise_limit``.
    :raises RuleViolation: naming the review and whom to ask.
    """
    late = overdue_reviews(connection, [customer_key], on_day=on_day).get(customer_key)
    if late is not None:
        raise RuleViolation(
            f"{what} waits: review {late.review_id} of customer {late.customer_id} is overdue since {late.due_on};"
            f" ask {late.ask} to finish it"
        )
