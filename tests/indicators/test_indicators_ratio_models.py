"""The published models against worked examples, computed here by hand from the papers' formulas."""

from math import erf, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.firms import NAN, Statement, accounts, judge

from riskreview.indicators.ratios.figures import Accounts
from riskreview.indicators.ratios.models import DISTRESS, EXCLUDED, GREY, SAFE, UNKNOWN, ZONES
from riskreview.indicators.ratios.terms import TERMS
from riskreview.policy.ratio_models import PUBLISHED, ModelOverride, RatioPolicy

FIRM: Statement = {
    "current_assets": 600, "current_liabilities": 350, "total_assets": 1000, "total_liabilities": 600, "equity": 400,
    "retained_earnings": 200, "market_equity": 900, "ebit": 120, "profit_before_tax": 90, "net_income": 70, "depreciation": 40,
    "revenue": 1500, "cost_of_sales": 1050, "operating_cash_flow": 95, "trade_receivables": 240, "fixed_assets": 300,
    "selling_general_admin": 180, "long_term_debt": 150, "share_capital": 100, "interest_expense": 30,
}  # fmt: skip
YEAR_BEFORE: Statement = {
    "current_assets": 500, "current_liabilities": 320, "total_assets": 900, "total_liabilities": 560, "equity": 340,
    "retained_earnings": 150, "ebit": 100, "profit_before_tax": 70, "net_income": 50, "depreciation": 36, "revenue": 1200,
    "cost_of_sales": 816, "operating_cash_flow": 80, "trade_receivables": 168, "fixed_assets": 310, "selling_general_admin": 156,
    "long_term_debt": 160, "share_capital": 100, "interest_expense": 30,
}  # fmt: skip
ALTMAN = [
    # 1.2 x .25 + 1.4 x .2 + 3.3 x .12 + 0.6 x 1.5 + 0.999 x 1.5
    ("altman_z", 0.3 + 0.28 + 0.396 + 0.9 + 1.4985, 3.3745, SAFE),
    # 0.717 x .25 + 0.847 x .2 + 3.107 x .12 + 0.420 x 2/3 + 0.998 x 1.5
    ("altman_z1", 0.17925 + 0.1694 + 0.37284 + 0.28 + 1.497, 2.49849, GREY),
    # 6.56 x .25 + 3.26 x .2 + 6.72 x .12 + 1.05 x 2/3
    ("altman_z2", 1.64 + 0.652 + 0.8064 + 0.7, 3.7984, SAFE),
    ("altman_em", 3.25 + 1.64 + 0.652 + 0.8064 + 0.7, 7.0484, SAFE),
    # 1.03 x .25 + 3.07 x .12 + 0.66 x 90/350 + 0.40 x 1.5
    ("springate", 0.2575 + 0.3684 + 0.66 * 90 / 350 + 0.6, 1.39561, SAFE),
]


@pytest.mark.parametrize(("model", "sum_of_parts", "printed", "zone"), ALTMAN)
def test_discriminant_models_of_a_worked_example(model: str, sum_of_parts: float, printed: float, zone: int) -> None:
    found = judge(model, accounts(FIRM))
    assert found.value[0] == pytest.approx(sum_of_parts)
    assert found.value[0] == pytest.approx(printed, abs=1e-5)
    assert found.zone[0] == zone
    assert np.isnan(found.probability[0])


def test_zmijewski_of_a_worked_example() -> None:
    x = -4.336 - 4.513 * 0.07 + 5.679 * 0.6 + 0.004 * 600 / 350  # -1.23765
    found = judge("zmijewski", accounts(FIRM))
    assert found.value[0] == pytest.approx(x) == pytest.approx(-1.23765, abs=1e-5)
    assert found.probability[0] == pytest.approx(0.5 * (1 + erf(x / sqrt(2))))
    assert found.zone[0] == SAFE
    sick = accounts({**FIRM, "net_income": -200, "total_liabilities": 900})
    assert judge("zmijewski", sick).value[0] == pytest.approx(-4.336 + 0.9026 + 5.1111 + 0.004 * 600 / 350)
    assert judge("zmijewski", sick).zone[0] == DISTRESS


