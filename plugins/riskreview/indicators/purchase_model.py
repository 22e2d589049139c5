"""Owns P(alive): the BG/NBD model of customers who buy again and again until they silently stop. Pure array rules.

Sources: Fader, Hardie and Lee, Marketing Science 24 (2005) 275-284, and their note on the probability of being alive. Not for
call-off orders under a contract, whose customers do not decide anew each time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MIN_REPEATING = 200
"""Repeating customers below which a fit would be noise."""


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Parameters of BG/NBD, time in weeks. The defaults are those published for the CDNOW data."""

    r: float = 0.243
    alpha: float = 4.414
    a: float = 0.793
    b: float = 2.426


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
    """Fit BG/NBD by maximum likelihood; the defaults when too few customers repeat or the fit does not converge."""
    from scipy.optimize import minimize

    if int((repeats > 0).sum()) < MIN_REPEATING:
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
