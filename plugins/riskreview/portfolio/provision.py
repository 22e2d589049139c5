"""Owns the provision matrix: how amounts roll from bucket to bucket, and the loss rates that follow (IFRS 9, simplified approach, B5.5.35).

The result is a management estimate, not the statutory provision.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.portfolio_policy import ProvisionRule
from riskreview.portfolio.ageing import BUCKETS, PAID, TARGETS, WRITTEN_OFF

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rolls:
    """What became of the amounts within a month, added up over the observed months.

    :param amount: buckets by targets, reporting currency. :param items: number of items behind each, the same shape.
    """

    amount: Floats
    items: NDArray[np.int64]

    def rates(self) -> Floats:
        """Return the share of each bucket that went to each target; NaN for a bucket nothing was ever in."""
        total = self.amount.sum(axis=1, keepdims=True)
        shares: Floats = np.divide(self.amount, total, out=np.full(self.amount.shape, np.nan), where=total > 0)
        return shares


@dataclass(frozen=True, slots=True)
class LossRates:
    """Loss rate of each bucket as a share of its balance.

    :param observed: from the rolls alone, NaN where they do not tell. :param credibility: weight of the observed rate, 0 to 1.
    :param rate: credibility-weighted mean of observed and policy rate, never lower for a later bucket than for an earlier one.
    """

    observed: Floats
    credibility: Floats
    rate: Floats


def no_rolls() -> Rolls:
    """Return rolls in which nothing was observed."""
    shape = (len(BUCKETS), len(TARGETS))
    return Rolls(np.zeros(shape), np.zeros(shape, dtype=np.int64))


def loss_rates(rolls: Rolls, rule: ProvisionRule) -> LossRates:
    """Return the loss rates of all buckets.

    An amount is lost when it rolls through all later buckets into a write-off: the chance of ever reaching the next bucket is
    what rolled on divided by what left the bucket, and the last bucket's loss is what was written off of what left it. Few
    items say little: with fewer than ``full_credibility_items`` the policy's rate keeps the square root's complement of the weight.
    """
    onward, leaving = _onward(rolls)
    chances = np.divide(onward, leaving, out=np.full(len(BUCKETS), np.nan), where=leaving > 0)
    observed = np.flip(np.cumprod(np.flip(chances))) * (1 - rule.recovery_pct / 100) * rule.forward_factor
    items = rolls.items.sum(axis=1).astype(np.float64)
    weight = np.sqrt(np.minimum(items / rule.full_credibility_items, 1.0))
    weight = np.where(np.isnan(observed), 0.0, np.minimum.accumulate(np.flip(weight))[::-1])
    stated = np.asarray([rule.rates_pct[name] for name in BUCKETS]) / 100
    blended = weight * np.nan_to_num(observed) + (1 - weight) * stated
    return LossRates(observed, weight, np.minimum(np.maximum.accumulate(blended), 1.0))


def _onward(rolls: Rolls) -> tuple[Floats, Floats]:
    """Return, per bucket, what moved to a later bucket or was written off, and all that left it (staying does not count)."""
    count = len(BUCKETS)
    onward = (
        np.array([rolls.amount[place, place + 1 : count].sum() for place in range(count)])
        + rolls.amount[:, WRITTEN_OFF]
    )
    back = np.array([rolls.amount[place, :place].sum() for place in range(count)]) + rolls.amount[:, PAID]
    return onward, onward + back
