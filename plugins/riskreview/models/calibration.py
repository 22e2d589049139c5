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


def fit_platt(raw: Floats, bad: Floats) -> tuple[float, float]:
    """Return intercept and slope of the outcome on raw log odds, with Platt's targets that keep them finite; the slope is positive."""
    from scipy.optimize import minimize

    bads, goods = float(bad.sum()), float(bad.size - bad.sum())
    target = np.where(bad == 1, (bads + 1.0) / (bads + 2.0), 1.0 / (goods + 2.0))

    def loss(line: Floats) -> tuple[float, Floats]:
        odds = line[0] + line[1] * raw
        off = probability_of(odds) - target
        return float(np.sum(np.logaddexp(0.0, odds) - target * odds)), np.array([off.sum(), off @ raw])

    found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (0.05, 20.0)]).x
    return float(found[0]), float(found[1])


def fit_isotonic(raw: Floats, bad: Floats) -> tuple[tuple[float, float], ...]:
    """Return knots of the best rising step function, one in the middle of every step, by pooling adjacent violators."""
    order = np.argsort(raw, kind="stable")
    means: list[float] = []
    weights: list[float] = []
    centers: list[float] = []
    for at, value in zip(raw[order].tolist(), bad[order].tolist(), strict=True):
        mean, weight, center = value, 1.0, at
        while means and means[-1] >= mean:
            whole = weights[-1] + weight
            mean = (means.pop() * weights[-1] + mean * weight) / whole
            center = (centers.pop() * weights.pop() + center * weight) / whole
            weight = whole
        means.append(mean)
        weights.append(weight)
        centers.append(center)
    level = np.clip(np.array(means), 0.5 / raw.size, 1.0 - 0.5 / raw.size)
    return tuple(zip(centers, log_odds(level).tolist(), strict=True))


def fit_calibration(raw: Floats, bad: Floats, *, isotonic: bool, prior: float, floor: float) -> Calibration:
    """Return how raw log odds of rows the model has not seen become probabilities with an expected share of bads.

    :param isotonic: a rising step function instead of a line; needs many bads.
    """
    shift = prior_shift(trained=float(bad.mean()), expected=prior)
    if isotonic:
        return Calibration(method="isotonic", knots=fit_isotonic(raw, bad), shift=shift, floor=floor)
    intercept, slope = fit_platt(raw, bad)
    return Calibration(method="platt", intercept=intercept, slope=slope, shift=shift, floor=floor)
