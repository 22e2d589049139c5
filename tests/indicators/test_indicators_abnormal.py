"""Figures of statements that jump for the worse: found, not found by chance, and not found for the better."""

import numpy as np
import pytest

from riskreview.indicators.abnormal import HISTORY_ITEMS, WATCHED, YEARS, Jumps, find_jumps, history_of
from riskreview.indicators.across import Across
from riskreview.indicators.discovery import confirmed
from riskreview.policy.ratio_models import JumpRule

RULE = JumpRule(least_deviations=3.0, min_peers=30)
History = dict[str, np.ndarray]


def firms(size: int, *, years: int = 3, wild: bool = False, seed: int = 1) -> tuple[History, np.ndarray]:
    """Invented firms of ten divisions whose ratios move a little every year."""
    chance = np.random.default_rng(seed)

    def around(middle: np.ndarray, spread: float) -> np.ndarray:
        moves = chance.standard_t(5, (size, YEARS)) if wild else chance.normal(size=(size, YEARS))
        return middle + spread * np.clip(moves, -6, 6)

    def drawn(low: float, high: float) -> np.ndarray:
        return chance.uniform(low, high, (size, 1))

    assets = np.exp(chance.normal(14, 1, (size, 1))) * 1.04 ** np.arange(YEARS)[::-1]
    revenue = assets * around(drawn(0.8, 1.6), 0.06)
    cost = revenue * (1 - around(drawn(0.2, 0.4), 0.015))
    profit = revenue * around(drawn(0.03, 0.12), 0.012)
    current = assets * drawn(0.4, 0.6)
    debt = assets * around(drawn(0.3, 0.7), 0.025)
    items = dict(zip(HISTORY_ITEMS, (
        revenue, cost, revenue - cost, profit, 0.8 * profit, 0.8 * profit + assets * around(np.zeros((size, 1)), 0.03), assets, debt,
        assets - debt, current, current / np.maximum(around(drawn(1.2, 2.0), 0.1), 0.3), revenue * around(drawn(0.15, 0.3), 0.012),
        cost * around(drawn(0.15, 0.3), 0.012),
    ), strict=True))  # fmt: skip
    for values in items.values():
        values[:, years:] = np.nan
    return items, np.array([f"C{30 + number % 10}1" for number in range(size)])


def jumps(items: History, industry: np.ndarray) -> Jumps:
    return find_jumps(items, industry, np.ones(industry.size, dtype=bool), RULE)


def with_lost_margin(items: History, rows: slice, share: float = 0.10) -> History:
    lost = np.zeros_like(items["revenue"])
    lost[rows, 0] = share * items["revenue"][rows, 0]
    return {
        **items, "cost_of_sales": items["cost_of_sales"] + lost, "gross_profit": items["gross_profit"] - lost,
        "profit_before_tax": items["profit_before_tax"] - lost, "net_income": items["net_income"] - lost,
        "operating_cash_flow": items["operating_cash_flow"] - lost,
    }  # fmt: skip


@pytest.mark.parametrize("years", [2, 3, 6])
@pytest.mark.parametrize("wild", [False, True])
def test_few_steady_firms_are_abnormal_and_hardly_any_beyond_chance(years: int, *, wild: bool) -> None:
    found = jumps(*firms(4000, years=years, wild=wild))
    assert np.mean(found.test.p_value < 0.01) <= 0.015
    assert confirmed(found.test).mean() <= 0.004


@pytest.mark.parametrize("years", [2, 3, 6])
def test_a_margin_that_breaks_is_found_beyond_chance(years: int) -> None:
    items, industry = firms(2000, years=years)
    found = jumps(with_lost_margin(items, slice(0, 40)), industry)
    assert confirmed(found.test)[:40].mean() >= 0.8
    assert confirmed(found.test)[40:].mean() <= 0.004
    assert (found.deviations["gross_margin"][:40] > found.deviations["inventory_days"][:40]).mean() >= 0.8


