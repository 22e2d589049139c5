"""Owns what is said of amounts of which some have no exchange rate: they are amounts in part, and none at all is unknown, not 0."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskreview.policy.risk_terms import FLAGS

Row = Mapping[str, Any]  # a database row
RATE_MISSING = 1 << FLAGS.index("rate_missing")
"""The bit of an assessment's flags that says so; statements call what it is about ``in_part``."""
LEAVE_OUT = ("exposure", "overdue", "expected_loss", "provision", "average_overdue", "share_pct")
"""Columns that leave out what has no rate."""


def as_known(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows in which an amount of nothing is unknown, where some is owed in a currency without a rate."""
    return [{**row, **{name: None for name in LEAVE_OUT if row["in_part"] and not row.get(name, True)}} for row in rows]
