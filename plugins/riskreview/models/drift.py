"""Owns whether a portfolio is still the one a model was trained on: PSI, CSI and the matrix of migration. Pure array rules.

The critical value is that of Yurdakul and Naranjo, Journal of Risk Model Validation 14 (2020): chi2(B - 1, 95 %) (1/N + 1/M).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMPTY = 0.5
"""What an empty cell counts in rows, so that the logarithm exists."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Population stability index over bins, and the value it passes by chance once in twenty times."""

    index: float
    critical: float
    bins: int

    def acts(self, limit: float) -> bool:
        """Tell whether the index is above a limit and above what chance explains."""
        return self.index > max(limit, self.critical)


def stability(expected: NDArray[np.int64], actual: NDArray[np.int64]) -> Stability:
    """Return the index of two counts over the same bins; bins empty in both do not count."""
    from scipy.special import chdtri

    used = (expected + actual) > 0
    before, now = (np.where(counts[used] > 0, counts[used], EMPTY).astype(np.float64) for counts in (expected, actual))
    shares = before / before.sum(), now / now.sum()
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    bins = int(used.sum())
    critical = 0.0 if bins < 2 else float(chdtri(bins - 1, 0.05) * (1.0 / expected.sum() + 1.0 / actual.sum()))
    return Stability(index, critical, bins)


def migration(before: NDArray[np.int16], after: NDArray[np.int16], *, grades: int) -> NDArray[np.int64]:
    """Return how many rows went from grade i to grade j; row and column 0 hold what has no grade."""
    size = grades + 1
    return np.bincount(before.astype(np.int64) * size + after, minlength=size * size).reshape(size, size)
