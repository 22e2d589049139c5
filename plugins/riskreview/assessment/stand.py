"""Owns laying stored assessments out again as they were judged, many at once, so that they can be compared and tried differently."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK
from riskreview.assessment.contrast import Stand
from riskreview.assessment.decision import Before
from riskreview.assessment.experts import experts_of
from riskreview.assessment.model_layer import scores_of_rows
from riskreview.assessment.positions import Classes, Positions
from riskreview.opinions.store import Opinion
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass

Row = Mapping[str, Any]
"""A row of ``current_assessment`` or of the history, also as JSON, where what is not a number is the text NaN."""


def positions_of_rows(rows: Sequence[Row], policy: Policy) -> Positions:
    """Return stored rows, ascending by key, as positions."""
    values = {name: column_of(rows, name.lower(), np.float32) for name in policy.indicator_ids}
    exposure, overdue, limit = (column_of(rows, name, np.float64) for name in ("exposure", "overdue", "limit_amount"))
    keys = np.array([row["customer_key"] for row in rows], dtype=np.int64)
    flags = np.array([row["flags"] for row in rows], dtype=np.int32)
    line_set = np.array([row.get("line_set") or 0 for row in rows], dtype=np.int64)
    unapplied = np.nan_to_num(column_of(rows, "unapplied", np.float64))
    return Positions(keys, values, exposure, overdue, limit, flags, line_set, unapplied)


def column_of(
    rows: Sequence[Row], name: str, kind: type[np.floating[Any]]
) -> NDArray[Any]:  # single or double precision
    """Return one column of figures; what is not known is NaN."""
    return np.array([row.get(name) for row in rows], dtype=kind)


def codes_of(rows: Sequence[Row], name: str) -> Classes:
    """Return one column of class codes, 0 where nothing was stored."""
    return np.array([row.get(name) or 0 for row in rows], dtype=np.int16)


def stand_of(rows: Sequence[Row], positions: Positions, policy: Policy, opinions: Sequence[Opinion]) -> Stand:
    """Return stored rows, ascending by key, with every layer beside their figures and the class they should come to.

    :param positions: of the rows, as ``positions_of_rows`` lays them out.
    :param opinions: those in force on the day of the assessment.
    """
    before = Before(*(np.array([row[name] for row in rows], dtype=np.int64) for name in ("standing", "confirmed")))
    return Stand(positions, scores_of_rows(rows, policy), codes_of(rows, "group_cap"),
                 experts_of(opinions, positions.customer_key), before, targets(rows))  # fmt: skip


def targets(rows: Sequence[Row]) -> Classes:
    """Return the class before where the class got worse, else the next better one; 0 where there is none."""
    stored = "last_class" if rows and "last_class" in rows[0] else "risk_class"
    now = codes_of(rows, stored)
    previous = np.array([now[place] if row["previous_class"] is None else row["previous_class"] for place, row in enumerate(rows)],
                        dtype=np.int16)  # fmt: skip
    got_worse = (RANK[previous] < RANK[now]) & (previous != RiskClass.unknown)
    return np.where(got_worse, previous, np.where(now > RiskClass.low, now - 1, 0)).astype(np.int16)
