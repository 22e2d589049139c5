"""Published formulas against worked examples, and what they say when something is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.indicators.financial import STATEMENT_ITEMS
from riskreview.indicators.ratios import (
    altman_z2,
    beneish_m,
    ebit_of,
    equity_of,
    financial_indicators,
    growth_pct,
    interest_cover,
    quotient,
    zmijewski,
)

NAN = float("nan")


def items(**given: float) -> dict[str, np.ndarray]:
    """One statement; items that are not given are missing."""
    return {
        "annual": np.array([1.0]),
        **{name: np.array([given.get(name, NAN)]) for name in STATEMENT_ITEMS if name != "annual"},
    }


def test_altman_z2_of_a_worked_example() -> None:
    firm = items(
        total_assets=1000,
        current_assets=600,
        current_liabilities=350,
        retained_earnings=200,
        ebit=120,
        equity=400,
        total_liabilities=600,
    )
    assert altman_z2(firm)[0] == pytest.approx(6.56 * 0.25 + 3.26 * 0.2 + 6.72 * 0.12 + 1.05 * 400 / 600)
    assert altman_z2(firm)[0] == pytest.approx(3.7984)


def test_zmijewski_is_one_half_where_the_score_is_zero() -> None:
    assert zmijewski(
        items(total_assets=1, net_income=0, total_liabilities=4.336 / 5.679, current_assets=0, current_liabilities=1)
    )[0] == pytest.approx(0.5)
    assert zmijewski(
        items(total_assets=100, net_income=-20, total_liabilities=90, current_assets=30, current_liabilities=60)
    )[0] == pytest.approx(0.95349, abs=1e-5)  # Phi(-4.336 + 0.9026 + 5.1111 + 0.002)


def test_beneish_is_minus_2_48_for_a_firm_that_does_not_change() -> None:
    year = items(trade_receivables=10, revenue=100, cost_of_sales=60, current_assets=40, fixed_assets=30, total_assets=100, depreciation=5,
                 selling_general_admin=8, net_income=7, operating_cash_flow=7, current_liabilities=20, long_term_debt=10)  # fmt: skip
    assert beneish_m(year, year)[0] == pytest.approx(-4.84 + 0.920 + 0.528 + 0.404 + 0.892 + 0.115 - 0.172 - 0.327)
    accrued = {**year, "net_income": np.array([17.0])}
    assert beneish_m(accrued, year)[0] - beneish_m(year, year)[0] == pytest.approx(4.679 * 0.10)


def test_beneish_takes_missing_depreciation_assets_and_overheads_as_neutral_and_nothing_else() -> None:
    year = items(
        trade_receivables=10,
        revenue=100,
        cost_of_sales=60,
        total_assets=100,
        net_income=7,
        operating_cash_flow=7,
        current_liabilities=20,
    )
    assert beneish_m(year, year)[0] == pytest.approx(-2.48)
    assert np.isnan(beneish_m({**year, "trade_receivables": np.array([NAN])}, year)[0])


def test_interest_cover_without_interest_has_the_sign_of_earnings() -> None:
    covers = [
        interest_cover(items(ebit=e, interest_expense=i))[0]
        for e, i in ((10, 0), (-10, 0), (10, 5), (10, -5), (1e9, 1))
    ]
    assert covers == [99.0, -99.0, 2.0, 2.0, 99.0]
    assert np.isnan(interest_cover(items(ebit=10))[0])


def test_missing_totals_are_rebuilt_from_their_parts() -> None:
    assert ebit_of(items(profit_before_tax=8, interest_expense=2))[0] == 10
    assert ebit_of(items(operating_profit=9))[0] == 9
    assert equity_of(items(total_assets=10, total_liabilities=12))[0] == -2


def test_a_loss_that_deepens_is_a_fall() -> None:
    assert growth_pct(np.array([-15.0]), np.array([-10.0]))[0] == -50.0


def test_interim_flows_are_annualized_and_stocks_are_not() -> None:
    half = {**items(operating_cash_flow=5, current_liabilities=100, current_assets=120), "annual": np.array([2.0])}
    found = financial_indicators(half, items())
    assert found["F6"][0] == pytest.approx(0.1)
    assert found["F3"][0] == pytest.approx(1.2)


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5),
    st.lists(st.sampled_from([0.0, NAN, 2.0]), min_size=1, max_size=5),
)
def test_a_quotient_is_never_infinite(top: list[float], bottom: list[float]) -> None:
    size = min(len(top), len(bottom))
    result = quotient(np.array(top[:size]), np.array(bottom[:size]))
    assert not np.isinf(result).any()
    assert np.isnan(result[np.array(bottom[:size]) == 0]).all()
