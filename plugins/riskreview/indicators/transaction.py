"""Owns the transaction dimension: T1 to T6 from the counted order days. Pure array rules."""

from typing import TYPE_CHECKING

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.order_tests import fit_purchase_model, order_drop, probability_alive
from riskreview.indicators.ratios.figures import quotient

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

MIN_ORDER_DAYS = 6
FIT_SAMPLE = 4000


def transaction_figures(columns: Columns, policy: "Policy", delivered: frozenset[str]) -> Figures:
    """Return T1 to T6, with a flag where the drop of T1 survives the control over the portfolio."""
    found = Figures({"T5": _returned_share(columns)})
    if not delivered & {"orders", "invoices"}:
        return found
    line = policy.indicator("T1")
    test = order_drop(columns.amounts("orders.recent"), columns.amounts("orders.base"), columns.amounts("orders.base_squares"),
                      warning=float(line.warning), alarm=float(line.alarm))  # fmt: skip
    found.values["T1"], found.flags["order_drop_confirmed"] = test.change_pct, test.is_discovery
    before = columns["orders.value_year_before"]
    found.values["T2"] = 100.0 * quotient(columns["orders.value_recent"] - before, before)
    days, count = columns["orders.days_since_last"], columns["orders.order_days"]
    found.values["T3"] = np.where(
        count >= MIN_ORDER_DAYS, quotient(days, np.maximum(columns["orders.gap_p95"], 1.0)), np.nan
    )
    found.values["T4"] = columns["orders.surge_z"].copy()
    found.values["T6"] = _alive(count, days, columns["orders.days_since_first"])
    return found


def _returned_share(columns: Columns) -> Floats:
    sold = columns["payment.sales_6m"]
    bad = (
        columns.amounts("credit_notes.credited_6m")
        + columns.amounts("orders.returned_6m")
        + columns.amounts("disputed.disputed_6m")
    )
    return 100.0 * quotient(bad, np.where(np.isfinite(sold), sold, columns["orders.value_6m"]))


def _alive(count: Floats, last: Floats, first: Floats) -> Floats:
    """Return P(alive) of everybody by a model fitted to a sample of the customers who order."""
    repeats, last_week, weeks = count - 1.0, (first - last) / 7.0, first / 7.0
    known = np.flatnonzero(np.isfinite(repeats))
    sample = known[:: max(1, known.size // FIT_SAMPLE)]
    model = fit_purchase_model(repeats[sample], last_week[sample], weeks[sample])
    return probability_alive(repeats, last_week, weeks, model)
