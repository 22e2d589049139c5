"""Owns a customer's own season: the share of a year's orders to expect in the months just past. Pure array rules.

A share of one year says little, because busy months come and go. A season is what two years agree on. So each share is judged
against two hypotheses, that the customer follows the portfolio and that it has a season of its own, and the expected share is the mean
of both by their probability (Bayes with a normal prior). How common seasons are is told by the portfolio: the covariance of the
deviations in two years, which chance leaves at zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.order_calendar import BASE_DAYS, RECENT_DAYS

Floats = NDArray[np.float64]
EVEN = RECENT_DAYS / BASE_DAYS
MIN_YEAR = 12
"""Order days of a year below which its share says nothing."""
SPREAD = 0.08
"""Standard deviation of the share among seasonal customers: that of a yearly wave of about 50 %."""
LEAST, MOST = 0.02, 0.90


@dataclass(frozen=True, slots=True)
class Season:
    """Expected share of a year's orders in the recent window and the variance of that expectation."""

    share: Floats
    variance: Floats


def expected_share(
    same: tuple[Floats, Floats], year: tuple[Floats, Floats], dispersion: Floats, across: Across | None = None
) -> Season:
    """Return the share to expect of each customer.

    :param same: order days in the same window one and two years before; ``year`` those of the year around it, zero when
        the customer had not ordered for that long.
    :param dispersion: excess variance of monthly counts over Poisson, relative to the squared mean.
    :param across: where the portfolio's share and the frequency of seasons come from; None = from the given customers.
    """
    shared = across or Across()
    known = [total >= MIN_YEAR for total in year]
    (common,) = shared.learn("season_share", lambda: (_common(same, year, known),))
    noise = [_noise(total, common, dispersion) for total in year]
    apart = [_deviation(part, total, common, k) for part, total, k in zip(same, year, known, strict=True)]
    (frequency,) = shared.learn("season_frequency", lambda: (_frequency(apart, noise, known[0] & known[1]),))
    weight = sum(np.where(k, 1.0 / v, 0.0) for v, k in zip(noise, known, strict=True))
    mean = sum(np.where(k, d / v, 0.0) for d, v, k in zip(apart, noise, known, strict=True)) / np.maximum(weight, 1e-12)
    return _posterior(common, mean, np.where(weight > 0, 1.0 / np.maximum(weight, 1e-12), np.inf), frequency)


def _common(same: tuple[Floats, Floats], year: tuple[Floats, Floats], known: list[NDArray[np.bool_]]) -> float:
    counted = sum(float(total[k].sum()) for total, k in zip(year, known, strict=True))
    return sum(float(part[k].sum()) for part, k in zip(same, known, strict=True)) / counted if counted > 0 else EVEN


def _deviation(part: Floats, total: Floats, common: float, known: NDArray[np.bool_]) -> Floats:
    return np.where(known, part / np.maximum(total, 1.0) - common, 0.0)


def _noise(total: Floats, common: float, dispersion: Floats) -> Floats:
    """Return the variance of a share by chance: of three months against the nine others, each with its own excess."""
    inside = 1.0 / np.maximum(common * total, 1.0) + dispersion / 3.0
    outside = 1.0 / np.maximum((1.0 - common) * total, 1.0) + dispersion / 9.0
    return np.asarray((common * (1.0 - common)) ** 2 * (inside + outside))


def _frequency(apart: list[Floats], noise: list[Floats], both: NDArray[np.bool_]) -> float:
    """Return the share of seasonal customers that explains how far the deviations of two years go together."""
    if not both.any():
        return 0.0
    weight = 1.0 / (np.sqrt(noise[0][both] * noise[1][both]) + 1e-3)
    agreement = float(np.sum(weight * apart[0][both] * apart[1][both]) / weight.sum())
    return min(max(agreement / SPREAD**2, 0.0), 1.0)


def _posterior(common: float, mean: Floats, variance: Floats, frequency: float) -> Season:
    if frequency <= 0:
        return Season(np.full(mean.size, common), np.zeros(mean.size))
    prior = SPREAD**2
    seen = np.isfinite(variance)
    v = np.where(seen, variance, 1.0)
    log_factor = 0.5 * np.log(v / (v + prior)) + 0.5 * mean**2 * (1.0 / v - 1.0 / (v + prior))
    odds = frequency / max(1.0 - frequency, 1e-9) * np.exp(np.minimum(np.where(seen, log_factor, 0.0), 50.0))
    own = odds / (1.0 + odds)
    shift = np.where(seen, prior / (prior + v) * mean, 0.0)
    spread = np.where(seen, prior * v / (prior + v), prior)
    share = np.clip(common + own * shift, LEAST, MOST)
    return Season(share, own * spread + own * (1.0 - own) * shift**2)
