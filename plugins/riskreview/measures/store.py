"""Owns the SQL of measures: what is known of customers, what stands, and writing many at once."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.canonical import json_rows
from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.measures.rules import Stand, Standing
from riskreview.policy.risk_terms import RiskClass

Found = Row[Any]  # a result row has the columns of its statement
POINTS = ("payment", "financial", "transaction", "industry", "compliance", "relationship")
POINTS_FROM = 8
"""Place of the first of them in ``stands.sql``."""


def read_stands(connection: Connection, customer_keys: Sequence[int], *, on_day: date) -> dict[int, Stand]:
    """Return what is known of customers, by key; those nobody assessed are left out."""
    rows = connection.execute(text(sql("measures", "stands")), {"customer_keys": list(customer_keys), "on_day": on_day})
    return {row.customer_key: _stand(row) for row in rows}


def read_stand(connection: Connection, customer_key: int, *, on_day: date) -> Stand:
    """Return what is known of one customer.

    :raises NotFound: when it is not in the current assessment.
    """
    found = read_stands(connection, [customer_key], on_day=on_day).get(customer_key)
    if found is None:
        raise NotFound(f"customer {customer_key} is not in the current assessment")
    return found


def receivables(connection: Connection) -> float:
    """Return what all customers owe together."""
    return float(connection.execute(text(sql("measures", "receivables"))).scalar_one())


def standing(connection: Connection, customer_keys: Sequence[int]) -> dict[int, list[Standing]]:
    """Return the measures that wait or are in force, by customer."""
    found: dict[int, list[Standing]] = {}
    for row in connection.execute(text(sql("measures", "standing")), {"customer_keys": list(customer_keys)}):
        found.setdefault(row.customer_key, []).append(Standing(*row[1:]))
    return found


def read_measure(connection: Connection, measure_id: int) -> Found:
    """Return a measure, locked.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("measures", "read_measure")), {"measure_id": measure_id}).first()
    if row is None:
        raise NotFound(f"there is no measure {measure_id}")
    return row


def chosen(connection: Connection, name: str, **values: object) -> Sequence[Found]:
    """Return the rows of one of this room's selections of measures, locked where the selection locks."""
    return connection.execute(text(sql("measures", name)), values).all()


def insert_measures(connection: Connection, rows: Sequence[Mapping[str, object]], *, at: datetime) -> Sequence[Found]:
    """Propose measures; one whose field is taken for its customer is left out. Returns number, customer and kind of the new ones."""
    values = {"rows": json_rows([dict(row) for row in rows]), "at": at}
    return connection.execute(text(sql("measures", "insert_measures")), values).all()


def open_steps(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Lay out the steps of approvals; the first one of each is open."""
    connection.execute(text(sql("measures", "open_steps")), {"rows": json_rows([dict(row) for row in rows])})


def approval_steps(connection: Connection, measure_id: int) -> Sequence[Found]:
    """Return the steps of the approval of a measure, in order."""
    return connection.execute(text(sql("measures", "approval_steps")), {"measure_id": measure_id}).all()


def write(connection: Connection, name: str, **values: object) -> None:
    """Run one of this room's writing statements."""
    connection.execute(text(sql("measures", name)), values)


def _stand(row: Found) -> Stand:
    return Stand(
        row.customer_key, row.customer_id, RiskClass(row.risk_class), row.exposure, row.overdue, _known(row.limit_amount),
        row.payment_terms_days, _known(row.average_late), dict(zip(POINTS, row[POINTS_FROM:], strict=False)), _known(row.yearly_sales),
        _known(row.expected_loss), row.danger, row.is_current, row.index_points, row.probability,
    )  # fmt: skip


def _known(value: float | None) -> float | None:
    """Return a number, None for one that is not there: assessments write it as NaN."""
    return None if value is None or math.isnan(value) else value
