"""F1 to F10 in pandas from their formulas."""

import pandas as pd
from scipy import stats
from tests.indicators.reference.basics import days


def ratios(stm: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """F1 to F10 of customers with annual, consolidated statements."""
    seen = stm[stm.published_on.fillna(stm.period_end) <= today]
    wide = seen.pivot_table(
        index=["customer_id", "period_end"], columns="item", values="value", aggfunc="max"
    ).reset_index()
    now = wide.sort_values("period_end").groupby("customer_id").tail(1).set_index("customer_id")
    past = wide.merge(now.period_end.rename("newest"), on="customer_id")
    gap = days(past.newest, past.period_end)
    old = past[(gap >= 350) & (gap <= 380)].set_index("customer_id").reindex(now.index)
    a, b = now, old
    f = pd.DataFrame(index=now.index)
    ta = a.total_assets
    f["F1"] = (6.56 * (a.current_assets - a.current_liabilities) / ta + 3.26 * a.retained_earnings / ta
               + 6.72 * a.ebit / ta + 1.05 * a.equity / a.total_liabilities)  # fmt: skip
    f["F2"] = stats.norm.cdf(
        -4.336
        - 4.513 * a.net_income / ta
        + 5.679 * a.total_liabilities / ta
        + 0.004 * a.current_assets / a.current_liabilities
    )
    f["F3"] = a.current_assets / a.current_liabilities
    f["F4"] = a.total_liabilities / ta
    f["F5"] = (a.ebit / a.interest_expense).clip(-99, 99)
    f["F6"] = a.operating_cash_flow / a.current_liabilities
    f["F7"] = 100 * (a.revenue - b.revenue) / b.revenue.abs()
    f["F8"] = 100 * a.profit_before_tax / a.revenue
    f["F9"] = 100 * (a.equity - b.equity) / b.equity.abs()
    margin = lambda s: (s.revenue - s.cost_of_sales) / s.revenue  # noqa: E731
    soft = lambda s: 1 - (s.current_assets + s.fixed_assets) / s.total_assets  # noqa: E731
    f["F10"] = (-4.84 + 0.920 * (a.trade_receivables / a.revenue) / (b.trade_receivables / b.revenue) + 0.528 * margin(b) / margin(a)
                + 0.404 * soft(a) / soft(b) + 0.892 * a.revenue / b.revenue + 0.115 - 0.172
                + 4.679 * (a.net_income - a.operating_cash_flow) / ta
                - 0.327 * (a.current_liabilities / ta) / (b.current_liabilities / b.total_assets))  # fmt: skip
    return f
