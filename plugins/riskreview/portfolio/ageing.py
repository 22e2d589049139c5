"""Owns the buckets of days past due and the balances of receivables by month: values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.portfolio_policy import BUCKET_NAMES

Floats = NDArray[np.float64]
BUCKETS = BUCKET_NAMES
"""Days past due: not due, one to thirty days and so on; the customary buckets of trade receivables."""
PAID, WRITTEN_OFF = len(BUCKETS), len(BUCKETS) + 1
TARGETS = (*BUCKETS, "paid", "written_off")
"""Where an amount may be a month later."""


@dataclass(frozen=True, slots=True)
class Months:
    """The receivables of consecutive months, the last one ending at the business date. Amounts in the reporting currency.

    :param ends: last day of each month, of the last one the business date. :param days: calendar days of each month up to there.
    :param balance: months by buckets: what was open at each end. :param sales: billed in each month, less credit notes.
    """

    ends: tuple[date, ...]
    days: tuple[int, ...]
    balance: Floats
    sales: Floats

    @property
    def receivables(self) -> Floats:
        """Everything open at each end."""
        total: Floats = self.balance.sum(axis=1)
        return total

    @property
    def overdue(self) -> Floats:
        """What was past due at each end."""
        total: Floats = self.balance[:, 1:].sum(axis=1)
        return total


def month_number(day: date) -> int:
    """Return the number of a day's month, one more than that of the month before."""
    return day.year * 12 + day.month


def month_ends(as_of: date, months: int) -> tuple[date, ...]:
    """Return the last days of ``months`` consecutive months, of the last one ``as_of`` itself."""
    last = month_number(as_of)
    return (*(_last_day(number) for number in range(last - months + 1, last)), as_of)


def month_days(ends: Sequence[date]) -> tuple[int, ...]:
    """Return how many days of its month have passed at each end."""
    return tuple(end.day for end in ends)


def _last_day(number: int) -> date:
    following = date(number // 12, number % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
