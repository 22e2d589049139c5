"""Owns the plain ratios beside the models: liquidity, leverage, cover, cash flow, profitability, turnover and growth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from riskreview.indicators.ratios.figures import Accounts, Bools, Floats, Items, growth_pct, quotient, share
from riskreview.policy.risk_terms import Text

COVER_CAP = 99.0
"""Interest cover of a firm that pays no interest, with the sign of its earnings."""
Family = Literal["liquidity", "leverage", "cover", "cash flow", "profitability", "turnover", "growth"]


@dataclass(frozen=True, slots=True)
class PlainRatio:
    """One ratio; ``compares`` are figures it needs from the comparable statement a year before too."""

    id: str
    family: Family
    name: Text
    formula: str
    needs: tuple[str, ...]
    compute: Callable[[Accounts], Floats]
    compares: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlainResult:
    """A plain ratio over customers and who lacks which figure."""

    value: Floats
    missing: dict[str, Bools]


def evaluate_plain(ratio: PlainRatio, accounts: Accounts) -> PlainResult:
    """Compute a ratio for every customer."""
    missing = {name: ~np.isfinite(accounts.year[name]) for name in ratio.needs}
    missing |= {f"{name}_before": ~np.isfinite(accounts.before[name]) for name in ratio.compares}
    return PlainResult(ratio.compute(accounts), missing)


def interest_cover(items: Items) -> Floats:
    """EBIT / interest expense, cut at plus and minus 99; without interest it is 99 with the sign of EBIT."""
    ebit, interest = items["ebit"], items["interest_expense"]
    cover = quotient(ebit, interest)
    free = (interest == 0) & np.isfinite(ebit)
    return np.where(free, np.where(ebit < 0, -COVER_CAP, COVER_CAP), np.clip(cover, -COVER_CAP, COVER_CAP))


def _over(id_: str, family: Family, name: tuple[str, str], top: str, bottom: str, factor: float = 1.0) -> PlainRatio:
    formula = f"{top} / {bottom}" + (f" * {factor:g}" if factor != 1.0 else "")
    return PlainRatio(
        id_, family, Text(en=name[0], zh=name[1]), formula, (top, bottom), lambda a: factor * share(a.year[top], a.year[bottom])
    )  # fmt: skip


def _of(
    id_: str, family: Family, name: tuple[str, str], formula: str, needs: tuple[str, ...], compute: Callable[[Items], Floats]
) -> PlainRatio:  # fmt: skip
    return PlainRatio(id_, family, Text(en=name[0], zh=name[1]), formula, needs, lambda a: compute(a.year))


def _growth(id_: str, name: tuple[str, str], figure: str) -> PlainRatio:
    return PlainRatio(
        id_, "growth", Text(en=name[0], zh=name[1]), f"({figure} - {figure} a year before) / |{figure} a year before| * 100",
        (figure,), lambda a: growth_pct(a.now[figure], a.before[figure]), (figure,),
    )  # fmt: skip


PLAIN: dict[str, PlainRatio] = {ratio.id: ratio for ratio in (
    _over("current_ratio", "liquidity", ("current ratio", "流动比率"), "current_assets", "current_liabilities"),
    _of("quick_ratio", "liquidity", ("quick ratio", "速动比率"), "(current_assets - inventories) / current_liabilities",
        ("current_assets", "inventories", "current_liabilities"),
        lambda i: share(i["current_assets"] - i["inventories"], i["current_liabilities"])),
    _over("cash_ratio", "liquidity", ("cash ratio", "现金比率"), "cash", "current_liabilities"),
    _over("debt_ratio", "leverage", ("debt ratio", "资产负债率"), "total_liabilities", "total_assets"),
    _over("equity_ratio", "leverage", ("equity ratio", "权益比率"), "equity", "total_assets"),
    _over("debt_to_equity", "leverage", ("liabilities to equity", "产权比率"), "total_liabilities", "equity"),
    _of("borrowings_to_ebit", "leverage", ("borrowings to EBIT", "有息负债 / 息税前利润"), "(short_term_debt + long_term_debt) / ebit",
        ("short_term_debt", "long_term_debt", "ebit"), lambda i: share(i["short_term_debt"] + i["long_term_debt"], i["ebit"])),
    _of("interest_cover", "cover", ("interest cover", "利息保障倍数"), "ebit / interest_expense, within -99 and 99; without interest 99 with the sign of EBIT",
        ("ebit", "interest_expense"), interest_cover),
    _over("cash_interest_cover", "cover", ("cash flow to interest", "现金利息保障倍数"), "operating_cash_flow", "interest_expense"),
    _over("cash_flow_to_current_liabilities", "cash flow", ("operating cash flow to current liabilities", "经营现金流比率"),
          "operating_cash_flow", "current_liabilities"),
    _over("cash_flow_to_liabilities", "cash flow", ("operating cash flow to liabilities", "经营现金流 / 总负债"),
          "operating_cash_flow", "total_liabilities"),
    _of("free_cash_flow_margin_pct", "cash flow", ("free cash flow margin", "自由现金流率"), "(operating_cash_flow - capex) / revenue * 100",
        ("operating_cash_flow", "capex", "revenue"), lambda i: 100.0 * share(i["operating_cash_flow"] - i["capex"], i["revenue"])),
    _over("gross_margin_pct", "profitability", ("gross margin", "毛利率"), "gross_profit", "revenue", 100.0),
    _over("pretax_margin_pct", "profitability", ("pre-tax margin", "税前利润率"), "profit_before_tax", "revenue", 100.0),
    _over("net_margin_pct", "profitability", ("net margin", "净利率"), "net_income", "revenue", 100.0),
    _over("return_on_assets_pct", "profitability", ("return on assets", "总资产收益率"), "net_income", "total_assets", 100.0),
    _over("return_on_equity_pct", "profitability", ("return on equity", "净资产收益率"), "net_income", "equity", 100.0),
    _over("asset_turnover", "turnover", ("asset turnover", "总资产周转率"), "revenue", "total_assets"),
    _over("receivable_days", "turnover", ("days of receivables", "应收账款周转天数"), "trade_receivables", "revenue", 365.0),
    _over("inventory_days", "turnover", ("days of inventories", "存货周转天数"), "inventories", "cost_of_sales", 365.0),
    _over("payable_days", "turnover", ("days of payables", "应付账款周转天数"), "trade_payables", "cost_of_sales", 365.0),
    _growth("revenue_change_pct", ("revenue change", "收入同比"), "revenue"),
    _growth("equity_change_pct", ("equity change", "净资产同比"), "equity"),
    _growth("assets_change_pct", ("asset change", "总资产同比"), "total_assets"),
)}  # fmt: skip
