"""The statistics of ordering against their sources and against simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from riskreview.indicators.discovery import PortfolioTest, confirmed, discovery_limit, supported
from riskreview.indicators.order_calendar import OrderFigures, OrderLines, order_figures
from riskreview.indicators.order_season import EVEN, expected_share
from riskreview.indicators.order_tests import OrderCounts, order_drop, predictive_cdf
from riskreview.indicators.purchase_model import (
    PurchaseModel,
    fit_purchase_model,
    log_likelihood,
    probability_alive,
)


def lines(*orders: tuple[int, int, float], customers: int = 1) -> OrderFigures:
    """Figures of order lines given as customer, days ago, value."""
    table = np.array(orders, dtype=np.float64).reshape(-1, 3)
    no = np.zeros(len(table), dtype=bool)
    return order_figures(
        OrderLines(table[:, 0].astype(np.int64), table[:, 1].astype(np.int32), table[:, 2], no, no), customers
    )


def simulate(k: float, change: float, *, wave: float = 0.0, customers: int = 20_000, seed: int = 5) -> OrderCounts:
    """Counts of customers who order 1 to 60 times a month, with a yearly wave of their own.

    Thirty-three months, newest first; three are recent, the season's window lies twelve and twenty-four months back.
    """
    chance = np.random.default_rng(seed)
    rate = chance.uniform(1, 60, (customers, 1))
    phase = chance.uniform(0, 2 * np.pi, (customers, 1))
    rate = rate * (1 + wave * np.cos(2 * np.pi * np.arange(33) / 12 + phase))
    months = chance.poisson(rate if np.isinf(k) else rate * chance.gamma(k, 1 / k, rate.shape)).astype(float)
    after = chance.binomial(months[:, :3].astype(int), 1 - change)
    base = months[:, 3:15]

    def around(start: int) -> np.ndarray:
        return months[:, start - 4 : start + 7].sum(axis=1) + (months[:, start - 5] + months[:, start + 7]) / 2

    return OrderCounts(
        after.sum(axis=1).astype(float), base.sum(axis=1), (base**2).sum(axis=1), months[:, 12:15].sum(axis=1), around(12),
        months[:, 24:27].sum(axis=1), around(24),
    )  # fmt: skip


def counts(recent: float, base: list[float]) -> OrderCounts:
    """Counts of one customer with twelve months of history."""
    no = np.zeros(1)
    return OrderCounts(np.array([recent]), np.array([sum(base)]), np.array([sum(b * b for b in base)]), no, no, no, no)


@pytest.mark.parametrize("k", [np.inf, 4.0, 1.5])
@pytest.mark.parametrize("wave", [0.0, 0.8])
def test_few_steady_customers_alarm_with_and_without_a_season(k: float, wave: float) -> None:
    found = order_drop(simulate(k, 0.0, wave=wave), warning=-40, alarm=-60)
    assert np.mean(found.change_pct <= -60) <= 0.015


def test_a_drop_by_four_fifths_is_found_and_a_warning_before_an_alarm() -> None:
    found = order_drop(simulate(4.0, 0.8), warning=-40, alarm=-60)
    assert np.mean(found.change_pct <= -60) >= 0.55
    assert np.mean(found.change_pct <= -40) >= 0.75
    assert confirmed(found.test).mean() >= 0.55


def test_fewer_recent_orders_never_look_better() -> None:
    steady = simulate(4.0, 0.0, customers=2000)
    seen = [
        order_drop(OrderCounts(np.floor(steady.recent * kept), *(getattr(steady, name) for name in OrderCounts.__slots__[1:])),
                   warning=-40, alarm=-60).change_pct
        for kept in (1.0, 0.6, 0.4, 0.2, 0.0)
    ]  # fmt: skip
    judged = np.isfinite(seen[0])
    assert judged.mean() > 0.99
    assert all((worse[judged] <= better[judged]).all() for better, worse in itertools.pairwise(seen))


def test_a_season_is_learned_from_two_years_that_agree_and_not_from_one_that_happens() -> None:
    seasonal, steady = simulate(4.0, 0.0, wave=0.8), simulate(4.0, 0.0)
    for found, least, most in ((seasonal, 0.06, 0.2), (steady, 0.0, 0.005)):
        season = expected_share((found.same_1, found.same_2), (found.year_1, found.year_2), np.full(20_000, 0.25))
        assert least <= season.share.std() <= most
    alone = np.zeros(1), np.full(1, 30.0)
    nobody = expected_share((alone[0], alone[0]), (alone[0], alone[0]), np.zeros(1))
    assert nobody.share[0] == EVEN


def test_a_customer_in_its_quiet_season_is_not_reported_and_a_steady_one_with_the_same_count_is() -> None:
    portfolio = simulate(np.inf, 0.0, wave=0.8, customers=4000)
    quiet = OrderCounts(*(np.append(getattr(portfolio, name), values) for name, values in {
        "recent": [12, 12], "base": [360, 360], "base_squares": [12 * 30**2, 12 * 30**2], "same_1": [12, 90], "year_1": [360, 360],
        "same_2": [14, 90], "year_2": [360, 360],
    }.items()))  # fmt: skip
    found = order_drop(quiet, warning=-40, alarm=-60)
    assert found.change_pct[-2] > -40
    assert found.change_pct[-1] <= -60
    assert found.expected[-1] == pytest.approx(90, rel=0.1)


def test_the_predictive_distribution_is_scipys() -> None:
    count, mu, spread = np.array([0.0, 3.0, 9.0]), np.array([4.0, 6.0, 5.0]), np.array([0.1, 0.0, 0.5])
    variance = (mu + mu**2 * spread) * (1 + 91 / 365) + 2.0
    wanted = stats.nbinom.cdf(count, mu**2 / (variance - mu), mu / variance)
    assert predictive_cdf(count, mu, spread, np.full(3, 2.0)) == pytest.approx(wanted)


def test_fewer_than_six_orders_in_the_base_are_not_judged() -> None:
    found = order_drop(counts(0, [1] * 5 + [0] * 7), warning=-40, alarm=-60)
    assert np.isnan(found.change_pct).all()
    assert not found.test.is_tested.any()


def test_a_figure_reaches_a_line_only_with_its_test() -> None:
    value, p = np.array([-70.0, -70.0, -70.0, -45.0, -45.0, -10.0]), np.array([0.001, 0.03, 0.2, 0.03, 0.2, np.nan])
    assert supported(value, p, warning=-40, alarm=-60, inside=0.01).tolist() == [-70, -59.99, -39.99, -45, -39.99, -10]
    assert supported(-value, p, warning=40, alarm=60, inside=0.01).tolist() == [70, 59.99, 39.99, 45, 39.99, 10]


def test_only_those_asked_count_in_the_control() -> None:
    tested = PortfolioTest(np.array([0.001, np.nan, 0.02, 0.04]), np.ones(4, dtype=bool))
    assert confirmed(tested).tolist() == [True, False, True, False]
    assert confirmed(tested.among(np.array([False, False, False, True]))).tolist() == [False, False, False, True]


def test_false_discovery_control_follows_benjamini_and_hochberg() -> None:
    p = np.array(
        [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34, np.nan]
    )
    adjusted = stats.false_discovery_control(p[:-1])
    for rate in (0.05, 0.081, 0.161, 0.29):
        assert (p <= discovery_limit(p, tests=15, rate=rate))[:-1].tolist() == (adjusted <= rate).tolist()
    assert discovery_limit(p, tests=10_000, rate=0.05) < p[:-1].min()


def test_the_likelihood_is_that_of_the_paper_for_one_customer() -> None:
    # x = 2, t_x = 30.43, T = 38.86 with r = alpha = a = b = 1: B(2, 2) / 1 * 2 * (1/39.86^3 + 1/2 * 1/31.43^3), by hand
    by_hand = np.log(2 * (1 / 39.86**3 * (1 / 3) + 1 / 31.43**3 * (1 / 6)))
    one = np.array([2.0]), np.array([30.43]), np.array([38.86])
    assert log_likelihood(*one, PurchaseModel(1.0, 1.0, 1.0, 1.0)) == pytest.approx(by_hand)
    assert log_likelihood(*one, PurchaseModel()) == pytest.approx(-9.4586, abs=1e-4)
    assert probability_alive(*one, PurchaseModel())[0] == pytest.approx(0.7266, abs=1e-4)


def test_the_published_cdnow_parameters_give_the_published_likelihood_neighborhood() -> None:
    chance = np.random.default_rng(3)
    n, model = 4000, PurchaseModel()
    rate, drop = chance.gamma(model.r, 1 / model.alpha, n), chance.beta(model.a, model.b, n)
    weeks = np.full(n, 39.0) - chance.integers(0, 12, n)
    repeats, last = np.zeros(n), np.zeros(n)
    for i in range(n):
        at = 0.0
        while chance.random() >= drop[i] if repeats[i] else True:
            at += chance.exponential(1 / rate[i])
            if at > weeks[i]:
                break
            repeats[i], last[i] = repeats[i] + 1, at
    fitted = fit_purchase_model(repeats, last, weeks)
    assert log_likelihood(repeats, last, weeks, fitted) >= log_likelihood(repeats, last, weeks, model) - 1e-6
    assert fitted.r == pytest.approx(model.r, rel=0.25)
    assert fitted.alpha == pytest.approx(model.alpha, rel=0.35)


def test_probability_alive_of_the_published_formula() -> None:
    # Fader, Hardie and Lee: x = 2, t_x = 30.43, T = 38.86 with the CDNOW parameters
    found = probability_alive(np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86]), PurchaseModel())
    odds = 0.793 / (2.426 + 1) * ((4.414 + 38.86) / (4.414 + 30.43)) ** 2.243
    assert found[0] == pytest.approx(1 / (1 + odds))
    assert np.isnan(found[1])


def test_too_few_buyers_take_the_published_parameters() -> None:
    assert fit_purchase_model(np.ones(50), np.ones(50), np.full(50, 9.0)) == PurchaseModel()


def test_orders_of_one_day_count_once_and_gaps_need_a_history() -> None:
    few = lines((0, 10, 5.0), (0, 10, 7.0), (0, 40, 1.0))
    assert (few.order_days[0], few.days_since_last[0], few.days_since_first[0], few.value_recent[0]) == (2, 10, 40, 13)
    assert np.isnan(few.gap_p95[0])
    weekly = lines(*((0, 7 * n, 1.0) for n in range(8)))
    assert weekly.gap_p95[0] == 7.0


def test_a_customer_without_orders_has_no_figures() -> None:
    none = lines((1, 3, 1.0), customers=3)
    assert np.isnan(none.days_since_last[[0, 2]]).all()
    assert none.order_days.tolist() == [0, 1, 0]


def test_the_same_season_one_and_two_years_before_is_counted_where_the_history_reaches() -> None:
    found = lines(
        *((0, day, 1.0) for day in range(0, 1090, 7)), *((1, day, 1.0) for day in range(0, 700, 7)), customers=2
    )
    assert (found.same_1[0], found.year_1[0], found.same_2[0], found.year_2[0]) == (13, 52, 13, 52)
    assert (found.same_1[1], found.year_1[1], found.same_2[1], found.year_2[1]) == (13, 52, 0, 0)


def surges(k: float, size: float, *, rate: tuple[float, float] = (1, 60), customers: int = 2000) -> OrderFigures:
    """Customers whose orders of uneven value multiply in the last thirty days."""
    chance = np.random.default_rng(9)
    often = chance.uniform(*rate, (customers, 1)) * (1.0 if np.isinf(k) else chance.gamma(k, 1 / k, (customers, 13)))
    orders = chance.poisson(often * np.where(np.arange(13) == 0, size, 1.0))
    cell = np.repeat(np.arange(customers * 13), orders.ravel())
    days = cell % 13 * 30 + chance.integers(0, 30, cell.size)
    no = np.zeros(cell.size, dtype=bool)
    return order_figures(
        OrderLines(cell // 13, days.astype(np.int32), np.exp(chance.normal(0, 0.6, cell.size)), no, no), customers
    )


@pytest.mark.parametrize("k", [np.inf, 4.0, 1.5])
def test_few_steady_customers_surge_and_most_fivefold_ones_do(k: float) -> None:
    steady, fivefold = (
        supported(found.surge_z, found.surge_p, warning=3, alarm=5, inside=0.01)
        for found in (surges(k, 1), surges(k, 5))
    )
    assert np.mean(steady >= 5) <= 0.015
    assert np.mean(fivefold >= 5) >= {np.inf: 0.95, 4.0: 0.6, 1.5: 0.4}[k]


def test_a_surge_stands_out_and_a_regular_month_does_not() -> None:
    steady = [(0, day, 100.0) for day in range(5, 390, 10)]
    assert abs(lines(*steady).surge_z[0]) < 1e-9
    assert lines(*steady, (0, 1, 900.0)).surge_z[0] > 5
    assert np.isnan(lines((0, 5, 10.0), (0, 95, 10.0)).surge_z[0])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1095), st.floats(0, 1e6)), max_size=60), st.randoms())
def test_the_order_of_lines_does_not_matter(orders: list[tuple[int, int, float]], chance: object) -> None:
    mixed = list(orders)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = lines(*orders, customers=5), lines(*mixed, customers=5)
    for name in type(first).__slots__:
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-9, atol=0.011, err_msg=name)
