"""Owns the invented financial statements: balanced, in whole units of currency, with ratios that fit each customer's health."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from riskreview.demo.population import Floats, Ints, Population, Texts

ITEMS = {
    "货币资金": "cash", "应收账款": "trade_receivables", "存货": "inventories", "流动资产合计": "current_assets",
    "固定资产": "fixed_assets", "资产总计": "total_assets", "短期借款": "short_term_debt", "应付账款": "trade_payables",
    "流动负债合计": "current_liabilities", "长期借款": "long_term_debt", "负债合计": "total_liabilities",
    "实收资本": "share_capital", "未分配利润": "retained_earnings", "所有者权益合计": "equity", "营业收入": "revenue",
    "营业成本": "cost_of_sales", "毛利": "gross_profit", "折旧与摊销": "depreciation", "销售及管理费用": "selling_general_admin",
    "利息费用": "interest_expense", "营业利润": "operating_profit", "息税前利润": "ebit", "利润总额": "profit_before_tax",
    "净利润": "net_income", "经营活动现金流量净额": "operating_cash_flow", "购建长期资产支付的现金": "capex",
}  # fmt: skip
"""Items of the workbook's columns, by their Chinese heading."""

YEARS = 3


@dataclass(frozen=True, slots=True)
class Statements:
    """One entry per statement; ``values`` holds one column per item of :data:`ITEMS`, in units of currency.

    :param period: ``FY`` or ``H1``; half-year flows are those of six months.
    """

    customer: Ints
    period_end: list[date]
    period: Texts
    published: Ints
    opinion: Texts
    values: Floats


@dataclass(frozen=True, slots=True)
class _Shape:
    """Ratios of one financial year per reporting customer."""

    customer: Ints
    assets: Floats
    equity: Floats
    working: Floats
    retained: Floats
    ebit: Floats
    turnover: Floats


def make_statements(people: Population, rng: np.random.Generator, as_of: date) -> tuple[Statements, Statements]:
    """Draw the published statements.

    Returns all that are known the day before ``as_of``, and the last year's as the workbook of ``as_of`` shows them: with the
    planted customers' statements replaced by restated ones.
    """
    customer = _reporting(people, rng)
    last = as_of.year - 1 if as_of.month > 5 else as_of.year - 2
    shapes = _shapes(people, customer, rng)
    noise = rng.normal(0, 1, (len(shapes), len(customer), 6)).clip(-2, 2)
    years = range(last - YEARS + 1, last + 1)
    values = np.concatenate([_items(shape, noise[i]) for i, shape in enumerate(shapes)])
    lag = 90 + rng.integers(0, 45, len(customer) * YEARS)
    ends = [date(year, 12, 31) for year in years for _ in customer]
    published = np.array([(end - date(1970, 1, 1)).days for end in ends]) + lag
    everyone = np.tile(customer, YEARS)
    opinion = np.where(rng.random(len(ends)) < 0.98, "标准无保留", "保留意见").astype(object)
    first = Statements(everyone, ends, np.full(len(ends), "年报", dtype=object), published, opinion, values)
    return first, _restate(people, first, last, as_of)


def _reporting(people: Population, rng: np.random.Generator) -> Ints:
    """Large customers must report; of the small ones most do."""
    must = (people.sales > np.quantile(people.sales, 0.35)) | (people.case != "") | (people.risk >= 0.5)
    return np.flatnonzero(must | (rng.random(people.size) < 0.7))


def _shapes(people: Population, customer: Ints, rng: np.random.Generator) -> list[_Shape]:
    """Return the ratios of each year, oldest first; the deteriorating ones break in the last year."""
    risk = people.risk[customer]
    equity = (0.62 - 0.42 * risk + rng.normal(0, 0.03, len(customer))).clip(0.2, 0.7)
    working = (0.34 - 0.27 * risk + rng.normal(0, 0.03, len(customer))).clip(0.03, 0.45)
    retained = equity * (0.55 - 0.3 * risk)
    ebit = (0.125 - 0.125 * risk + rng.normal(0, 0.008, len(customer))).clip(0.006, 0.16)
    turnover = rng.uniform(0.9, 1.5, len(customer))
    assets = people.sales[customer] / people.rate_to_cny[customer] * rng.uniform(14, 50, len(customer)) / turnover
    growth = np.where(risk > 0.5, rng.uniform(-0.12, 0.01, len(customer)), rng.uniform(0.0, 0.1, len(customer)))
    shapes = [
        _Shape(customer, assets * (1 + growth) ** year, equity, _safe_working(equity, working, retained, ebit), retained, ebit, turnover)
        for year in range(-YEARS + 1, 1)
    ]  # fmt: skip
    shapes[-1] = _deteriorated(people, shapes[-1])
    return shapes