def test_ohlson_of_a_worked_example() -> None:
    # 80,000,000 dollars at a price level of 640: ln(125,000)
    size = log(80_000_000 / 640)
    o = (-1.32 - 0.407 * size + 6.03 * 0.6 - 1.43 * 0.25 + 0.0757 * 350 / 600 - 1.72 * 0 - 2.37 * 0.07 - 1.83 * 110 / 600
         + 0.285 * 0 - 0.521 * (70 - 50) / (70 + 50))  # fmt: skip
    found = judge("ohlson", accounts(FIRM, YEAR_BEFORE, deflated_assets=125_000))
    assert found.value[0] == pytest.approx(o) == pytest.approx(-3.38016, abs=1e-4)
    assert found.probability[0] == pytest.approx(1 / (1 + exp(-o)))
    assert found.zone[0] == SAFE


def test_ohlson_counts_two_losses_and_liabilities_above_assets() -> None:
    bad = {**FIRM, "net_income": -30, "depreciation": 10, "total_liabilities": 1100}
    worse = {**YEAR_BEFORE, "net_income": -10}
    o = (-1.32 - 0.407 * log(1000) + 6.03 * 1.1 - 1.43 * 0.25 + 0.0757 * 350 / 600 - 1.72 * 1 - 2.37 * -0.03 - 1.83 * -20 / 1100
         + 0.285 * 1 - 0.521 * (-30 + 10) / (30 + 10))  # fmt: skip
    assert judge("ohlson", accounts(bad, worse, deflated_assets=1000)).value[0] == pytest.approx(o)


def test_ohlson_without_a_price_index_ranks_but_says_no_zone_and_no_probability() -> None:
    found = judge("ohlson", accounts(FIRM, YEAR_BEFORE))
    with_size = judge("ohlson", accounts(FIRM, YEAR_BEFORE, deflated_assets=1.0))  # ln 1 = 0
    assert found.value[0] == pytest.approx(with_size.value[0])
    assert (found.zone[0], found.substituted["size"][0]) == (UNKNOWN, True)
    assert np.isnan(found.probability[0])


def test_ohlson_without_a_year_before_takes_one_loss_for_two() -> None:
    loss = {**FIRM, "net_income": -30}
    alone, after_profit = (
        judge("ohlson", accounts(loss, before, deflated_assets=1000))
        for before in (None, {**YEAR_BEFORE, "net_income": -30})
    )
    assert alone.value[0] == pytest.approx(after_profit.value[0])
    assert alone.missing_of(0) == ("net_income_before",)


def test_beneish_of_a_worked_example() -> None:
    dsri = (240 / 1500) / (168 / 1200)
    gmi = (384 / 1200) / (450 / 1500)
    aqi = (1 - 900 / 1000) / (1 - 810 / 900)
    sgi = 1500 / 1200
    depi = (36 / 346) / (40 / 340)
    sgai = (180 / 1500) / (156 / 1200)
    tata = (70 - 95) / 1000
    lvgi = (500 / 1000) / (480 / 900)
    m = (-4.84 + 0.920 * dsri + 0.528 * gmi + 0.404 * aqi + 0.892 * sgi + 0.115 * depi - 0.172 * sgai + 4.679 * tata
         - 0.327 * lvgi)  # fmt: skip
    found = judge("beneish", accounts(FIRM, YEAR_BEFORE))
    assert found.value[0] == pytest.approx(m) == pytest.approx(-2.18697, abs=1e-4)
    assert found.zone[0] == SAFE
    grown = accounts({**FIRM, "trade_receivables": 480}, YEAR_BEFORE)
    assert judge("beneish", grown).value[0] == pytest.approx(m + 0.920 * dsri)
    assert judge("beneish", grown).zone[0] == DISTRESS


def test_beneish_is_minus_2_48_for_a_firm_that_does_not_change() -> None:
    still = {**FIRM, "net_income": 70, "operating_cash_flow": 70}
    assert judge("beneish", accounts(still, still)).value[0] == pytest.approx(-2.48)


@pytest.mark.parametrize(
    ("items", "term"),
    [(("depreciation",), "depreciation_index"), (("fixed_assets",), "asset_quality_index"),
     (("selling_general_admin",), "overhead_index"), (("long_term_debt",), "leverage_index")],
)  # fmt: skip
def test_beneish_takes_few_things_as_neutral_and_says_so(items: tuple[str, ...], term: str) -> None:
    gone = dict.fromkeys(items, NAN)
    found = judge("beneish", accounts({**FIRM, **gone}, {**YEAR_BEFORE, **gone}))
    assert found.substituted[term][0]
    assert np.isfinite(found.value[0])
    assert set(found.missing_of(0)) == {name + end for name in items for end in ("", "_before")}


