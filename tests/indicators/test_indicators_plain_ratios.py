"""Plain ratios, flows of a full year, and safe division."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.firms import NAN, Statement, accounts
from tests.indicators.test_indicators_ratio_models import FIRM, YEAR_BEFORE

from riskreview.indicators.ratios.figures import ANNUALIZED, FULL_YEAR, LAST_TWELVE_MONTHS, growth_pct, quotient, share
from riskreview.indicators.ratios.plain import PLAIN, evaluate_plain
from riskreview.indicators.ratios.stated import deflated_assets
from riskreview.policy.ratio_models import IndexYear

MORE: Statement = {**FIRM, "inventories": 210, "cash": 70, "short_term_debt": 50, "trade_payables": 105, "capex": 35}
WORKED = {
    "current_ratio": 600 / 350, "quick_ratio": 390 / 350, "cash_ratio": 0.2, "debt_ratio": 0.6, "equity_ratio": 0.4,
    "debt_to_equity": 1.5, "borrowings_to_ebit": 200 / 120, "interest_cover": 4.0, "cash_interest_cover": 95 / 30,
    "cash_flow_to_current_liabilities": 95 / 350, "cash_flow_to_liabilities": 95 / 600, "free_cash_flow_margin_pct": 4.0,
    "gross_margin_pct": 30.0, "pretax_margin_pct": 6.0, "net_margin_pct": 7000 / 1500, "return_on_assets_pct": 7.0,
    "return_on_equity_pct": 17.5, "asset_turnover": 1.5, "receivable_days": 58.4, "inventory_days": 73.0, "payable_days": 36.5,
    "revenue_change_pct": 25.0, "equity_change_pct": 6000 / 340, "assets_change_pct": 100 / 9,
}  # fmt: skip


def value(ratio: str, *given: Statement, months: int = 12) -> float:
    return float(evaluate_plain(PLAIN[ratio], accounts(*given, months=months)).value[0])


def test_every_plain_ratio_of_a_worked_example() -> None:
    assert set(WORKED) == set(PLAIN)
    for name, wanted in WORKED.items():
        assert value(name, MORE, YEAR_BEFORE) == pytest.approx(wanted), name


def test_a_plain_ratio_says_what_it_lacks() -> None:
    found = evaluate_plain(PLAIN["revenue_change_pct"], accounts(FIRM))
    assert np.isnan(found.value[0])
    assert {name for name, lacks in found.missing.items() if lacks[0]} == {"revenue_before"}


def test_interest_cover_without_interest_has_the_sign_of_earnings() -> None:
    covers = [
        value("interest_cover", {"ebit": e, "interest_expense": i})
        for e, i in ((10, 0), (-10, 0), (10, 5), (10, -5), (1e9, 1))
    ]
    assert covers == [99.0, -99.0, 2.0, 2.0, 99.0]
    assert np.isnan(value("interest_cover", {"ebit": 10}))


def test_a_loss_that_deepens_is_a_fall() -> None:
    assert growth_pct(np.array([-15.0]), np.array([-10.0]))[0] == -50.0


def test_an_interim_statement_becomes_the_last_twelve_months() -> None:
    half, half_before, whole = (
        {"revenue": 70.0, "total_assets": 100.0},
        {"revenue": 40.0, "total_assets": 90.0},
        {"revenue": 110.0},
    )
    found = accounts(half, half_before, whole, months=6)
    assert found.year["revenue"][0] == 140.0  # 70 + 110 - 40
    assert (found.now["revenue"][0], found.before["revenue"][0]) == (140.0, 80.0)  # compared like with like
    assert (found.year["total_assets"][0], found.basis[0]) == (100.0, LAST_TWELVE_MONTHS)


@pytest.mark.parametrize(("months", "revenue"), [(3, 400.0), (6, 200.0), (9, 400 / 3), (7, 1200 / 7)])
def test_an_interim_statement_alone_is_stretched_to_a_year(months: int, revenue: float) -> None:
    found = accounts({"revenue": 100.0, "total_assets": 50.0}, {"revenue": 80.0}, months=months)
    assert found.year["revenue"][0] == pytest.approx(revenue)
    assert (found.year["total_assets"][0], found.basis[0]) == (50.0, ANNUALIZED)


def test_an_annual_statement_stays_as_it_is() -> None:
    found = accounts({"revenue": 100.0}, {"revenue": 80.0}, {"revenue": 90.0})
    assert (found.year["revenue"][0], found.basis[0]) == (100.0, FULL_YEAR)


def test_assets_are_deflated_by_the_index_of_the_year_before() -> None:
    index = (IndexYear(year=2020, index=500.0), IndexYear(year=2022, index=600.0))
    ends = np.array(["2020-12-31", "2021-06-30", "2022-12-31", "2023-03-31", "2031-12-31"], dtype="datetime64[D]")
    found = deflated_assets(np.full(5, 6000.0), ends, index)
    assert found[1:].tolist() == [12.0, 12.0, 10.0, 10.0]
    assert np.isnan(found[0])
    assert np.isnan(deflated_assets(np.full(5, 6000.0), ends, ())).all()


@settings(deadline=None, max_examples=50)  # a busy machine is no failure
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5),
    st.lists(st.sampled_from([0.0, NAN, 2.0, -2.0]), min_size=1, max_size=5),
)
def test_a_quotient_is_never_infinite(top: list[float], bottom: list[float]) -> None:
    size = min(len(top), len(bottom))
    divisor = np.array(bottom[:size])
    result = quotient(np.array(top[:size]), divisor)
    assert not np.isinf(result).any()
    assert np.isnan(result[divisor == 0]).all()
    assert np.isnan(share(np.array(top[:size]), divisor)[divisor <= 0]).all()
