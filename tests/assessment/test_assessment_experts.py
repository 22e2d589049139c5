"""Opinions in a class: bounded, never below a rule, gone when facts overtake them, and never the reason that bad news is good."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assessment.portfolios import AS_OF, after, frame, judged, policy
from tests.assessment.test_assessment_points import RANK, customers, figures

from riskreview.assessment.experts import experts_of
from riskreview.assessment.group import parents_of
from riskreview.assessment.score import Layers
from riskreview.opinions.store import Opinion
from riskreview.policy.risk_terms import RiskClass

MEDIUM = {"P2": 40, "P3": 40, "P5": 60, "P4": 20, "P6": 2, "P7": 40, "P9": 2}
NOTHING = dict.fromkeys(frame({}).values, float("nan"))
OPINION = policy().layers.opinion.code


def facts_of(customer):
    """What an opinion made today knows of a customer."""
    now = judged(customer).evaluation
    return int(now.alarms[0]), int(now.floor[0]), int(now.floor_code[0])


def opinion(kind, word=None, *, known=(0, 0, 0), key=1, opinion_id=5):
    said = None if word is None else RiskClass[word]
    return Opinion(opinion_id, key, kind, said, *known, AS_OF, None, "active")


def heard(customer, *opinions, before=None, as_of=AS_OF, stale=False):
    said = experts_of(opinions, np.array([1]))
    return judged(customer, before=before, as_of=as_of, stale=stale, layers=Layers(experts=said))


def name(result):
    return RiskClass(int(result.risk_class[0])).name


def test_an_opinion_to_the_worse_takes_effect_at_once_and_is_named():
    result = heard({}, opinion("worse", "medium"))

    assert (name(result), int(result.decision.rule_code[0])) == ("medium", OPINION)
    assert (int(result.decision.opinion_id[0]), int(result.decision.opinion_class[0])) == (5, 2)
    assert int(result.decision.without_opinion[0]) == RiskClass.low


def test_an_opinion_to_the_better_waits_like_every_improvement():
    known = facts_of(MEDIUM)
    say = opinion("better", "low", known=known)
    start = heard(MEDIUM)

    first = heard(MEDIUM, say, before=after(start), as_of=AS_OF + timedelta(days=1))
    later = heard(MEDIUM, say, before=after(first), as_of=AS_OF + timedelta(days=61))
    over = heard(MEDIUM, before=after(later), as_of=AS_OF + timedelta(days=62))

    assert [name(start), name(first), name(later), name(over)] == ["medium", "medium", "low", "medium"]
    assert int(later.decision.without_opinion[0]) == RiskClass.medium


def test_a_better_opinion_never_undercuts_a_rule_and_moves_by_the_bound_only():
    insured = {"P1": 61}
    known = facts_of(insured)

    assert name(heard(insured, opinion("better", "high", known=known))) == "critical"
    assert name(heard({}, opinion("worse", "critical"))) == "medium"
    assert name(heard(NOTHING, opinion("better", "low"))) == "unknown"
    assert name(heard(NOTHING, opinion("worse", "critical"))) == "high"


def test_a_better_opinion_ends_with_a_new_alarm_or_rule_and_a_worse_one_stays():
    known = facts_of(MEDIUM)
    alarmed = {**MEDIUM, "F3": 0.5}

    better = heard(alarmed, opinion("better", "low", known=known))
    ruled = heard({**MEDIUM, "negative_equity": 1}, opinion("better", "low", known=known))
    worse = heard({"P7": 40}, opinion("worse", "medium"))

    assert (int(better.decision.lapsed_id[0]), int(better.decision.opinion_id[0])) == (5, 0)
    assert int(ruled.decision.lapsed_id[0]) == 5
    assert int(worse.evaluation.alarms[0])
    assert (name(worse), int(worse.decision.lapsed_id[0])) == ("medium", 0)


def test_a_worse_opinion_that_the_figures_have_reached_ends_with_a_new_alarm():
    result = heard({**MEDIUM, "P1": 61}, opinion("worse", "high", known=facts_of(MEDIUM)))

    assert (name(result), int(result.decision.lapsed_id[0])) == ("critical", 5)


def test_a_ring_fence_frees_from_the_parent_and_only_from_that():
    parents = parents_of(np.array([1, 2]), np.array([2]), np.array([1]))

    def child(customer, *opinions) -> str:
        said = experts_of(opinions, np.array([1, 2]))
        result = judged({"P1": 61}, customer, layers=Layers(parents=parents, experts=said))
        return RiskClass(int(result.risk_class[1])).name

    fence = opinion("ring_fence", key=2)
    assert [child({}), child({}, fence), child({"P1": 95}, fence)] == ["critical", "low", "default"]


def test_of_two_opinions_after_a_merge_the_worse_one_counts():
    said = experts_of([opinion("worse", "medium", opinion_id=1), opinion("better", "low", opinion_id=9)], np.array([1]))

    assert (int(said.opinion_id[0]), bool(said.is_better[0])) == (1, False)


said_by_people = st.tuples(
    st.sampled_from(["worse", "better"]), st.sampled_from(["low", "medium", "high", "critical", "default"])
)


@settings(max_examples=40, deadline=None)
@given(customers, said_by_people)
def test_an_opinion_stays_within_its_bound_and_above_every_rule(customer, said):
    kind, word = said

    result = heard(customer, opinion(kind, word, known=facts_of(customer)))

    without, now = (RANK[int(part[0])] for part in (result.decision.without_opinion, result.decision.evaluated))
    floor = int(result.evaluation.floor[0])
    assert abs(now - without) <= policy().opinions.bound
    assert (now - without) * (1 if kind == "worse" else -1) >= 0
    assert now >= floor
    if now > without:
        assert now <= RiskClass[policy().opinions.worst]


@settings(max_examples=40, deadline=None)
@given(customers, figures(missing=False), st.floats(0, 3), said_by_people)
def test_worse_facts_under_an_opinion_never_give_a_better_class(customer, figure, steps, said):
    name_of, value = figure
    item = policy().indicator(name_of)
    worse = value + (1 if item.direction == "up" else -1) * steps * abs(item.alarm - item.warning)
    kind, word = said
    say = opinion(kind, word, known=facts_of({**customer, name_of: value}))

    milder, harder = (heard({**customer, name_of: found}, say) for found in (value, worse))

    assert RANK[int(milder.risk_class[0])] <= RANK[int(harder.risk_class[0])]


@settings(max_examples=40, deadline=None)
@given(customers, st.sets(st.sampled_from(sorted(frame({}).values)), max_size=12), st.booleans())
def test_figures_that_go_missing_or_stale_never_improve_a_class_even_under_an_opinion(customer, gone, stale):
    start = heard(customer)
    known = facts_of(customer)
    empty = {**customer, **dict.fromkeys(gone, float("nan"))}

    later = heard(
        empty, opinion("better", "low", known=known), before=after(start), as_of=AS_OF + timedelta(days=1), stale=stale
    )
    after_long = heard(
        empty, opinion("better", "low", known=known), before=after(later), as_of=AS_OF + timedelta(days=90), stale=True
    )

    assert RANK[int(after_long.risk_class[0])] >= RANK[int(start.risk_class[0])]
