"""Owns weight of evidence and information value of binned rows. Pure array rules."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BinTable:
    """Counts per bin and what they say.

    :param woe: ln(share of goods / share of bads): high is good, 0 where the bin has no rows.
    """

    rows: NDArray[np.int64]
    bads: NDArray[np.int64]
    woe: Floats
    information_value: float

    @property
    def bad_share(self) -> Floats:
        """Share of bads per bin, 0 without rows."""
        return self.bads / np.maximum(self.rows, 1)


def bin_table(place: NDArray[np.int64] | NDArray[np.int16], bad: Floats, *, bins: int, empty_cell: float) -> BinTable:
    """Return the table of rows in bins; ``empty_cell`` is added to every count of a bin that has rows (Laplace)."""
    rows = np.bincount(place, minlength=bins)
    bads = np.bincount(place, weights=bad, minlength=bins)
    goods = rows - bads
    used = rows > 0
    extra = empty_cell * int(used.sum())
    share_good = (goods + empty_cell) / (goods.sum() + extra)
    share_bad = (bads + empty_cell) / (bads.sum() + extra)
    woe = np.where(used, np.log(share_good / share_bad), 0.0)
    value = float((goods / max(goods.sum(), 1) - bads / max(bads.sum(), 1)) @ woe)
    return BinTable(rows.astype(np.int64), np.round(bads).astype(np.int64), woe, value)
