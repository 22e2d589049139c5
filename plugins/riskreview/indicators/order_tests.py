"""Owns the statistics of ordering: the negative binomial drop test, false discovery control, and P(alive). Pure array rules.

Sources: predictive negative binomial test with shrunk dispersion, reference/risk-models; Benjamini and Hochberg, JRSS B 57
(1995); Fader, Hardie and Lee, Marketing Science 24 (2005) and their note on P(alive).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.order_calendar import BASE_DAYS, RECENT_DAYS

Floats = NDArray[np.float64]
MIN_BASE = 6
WINDOW_MONTHS = 3.0
DISCOVERY_RATE = 0.05
INSIDE = 0.01
"""How far inside a line a drop is reported that the test does not support, in percentage points."""


@dataclass(frozen=True, slots=True)
class DropTest:
    """``change_pct`` as far as the test supports it, its p-value, and whether it survives false discovery control."""

    change_pct: Floats
    p_value: Floats
    is_discovery: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Parameters of BG/NBD, time in weeks. The defaults are those published for the CDNOW data."""

    r: float = 0.243
    alpha: float = 4.414
    a: float = 0.793
    b: float = 2.426


def order_drop(recent: Floats, base: Floats, base_squares: Floats, *, warning: float, alarm: float) -> DropTest:
    """Compare the order days of the last 91 days with the 365 before.

    Expected mu = base * 91/365; variance (mu + mu^2 * dispersion)(1 + 91/365), which carries the error of the base. Dispersion
    is half the customer's own and half the portfolio's median, both of monthly counts, divided by the three months of the
    window because the excess of independent months averages out. A drop to the warning line needs
    p < 5 %, to the alarm line p < 1 %; otherwise it is reported just inside the line. NaN below six order days in the base.

    :param warning: change in percent at the warning line, negative.
    :param alarm: change in percent at the alarm line, below ``warning``.
    """
    enough = base >= MIN_BASE
    change = np.full(base.size, np.nan)
    mu = base * (RECENT_DAYS / BASE_DAYS)
    change[enough] = 100.0 * (recent[enough] / mu[enough] - 1.0)
    p_value = np.full(base.size, np.nan)
    candidates = np.flatnonzero(enough & (change <= warning))
    if candidates.size:
        own = dispersion(base, base_squares)
        shrunk = (0.5 * own[candidates] + 0.5 * float(np.median(own[enough]))) / WINDOW_MONTHS
        p_value[candidates] = negative_binomial_cdf(recent[candidates], mu[candidates], shrunk)
    supported = np.where(p_value < 0.01, change, np.where(p_value < 0.05, np.maximum(change, alarm + INSIDE),
                                                          np.maximum(change, warning + INSIDE)))  # fmt: skip
    return DropTest(
        np.where(np.isfinite(p_value), supported, change), p_value,
        discoveries(p_value, tests=int(enough.sum()), rate=DISCOVERY_RATE),
    )  # fmt: skip


def dispersion(base: Floats, base_squares: Floats) -> Floats:
    """Excess variance of twelve monthly counts over Poisson, relative to the squared mean: max(0, (s^2 - m) / m^2) = 1/k."""
    mean = base / 12.0
    variance = (base_squares - 12.0 * mean**2) / 11.0
    return np.maximum(0.0, np.divide(variance - mean, mean**2, out=np.zeros_like(mean), where=mean > 0))


def negative_binomial_cdf(count: Floats, mu: Floats, dispersion_: Floats) -> Floats:
    """P(X <= count) of the predictive negative binomial: I_q(n, count + 1) with n = mu^2/(var - mu), q = mu/var."""
    from scipy.special import betainc

    variance = (mu + mu**2 * dispersion_) * (1.0 + RECENT_DAYS / BASE_DAYS)
    return np.asarray(betainc(mu**2 / (variance - mu), count + 1.0, mu / variance), dtype=np.float64)


def discoveries(p_value: Floats, *, tests: int, rate: float) -> NDArray[np.bool_]:
    """Return which p-values survive Benjamini-Hochberg at a rate among ``tests`` tests; NaN never does.

    Tests whose p-value was not computed count in ``tests``, which makes the control stricter, never laxer.
    """
    known = np.sort(p_value[np.isfinite(p_value)])
    passed = known <= rate * np.arange(1, known.size + 1) / max(tests, 1)
    limit = known[np.flatnonzero(passed)[-1]] if passed.any() else -1.0
    return np.asarray(p_value <= limit)


def probability_alive(repeats: Floats, last_week: Floats, weeks: Floats, model: PurchaseModel) -> Floats:
    """P(alive) = 1 / (1 + a/(b+x-1) * ((alpha+T)/(alpha+t_x))^(r+x)); NaN without a repeated purchase.

    :param repeats: x, order days after the first.
    :param last_week: t_x, weeks from the first to the last order.
    :param weeks: T, weeks from the first order to the date.
    """
    odds = (model.a / (model.b + repeats - 1.0)) * ((model.alpha + weeks) / (model.alpha + last_week)) ** (
        model.r + repeats
    )
    return np.where(repeats > 0, 1.0 / (1.0 + odds), np.nan)


def fit_purchase_model(repeats: Floats, last_week: Floats, weeks: Floats) -> PurchaseModel:
    """Fit BG/NBD by maximum likelihood; the defaults when fewer than 200 customers repeat or the fit does not converge."""
    from scipy.optimize import minimize

    if int((repeats > 0).sum()) < 200:
        return PurchaseModel()
    start = np.log([1.0, 10.0, 1.0, 3.0])
    found = minimize(
        lambda logs: -log_likelihood(repeats, last_week, weeks, PurchaseModel(*np.exp(logs))), start, method="L-BFGS-B",
        bounds=[(-7.0, 7.0)] * 4, options={"maxiter": 200},
    )  # fmt: skip
    return PurchaseModel(*(float(value) for value in np.exp(found.x))) if found.success else PurchaseModel()


def log_likelihood(repeats: Floats, last_week: Floats, weeks: Floats, model: PurchaseModel) -> float:
    """Mean BG/NBD log likelihood (Fader, Hardie, Lee 2005, equation 6)."""
    from scipy.special import gammaln

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    first = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats)
    third = -(r + repeats) * np.log(alpha + weeks)
    fourth = np.where(
        repeats > 0,
        np.log(a) - np.log(b + np.maximum(repeats, 1.0) - 1.0) - (r + repeats) * np.log(alpha + last_week),
        -np.inf,
    )
    return float(np.mean(first + second + np.logaddexp(third, fourth)))
