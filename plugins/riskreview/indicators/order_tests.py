"""Owns the tests whether a customer orders less, or is silent longer, than its own past lets expect. Pure array rules.

Source: predictive negative binomial test, reference/risk-models: a Poisson test takes the ordinary ups and downs of real customers for
collapses in 6 to 14 of 100.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.discovery import PortfolioTest, supported
from riskreview.indicators.order_calendar import BASE_DAYS, RECENT_DAYS
from riskreview.indicators.order_season import expected_share

Floats = NDArray[np.float64]
MIN_BASE = 6
WINDOW_MONTHS = 3.0
WINSOR = 0.98
INSIDE = 0.01
"""How far inside a line a drop is reported that the test does not support, in percentage points; for a silence in usual gaps."""
MONTH_DAYS = BASE_DAYS / 12
MOST_DAYS = 0.97
"""Share of days with an order beyond which days no longer tell how often a customer orders."""


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Order days the test compares, one element per customer; names and windows as in ``order_calendar.OrderFigures``."""

    recent: Floats
    base: Floats
    base_squares: Floats
    same_1: Floats
    year_1: Floats
    same_2: Floats
    year_2: Floats


@dataclass(frozen=True, slots=True)
class DropTest:
    """``change_pct`` as far as the test supports it, the count expected, and the test."""

    change_pct: Floats
    expected: Floats
    test: PortfolioTest


def order_drop(counts: OrderCounts, *, warning: float, alarm: float, across: Across | None = None) -> DropTest:
    """Compare the order days of the last 91 days with those expected from the 365 before.

    Expected mu = base * the share of the season (``order_season``), 91/365 without one. Variance (mu + mu^2 * dispersion)(1 + 91/365)
    carries the error of the base, to which that of the share is added. Dispersion is the greater of the customer's own and the
    portfolio's mean, both of monthly counts, divided by the three months of the window because the excess of independent months averages
    out: of the two errors, too small a dispersion is the one that raises false alarms. A drop to the warning line needs p < 5 %, to the
    alarm line p < 1 %; otherwise it is reported just inside the line. NaN below six order days in the base.

    :param warning: change in percent at the warning line, negative.
    :param alarm: change in percent at the alarm line, below ``warning``.
    :param across: where dispersion and season of the portfolio come from; None = from the given customers.
    """
    enough = counts.base >= MIN_BASE
    shared = across or Across()
    spread = _shared_dispersion(counts.base, counts.base_squares, enough, shared)
    season = expected_share((counts.same_1, counts.same_2), (counts.year_1, counts.year_2), spread, shared)
    mu = counts.base * season.share
    change, p_value = np.full(mu.size, np.nan), np.full(mu.size, np.nan)
    change[enough] = 100.0 * (counts.recent[enough] / mu[enough] - 1.0)
    rows = np.flatnonzero(enough & (change <= warning))
    error = counts.base[rows] ** 2 * season.variance[rows]
    p_value[rows] = predictive_cdf(counts.recent[rows], mu[rows], spread[rows] / WINDOW_MONTHS, error)
    shown = supported(change, p_value, warning=warning, alarm=alarm, inside=INSIDE)
    return DropTest(shown, mu, PortfolioTest(p_value, enough))


@dataclass(frozen=True, slots=True)
class OrderGaps:
    """What the silence test compares, one element per customer: names as in ``order_calendar.OrderFigures``."""

    order_days: Floats
    days_since_last: Floats
    days_since_first: Floats
    gap_p95: Floats
    base: Floats
    base_squares: Floats


