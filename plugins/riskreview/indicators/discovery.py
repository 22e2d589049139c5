"""Owns the control of chance findings: of all customers tested in a run for one thing, which findings are not mere luck.

Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300. Each kind of finding is a family of its
own, so that the promised rate holds for every kind: many true collapses of orders would otherwise let chance pass as fraud.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DISCOVERY_RATE = 0.05
"""The share of chance findings among those that are confirmed."""


@dataclass(frozen=True, slots=True)
class PortfolioTest:
    """One test over the customers of a run.

    :param p_value: NaN where the test was not needed because nothing is conspicuous, and where it was not possible.
    :param is_tested: who was tested, conspicuous or not.
    """

    p_value: Floats
    is_tested: Bools

    def among(self, chosen: Bools) -> "PortfolioTest":
        """Return the test as if only some customers had been tested."""
        return PortfolioTest(np.where(chosen, self.p_value, np.nan), self.is_tested & chosen)


def confirmed(test: PortfolioTest, name: str = "finding", across: Across | None = None) -> Bools:
    """Return whose finding survives the control over everybody tested for what ``name`` says.

    :param across: where the control over everybody comes from; None = from the given customers.
    """
    tests = int(test.is_tested.sum())
    (limit,) = (across or Across()).learn(
        name, lambda: (discovery_limit(test.p_value, tests=tests, rate=DISCOVERY_RATE),)
    )
    return np.asarray(test.p_value <= limit)


def discovery_limit(p_value: Floats, *, tests: int, rate: float) -> float:
    """Return the greatest p-value that survives Benjamini-Hochberg at a rate among ``tests`` tests; negative when none does.

    Tests whose p-value was not computed count in ``tests``, which makes the control stricter, never laxer.
    """
    known = np.sort(p_value[np.isfinite(p_value)])
    passed = known <= rate * np.arange(1, known.size + 1) / max(tests, 1)
    return float(known[np.flatnonzero(passed)[-1]]) if passed.any() else -1.0


def supported(value: Floats, p_value: Floats, *, warning: float, alarm: float, inside: float) -> Floats:
    """Return a figure as far as its test supports it: past the warning line with p < 5 %, past the alarm line with p < 1 %.

    What is not supported is reported ``inside`` of the line it would cross, so that a worse figure is never reported as a better one.
    """
    sign = 1.0 if alarm > warning else -1.0
    upward = sign * value
    held = np.where(
        p_value < 0.05, np.minimum(upward, sign * alarm - inside), np.minimum(upward, sign * warning - inside)
    )
    return np.where(p_value < 0.01, value, sign * held)
