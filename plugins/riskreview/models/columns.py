"""Owns the columns a model reads: arrays by name, from an indicator frame or any table. NaN and None mean missing."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.frame import IndicatorFrame
from riskreview.policy.risk_terms import FLAGS

Floats = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]
"""Arrays of one length; figures as float64, texts as Python strings."""
AMOUNTS = ("exposure", "limit_amount", "overdue_share", "disputed_share")


def columns_of(frame: IndicatorFrame) -> dict[str, NDArray[Any]]:
    """Return what a model may read of an indicator frame: the indicators by id, amounts and flags."""
    with np.errstate(divide="ignore", invalid="ignore"):
        overdue_share = np.where(frame.exposure > 0, 100.0 * frame.overdue / frame.exposure, np.nan)
        disputed_share = np.where(frame.exposure > 0, 100.0 * frame.disputed / frame.exposure, np.nan)
    amounts = {"exposure": frame.exposure, "limit_amount": frame.limit_amount, "overdue_share": overdue_share,
               "disputed_share": disputed_share}  # fmt: skip
    flags = {f"flag_{name}": found.astype(np.float64) for name, found in frame.flags.items()}
    return {**frame.values, **amounts, **flags}


def given_names(indicator_ids: Iterable[str]) -> frozenset[str]:
    """Return the names of all that ``columns_of`` gives."""
    return frozenset({*indicator_ids, *AMOUNTS, *(f"flag_{name}" for name in FLAGS)})


def rows_of(columns: Columns) -> int:
    """Return the length of the columns."""
    return len(next(iter(columns.values()))) if columns else 0


def take(columns: Columns, rows: NDArray[Any] | slice) -> dict[str, NDArray[Any]]:
    """Return the given rows of every column."""
    return {name: column[rows] for name, column in columns.items()}
