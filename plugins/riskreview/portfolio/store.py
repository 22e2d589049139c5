"""Owns the portfolio room's tables: one summary per business date, and the loss of each customer now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from riskreview.foundation.binary_copy import Column, copy_in, copy_out
from riskreview.foundation.sql import sql
from riskreview.portfolio.in_part import RATE_MISSING

Floats = NDArray[np.float64]
PARTS = {"month": ("write_month", "read_month"), "bucket": ("write_bucket", "read_bucket"), "roll": ("write_roll", "read_roll"),
         "migration": ("write_migration", "read_migration")}  # fmt: skip
"""Parts of a summary, each with the statements that write and read it."""
GROUPINGS = ("class", "industry", "owner", "country", "segment")
LARGEST_GROUPS = 50
"""Groups of customers in a report; the others are found by ``riskreview show group``."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Class, exposure and a model's probability of default of everybody in the current assessment, ascending by key.

    :param risk_class: as it is shown, ``unknown`` where it is out of date. :param acting_class: as it counts, never milder than it was.
    :param probability: NaN where no model spoke. :param in_part: some of it has no exchange rate.
    """

    customer_key: NDArray[np.int64]
    risk_class: NDArray[np.int16]
    acting_class: NDArray[np.int16]
    exposure: Floats
    probability: Floats
    in_part: NDArray[np.bool_]


def read_judged(connection: Connection, *, as_of: date) -> Judged:
    """Return the current assessment's classes as they are read on a day."""
    kinds = {
        "customer_key": "int8",
        "risk_class": "int2",
        "acting_class": "int2",
        "exposure": "float8",
        "probability": "float8",
        "in_part": "bool",
    }
    return Judged(
        **copy_out(connection, sql("portfolio", "read_judged"), kinds, {"as_of": as_of, "rate_missing": RATE_MISSING})
    )


def replace_losses(connection: Connection, columns: Sequence[Column]) -> None:
    """Replace the loss of every customer."""
    connection.execute(text(sql("portfolio", "clear_losses")))
    copy_in(connection, "customer_loss", columns)


def write_summary(
    connection: Connection, *, as_of: date, head: Mapping[str, object], parts: Mapping[str, Sequence[Mapping[str, object]]], at: datetime
) -> None:  # fmt: skip
    """Replace the summary of a date by the losses just loaded and the given parts."""
    connection.execute(text(sql("portfolio", "remove_summary")), {"as_of": as_of})
    connection.execute(text(sql("portfolio", "write_summary")), {**head, "as_of": as_of, "at": at})
    for name in ("write_groups", "write_group_sums"):
        connection.execute(text(sql("portfolio", name)), {"as_of": as_of, "rate_missing": RATE_MISSING})
    for name in PARTS:
        if parts[name]:
            connection.execute(
                text(sql("portfolio", f"write_{name}")), [{**row, "as_of": as_of} for row in parts[name]]
            )


def stored_digest(connection: Connection, *, as_of: date) -> str | None:
    """Return the digest of a date's summary, None when there is none."""
    found = connection.execute(text(sql("portfolio", "read_summary")), {"as_of": as_of}).one_or_none()
    return None if found is None else str(found.digest)


def read_summary(connection: Connection, *, as_of: date | None = None) -> dict[str, Any] | None:  # rows of a report
    """Return a summary with all its parts, the newest one without a date; None when there is none."""
    found = connection.execute(text(sql("portfolio", "read_summary")), {"as_of": as_of}).mappings().one_or_none()
    if found is None:
        return None
    document: dict[str, Any] = {"summary": dict(found)}
    for name, (_, reading) in PARTS.items():
        document[name] = _rows(connection, reading, as_of=found["as_of"])
    for name in GROUPINGS:
        document[name] = _rows(connection, "read_group", as_of=found["as_of"], grouping_name=name)
    document["group"] = _rows(connection, "read_largest_groups", as_of=found["as_of"], how_many=LARGEST_GROUPS)
    return document


def read_largest(connection: Connection, *, on_day: date, how_many: int) -> list[dict[str, Any]]:  # rows of a report
    """Return the customers with the largest expected loss now, with the class that is shown on a day."""
    return _rows(connection, "read_largest", on_day=on_day, how_many=how_many, rate_missing=RATE_MISSING)


def read_proof(
    connection: Connection, *, as_of: date | None = None, how_many: int = 50
) -> dict[str, Any] | None:  # rows of a report
    """Return the completeness proof of a date, the newest one without; None when there is none."""
    found = connection.execute(text(sql("portfolio", "read_proof")), {"as_of": as_of}).mappings().one_or_none()
    if found is None:
        return None
    day = found["as_of"]
    return {"proof": dict(found), "reasons": _rows(connection, "read_reasons", as_of=day),
            "customers": _rows(connection, "read_cases", as_of=day, how_many=how_many)}  # fmt: skip


def _rows(connection: Connection, name: str, **given: object) -> list[dict[str, Any]]:  # rows of a report
    return [dict(row) for row in connection.execute(text(sql("portfolio", name)), given).mappings()]
