"""Owns finding figures that know the outcome: alone they tell nearly every bad row from a good one. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.models.dataset import Dataset
from riskreview.models.discrimination import auc

Floats = NDArray[np.float64]
RARE = 5
"""A text with fewer rows says nothing by itself."""


def telling_alone(rows: Dataset, limit: float) -> list[str]:
    """Return the columns whose own AUC, the better way round and missing at either end, is above a limit."""
    return [name for name, column in rows.columns.items() if _alone(column, rows.bad) > limit]


def _alone(column: NDArray[Any], bad: Floats) -> float:
    if column.dtype == object:
        return _by_share(column, bad)
    missing = np.isnan(column)
    ends = (np.where(missing, end, column) for end in (-np.inf, np.inf))
    return max(max(found, 1.0 - found) for found in (auc(figures, bad) for figures in ends))


def _by_share(column: NDArray[Any], bad: Floats) -> float:
    """Return the AUC of the share of bads of each text, rare texts together."""
    _, place = np.unique(np.array([str(cell) for cell in column.tolist()]), return_inverse=True)
    counts = np.bincount(place)
    place = np.where(counts[place] < RARE, counts.size, place)
    rows, bads = np.bincount(place), np.bincount(place, weights=bad)
    return auc((bads / np.maximum(rows, 1))[place], bad)
