"""Owns turning raw log odds into a probability of being bad, and fitting how. Pure array rules.

Sources: King and Zeng, Political Analysis 9 (2001), prior correction; Platt (1999), with his smoothed targets; isotonic
regression by pool-adjacent-violators, Ayer et al., Annals of Mathematical Statistics 26 (1955).
"""

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Calibration

Floats = NDArray[np.float64]


def log_odds(probability: Floats | float) -> Floats:
    """Return ln(p / (1 - p))."""
    found = np.asarray(probability, dtype=np.float64)
    return np.log(found) - np.log1p(-found)


def probability_of(odds: Floats | float) -> Floats:
    """Return 1 / (1 + exp(-odds)), without overflow."""
    raw = np.asarray(odds, dtype=np.float64)
    small = np.exp(-np.abs(raw))
    return np.asarray(np.where(raw >= 0, 1.0, small) / (1.0 + small), dtype=np.float64)


def prior_shift(*, trained: float, expected: float) -> float:
    """Return what is added to the log odds when the share of bads is another one than in the training rows."""
    return float(log_odds(expected) - log_odds(trained))


def calibrated(raw: Floats, how: Calibration) -> Floats:
    """Return the probability of raw log odds; NaN stays NaN."""
    if how.knots:
        at, to = (np.array(column, dtype=np.float64) for column in zip(*how.knots, strict=True))
        fitted = np.interp(raw, at, to)
    else:
        fitted = how.intercept + how.slope * raw
    return np.clip(probability_of(fitted + how.shift), how.floor, 1.0 - how.floor)
