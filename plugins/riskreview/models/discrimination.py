"""Owns how well a score tells bad from good: AUC with DeLong's interval, Gini, Kolmogorov-Smirnov. Pure array rules.

Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), computed by midranks as in Sun and Xu, IEEE Signal Processing
Letters 21 (2014). A higher score means more risk; ``bad`` is 1 for a bad row.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Discrimination:
    """AUC with its 95 % interval, and the greatest distance between the distributions of bad and good."""

    auc: float
    low: float
    high: float
    ks: float

    @property
    def gini(self) -> float:
        """Twice the AUC less one."""
        return 2.0 * self.auc - 1.0


@dataclass(frozen=True, slots=True)
class AucDifference:
    """AUC of the first score less that of the second on the same rows, with its 95 % interval and two-sided p-value."""

    difference: float
    low: float
    high: float
    p_value: float


def discrimination(score: Floats, bad: Floats) -> Discrimination:
    """Return AUC, interval and KS; NaN when all rows are bad or none is."""
    if not 0 < bad.sum() < bad.size:
        return Discrimination(np.nan, np.nan, np.nan, np.nan)
    area, from_bad, from_good = _components(score, bad)
    spread = np.sqrt(_variance(from_bad) + _variance(from_good))
    return Discrimination(area, max(0.0, area - Z95 * spread), min(1.0, area + Z95 * spread), kolmogorov(score, bad))


def auc(score: Floats, bad: Floats) -> float:
    """Return the probability that a bad row has the higher score, ties counting half; NaN without both kinds."""
    return _components(score, bad)[0] if 0 < bad.sum() < bad.size else float("nan")


def compare(first: Floats, second: Floats, bad: Floats) -> AucDifference:
    """Return how much the first score is ahead of the second on the same rows."""
    from scipy.special import ndtr

    one, two = _components(first, bad), _components(second, bad)
    gap = one[0] - two[0]
    spread = float(np.sqrt(_variance(one[1] - two[1]) + _variance(one[2] - two[2])))
    p_value = 1.0 if spread == 0 else float(2.0 * ndtr(-abs(gap) / spread))
    return AucDifference(gap, gap - Z95 * spread, gap + Z95 * spread, p_value)


def kolmogorov(score: Floats, bad: Floats) -> float:
    """Return the greatest distance between the cumulated shares of bad and good rows."""
    order = np.argsort(score, kind="stable")
    marks, ordered = bad[order] == 1, score[order]
    gap = np.abs(np.cumsum(marks) / marks.sum() - np.cumsum(~marks) / (~marks).sum())
    last_of_equals = np.append(ordered[1:] != ordered[:-1], True)
    return float(gap[last_of_equals].max())


def midranks(values: Floats) -> Floats:
    """Return the rank of each value from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[inverse], dtype=np.float64)


def _components(score: Floats, bad: Floats) -> tuple[float, Floats, Floats]:
    """Return the AUC, and for each bad and each good row its structural component."""
    is_bad = bad == 1
    high, low = score[is_bad], score[~is_bad]
    together = midranks(np.concatenate([high, low]))
    from_bad = (together[: high.size] - midranks(high)) / low.size
    from_good = 1.0 - (together[high.size :] - midranks(low)) / high.size
    return float(from_bad.mean()), from_bad, from_good


def _variance(components: Floats) -> float:
    return float(components.var(ddof=1) / components.size) if components.size > 1 else 0.0
