"""Owns the financial dimension: F1 to F10 for the few customers whose statements are known. Pure array rules."""

from datetime import date

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import FINANCIAL, Figures
from riskreview.indicators.ratios import financial_indicators

STALE_DAYS = 549
"""Eighteen months: older statements say nothing any more."""
STATEMENT_ITEMS = (
    "annual", "current_assets", "fixed_assets", "total_assets", "current_liabilities", "long_term_debt", "total_liabilities",
    "retained_earnings", "equity", "trade_receivables", "revenue", "cost_of_sales", "gross_profit", "depreciation",
    "selling_general_admin", "interest_expense", "operating_profit", "ebit", "profit_before_tax", "net_income",
    "operating_cash_flow",
)  # fmt: skip


def financial_figures(columns: Columns, as_of: date, size: int) -> Figures:
    """Return F1 to F10, with flags for negative equity and for statements that are too old to say anything."""
    place, stated = columns.kept("financial")
    if place.size == 0:
        return Figures({})
    now = {name: stated[name] for name in STATEMENT_ITEMS}
    before = {name: stated[f"{name}_before"] for name in STATEMENT_ITEMS if name != "annual"}
    end = stated["period_end"].astype("datetime64[D]")
    stale = (np.datetime64(as_of, "D") - end).astype(np.int64) > STALE_DAYS
    found = Figures(
        {name: np.full(size, np.nan) for name in FINANCIAL},
        {name: np.zeros(size, dtype=bool) for name in ("statements_stale", "negative_equity")},
    )
    for name, values in financial_indicators(now, before).items():
        found.values[name][place] = np.where(stale, np.nan, values)
    negative = (now["equity"] < 0) | (now["total_liabilities"] > now["total_assets"])
    found.flags["statements_stale"][place] = stale
    found.flags["negative_equity"][place] = negative & ~stale
    return found