def _safe_working(equity: Floats, working: Floats, retained: Floats, ebit: Floats) -> Floats:
    """Raise working capital where Altman's Z'' of an ordinary customer would come near its alarm line of 1.1."""
    score = 6.56 * working + 3.26 * retained + 6.72 * ebit + 1.05 * equity / (1 - equity)
    return working + (1.4 - score).clip(0) / 6.56


def _deteriorated(people: Population, shape: _Shape) -> _Shape:
    """Break the planted customers: losses, little liquidity; for every second one liabilities exceed assets."""
    hit = np.flatnonzero(people.case[shape.customer] == "financial_deterioration")
    equity, working = shape.equity.copy(), shape.working.copy()
    retained, ebit, turnover, assets = (
        shape.retained.copy(),
        shape.ebit.copy(),
        shape.turnover.copy(),
        shape.assets.copy(),
    )
    for number, place in enumerate(hit):
        equity[place] = -0.06 if number % 2 else 0.06
        working[place], retained[place], ebit[place] = -0.12, equity[place] - 0.25, -0.14
        turnover[place] *= 0.75
        assets[place] *= 0.85
    return _Shape(shape.customer, assets, equity, working, retained, ebit, turnover)


def _items(shape: _Shape, noise: Floats) -> Floats:
    """Compute the items of one year in the order of :data:`ITEMS`; assets equal liabilities plus equity exactly."""
    assets = (shape.assets * (1 + 0.01 * noise[:, 0])).round()
    equity = (assets * (shape.equity + 0.004 * noise[:, 1])).round()
    liabilities = assets - equity
    current_debt = (liabilities * 0.74).round()
    current = (current_debt + assets * (shape.working + 0.004 * noise[:, 2])).round()
    revenue = (assets * shape.turnover * (1 + 0.015 * noise[:, 3])).round()
    ebit = (assets * (shape.ebit + 0.002 * noise[:, 4])).round()
    interest = (liabilities * 0.30 * 0.035).round()
    before_tax = ebit - interest
    net = (before_tax - 0.2 * before_tax.clip(0)).round()
    fixed = ((assets - current) * 0.8).round()
    depreciation = (fixed * 0.08).round()
    overhead = (revenue * 0.11).round()
    cost = revenue - overhead - ebit
    operating_cash = (net + depreciation + assets * 0.006 * noise[:, 5]).round()
    retained = (assets * shape.retained).round()
    return np.column_stack((
        current * 0.22, revenue * 0.16, current * 0.30, current, fixed, assets, current_debt * 0.3, current_debt * 0.45,
        current_debt, liabilities * 0.15, liabilities, equity - retained, retained, equity, revenue, cost, revenue - cost,
        depreciation, overhead, interest, before_tax, ebit, before_tax, net, operating_cash, depreciation * 1.1,
    )).round()  # fmt: skip


def _restate(people: Population, first: Statements, last: int, as_of: date) -> Statements:
    """Republish the last year, for the planted customers with a quarter of the profit and less equity."""
    rows = np.flatnonzero(np.array([end.year == last for end in first.period_end]))
    planted = people.case[first.customer[rows]] == "restatement"
    values = first.values[rows].copy()
    place = {item: column for column, item in enumerate(ITEMS.values())}
    lost = np.where(planted, (values[:, place["ebit"]] * 0.75).round(), 0)
    for item in ("ebit", "operating_profit", "profit_before_tax", "net_income", "retained_earnings", "equity",
                 "trade_receivables", "current_assets", "total_assets", "revenue", "gross_profit"):  # fmt: skip
        values[:, place[item]] -= lost
    today = (as_of - date(1970, 1, 1)).days
    return Statements(
        first.customer[rows], [first.period_end[row] for row in rows], first.period[rows],
        np.where(planted, today, first.published[rows]), np.where(planted, "保留意见", first.opinion[rows]), values,
    )  # fmt: skip