def silence(gaps: OrderGaps, *, warning: float, alarm: float, across: Across | None = None) -> Floats:
    """Return days since the last order over the customer's own 95th percentile gap, as far as chance does not explain them.

    The 95th percentile of twenty gaps is passed by one gap in twenty, and the newest gap is one that is still growing. So the ratio reaches a line only
    when so long a silence up to today is improbable for the customer: P(no order day in t) of the predictive negative binomial with the
    customer's own rate and dispersion. Days are drawn at most once each: rate and dispersion are those of the orders behind the
    order days, ``-log(1 - share of days)``, since for a busy customer the days alone hide how much its months differ. Months differ
    independently, so the dispersion of t days is that of a month over t months, never more than that of one. The warning line needs p < 5 %, the alarm
    line p < 1 %; otherwise it is reported just inside the line. NaN without a gap percentile.
    """
    shared, span = across or Across(), np.maximum(gaps.days_since_first - gaps.days_since_last, 1.0)
    base, squares = np.nan_to_num(gaps.base), np.nan_to_num(gaps.base_squares)
    own, enough = _intensity_dispersion(base, squares), base >= MIN_BASE
    (mean,) = shared.learn("silence_dispersion", lambda: (_mean(own[enough]),))
    spread = np.maximum(own, max(mean, 0.0)) / np.maximum(gaps.days_since_last / MONTH_DAYS, 1.0)
    mu = _intensity((gaps.order_days - 1.0) / span) * gaps.days_since_last
    ratio = gaps.days_since_last / np.maximum(gaps.gap_p95, 1.0)
    return supported(
        ratio, _chance_of_none(mu, spread, gaps.days_since_last / span), warning=warning, alarm=alarm, inside=INSIDE
    )


def _intensity(share: Floats) -> Floats:
    """Return orders a day behind a share of days with an order."""
    return np.asarray(-np.log1p(-np.minimum(share, MOST_DAYS)), dtype=np.float64)


def _intensity_dispersion(base: Floats, base_squares: Floats) -> Floats:
    """Return the dispersion of the monthly orders behind twelve monthly counts of order days, by the delta method."""
    mean = base / 12.0
    free = 1.0 - np.minimum(mean / MONTH_DAYS, MOST_DAYS)
    excess = (base_squares - 12.0 * mean**2) / 11.0 - mean * free
    scale = (free * MONTH_DAYS * np.log(free)) ** 2
    return np.divide(excess, scale, out=np.zeros_like(mean), where=scale > 0)


def _chance_of_none(mu: Floats, dispersion_: Floats, share_of_base: Floats) -> Floats:
    """P(0) of the predictive negative binomial; Poisson where nothing disperses, 1 where nothing is expected."""
    inflated = dispersion_ * mu * (1.0 + share_of_base) + share_of_base
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.exp(-mu * np.where(inflated > 0, np.log1p(inflated) / inflated, 1.0))
    return np.where(mu > 0, chance, 1.0)


def dispersion(base: Floats, base_squares: Floats) -> Floats:
    """Excess variance of twelve monthly counts over Poisson, relative to the squared mean: (s^2 - m) / m^2, by chance below zero."""
    mean = base / 12.0
    variance = (base_squares - 12.0 * mean**2) / 11.0
    return np.divide(variance - mean, mean**2, out=np.zeros_like(mean), where=mean > 0)


def predictive_cdf(count: Floats, mu: Floats, dispersion_: Floats, error: Floats) -> Floats:
    """P(X <= count) of the predictive negative binomial: I_q(n, count + 1) with n = mu^2/(var - mu), q = mu/var."""
    from scipy.special import betainc

    variance = (mu + mu**2 * dispersion_) * (1.0 + RECENT_DAYS / BASE_DAYS) + error
    return np.asarray(betainc(mu**2 / (variance - mu), count + 1.0, mu / variance), dtype=np.float64)


def _shared_dispersion(base: Floats, base_squares: Floats, enough: NDArray[np.bool_], across: Across) -> Floats:
    own = dispersion(base, base_squares)
    (mean,) = across.learn("order_dispersion", lambda: (_mean(own[enough]),))
    return np.maximum(own, max(mean, 0.0))


def _mean(known: Floats) -> float:
    return float(np.mean(np.minimum(known, np.quantile(known, WINSOR)))) if known.size else 0.0
