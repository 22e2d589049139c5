"""Points and classes of one evaluation: exact sums, monotone, missing data never good."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assessment.portfolios import GOOD, frame, judged, policy, scale

from riskreview.assessment.positions import positions_of
from riskreview.assessment.scale import FULL
from riskreview.assessment.score import points_of
from riskreview.policy.risk_terms import RiskClass

RANK = {0: 2, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5}


@st.composite
def figures(draw, *, missing=True):
    item = policy().indicator(draw(st.sampled_from(sorted(GOOD))))
    span = abs(item.alarm - item.warning)
    low, high = min(item.warning, item.alarm) - 2 * span, max(item.warning, item.alarm) + 2 * span
    value = draw(st.floats(low, high) | st.just(item.warning) | st.just(item.alarm))
    return item.id, draw(st.just(float("nan")) | st.just(value)) if missing else value


customers = st.lists(figures(), max_size=14).map(dict)
complete = st.lists(figures(missing=False), max_size=14).map(dict)


def contributions(*given_customers):
    positions = positions_of(frame(*given_customers), policy())
    return positions, points_of(positions, scale())


def test_the_full_weights_add_up_to_one_hundred_points_exactly():
    assert sum(found.weight for found in scale().indicators()) == FULL


def test_a_customer_with_every_indicator_at_alarm_has_an_index_of_one_hundred():
    worst = {item.id: item.alarm for item in policy().indicators if item.id != "M5"} | {"P8": 150}

    result = judged(worst)

    # M5 does not apply to a customer without a group: the rest of its dimension carries its points
    assert result.evaluation.index[0] == FULL


def test_points_start_at_half_on_the_warning_line_and_are_full_on_the_alarm_line():
    _, dimensions = contributions({"P1": 14.9}, {"P1": 15}, {"P1": 37.5}, {"P1": 60}, {"P1": 500})
    payment = next(found for found in dimensions if found.dimension.id == "payment")
    rows, micro = payment.contributions["P1"]
    weight = scale().indicator("P1").weight

    assert rows.tolist() == [1, 2, 3, 4]
    assert micro.tolist() == [int(weight * 0.5), int(weight * 0.75), weight, weight]


@settings(max_examples=50, deadline=None)
@given(st.lists(customers, min_size=1, max_size=5))
def test_contributions_add_up_to_the_index_exactly(some):
    _, dimensions = contributions(*some)
    total = np.zeros(len(some), dtype=np.int64)
    for dimension in dimensions:
        for rows, micro in dimension.contributions.values():
            total[rows] += micro
        total += dimension.filler

    index = judged(*some).evaluation.index
    assert total.tolist() == index.tolist()
    assert ((index >= 0) & (index <= FULL)).all()


@settings(max_examples=40, deadline=None)
@given(customers, figures(missing=False), st.floats(0, 3))
def test_a_worse_figure_never_lowers_the_index_or_the_class(customer, figure, steps):
    name, value = figure
    item = policy().indicator(name)
    worse = value + (1 if item.direction == "up" else -1) * steps * abs(item.alarm - item.warning)

    result = judged({**customer, name: value}, {**customer, name: worse})

    index, classes = result.evaluation.index, result.evaluation.computed
    assert index[0] <= index[1]
    assert RANK[int(classes[0])] <= RANK[int(classes[1])]


@pytest.mark.parametrize("others", [{"P8": 150}, {"P8": 150, "P1": 45, "F1": 1.0, "T2": -70, "C2": 1}])
def test_each_indicator_alone_moves_index_and_class_the_bad_way_and_the_index_by_its_whole_weight(others):
    stretches = (-3, -0.5, -1e-6, 0, 0.4, 1 - 1e-6, 1, 1.5, 30)  # from the warning line on, the alarm line is at 1
    items = [item for item in policy().indicators if item.id in GOOD]

    result = judged(
        *(
            {**others, item.id: item.warning + reach * (item.alarm - item.warning)}
            for item in items
            for reach in stretches
        )
    )

    index = result.evaluation.index.reshape(len(items), -1)
    ranks = np.vectorize(RANK.get)(result.evaluation.computed).reshape(len(items), -1)
    others_class = {item.id for item in policy().indicators} - {item.id for item in items}
    assert others_class == {"M5"}  # see the tests of groups
    assert (np.diff(index) >= 0).all()
    assert (np.diff(ranks) >= 0).all()
    assert (
        index[:, -1] - index[:, 0] >= [scale().indicator(item.id).weight for item in items]
    ).all()  # more beside M5, which does not apply


@settings(max_examples=30, deadline=None)
@given(complete, st.sampled_from(["insolvency", "fraud", "negative_equity", "returned_payment", "dishonest_debtor"]))
def test_a_bad_fact_never_improves_the_class(customer, flag):
    result = judged(customer, {**customer, flag: 1})

    assert RANK[int(result.risk_class[0])] <= RANK[int(result.risk_class[1])]


@settings(max_examples=30, deadline=None)
@given(complete, st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_overdue_money_never_improves_the_class(customer, one, two):
    less, more = sorted((one, two))

    result = judged({**customer, "exposure": 2e7, "overdue": less}, {**customer, "exposure": 2e7, "overdue": more})

    assert RANK[int(result.risk_class[0])] <= RANK[int(result.risk_class[1])]


@settings(max_examples=30, deadline=None)
@given(st.lists(customers, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_customers_does_not_matter(some, random):
    order = list(range(len(some)))
    random.shuffle(order)

    straight, shuffled = judged(*some), judged(*(some[place] for place in order))

    assert straight.evaluation.index[order].tolist() == shuffled.evaluation.index.tolist()
    assert straight.risk_class[order].tolist() == shuffled.risk_class.tolist()


@settings(max_examples=40, deadline=None)
@given(complete, st.sampled_from(["payment", "financial", "transaction"]))
def test_an_unknown_core_dimension_counts_at_least_the_neutral_share_and_is_never_low(customer, dimension):
    gone = {item.id: float("nan") for item in policy().indicators if item.dimension == dimension}

    result = judged({**customer, **gone})

    place = [found.id for found in scale().dimensions].index(dimension)
    assert result.evaluation.points[place, 0] >= scale().dimensions[place].weight // 2 - 1
    assert result.risk_class[0] != RiskClass.low
    assert result.data_state[0] == 2


@settings(max_examples=40, deadline=None)
@given(complete, st.sets(st.sampled_from(sorted(GOOD)), min_size=1, max_size=20))
def test_missing_neutral_figures_below_the_coverage_count_like_half_an_alarm_each(customer, names):
    gone = {name: float("nan") for name in names}
    _, dimensions = contributions({**customer, **gone})
    for dimension in dimensions:
        if dimension.insufficient[0]:
            assert dimension.total[0] >= int(dimension.dimension.weight * 0.5) - 1


def test_a_customer_of_whom_nothing_is_known_is_unknown_and_never_low():
    nothing = dict.fromkeys(GOOD, float("nan"))

    result = judged(nothing, {**nothing, "insolvency": 1}, {**nothing, "P1": 95})

    assert [RiskClass(code).name for code in result.risk_class] == ["unknown", "default", "default"]


def test_a_good_customer_is_low_with_an_index_of_zero():
    result = judged({})

    assert (result.risk_class[0], result.evaluation.index[0], result.decision.rule_code[0]) == (RiskClass.low, 0, 0)


def test_an_immaterial_overdue_item_does_not_count():
    small = {"P1": 120, "overdue": 20.0, "exposure": 100_000}
    relative = {"P1": 120, "overdue": 900.0, "exposure": 100_000}

    result = judged(small, relative, {**relative, "overdue": 1_000.0})

    assert [RiskClass(code).name for code in result.risk_class] == ["low", "low", "default"]


@pytest.mark.parametrize(
    ("customer", "expected", "code"),
    [
        ({"P1": 90.5}, "default", 1),
        ({"P1": 90}, "critical", 4),
        ({"insolvency": 1}, "default", 2),
        ({"C1": 3}, "default", 3),
        ({"negative_equity": 1}, "critical", 5),
        ({"F4": 1.01}, "critical", 5),
        ({"fraud": 1}, "critical", 6),
        ({"returned_payment": 1, "T4": 6, "P8": 95}, "critical", 7),
        ({"returned_payment": 1, "T4": 6, "P8": 70}, "low", 0),
        ({"statements_stale": 1, "exposure": 6e6}, "high", 8),
        ({"statements_stale": 1}, "low", 0),
        ({"dishonest_debtor": 1, "P10": 4}, "critical", 10),
        ({"P10": 1}, "low", 0),
        ({"T1": -70, "T2": -70, "T3": 3, "T5": 12}, "high", 100),
        ({"P9": 2, "P10": 3, "F10": -1}, "high", 101),
        ({"P8": 115, "P9": 2, "P10": 3}, "low", 0),
    ],
)
def test_each_hard_rule_sets_its_minimum_class_and_is_named(customer, expected, code):
    result = judged(customer)

    assert (RiskClass(int(result.risk_class[0])).name, int(result.decision.rule_code[0])) == (expected, code)


def test_a_surge_is_judged_only_while_the_limit_is_nearly_used():
    _, dimensions = contributions({"T4": 6, "P8": 79}, {"T4": 6, "P8": 80}, {"T4": 6, "P8": float("nan")})
    transaction = next(found for found in dimensions if found.dimension.id == "transaction")

    assert transaction.contributions["T4"][0].tolist() == [1]
    assert transaction.coverage_applicable[2] < transaction.dimension.weight
