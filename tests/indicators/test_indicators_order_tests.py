"""The statistics of ordering against their sources and against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from riskreview.indicators.order_calendar import OrderFigures, OrderLines, order_figures
from riskreview.indicators.order_tests import (
    PurchaseModel,
    discoveries,
    fit_purchase_model,
    log_likelihood,
    negative_binomial_cdf,
    order_drop,
    probability_alive,
)


def lines(*orders: tuple[int, int, float], customers: int = 1) -> OrderFigures:
    """Figures of order lines given as customer, days ago, value."""
    table = np.array(orders, dtype=np.float64).reshape(-1, 3)
    no = np.zeros(len(table), dtype=bool)
    return order_figures(
        OrderLines(table[:, 0].astype(np.int64), table[:, 1].astype(np.int32), table[:, 2], no, no), customers
    )


def simulate(
    k: float, change: float, *, customers: int = 40_000, seed: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recent count, base count and sum of squared monthly counts of customers who order 1 to 60 times a month."""
    chance = np.random.default_rng(seed)
    rate = chance.uniform(1, 60, (customers, 1))
    months = chance.poisson(rate if np.isinf(k) else rate * chance.gamma(k, 1 / k, (customers, 15)), (customers, 15))
    after = chance.binomial(months[:, 12:], 1 - change)
    base = months[:, :12]
    return after.sum(axis=1).astype(float), base.sum(axis=1).astype(float), (base.astype(float) ** 2).sum(axis=1)


@pytest.mark.parametrize(("k", "most_false"), [(np.inf, 0.015), (4.0, 0.015), (1.5, 0.015)])
def test_few_steady_customers_alarm(k: float, most_false: float) -> None:
    found = order_drop(*simulate(k, 0.0), warning=-40, alarm=-60)
    assert np.mean(found.change_pct <= -60) <= most_false


def test_a_drop_by_four_fifths_is_found_and_a_warning_before_an_alarm() -> None:
    found = order_drop(*simulate(4.0, 0.8), warning=-40, alarm=-60)
    assert np.mean(found.change_pct <= -60) >= 0.55
    assert np.mean(found.change_pct <= -40) >= 0.75


def test_the_predictive_distribution_is_scipys() -> None:
    count, mu, spread = np.array([0.0, 3.0, 9.0]), np.array([4.0, 6.0, 5.0]), np.array([0.1, 0.0, 0.5])
    variance = (mu + mu**2 * spread) * (1 + 91 / 365)
    wanted = stats.nbinom.cdf(count, mu**2 / (variance - mu), mu / variance)
    assert negative_binomial_cdf(count, mu, spread) == pytest.approx(wanted)


def test_fewer_than_six_orders_in_the_base_are_not_judged() -> None:
    assert np.isnan(
        order_drop(np.zeros(2), np.array([5.0, 0.0]), np.array([5.0, 0.0]), warning=-40, alarm=-60).change_pct
    ).all()


def test_false_discovery_control_follows_benjamini_and_hochberg() -> None:
    p = np.array(
        [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34, np.nan]
    )
    adjusted = stats.false_discovery_control(p[:-1])
    for rate in (0.05, 0.081, 0.161, 0.29):
        assert discoveries(p, tests=15, rate=rate)[:-1].tolist() == (adjusted <= rate).tolist()
    assert not discoveries(p, tests=10_000, rate=0.05).any()


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
