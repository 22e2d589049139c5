"""The limit comes from what a customer can bear, needs and has cleared; the strategy proposes what changes something, and no more."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.instance import Instance, Settings
from riskreview.measures.rules import (
    Stand,
    Standing,
    check_conflicts,
    check_least_harm,
    check_together,
    milder,
)
from riskreview.measures.strategy import Figures, credit_limit, pay_index, strategy_of
from riskreview.measures.terms import Terms, check_terms, parse_wanted
from riskreview.policy.measure_policy import MeasurePolicy, load_measure_policy
from riskreview.policy.review_approval import MEASURES
from riskreview.policy.risk_terms import RiskClass

POLICY = load_measure_policy(Instance(Path("nowhere"), Settings()))
GOOD = Figures(bought=3_650_000.0, cleared_peak=400_000.0, months=24, net_worth=8_000_000.0)


def stand(risk_class: RiskClass = RiskClass.high, **more: object) -> Stand:
    usual = {"exposure": 500_000.0, "overdue": 0.0, "limit": 600_000.0, "terms_days": 60, "average_late": 0.0, "points": {},
             "yearly_sales": 3_000_000.0, "expected_loss": None, "danger": None}  # fmt: skip
    return Stand(1, "C000001", risk_class, **{**usual, **more})  # type: ignore[arg-type]  # a test's own words


def in_force(kind: str, **more: object) -> Standing:
    from datetime import date

    known = POLICY.kind(kind)
    usual = {"state": "in_force", "expires_on": date(2026, 12, 31)}
    return Standing(7, kind, known.field, known.effect, **{**usual, **more})  # type: ignore[arg-type]  # see above


@pytest.mark.parametrize(
    ("late", "index"),
    [(None, None), (-3.0, 80.0), (0.0, 80.0), (7.5, 75.0), (26.0, 55.0), (105.0, 25.0), (900.0, 20.0)],
)
def test_the_pay_index_lies_between_the_published_points(late: float | None, index: float | None) -> None:
    assert pay_index(late) == index


def test_the_least_of_capacity_need_and_history_decides_and_every_term_is_shown() -> None:
    found = credit_limit(stand(RiskClass.medium), GOOD, POLICY.limit, receivables=100_000_000)

    assert (found.capacity, found.need, found.history) == (800_000.0, 720_000.0, 480_000.0)
    assert (found.limited_by, found.base, found.class_factor, found.amount) == (
        "history",
        480_000.0,
        0.75,
        Decimal(360_000),
    )


def test_security_is_added_and_one_name_is_capped() -> None:
    secured = Figures(bought=36_500_000.0, net_worth=80_000_000.0, secured=50_500.0)

    found = credit_limit(stand(RiskClass.low), secured, POLICY.limit, receivables=1_000_000)

    assert found.single_name_cap == 100_000.0
    assert found.amount == Decimal(150_000)


def test_a_young_customer_has_no_history_and_an_unknown_one_keeps_to_its_limit_or_exposure() -> None:
    young = credit_limit(stand(), Figures(bought=365_000.0, cleared_peak=1.0, months=3), POLICY.limit, receivables=0)
    stranger = credit_limit(stand(), Figures(), POLICY.limit, receivables=0)
    without = credit_limit(stand(limit=None), Figures(), POLICY.limit, receivables=0)

    assert (young.limited_by, young.history) == ("need", None)
    assert (stranger.limited_by, stranger.amount) == ("present_limit", Decimal(240_000))
    assert (without.limited_by, without.amount) == ("exposure", Decimal(200_000))


@settings(max_examples=60)
@given(
    st.builds(Figures, bought=st.none() | st.floats(-1e9, 1e9), cleared_peak=st.none() | st.floats(0, 1e9), months=st.integers(0, 60),
              net_worth=st.none() | st.floats(-1e9, 1e9), secured=st.floats(0, 1e6)),
    st.floats(0, 1e8), st.none() | st.floats(0, 400), st.floats(0, 1e9),
)  # fmt: skip
def test_a_worse_class_never_gets_more_unsecured_credit(
    figures: Figures, exposure: float, late: float | None, receivables: float
) -> None:
    classes = (RiskClass.low, RiskClass.medium, RiskClass.high, RiskClass.critical, RiskClass.default)
    amounts = [credit_limit(stand(c, exposure=exposure, average_late=late), figures, POLICY.limit, receivables=receivables).amount
               for c in classes]  # fmt: skip

    assert amounts == sorted(amounts, reverse=True)
    assert all(amount >= 0 and amount % POLICY.limit.round_to == 0 for amount in amounts)
    assert amounts[-1] <= Decimal(str(figures.secured))


@pytest.mark.parametrize("word", RiskClass)
def test_every_strategy_is_complete_and_free_of_contradictions(word: RiskClass) -> None:
    found = strategy_of(stand(word, overdue=400_000.0, points={"transaction": 9.0}), GOOD, POLICY, receivables=1e9)

    kinds = [POLICY.kind(item.kind) for item in found.measures]
    check_together(kinds)
    for kind, item in zip(kinds, found.measures, strict=True):
        check_terms(kind, item.terms, limit=Decimal(600_000), terms_days=60)


def test_a_limit_that_is_low_enough_is_not_cut() -> None:
    kinds = [item.kind for item in strategy_of(stand(limit=10_000.0), GOOD, POLICY, receivables=1e9).measures]

    assert "cut_limit" not in kinds
    assert "shorten_terms" in kinds


def test_unstable_operations_are_supported_and_not_only_constrained() -> None:
    calm, unstable = (
        strategy_of(stand(points=points), GOOD, POLICY, receivables=1e9) for points in ({}, {"transaction": 8.0})
    )

    assert "support" not in {item.kind for item in calm.measures}
    assert "support" in {item.kind for item in unstable.measures}


@pytest.mark.parametrize(("text", "sentence"), [
    ("shout", "shout is no measure"), ("cut_limit days=3", "cut_limit has no parameter days"), ("deposit share_pct=much", "is a number"),
    ("collection stage=1.5", "is a whole number"), ("cut_limit amount=NaN", "is a number"),
    ("", "nothing is no measure"), ("  ", "nothing is no measure"), ("cut_limit amount=1e30", "is at most 1,0"),
    ("collection stage=1e30", "is at most 1,0"), ("cut_limit amount=5 amount=6", "gives amount twice"),
])  # fmt: skip
def test_what_cannot_be_a_measure_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        parse_wanted(text, POLICY)


@pytest.mark.parametrize(("kind", "terms", "sentence"), [
    ("cut_limit", Terms(), "needs amount"), ("visit", Terms(days=3), "visit has no days"),
    ("deposit", Terms(share_pct=Decimal(100)), "at most 99"), ("cut_limit", Terms(amount=Decimal(700_000)), "below the present limit"),
    ("raise_limit", Terms(amount=Decimal(500_000)), "above the present limit"), ("extend_terms", Terms(days=45), "above the present terms"),
])  # fmt: skip
def test_parameters_are_bounded_by_the_catalogue_and_by_what_the_customer_has(
    kind: str, terms: Terms, sentence: str
) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        check_terms(POLICY.kind(kind), terms, limit=Decimal(600_000), terms_days=60)


@pytest.mark.parametrize(("kind", "other", "sentence"), [
    ("raise_limit", in_force("order_hold"), "raise_limit contradicts order_hold 7"),
    ("raise_limit", in_force("cut_limit"), "contradicts cut_limit 7"),
    ("extend_terms", in_force("exit"), "contradicts exit 7"),
    ("cut_limit", in_force("freeze_limit", state="approved"), "settle it before cut_limit"),
    ("order_hold", in_force("raise_limit", state="proposed"), "withdraw it before order_hold"),
])  # fmt: skip
def test_measures_that_contradict_each_other_are_refused_naming_the_one_in_the_way(
    kind: str, other: Standing, sentence: str
) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        check_conflicts(POLICY.kind(kind), [other], stand())


def test_a_harsher_measure_may_take_the_place_of_a_milder_one_in_force() -> None:
    check_conflicts(POLICY.kind("delivery_stop"), [in_force("order_hold")], stand())


def test_a_danger_may_be_met_although_a_relief_is_in_force() -> None:
    check_conflicts(POLICY.kind("order_hold"), [in_force("raise_limit")], stand())


@pytest.mark.parametrize(("more", "sentence"), [
    ({"danger": "signal 3 (late, alarm) is open"}, "while signal 3"), ({"risk_class": RiskClass.unknown}, "not known today"),
    ({"is_current": False}, "not known today"),
])  # fmt: skip
def test_nothing_is_relaxed_beside_an_alarm_or_on_stale_figures(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        check_conflicts(POLICY.kind("raise_limit"), [], stand(**more))  # type: ignore[arg-type]  # a test's own words


def test_a_harsh_measure_names_the_milder_one_and_the_sales_at_risk() -> None:
    with pytest.raises(RuleViolation, match=r"order_hold puts 1,800,000 CNY of yearly sales at risk, and cut_limit"):
        check_least_harm(POLICY.kind("order_hold"), POLICY, stand(), although=None, currency="CNY")

    check_least_harm(POLICY.kind("order_hold"), POLICY, stand(), although="Goods leave tomorrow.", currency="CNY")
    assert milder(POLICY.kind("cut_limit"), POLICY, RiskClass.high) == ()


@pytest.mark.parametrize(("old", "new", "code"), [
    ("spares: [delivered, prepaid]\n    sales_at_risk_pct: 60", "spares: [delivered]\n    sales_at_risk_pct: 60", "E-MEASURE-SELF-HARM"),
    ("preapproved: [order_hold,", "preapproved: [raise_limit,", "E-MEASURE-PREAPPROVED"),
    ("- {kind: freeze_limit}", "- {kind: freeze_limit}\n    - {kind: cut_limit}", "E-MEASURE-CONFLICT"),
    ("  - id: exit\n", "  - id: walk_away\n", "E-MEASURE-KIND"),
    ("{kind: deposit, share_pct: 25}", "{kind: deposit, days: 25}", "E-MEASURE-STRATEGY"),
    ("{kind: deposit, share_pct: 25}", "{kind: deposit, share_pct: 100}", "E-MEASURE-STRATEGY"),
    ('lasts_days: 30\n    longest_days: 184\n    reversal: {en: "Release', 'lasts_days: 300\n    longest_days: 184\n    reversal: {en: "Release', "E-MEASURE-DURATION"),
])  # fmt: skip
def test_a_catalogue_that_would_do_harm_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    shipped = (
        Instance(Path("nowhere"), Settings())
        .configuration_file("policies", "measures.yaml")
        .read_text(encoding="utf-8")
    )
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "measures.yaml").write_text(shipped.replace(old, new, 1), encoding="utf-8")

    assert old in shipped
    with pytest.raises(BadInput) as error:
        load_measure_policy(Instance(tmp_path, Settings()))
    assert error.value.code == code


def test_the_catalogue_has_every_measure_a_review_may_name() -> None:
    assert {kind.id for kind in POLICY.kinds} == set(MEASURES)
    assert isinstance(POLICY, MeasurePolicy)