def test_a_jump_for_the_better_is_not_reported() -> None:
    items, industry = firms(2000)
    found = jumps(with_lost_margin(items, slice(0, 40), share=-0.10), industry)
    assert (found.deviations["gross_margin"][:40] < -3).mean() > 0.9
    assert confirmed(found.test).mean() <= 0.004


def test_what_the_whole_industry_went_through_is_not_abnormal() -> None:
    items, industry = firms(2000)
    division = np.flatnonzero(industry == "C301")
    everyone = with_lost_margin(items, slice(0, 2000, 10))
    assert (division == np.arange(0, 2000, 10)).all()
    assert confirmed(jumps(everyone, industry).test)[division].mean() <= 0.01


def test_a_firm_whose_ratio_always_swings_is_judged_by_its_own_swings() -> None:
    items, industry = firms(400, years=6)
    swinging = 0.12 * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]) * items["revenue"][0]
    items["gross_profit"][0] -= swinging
    items["gross_profit"][1, 0] -= abs(swinging[0]) * items["revenue"][1, 0] / items["revenue"][0, 0] * 2
    found = jumps(items, industry)
    assert found.deviations["gross_margin"][0] < 3
    assert found.deviations["gross_margin"][1] > 8


def test_the_worse_the_ratio_the_more_it_deviates() -> None:
    items, industry = firms(200)
    seen = [
        jumps(with_lost_margin(items, slice(0, 1), share), industry).deviations["gross_margin"][0]
        for share in (0, 0.02, 0.05, 0.2)
    ]
    assert seen == sorted(seen)


def test_few_firms_without_a_long_past_are_not_judged_and_old_statements_never() -> None:
    few, industry = firms(20, years=3)
    assert not jumps(few, industry).test.is_tested.any()
    long, industry = firms(20, years=6)
    assert jumps(long, industry).test.is_tested.all()
    usable = np.arange(20) != 3
    assert not find_jumps(long, industry, usable, RULE).test.is_tested[3]
    assert not jumps(
        {name: np.full((40, YEARS), np.nan) for name in HISTORY_ITEMS}, np.full(40, "")
    ).test.is_tested.any()


def test_the_order_of_firms_does_not_matter() -> None:
    items, industry = firms(300)
    mixed = np.random.default_rng(2).permutation(300)
    first, second = (
        jumps(items, industry),
        jumps({name: values[mixed] for name, values in items.items()}, industry[mixed]),
    )
    np.testing.assert_allclose(first.test.p_value[mixed], second.test.p_value)
    for item in WATCHED:
        np.testing.assert_allclose(first.deviations[item.id][mixed], second.deviations[item.id])


def test_firms_judged_alone_are_judged_by_what_a_run_over_everybody_learned() -> None:
    items, industry = firms(800)
    items = with_lost_margin(items, slice(0, 4))
    everybody, across = np.ones(industry.size, dtype=bool), Across()
    whole = find_jumps(items, industry, everybody, RULE, across)
    few = np.array([0, 3, 17, 400])

    alone = find_jumps(
        {name: values[few] for name, values in items.items()},
        industry[few],
        everybody[few],
        RULE,
        Across(across.learned),
    )

    for item in WATCHED:
        np.testing.assert_array_equal(alone.deviations[item.id], whole.deviations[item.id][few])
    np.testing.assert_array_equal(alone.test.p_value, whole.test.p_value[few])
    unknown = find_jumps(
        {name: values[few] for name, values in items.items()}, industry[few], everybody[few], RULE, Across({})
    )
    assert not unknown.test.is_tested.any(), "without peers and with a short past nobody is judged"


def test_history_is_laid_out_by_customer_and_year() -> None:
    rows = {"years_back": np.array([1.0, 0.0, 0.0]), **{name: np.array([5.0, 6.0, 7.0]) for name in HISTORY_ITEMS}}
    found = history_of(np.array([9, 9, 4]), rows, np.array([4, 9]))["revenue"]
    assert (found[0, 0], found[1, 0], found[1, 1], np.isnan(found).sum()) == (7, 6, 5, 9)
    assert np.isnan(history_of(np.zeros(0, dtype=np.int64), {}, np.array([4, 9]))["revenue"]).all()
