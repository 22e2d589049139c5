"""Rules of the portfolio: turnover of receivables, loss rates from rolls, expected loss, migration."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import load_yaml
from riskreview.policy.portfolio_policy import PortfolioPolicy, load_portfolio_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.portfolio.ageing import BUCKETS, PAID, TARGETS, WRITTEN_OFF, Months, month_days, month_ends
from riskreview.portfolio.loss import expected_loss
from riskreview.portfolio.migration import NEW, Move, migration
from riskreview.portfolio.provision import Rolls, loss_rates, no_rolls
from riskreview.portfolio.turnover import countback_days, turnover


def months_of(balances: list[tuple[float, float]], sales: list[float], as_of: date = date(2026, 6, 30)) -> Months:
    """Months with what was not due and what was one to thirty days late."""
    ends = month_ends(as_of, len(balances))
    table = np.zeros((len(balances), len(BUCKETS)))
    table[:, :2] = balances
    return Months(ends, month_days(ends), table, np.asarray(sales, dtype=float))


def test_months_end_on_their_last_days_and_the_last_one_on_the_business_date() -> None:
    assert month_ends(date(2024, 3, 15), 4) == (
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 15),
    )


def test_dso_splits_into_terms_and_delay() -> None:
    found = turnover(months_of([(0, 0), (0, 0), (600, 300)], [900, 900, 900]), window=3)

    assert found.dso[2] == pytest.approx(900 / (2700 / 91))
    assert found.best_possible_dso[2] == pytest.approx(600 / (2700 / 91))
    assert found.average_days_delinquent[2] == pytest.approx(300 / (2700 / 91))
    assert np.isnan(found.dso[:2]).all()


def test_collection_effectiveness_is_what_came_in_of_what_could_have() -> None:
    found = turnover(months_of([(500, 100), (400, 200)], [1000, 800]), window=1)

    # 600 at the beginning + 800 billed - 600 at the end = 800 collected; 600 + 800 - 400 not due = 1000 could have been
    assert found.cei_pct[1] == pytest.approx(80.0)
    assert np.isnan(found.cei_pct[0])


def test_countback_takes_the_newest_sales_first() -> None:
    assert countback_days(150, [1000, 200, 100], [30, 31, 30]) == pytest.approx(30 + 31 * 50 / 200)
    assert np.isnan(countback_days(5000, [1000, 200, 100], [30, 31, 30]))


def test_an_amount_that_always_rolls_on_and_is_written_off_is_lost_wholly(instance: Instance) -> None:
    rule = load_portfolio_policy(instance).provision
    rolls = no_rolls()
    for place in range(len(BUCKETS) - 1):
        rolls.amount[place, place + 1], rolls.items[place, place + 1] = 100.0, 5000
    rolls.amount[-1, WRITTEN_OFF], rolls.items[-1, WRITTEN_OFF] = 100.0, 5000

    assert loss_rates(rolls, rule).rate == pytest.approx(np.ones(len(BUCKETS)))


def test_without_history_the_policy_alone_sets_the_rates(instance: Instance) -> None:
    rule = load_portfolio_policy(instance).provision

    found = loss_rates(no_rolls(), rule)

    assert found.rate * 100 == pytest.approx(list(rule.rates_pct.values()))
    assert not found.credibility.any()


def test_half_of_what_becomes_late_is_paid_and_half_of_the_rest_lost(instance: Instance) -> None:
    rule = load_portfolio_policy(instance).provision.model_copy(update={"full_credibility_items": 1})
    rolls = no_rolls()
    rolls.amount[0, [1, PAID]] = 10.0, 90.0
    for place in range(1, len(BUCKETS) - 1):
        rolls.amount[place, [place + 1, PAID]] = 50.0, 50.0
    rolls.amount[-1, [WRITTEN_OFF, PAID]] = 50.0, 50.0
    rolls.items[rolls.amount > 0] = 10

    assert loss_rates(rolls, rule).observed == pytest.approx([0.1 / 32, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2])


@given(st.lists(st.floats(0, 1e6), min_size=48, max_size=48), st.lists(st.integers(0, 5000), min_size=48, max_size=48))
def test_later_buckets_never_have_a_lower_rate(amounts: list[float], items: list[int]) -> None:
    rule = load_yaml(PACKAGED / "policies" / "portfolio.yaml", PortfolioPolicy).provision
    shape = (len(BUCKETS), len(TARGETS))

    found = loss_rates(Rolls(np.reshape(amounts, shape), np.reshape(items, shape)), rule)

    assert (np.diff(found.rate) >= 0).all()
    assert ((found.rate >= 0) & (found.rate <= 1)).all()


def test_security_lowers_the_loss_and_the_class_is_the_least_probability(instance: Instance) -> None:
    rule = load_portfolio_policy(instance).loss
    classes = np.array([RiskClass.high, RiskClass.high, RiskClass.low, RiskClass.low], dtype=np.int16)
    exposure, secured = np.array([100.0, 100.0, 100.0, 0.0]), np.array([0.0, 500.0, 0.0, 10.0])

    found = expected_loss(classes, exposure, secured, rule, probability=np.array([0.01, np.nan, 0.3, np.nan]))

    assert found.probability == pytest.approx([0.08, 0.08, 0.3, 0.005])
    assert found.given_default == pytest.approx([0.45, 0.15, 0.45, 0.45])
    assert found.amount == pytest.approx([3.6, 1.2, 13.5, 0.0])


def test_migration_counts_everybody_assessed_now_and_marks_the_new_ones() -> None:
    found = migration(
        np.array([1, 3]), np.array([1, 2], dtype=np.int16), np.array([1, 2, 3]), np.array([3, 1, 2], dtype=np.int16), np.array([10.0, 5.0, 1.0]),
    )  # fmt: skip

    assert found == (Move(NEW, 1, 1, 5.0), Move(1, 3, 1, 10.0), Move(2, 2, 1, 1.0))


def test_a_policy_with_a_better_class_that_defaults_more_is_refused(instance: Instance) -> None:
    text = instance.configuration_file("policies", "portfolio.yaml").read_text(encoding="utf-8")
    (instance.home / "policies" / "portfolio.yaml").write_text(text.replace("low: 0.5", "low: 50"), encoding="utf-8")

    with pytest.raises(BadInput, match="worse class has a lower probability"):
        load_portfolio_policy(instance)