def test_beneish_misses_what_has_no_neutral_value() -> None:
    found = judge("beneish", accounts({**FIRM, "trade_receivables": NAN}, YEAR_BEFORE))
    assert np.isnan(found.value[0])
    assert (found.zone[0], found.missing_of(0)) == (UNKNOWN, ("trade_receivables",))
    one_sided = judge("beneish", accounts({**FIRM, "long_term_debt": NAN}, YEAR_BEFORE))
    assert np.isnan(one_sided.value[0])


def test_piotroski_counts_nine_signs() -> None:
    found = judge("piotroski", accounts(FIRM, YEAR_BEFORE))
    # profit, cash, return .07 > .0556, cash above profit, debt .15 < .1778, liquidity 1.714 > 1.5625, no issue;
    # margin .30 < .32 and turnover 1.5 > 1.3333
    assert {name: value[0] for name, value in found.terms.items()} == {
        "profit_is_positive": 1, "cash_flow_is_positive": 1, "return_rose": 1, "cash_flow_exceeds_profit": 1, "leverage_fell": 1,
        "current_ratio_rose": 1, "no_shares_issued": 1, "margin_rose": 0, "turnover_rose": 1,
    }  # fmt: skip
    assert (found.value[0], found.zone[0]) == (8, SAFE)
    weak = {**FIRM, "net_income": -5, "operating_cash_flow": -10, "share_capital": 130, "long_term_debt": 300, "revenue": 900,
            "current_assets": 400, "cost_of_sales": 800}  # fmt: skip
    assert (
        judge("piotroski", accounts(weak, YEAR_BEFORE)).value[0],
        judge("piotroski", accounts(weak, YEAR_BEFORE)).zone[0],
    ) == (0, DISTRESS)
    assert judge("piotroski", accounts(FIRM)).zone[0] == UNKNOWN


@pytest.mark.parametrize("line", [
    ("altman_z", 1.81, 2.99), ("altman_z1", 1.23, 2.90), ("altman_z2", 1.10, 2.60), ("altman_em", 4.35, 5.85),
    ("springate", 0.862, 0.862), ("piotroski", 3, 8),
])  # fmt: skip
def test_high_is_good_and_zones_change_at_the_published_lines(line: tuple[str, float, float]) -> None:
    from riskreview.indicators.ratios.models import zones

    model, distress, safe = line
    values = np.array([distress - 1e-9, distress, safe - 1e-9, safe, np.nan])
    between = GREY if safe > distress else SAFE
    wanted = [DISTRESS, between, GREY if safe > distress else DISTRESS, SAFE, UNKNOWN]
    assert zones(PUBLISHED[model], values).tolist() == wanted


@pytest.mark.parametrize(("model", "line"), [("zmijewski", 0.0), ("ohlson", 0.0), ("beneish", -1.78)])
def test_high_is_bad_beyond_the_published_line(model: str, line: float) -> None:
    from riskreview.indicators.ratios.models import zones

    assert zones(PUBLISHED[model], np.array([line, line + 1e-9])).tolist() == [SAFE, DISTRESS]


def test_every_term_is_used_and_every_model_has_its_terms() -> None:
    assert {name for model in PUBLISHED.values() for name in model.terms} == set(TERMS)
    assert ZONES[EXCLUDED] == "excluded"


@pytest.mark.parametrize(
    "denominator", ["total_assets", "total_liabilities", "current_liabilities", "revenue", "current_assets"]
)
@pytest.mark.parametrize("value", [0.0, -5.0])
def test_a_zero_or_negative_denominator_gives_no_value_never_a_good_one(denominator: str, value: float) -> None:
    wrong = {**FIRM, denominator: value}
    for model in PUBLISHED:
        found = judge(model, accounts(wrong, {**YEAR_BEFORE, denominator: value}, deflated_assets=1000.0))
        assert not np.isinf(found.value[0])
        divided = [name for name, rows in found.undefined.items() if rows[0]]
        if divided:
            assert np.isnan(found.value[0]) or all(
                found.substituted[name][0] for name in divided if name in found.substituted
            )


