"""Owns the transaction dimension: T1 to T6 from the counted order days. Pure array rules."""

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns
from riskreview.indicators.discovery import PortfolioTest, supported
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.order_tests import OrderCounts, OrderGaps, order_drop, silence
from riskreview.indicators.purchase_model import PurchaseModel, fit_purchase_model, probability_alive
from riskreview.indicators.ratios.figures import quotient

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

MIN_ORDER_DAYS = 6
FIT_SAMPLE = 4000
SURGE_INSIDE = 0.01
"""How far inside a line a surge is reported that its test does not support, in robust deviations."""


def transaction_figures(columns: Columns, policy: "Policy", delivered: frozenset[str], across: Across) -> Figures:
    """Return T1 to T6, with the tests behind T1, T3 and T4, whose figures reach a line only as far as their test supports it.

    T1, T3 and T4 have nothing to reach where the policy leaves them out.
    """
    found = Figures({"T5": _returned_share(columns)})
    if not delivered & {"orders", "invoices"}:
        return found
    drop, quiet, surge = (policy.listed(name) for name in ("T1", "T3", "T4"))
    if drop is not None:
        counts = OrderCounts(*(columns.amounts(f"orders.{name}") for name in OrderCounts.__slots__))
        dropped = order_drop(counts, warning=drop.warning, alarm=drop.alarm, across=across)
        found.values["T1"], found.tests["order_drop_confirmed"] = dropped.change_pct, dropped.test
    before = columns["orders.value_year_before"]
    found.values["T2"] = 100.0 * quotient(columns["orders.value_recent"] - before, before)
    days, count = columns["orders.days_since_last"], columns["orders.order_days"]
    if quiet is not None:
        gaps = OrderGaps(*(columns[f"orders.{name}"] for name in OrderGaps.__slots__))
        silent = silence(gaps, warning=quiet.warning, alarm=quiet.alarm, across=across)
        found.values["T3"] = np.where(count >= MIN_ORDER_DAYS, silent, np.nan)
    if surge is not None:
        score, p_value = columns["orders.surge_z"], columns["orders.surge_p"]
        found.values["T4"] = supported(score, p_value, warning=surge.warning, alarm=surge.alarm, inside=SURGE_INSIDE)
        found.tests["order_surge_confirmed"] = PortfolioTest(p_value, np.isfinite(score))
    found.values["T6"] = _alive(count, days, columns["orders.days_since_first"], across)
    return found


def _returned_share(columns: Columns) -> Floats:
    sold = columns["payment.sales_6m"]
    bad = (
        columns.amounts("credit_notes.credited_6m")
        + columns.amounts("orders.returned_6m")
        + columns.amounts("disputed.disputed_6m")
    )
    return 100.0 * quotient(bad, np.where(np.isfinite(sold), sold, columns["orders.value_6m"]))


def _alive(count: Floats, last: Floats, first: Floats, across: Across) -> Floats:
    """Return P(alive) of everybody by a model fitted to a sample of the customers who order."""
    repeats, last_week, weeks = count - 1.0, (first - last) / 7.0, first / 7.0

    def fit() -> tuple[float, ...]:
        known = np.flatnonzero(np.isfinite(repeats))
        sample = known[:: max(1, known.size // FIT_SAMPLE)]
        return astuple(fit_purchase_model(repeats[sample], last_week[sample], weeks[sample]))

    return probability_alive(repeats, last_week, weeks, PurchaseModel(*across.learn("purchase_model", fit)))
