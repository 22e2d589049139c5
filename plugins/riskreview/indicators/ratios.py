"""Owns the financial indicators F1 to F10: published formulas over arrays of statement items. NaN in, NaN out.

Sources: Altman, Z'' for private non-manufacturers (1995); Zmijewski, Journal of Accounting Research 22 (1984); Beneish,
Financial Analysts Journal 55 (1999), eight variables. Zero denominators give NaN, except interest: see ``interest_cover``.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Items = Mapping[str, Floats]
COVER_CAP = 99.0
"""Interest cover of a firm that pays no interest, with the sign of its earnings."""


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero or anything is missing."""
    result: Floats = np.divide(numerator, denominator, out=np.full(np.shape(numerator), np.nan), where=denominator != 0)
    return result


def altman_z2(items: Items) -> Floats:
    """Z'' = 6.56 WC/TA + 3.26 RE/TA + 6.72 EBIT/TA + 1.05 BVE/TL; below 1.1 distress, above 2.6 safe."""
    assets = items["total_assets"]
    working = quotient(items["current_assets"] - items["current_liabilities"], assets)
    return (
        6.56 * working + 3.26 * quotient(items["retained_earnings"], assets)
        + 6.72 * quotient(ebit_of(items), assets) + 1.05 * quotient(equity_of(items), items["total_liabilities"])
    )  # fmt: skip


def zmijewski(items: Items) -> Floats:
    """P = Phi(-4.336 - 4.513 NI/TA + 5.679 TL/TA + 0.004 CA/CL); above 0.5 distress is likelier than not."""
    from scipy.special import ndtr

    assets = items["total_assets"]
    score = (
        -4.336 - 4.513 * quotient(items["net_income"], assets) + 5.679 * quotient(items["total_liabilities"], assets)
        + 0.004 * quotient(items["current_assets"], items["current_liabilities"])
    )  # fmt: skip
    return np.asarray(ndtr(score), dtype=np.float64)


def interest_cover(items: Items) -> Floats:
    """EBIT / interest expense, cut at plus and minus 99; without interest it is 99 with the sign of EBIT."""
    ebit, interest = ebit_of(items), np.abs(items["interest_expense"])
    cover = quotient(ebit, interest)
    free = (interest == 0) & np.isfinite(ebit)
    return np.where(free, np.where(ebit < 0, -COVER_CAP, COVER_CAP), np.clip(cover, -COVER_CAP, COVER_CAP))


def beneish_m(now: Items, before: Items) -> Floats:
    """M = -4.84 + 0.920 DSRI + 0.528 GMI + 0.404 AQI + 0.892 SGI + 0.115 DEPI - 0.172 SGAI + 4.679 TATA - 0.327 LVGI.

    DEPI, AQI and SGAI are neutral (1) when their items are missing; the others are required. Above -1.78 a flag at 20:1 costs.
    """
    return (
        -4.84 + 0.920 * _change(quotient(now["trade_receivables"], now["revenue"]), quotient(before["trade_receivables"], before["revenue"]))
        + 0.528 * _change(_gross_margin(before), _gross_margin(now)) + 0.404 * _neutral(_change(_soft_assets(now), _soft_assets(before)))
        + 0.892 * quotient(now["revenue"], before["revenue"])
        + 0.115 * _neutral(_change(_depreciation_rate(before), _depreciation_rate(now)))
        - 0.172 * _neutral(_change(quotient(now["selling_general_admin"], now["revenue"]),
                                   quotient(before["selling_general_admin"], before["revenue"])))
        + 4.679 * quotient(now["net_income"] - now["operating_cash_flow"], now["total_assets"])
        - 0.327 * _change(_leverage(now), _leverage(before))
    )  # fmt: skip


def growth_pct(now: Floats, before: Floats) -> Floats:
    """Change in percent of the absolute earlier value, so that a loss that deepens is a fall."""
    return 100.0 * quotient(now - before, np.abs(before))


def ebit_of(items: Items) -> Floats:
    """EBIT as stated, else pre-tax profit plus interest, else operating profit."""
    rebuilt = items["profit_before_tax"] + np.abs(items["interest_expense"])
    return _first(items["ebit"], rebuilt, items["operating_profit"])


def equity_of(items: Items) -> Floats:
    """Equity as stated, else assets less liabilities."""
    return _first(items["equity"], items["total_assets"] - items["total_liabilities"])


def financial_indicators(now: Items, before: Items) -> dict[str, Floats]:
    """Return F1 to F10 from the newest statement and the comparable one a year before (NaN items without one)."""
    annual = now["annual"]
    flows = ("revenue", "cost_of_sales", "gross_profit", "depreciation", "selling_general_admin", "interest_expense",
             "operating_profit", "ebit", "profit_before_tax", "net_income", "operating_cash_flow")  # fmt: skip
    year = {**now, **{name: now[name] * annual for name in flows}}
    year_before = {**before, **{name: before[name] * annual for name in flows}}
    return {
        "F1": altman_z2(year),
        "F2": zmijewski(year),
        "F3": quotient(now["current_assets"], now["current_liabilities"]),
        "F4": quotient(now["total_liabilities"], now["total_assets"]),
        "F5": interest_cover(year),
        "F6": quotient(year["operating_cash_flow"], now["current_liabilities"]),
        "F7": growth_pct(now["revenue"], before["revenue"]),
        "F8": 100.0 * quotient(now["profit_before_tax"], now["revenue"]),
        "F9": growth_pct(equity_of(now), equity_of(before)),
        "F10": beneish_m(year, year_before),
    }


def _gross_margin(items: Items) -> Floats:
    profit = _first(items["gross_profit"], items["revenue"] - np.abs(items["cost_of_sales"]))
    return quotient(profit, items["revenue"])


def _soft_assets(items: Items) -> Floats:
    return 1.0 - quotient(items["current_assets"] + items["fixed_assets"], items["total_assets"])


def _depreciation_rate(items: Items) -> Floats:
    return quotient(items["depreciation"], items["depreciation"] + items["fixed_assets"])


def _leverage(items: Items) -> Floats:
    debt = items["current_liabilities"] + np.nan_to_num(items["long_term_debt"], nan=0.0)
    return quotient(debt, items["total_assets"])


def _change(now: Floats, before: Floats) -> Floats:
    return quotient(now, before)


def _neutral(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 1.0)


def _first(*choices: Floats) -> Floats:
    result = choices[0]
    for choice in choices[1:]:
        result = np.where(np.isfinite(result), result, choice)
    return np.asarray(result, dtype=np.float64)