def test_totals_that_are_missing_are_rebuilt_from_their_parts() -> None:
    given = {**FIRM, "ebit": NAN, "equity": NAN}
    assert judge("altman_z2", accounts(given)).value[0] == pytest.approx(3.7984)  # 90 + 30 and 1000 - 600
    assert judge("altman_z2", accounts({**FIRM, "total_liabilities": NAN})).value[0] == pytest.approx(3.7984)
    assert np.isnan(judge("altman_z2", accounts({**FIRM, "retained_earnings": NAN})).value[0])


def test_expenses_may_carry_either_sign() -> None:
    negative = {
        name: -FIRM[name] for name in ("cost_of_sales", "depreciation", "selling_general_admin", "interest_expense")
    }
    for model in ("beneish", "ohlson", "piotroski"):
        plain = judge(model, accounts(FIRM, YEAR_BEFORE)).value[0]
        assert judge(model, accounts({**FIRM, **negative}, YEAR_BEFORE)).value[0] == pytest.approx(plain)


@pytest.mark.parametrize(
    ("code", "zone"), [("J66", EXCLUDED), ("j 66.10", EXCLUDED), ("K6420", EXCLUDED), ("C33", SAFE), ("", SAFE)]
)
def test_banks_insurers_and_holdings_are_left_out(code: str, zone: int) -> None:
    policy = RatioPolicy(excluded_industries=("J66", "K64"))
    found = judge("altman_z2", accounts(FIRM), policy=policy, industry=code)
    assert found.zone[0] == zone
    assert np.isnan(found.value[0]) == (zone == EXCLUDED)


def test_a_policy_may_change_coefficients_and_lines_by_country_and_industry() -> None:
    policy = RatioPolicy(overrides=(
        ModelOverride(model="altman_z2", countries=("CN",), coefficients={"intercept": 1.0, "ebit_to_assets": 5.0}, source="estimate one"),
        ModelOverride(model="altman_z2", countries=("CN",), industries=("F",), safe=9.0, source="estimate two"),
    ))  # fmt: skip
    cases = {
        ("DE", "F51"): (3.7984, SAFE, -1),
        ("CN", "C33"): (3.7984 + 1.0 - 1.72 * 0.12, SAFE, 0),
        ("CN", "F51"): (3.7984, GREY, 1),
    }
    for (country, industry), (value, zone, variant) in cases.items():
        found = judge("altman_z2", accounts(FIRM), policy=policy, country=country, industry=industry)
        assert (found.value[0], found.zone[0], found.variant[0]) == (pytest.approx(value), zone, variant)


amounts = st.floats(1, 1e9)


@settings(deadline=None, max_examples=50)  # a busy machine is no failure
@given(st.fixed_dictionaries(dict.fromkeys(FIRM, amounts)), st.sampled_from(["retained_earnings", "ebit"]), amounts)
def test_more_profit_never_worsens_an_altman_score(firm: Statement, item: str, more: float) -> None:
    richer = {**firm, item: firm[item] + more}
    for model in ("altman_z", "altman_z1", "altman_z2", "altman_em"):
        assert judge(model, accounts(richer)).value[0] >= judge(model, accounts(firm)).value[0]


def one_by_one(found: list[Accounts], model: str) -> list[float]:
    return [float(judge(model, each).value[0]) for each in found]


def test_customers_do_not_influence_each_other() -> None:
    from riskreview.indicators.ratios.models import evaluate
    from riskreview.indicators.ratios.peers import unknown_peers

    chance = np.random.default_rng(1)
    firms = [{name: value * chance.uniform(0.5, 2) for name, value in FIRM.items()} for _ in range(7)]
    single = [accounts(firm, YEAR_BEFORE, deflated_assets=1000.0) for firm in firms]
    together = Accounts(
        *({name: np.concatenate([getattr(each, part)[name] for each in single]) for name in getattr(single[0], part)}
          for part in ("year", "now", "before")), basis=np.concatenate([each.basis for each in single]),
    )  # fmt: skip
    for model in PUBLISHED:
        assert evaluate(model, together, unknown_peers(7), RatioPolicy()).value.tolist() == pytest.approx(
            one_by_one(single, model), nan_ok=True
        )
