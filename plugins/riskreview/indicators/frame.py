"""Owns the shape of the indicators: arrays of equal length, one element per customer."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Learned
from riskreview.indicators.discovery import PortfolioTest

FINANCIAL = tuple(f"F{n}" for n in range(1, 11))
PAYMENT = tuple(f"P{n}" for n in range(1, 11))
TRANSACTION = tuple(f"T{n}" for n in range(1, 7))
INDUSTRY = tuple(f"M{n}" for n in range(1, 5))
COMPLIANCE = tuple(f"C{n}" for n in range(1, 7))
RELATIONSHIP = tuple(f"E{n}" for n in range(1, 7))
INDICATORS = (*FINANCIAL, *PAYMENT, *TRANSACTION, *INDUSTRY, *COMPLIANCE, *RELATIONSHIP)
"""What is computed from facts. M5, the worst class in the group, is known only once the classes are."""

FLAGS = ("insolvency", "fraud", "restated", "returned_payment", "negative_equity", "statements_stale",
         "rate_missing", "order_drop_confirmed", "order_surge_confirmed", "abnormal_financials",
         "abnormal_financials_confirmed", "dishonest_debtor", "inactive", "orders_again",
         "paid_on_account")  # fmt: skip

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one dimension adds: indicators and flags by name, one element per customer; tests by the flag that confirms them."""

    values: dict[str, Floats]
    flags: dict[str, Bools] = field(default_factory=dict)
    tests: dict[str, PortfolioTest] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndicatorFrame:
    """Indicators of every customer at one date. NaN means missing, never zero.

    :param customer_key: ascending, int64.
    :param values: float64 by indicator id; units are those of the policy (days, percent, ratio, count, probability).
    :param exposure: open items plus delivered and released orders, in the reporting currency.
    :param overdue: undisputed open amount past its due date, in the reporting currency.
    :param disputed: open amount under dispute, in the reporting currency; reported apart from ``overdue``.
    :param limit_amount: credit limit valid at the date, NaN without one, in the reporting currency.
    :param last_activity: datetime64[D] of the last invoice, payment or order; NaT without any.
    :param flags: bool by name, see ``FLAGS``. ``statements_stale``: no statement of the last 18 months. ``rate_missing``: an
        amount could not be converted, so the money indicators are missing. ``order_drop_confirmed``: the drop of T1 survives the Benjamini-Hochberg control over the portfolio;
        ``order_surge_confirmed`` and ``abnormal_financials_confirmed`` likewise; ``abnormal_financials`` before that control.
        ``inactive`` and ``orders_again``: see ``dormancy``. ``paid_on_account``: payments that named no invoice settled some.
    :param learned: what the figures took from all customers together.
    :param line_set: int64, one bit per override of lines in the policy that fits; None where nobody has lines of its own.
    :param unapplied: what payments go beyond the invoices they name or, naming none, beyond all that was due, in the reporting currency; None if not computed.
    """

    customer_key: NDArray[np.int64]
    values: dict[str, Floats]
    exposure: Floats
    overdue: Floats
    disputed: Floats
    limit_amount: Floats
    last_activity: NDArray[np.datetime64]
    flags: dict[str, Bools]
    learned: Learned = field(default_factory=dict)
    line_set: NDArray[np.int64] | None = None
    unapplied: Floats | None = None
