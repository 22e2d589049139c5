"""Owns the expected loss of each customer: probability of default, times loss given default, times exposure at default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.portfolio_policy import LossRule
from riskreview.policy.risk_terms import ClassWord, RiskClass

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpectedLoss:
    """Of every customer, in the order of the input; shares between 0 and 1, money in the reporting currency.

    :param given_default: share of the exposure that is lost when the customer defaults.
    """

    probability: Floats
    given_default: Floats
    amount: Floats


def expected_loss(risk_class: NDArray[np.int16], exposure: Floats, secured: Floats, rule: LossRule, *,
                  probability: Floats | None = None) -> ExpectedLoss:  # fmt: skip
    """Return the expected loss.

    The probability of a class is the least that counts: a model that judges milder than the class, which also knows rules and
    opinions, does not lower the loss.

    :param exposure: open items and committed orders. :param secured: what insurance and collateral cover, at most the exposure.
    :param probability: a model's probability of default within twelve months, NaN where it has none.
    """
    of_class = _by_class(rule.pd_by_class_pct)[risk_class]
    pd = of_class if probability is None else np.fmax(of_class, probability)
    covered = np.divide(np.minimum(secured, exposure), exposure, out=np.zeros(len(exposure)), where=exposure > 0)
    lgd = covered * rule.secured_lgd_pct / 100 + (1 - covered) * rule.unsecured_lgd_pct / 100
    return ExpectedLoss(pd, lgd, pd * lgd * exposure)


def _by_class(percent: Mapping[ClassWord, float]) -> Floats:
    return np.asarray([percent[cast("ClassWord", word.name)] for word in RiskClass], dtype=np.float64) / 100
