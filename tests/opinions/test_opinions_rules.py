"""What may be said of a customer on which facts, how long it holds, and how people are judged by outcome."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assessment.portfolios import policy

from riskreview.foundation.errors import RuleViolation
from riskreview.opinions.record import PastOpinion, jeffreys, quarters, tallies
from riskreview.opinions.rules import (
    Assessed,
    Draft,
    check_can_decide,
    check_can_propose,
    digest_of,
    holds_until,
    kind_of,
)
from riskreview.policy.risk_opinions import KINDS, NEEDS_TWO
from riskreview.policy.risk_terms import RiskClass

TODAY = date(2026, 7, 1)
ASSESSED = Assessed(1, "C1", TODAY, RiskClass.medium, RiskClass.medium, 0, 0, 0)
DRAFT = Draft(
    "class",
    "liquidity",
    "They lost their bank.",
    "Call with the CFO, 30 June",
    RiskClass.high,
    TODAY + timedelta(days=120),
)


def propose(draft=DRAFT, assessed=ASSESSED):
    kind = kind_of(draft, assessed)
    check_can_propose(draft, kind, assessed, policy(), today=TODAY)
    return kind


def test_a_draft_is_worse_or_better_than_what_the_figures_give():
    assert propose() == "worse"
    assert propose(replace(DRAFT, risk_class=RiskClass.low)) == "better"


@pytest.mark.parametrize(
    ("draft", "assessed", "sentence"),
    [
        (replace(DRAFT, risk_class=RiskClass.medium), ASSESSED, "nothing to say"),
        (replace(DRAFT, risk_class=RiskClass.critical), ASSESSED, "may move that by 1 class"),
        (replace(DRAFT, reason="a feeling"), ASSESSED, "is no reason for worse"),
        (replace(DRAFT, reason="security_given"), ASSESSED, "is no reason for worse"),
        (replace(DRAFT, statement="  "), ASSESSED, "the statement is empty"),
        (replace(DRAFT, source=""), ASSESSED, "the source is empty"),
        (replace(DRAFT, horizon_on=TODAY), ASSESSED, "is not ahead"),
        (replace(DRAFT, horizon_on=None), ASSESSED, "say until when"),
        (
            replace(DRAFT, risk_class=RiskClass.low),
            replace(ASSESSED, floor_class=2, floor_code=102),
            "medium: too little is known for a better class; an opinion cannot undercut",
        ),
        (
            replace(DRAFT, risk_class=RiskClass.low),
            replace(ASSESSED, class_without=0),
            "nobody can say that it is better",
        ),
        (replace(DRAFT, risk_class=RiskClass.default), replace(ASSESSED, class_without=4), "takes a rule"),
        (replace(DRAFT, subject="closure", reason="cured"), ASSESSED, "needs no closure"),
        (
            replace(DRAFT, subject="closure", reason="cured"),
            replace(ASSESSED, risk_class=5, floor_class=5, floor_code=1),
            "still sets default: a material item is more than 90 days past due; it is closed once",
        ),
        (replace(DRAFT, subject="ring_fence", reason="cured"), ASSESSED, "is no reason for ring_fence"),
    ],
)
def test_what_may_not_be_said_is_refused_in_a_sentence(draft, assessed, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        propose(draft, assessed)


def test_a_default_whose_cause_is_gone_can_be_closed():
    assert (
        propose(replace(DRAFT, subject="closure", reason="cured", risk_class=None), replace(ASSESSED, risk_class=5))
        == "closure"
    )


def until(kind, *, horizon=400, review=None, word="medium"):
    day = holds_until(kind, policy(), effective_on=TODAY, horizon_on=TODAY + timedelta(days=horizon),
                      review_due_on=None if review is None else TODAY + timedelta(days=review), word=word)  # fmt: skip
    return (day - TODAY).days


def test_an_opinion_holds_until_its_days_its_horizon_or_the_next_review():
    kinds = policy().opinions.kinds
    assert until("worse") == min(kinds["worse"].holds_days, (date(2027, 1, 1) - TODAY).days)
    assert until("better") == kinds["better"].holds_days
    assert until("better", horizon=20) == 20
    assert until("better", review=12) == 12
    assert until("better", review=-3) == kinds["better"].holds_days
    assert until("worse", word="high") == (date(2026, 10, 1) - TODAY).days
    assert until("ring_fence", review=12) == kinds["ring_fence"].holds_days


@given(st.sampled_from(KINDS), st.integers(-1, 4), st.integers(-1, 4))
def test_nobody_decides_what_he_proposed_and_only_higher_rank_makes_a_customer_look_better(kind, author, actor):
    with pytest.raises(RuleViolation, match="another person must"):
        check_can_decide("wang", author, "wang", actor, kind)
    if kind in NEEDS_TWO and actor <= author:
        with pytest.raises(RuleViolation, match="rank above"):
            check_can_decide("wang", author, "zhao", actor, kind)
    else:
        check_can_decide("wang", author, "zhao", actor, kind)


def test_the_digest_changes_with_what_is_said_and_with_the_facts_it_was_said_on():
    def digest(draft=DRAFT, assessed=ASSESSED) -> str:
        return digest_of(draft, "worse", assessed, horizon_on=TODAY + timedelta(days=9))

    changed = [
        digest(replace(DRAFT, statement="x")),
        digest(assessed=replace(ASSESSED, alarms=1)),
        digest(replace(DRAFT, source="y")),
    ]
    assert len({digest(), *changed}) == 4
    assert digest() == digest()


def past(number, author, said, alone, *, kind="worse", month=1):
    return PastOpinion(number, number, kind, author, "liquidity", said, alone, date(2026, month, 5))


def test_an_opinion_beats_the_figures_when_the_outcome_is_nearer_to_it():
    opinions = [
        past(1, "ann", 4, 3),
        past(2, "ann", 4, 3),
        past(3, "ann", 2, 3, kind="better"),
        past(4, "bob", 4, 3),
        past(5, "bob", 3, 2),
    ]

    ann, bob = tallies(opinions, {1: 5, 2: 3, 3: 5, 5: 3}, lambda item: item.author)

    assert (ann.opinions, ann.judged, ann.nearer, ann.equal, ann.further) == (3, 3, 1, 0, 2)
    assert (bob.opinions, bob.judged, bob.nearer, bob.share) == (2, 1, 1, 1.0)
    assert bob.low < 0.5 < bob.high == 1.0


def test_few_cases_have_a_wide_interval_and_none_the_whole_range():
    assert jeffreys(0, 0) == (0.0, 1.0)
    few, many = jeffreys(3, 4), jeffreys(300, 400)
    assert few[1] - few[0] > many[1] - many[0]
    # Brown, Cai and DasGupta 2001, Jeffreys interval for 2 of 10
    assert jeffreys(2, 10) == pytest.approx((0.044, 0.503), abs=0.001)


def test_too_many_opinions_in_a_quarter_are_called_so():
    rules = policy().opinions.track_record
    worse = [past(n, "ann", 3, 2, month=4) for n in range(12)]
    better = [past(n, "ann", 2, 3, kind="better", month=7) for n in range(3)]

    found = quarters([*worse, *better], {"2026-Q2": 50, "2026-Q3": 1000, "2026-Q4": 1000}, rules)

    assert [(item.quarter, item.rate_pct, item.verdict) for item in found] == [
        ("2026-Q2", 24.0, "too many"), ("2026-Q3", 0.3, "watch"), ("2026-Q4", 0.0, "ok"),
    ]  # fmt: skip
