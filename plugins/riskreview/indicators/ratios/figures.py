"""Owns the figures ratios are made of: totals rebuilt from their parts, signs, flows of a full year, and safe division.

NaN means missing. Amounts of one statement are in one currency, in units of one: mappings scale thousands and the like. Expenses
may be stated with either sign, so they enter by their size.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Items = Mapping[str, Floats]

FLOWS = (
    "revenue", "cost_of_sales", "gross_profit", "depreciation", "selling_general_admin", "interest_expense", "operating_profit",
    "ebit", "profit_before_tax", "net_income", "operating_cash_flow", "capex",
)  # fmt: skip
"""Items that grow over the year; the others are stocks at its end."""
STOCKS = (
    "cash", "trade_receivables", "inventories", "current_assets", "fixed_assets", "total_assets", "short_term_debt", "trade_payables",
    "current_liabilities", "long_term_debt", "total_liabilities", "share_capital", "retained_earnings", "equity", "market_equity",
)  # fmt: skip
ITEMS = (*STOCKS, *FLOWS)
EXPENSES = ("cost_of_sales", "depreciation", "selling_general_admin", "interest_expense", "capex")
FULL_YEAR, LAST_TWELVE_MONTHS, ANNUALIZED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Accounts:
    """The statements ratios are computed from, one element per customer.

    :param year: the newest statement with flows of a full year.
    :param now: the same with flows annualized by their months, so that they compare with ``before``.
    :param before: the statement of the same period, scope and currency a year before, annualized alike.
    :param basis: how ``year`` came about: full year, last twelve months, or annualized.
    """

    year: Items
    now: Items
    before: Items
    basis: NDArray[np.int8]


def make_accounts(now: Items, before: Items, last_year: Items) -> Accounts:
    """Return the accounts of statements as they were published.

    An interim statement becomes twelve months by adding the last financial year and taking away the interim of a year before;
    where one of the three lacks the item, its own months are stretched to a year.

    :param now: the newest statement and ``annual``, twelve divided by its months.
    :param before: the comparable statement a year before, NaN without one.
    :param last_year: the last financial year when ``now`` is an interim statement, NaN otherwise.
    """
    annual = now["annual"]
    stated, earlier = figures_of(now), figures_of(before)
    whole = figures_of(last_year)
    year = dict(stated)
    rolled_all = np.ones(annual.size, dtype=bool)
    for name in (*FLOWS, "funds"):
        rolled = stated[name] + whole[name] - earlier[name]
        usable = np.isfinite(rolled) & (annual > 1)
        year[name] = np.where(usable, rolled, stated[name] * annual)
        rolled_all &= usable | ~np.isfinite(stated[name])
    basis = np.where(annual == 1, FULL_YEAR, np.where(rolled_all, LAST_TWELVE_MONTHS, ANNUALIZED)).astype(np.int8)
    return Accounts(year, _annualized(stated, annual), _annualized(earlier, annual), basis)


def figures_of(items: Items) -> dict[str, Floats]:
    """Return items with expenses by their size and with what can be told from the others: totals, gross profit, EBIT, funds."""
    found = {name: items[name] for name in ITEMS}
    found |= {name: np.abs(found[name]) for name in EXPENSES}
    found["equity"] = first(found["equity"], found["total_assets"] - found["total_liabilities"])
    found["total_liabilities"] = first(found["total_liabilities"], found["total_assets"] - found["equity"])
    found["gross_profit"] = first(found["gross_profit"], found["revenue"] - found["cost_of_sales"])
    rebuilt = found["profit_before_tax"] + found["interest_expense"]
    found["ebit"] = first(found["ebit"], rebuilt, found["operating_profit"])
    found["funds"] = first(found["net_income"] + found["depreciation"], found["operating_cash_flow"])
    found["working_capital"] = found["current_assets"] - found["current_liabilities"]
    return found


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero or anything is missing."""
    result: Floats = np.divide(numerator, denominator, out=np.full(np.shape(numerator), np.nan), where=denominator != 0)
    return result


def share(numerator: Floats, denominator: Floats) -> Floats:
    """Divide by what can only be positive, such as assets: NaN otherwise, so that a wrong sign never makes a firm look sound."""
    return quotient(numerator, np.where(denominator > 0, denominator, np.nan))


def growth_pct(now: Floats, before: Floats) -> Floats:
    """Change in percent of the absolute earlier value, so that a loss that deepens is a fall."""
    return 100.0 * quotient(now - before, np.abs(before))


def first(*choices: Floats) -> Floats:
    """Return each element of the first array that has it."""
    result = choices[0]
    for choice in choices[1:]:
        result = np.where(np.isfinite(result), result, choice)
    return np.asarray(result, dtype=np.float64)


def _annualized(figures: Items, annual: Floats) -> dict[str, Floats]:
    return {**figures, **{name: figures[name] * annual for name in (*FLOWS, "funds")}}
