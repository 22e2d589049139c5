"""Owns how fast receivables turn into money: DSO and what is behind it, and how much of what could be collected was.

Formulas of the Credit Research Foundation and NACM; see docs/reference/portfolio.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.portfolio.ageing import Months

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Turnover:
    """Figures of each month; NaN where a month has nothing to divide by. Days unless said otherwise.

    :param dso: days sales outstanding over the window. :param best_possible_dso: the same of what is not due.
    :param average_days_delinquent: the difference: what late payment costs in days.
    :param countback_dso: days of the newest sales that the receivables stand for; follows seasonal sales.
    :param cei_pct: collection effectiveness, 100 = everything that fell due was collected.
    """

    dso: Floats
    best_possible_dso: Floats
    average_days_delinquent: Floats
    countback_dso: Floats
    cei_pct: Floats


def turnover(months: Months, *, window: int) -> Turnover:
    """Return the figures of every month.

    :param window: months of sales behind DSO; months before a full window have none.
    """
    sales, days = _rolled(months.sales, window), _rolled(np.asarray(months.days, dtype=np.float64), window)
    daily = np.where(sales > 0, sales / days, np.nan)
    dso, best = months.receivables / daily, months.balance[:, 0] / daily
    return Turnover(dso, best, dso - best, _countback(months), _effectiveness(months))


def countback_days(receivables: float, sales: Sequence[float], days: Sequence[int]) -> float:
    """Return the days of sales that receivables stand for, newest month first taken; NaN when all sales do not cover them.

    :param sales: of consecutive months, oldest first. :param days: of the same months.
    """
    rest, counted = receivables, 0.0
    for sold, length in zip(reversed(sales), reversed(days), strict=True):
        if rest <= 0:
            return counted
        if sold >= rest:
            return counted + length * rest / sold
        counted, rest = counted + length, rest - max(sold, 0.0)
    return counted if rest <= 0 else float("nan")


def _countback(months: Months) -> Floats:
    sales, days = months.sales.tolist(), list(months.days)
    found = [countback_days(float(due), sales[: n + 1], days[: n + 1]) for n, due in enumerate(months.receivables)]
    return np.asarray(found, dtype=np.float64)


def _effectiveness(months: Months) -> Floats:
    """Return (begin + sales - end) / (begin + sales - end not due) in percent, month by month."""
    begin = np.concatenate([[np.nan], months.receivables[:-1]])
    collectable = begin + months.sales - months.balance[:, 0]
    collected = begin + months.sales - months.receivables
    share = np.divide(collected, collectable, out=np.full(len(begin), np.nan), where=collectable > 0)
    return np.asarray(100.0 * share)


def _rolled(values: Floats, window: int) -> Floats:
    total = np.full(len(values), np.nan)
    if len(values) >= window:
        total[window - 1 :] = np.convolve(values, np.ones(window), mode="valid")
    return total
