"""Owns the terms of the ratio models: what each needs, how it is computed, and what stands in when it cannot be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskreview.indicators.ratios.figures import Accounts, Floats, Items, quotient, share

Compute = Callable[[Accounts], Floats]


@dataclass(frozen=True, slots=True)
class Term:
    """One term.

    :param needs: figures of the newest statement; ``compares`` those of both the newest and the one a year before.
    :param fallback: stands in for the term where it is missing; the model's value is then marked as substituted.
    :param is_optional_to_rank: without the term the value still ranks firms but has no zone and no probability.
    """

    needs: tuple[str, ...]
    compute: Compute
    compares: tuple[str, ...] = ()
    fallback: Compute | None = None
    is_optional_to_rank: bool = False


def _over_assets(figure: str) -> Term:
    return Term((figure, "total_assets"), lambda a: share(a.year[figure], a.year["total_assets"]))


def _over_liabilities(figure: str) -> Term:
    return Term((figure, "total_liabilities"), lambda a: share(a.year[figure], a.year["total_liabilities"]))


def _compared(figures: tuple[str, ...], compute: Callable[[Items, Items], Floats], *, neutral: bool = False) -> Term:
    """Return a term of two comparable statements; a neutral one counts as 1 where it is missing (Beneish 1999)."""
    one: Compute | None = (lambda a: np.ones(a.basis.size)) if neutral else None
    return Term((), lambda a: compute(a.now, a.before), figures, one)


def _index(
    figures: tuple[str, ...], rate: Callable[[Items], Floats], *, inverse: bool = False, neutral: bool = False
) -> Term:
    """Return the term rate now / rate before, or its inverse."""

    def compute(now: Items, before: Items) -> Floats:
        return share(rate(before), rate(now)) if inverse else share(rate(now), rate(before))

    return _compared(figures, compute, neutral=neutral)


def _sign(holds: Callable[[Accounts], Floats], needs: tuple[str, ...], compares: tuple[str, ...] = ()) -> Term:
    """Return a term of 1 where a difference is positive, 0 where it is not."""

    def compute(accounts: Accounts) -> Floats:
        difference = holds(accounts)
        return np.where(np.isfinite(difference), difference > 0, np.nan)

    return Term(needs, compute, compares)


def _rises(figures: tuple[str, ...], rate: Callable[[Items], Floats]) -> Term:
    return _sign(lambda a: rate(a.now) - rate(a.before), (), figures)


def _size(accounts: Accounts) -> Floats:
    worth = accounts.year["deflated_assets"]
    return np.log(np.where(worth > 0, worth, np.nan))


def _two_losses(accounts: Accounts) -> Floats:
    now, before = accounts.year["net_income"], accounts.before["net_income"]
    return np.where(np.isfinite(now + before), (now < 0) & (before < 0), np.nan)


def _income_change(accounts: Accounts) -> Floats:
    now, before = accounts.now["net_income"], accounts.before["net_income"]
    return np.where((now == 0) & (before == 0), 0.0, quotient(now - before, np.abs(now) + np.abs(before)))


def _exceeds(accounts: Accounts) -> Floats:
    difference = accounts.year["total_liabilities"] - accounts.year["total_assets"]
    return np.where(np.isfinite(difference), difference > 0, np.nan)


def _gross_margin(items: Items) -> Floats:
    return share(items["gross_profit"], items["revenue"])


def _soft_assets(items: Items) -> Floats:
    return 1.0 - share(items["current_assets"] + items["fixed_assets"], items["total_assets"])


def _depreciation_rate(items: Items) -> Floats:
    return share(items["depreciation"], items["depreciation"] + items["fixed_assets"])


def _leverage(items: Items) -> Floats:
    return share(items["current_liabilities"] + items["long_term_debt"], items["total_assets"])


def _short_leverage_index(accounts: Accounts) -> Floats:
    """Leverage of current liabilities alone, where neither statement tells long-term debt."""
    now, before = accounts.now, accounts.before
    silent = ~np.isfinite(now["long_term_debt"]) & ~np.isfinite(before["long_term_debt"])
    index = share(
        share(now["current_liabilities"], now["total_assets"]),
        share(before["current_liabilities"], before["total_assets"]),
    )
    return np.where(silent, index, np.nan)


def _return(items: Items) -> Floats:
    return share(items["net_income"], items["total_assets"])


TERMS: dict[str, Term] = {
    "working_capital_to_assets": Term(
        ("current_assets", "current_liabilities", "total_assets"), lambda a: share(a.year["working_capital"], a.year["total_assets"])
    ),
    "retained_earnings_to_assets": _over_assets("retained_earnings"),
    "ebit_to_assets": _over_assets("ebit"),
    "sales_to_assets": _over_assets("revenue"),
    "net_income_to_assets": _over_assets("net_income"),
    "liabilities_to_assets": _over_assets("total_liabilities"),
    "equity_to_liabilities": _over_liabilities("equity"),
    "market_equity_to_liabilities": _over_liabilities("market_equity"),
    "funds_to_liabilities": _over_liabilities("funds"),
    "current_ratio": Term(
        ("current_assets", "current_liabilities"), lambda a: share(a.year["current_assets"], a.year["current_liabilities"])
    ),
    "current_liabilities_to_current_assets": Term(
        ("current_liabilities", "current_assets"), lambda a: share(a.year["current_liabilities"], a.year["current_assets"])
    ),
    "pretax_to_current_liabilities": Term(
        ("profit_before_tax", "current_liabilities"), lambda a: share(a.year["profit_before_tax"], a.year["current_liabilities"])
    ),
    "size": Term(("deflated_assets",), _size, fallback=lambda a: np.zeros(a.basis.size), is_optional_to_rank=True),
    "liabilities_exceed_assets": Term(("total_liabilities", "total_assets"), _exceeds),
    "two_losses": Term(
        ("net_income",), _two_losses, ("net_income",), fallback=lambda a: np.where(a.year["net_income"] < 0, 1.0, 0.0)
    ),
    "income_change": Term((), _income_change, ("net_income",), fallback=lambda a: np.zeros(a.basis.size)),
    "receivables_index": _index(
        ("trade_receivables", "revenue"), lambda items: share(items["trade_receivables"], items["revenue"])
    ),
    "margin_index": _index(("gross_profit", "revenue"), _gross_margin, inverse=True),
    "asset_quality_index": _index(("current_assets", "fixed_assets", "total_assets"), _soft_assets, neutral=True),
    "sales_index": _index(("revenue",), lambda items: items["revenue"]),
    "depreciation_index": _index(("depreciation", "fixed_assets"), _depreciation_rate, inverse=True, neutral=True),
    "overhead_index": _index(
        ("selling_general_admin", "revenue"), lambda items: share(items["selling_general_admin"], items["revenue"]), neutral=True
    ),
    "leverage_index": Term(
        (), lambda a: share(_leverage(a.now), _leverage(a.before)), ("current_liabilities", "long_term_debt", "total_assets"),
        fallback=_short_leverage_index,
    ),
    "accruals_to_assets": Term(
        ("net_income", "operating_cash_flow", "total_assets"),
        lambda a: share(a.year["net_income"] - a.year["operating_cash_flow"], a.year["total_assets"]),
    ),
    "profit_is_positive": _sign(lambda a: a.year["net_income"], ("net_income",)),
    "cash_flow_is_positive": _sign(lambda a: a.year["operating_cash_flow"], ("operating_cash_flow",)),
    "cash_flow_exceeds_profit": _sign(
        lambda a: a.year["operating_cash_flow"] - a.year["net_income"], ("operating_cash_flow", "net_income")
    ),
    "return_rose": _rises(("net_income", "total_assets"), _return),
    "leverage_fell": _rises(
        ("long_term_debt", "total_assets"), lambda items: -share(items["long_term_debt"], items["total_assets"])
    ),
    "current_ratio_rose": _rises(
        ("current_assets", "current_liabilities"), lambda items: share(items["current_assets"], items["current_liabilities"])
    ),
    "no_shares_issued": _sign(
        lambda a: np.where(np.isfinite(a.now["share_capital"] - a.before["share_capital"]),
                           a.now["share_capital"] <= a.before["share_capital"], np.nan), (), ("share_capital",),
    ),
    "margin_rose": _rises(("gross_profit", "revenue"), _gross_margin),
    "turnover_rose": _rises(("revenue", "total_assets"), lambda items: share(items["revenue"], items["total_assets"])),
}  # fmt: skip
"""Every term of the published models; a test proves that none is missing and none is idle."""
