"""Owns whether probabilities are right: Brier score, Hosmer-Lemeshow, slope and intercept, binomial and Jeffreys tests. Pure.

Sources: Murphy, Journal of Applied Meteorology 12 (1973), decomposition; Hosmer and Lemeshow (1980); Cox, Biometrika 45 (1958),
slope and intercept; ECB instructions for validation reporting, Jeffreys test; Pluto and Tasche (2005), low default portfolios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.models.calibration import log_odds

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Brier:
    """Mean squared error of the probabilities, its parts over groups of equal size, and the skill against the base rate."""

    score: float
    reliability: float
    resolution: float
    uncertainty: float

    @property
    def skill(self) -> float:
        """One less the score relative to always saying the base rate."""
        return 1.0 - self.score / self.uncertainty


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """Hosmer-Lemeshow statistic, its degrees of freedom and p-value."""

    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """Logistic regression of the outcome on the log odds of the probability: 0 and 1 when they are right.

    :param in_the_large: intercept when the slope is held at 1: how far the general level is off.
    """

    intercept: float
    slope: float
    in_the_large: float


@dataclass(frozen=True, slots=True)
class LevelTest:
    """Whether so many bads among so many rows fit a probability: p-values that it is too low.

    :param binomial: P(X >= bads) when rows are independent; ``jeffreys``: posterior probability that the true one is not higher.
    """

    rows: int
    bads: int
    probability: float
    binomial: float
    jeffreys: float


def brier(probability: Floats, bad: Floats, *, groups: int = 10) -> Brier:
    """Return the Brier score; reliability - resolution + uncertainty equals it but for the spread inside groups."""
    base = float(bad.mean())
    parts = [(part.size, probability[part].mean(), bad[part].mean()) for part in equal_groups(probability, groups)]
    size, said, seen = (np.array(column) for column in zip(*parts, strict=True))
    weight = size / bad.size
    return Brier(float(np.mean((probability - bad) ** 2)), float((weight * (said - seen) ** 2).sum()),
                 float((weight * (seen - base) ** 2).sum()), base * (1.0 - base))  # fmt: skip


def hosmer_lemeshow(probability: Floats, bad: Floats, *, groups: int = 10) -> GoodnessOfFit:
    """Return the test on rows the model was not fitted on, so with as many degrees of freedom as groups."""
    from scipy.special import chdtrc

    statistic, parts = 0.0, equal_groups(probability, groups)
    for part in parts:
        expected, seen = float(probability[part].sum()), float(bad[part].sum())
        statistic += (seen - expected) ** 2 / (expected * (1.0 - expected / part.size))
    return GoodnessOfFit(statistic, len(parts), float(chdtrc(len(parts), statistic)))


def equal_groups(probability: Floats, groups: int) -> list[NDArray[np.int64]]:
    """Return the rows in groups of about equal size by probability, equal probabilities together."""
    order = np.argsort(probability, kind="stable")
    ordered = probability[order]
    cuts = [np.searchsorted(ordered, ordered[place], side="left")
            for place in (np.arange(1, groups) * ordered.size) // groups]  # fmt: skip
    return [part for part in np.split(order, np.unique(cuts)) if part.size]


def calibration_line(probability: Floats, bad: Floats) -> CalibrationLine:
    """Return slope and intercept by maximum likelihood; NaN when the outcomes are all alike."""
    if not 0 < bad.sum() < bad.size:
        return CalibrationLine(np.nan, np.nan, np.nan)
    said = log_odds(np.clip(probability, 1e-12, 1 - 1e-12))
    level = _fit_line(np.zeros_like(said), said, bad)[0]
    if float(np.ptp(said)) == 0.0:
        return CalibrationLine(np.nan, np.nan, level)
    intercept, slope = _fit_line(said, np.zeros_like(said), bad)
    return CalibrationLine(intercept, slope, level)


def _fit_line(figure: Floats, fixed: Floats, bad: Floats) -> tuple[float, float]:
    """Return intercept and slope of a logistic regression with an offset, by Newton's method with halved steps."""
    design = np.stack([np.ones_like(figure), figure], axis=1)[:, : 2 if np.ptp(figure) > 0 else 1]
    found = np.zeros(design.shape[1])

    def loss(line: Floats) -> float:
        odds = design @ line + fixed
        return float(np.sum(np.logaddexp(0.0, odds) - bad * odds))

    for _ in range(100):
        said = 1.0 / (1.0 + np.exp(-np.clip(design @ found + fixed, -700, 700)))
        slope = design.T @ (said - bad)
        curve = (design * (said * (1.0 - said))[:, None]).T @ design + 1e-12 * np.eye(design.shape[1])
        step = np.linalg.solve(curve, slope)
        while loss(found - step) > loss(found) + 1e-12 and float(np.abs(step).max()) > 1e-12:
            step = step / 2.0
        found = found - step
        if float(np.abs(step).max()) < 1e-10:
            break
    return float(found[0]), float(found[1]) if found.size > 1 else 1.0


def level_test(bads: int, rows: int, probability: float) -> LevelTest:
    """Return the one-sided tests that a probability is too low for what was seen."""
    from scipy.special import betainc

    binomial = 1.0 if bads == 0 else float(betainc(bads, rows - bads + 1, probability))
    jeffreys = float(betainc(bads + 0.5, rows - bads + 0.5, probability))
    return LevelTest(rows, bads, probability, binomial, jeffreys)


def level_tests(probability: Floats, bad: Floats, grade: NDArray[np.int16]) -> dict[str, LevelTest]:
    """Return the tests of the portfolio and of every grade that has rows, each at its mean probability."""
    found = {"portfolio": level_test(int(bad.sum()), bad.size, float(probability.mean()))}
    for number in np.unique(grade[grade > 0]):
        rows = grade == number
        found[str(number)] = level_test(int(bad[rows].sum()), int(rows.sum()), float(probability[rows].mean()))
    return found


def most_prudent(rows: Sequence[int], bads: Sequence[int], *, confidence: float) -> list[float]:
    """Return upper bounds of the default probability per grade, best grade first, when there are few or no bads.

    A grade's bound is the probability at which seeing at most the bads of it and all worse grades has the chance
    ``1 - confidence``: the Clopper-Pearson bound of the pooled grades (independent defaults).
    """
    from scipy.special import betaincinv

    pooled_rows = np.cumsum(np.array(rows)[::-1])[::-1]
    pooled_bads = np.cumsum(np.array(bads)[::-1])[::-1]
    return [1.0 if one_bads >= one_rows else float(betaincinv(one_bads + 1, one_rows - one_bads, confidence))
            for one_rows, one_bads in zip(pooled_rows, pooled_bads, strict=True)]  # fmt: skip
