"""Owns the logistic regression of a scorecard: L2 penalty, and every coefficient on its proper side of zero. Pure array rules.

Weight of evidence is high for good, so a proper coefficient is negative. A coefficient that would be positive is held at zero and its
characteristic leaves the card: the sign test, solved at once instead of step by step.
"""

import numpy as np
from numpy.typing import NDArray

from riskreview.models.calibration import probability_of

Floats = NDArray[np.float64]
NOTHING = 1e-4
"""A coefficient as small as this moves no point."""


def fit_signed(evidence: Floats, bad: Floats, *, penalty: float) -> tuple[float, Floats]:
    """Return intercept and coefficients that minimize the log loss plus half the penalty times the squared coefficients.

    :param evidence: rows by characteristics; the coefficients are at most zero.
    """
    from scipy.optimize import minimize

    def loss(line: Floats) -> tuple[float, Floats]:
        odds = line[0] + evidence @ line[1:]
        off = probability_of(odds) - bad
        value = float(np.sum(np.logaddexp(0.0, odds) - bad * odds)) + 0.5 * penalty * float(line[1:] @ line[1:])
        return value, np.concatenate([[off.sum()], evidence.T @ off + penalty * line[1:]])

    share = min(max(float(bad.mean()), 1e-6), 1 - 1e-6)
    start = np.concatenate([[np.log(share / (1 - share))], np.full(evidence.shape[1], -0.1)])
    bounds = [(None, None), *[(None, 0.0)] * evidence.shape[1]]
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 5000, "ftol": 1e-12, "gtol": 1e-8}
    ).x
    return float(found[0]), np.where(found[1:] > -NOTHING, 0.0, found[1:])
