"""What would lead back: the fewest changes, as small as can be shown, and really leading there when assessed again."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.assessment.portfolios import AS_OF, after, frame, judged, policy, scale

from riskreview.assessment.contrast import Stand, ways_back
from riskreview.assessment.decision import Before
from riskreview.assessment.experts import no_experts
from riskreview.assessment.levers import PAYMENT, levers_of, pulled
from riskreview.assessment.model_layer import no_scores
from riskreview.assessment.positions import day_number, positions_of
from riskreview.assessment.score import Layers
from riskreview.policy.risk_terms import RiskClass

RANK = {0: 2, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
FIXED = policy().explanation.fixed


def contrast(*customers, target=None):
    """The ways back of customers that were just assessed for the first time, to the class given or the next better one."""
    start = judged(*customers)
    length = len(customers)
    better = np.maximum(start.risk_class - 1, 0) if target is None else np.full(length, target)
    wanted = np.where(start.risk_class > better, better, 0).astype(np.int16)
    stand = Stand(positions_of(frame(*customers), policy()), no_scores(length), np.zeros(length, np.int16), no_experts(length),
                  after(start), wanted)  # fmt: skip
    return start, ways_back(stand, scale(), as_of=AS_OF)


def changed(customer, way):
    """The customer with what is needed."""
    new = dict(customer)
    for name, (_, needed) in way.needed.items():
        if name == PAYMENT:
            overdue, exposure = new.get("overdue", 50_000.0), new.get("exposure", 100_000.0)
            share = new.get("P2", 0.0)
            left = max(100 * overdue / share - needed, 0.0) if share else 0.0
            new |= {"overdue": max(overdue - needed, 0.0), "exposure": exposure - needed,
                    "P8": 100 * (exposure - needed) / new.get("limit", 1e6)}  # fmt: skip
            if share and "E4" in new:
                everybody = 100 * (100 * overdue / share) / new["E4"]
                new["E4"] = 100 * left / (everybody - (100 * overdue / share - left))
            if share:
                new["P2"] = 100 * new["overdue"] / left if left else 0.0
            if needed >= overdue - 1e-6:
                new["P1"] = 0.0
    return new | {name: needed for name, (_, needed) in way.needed.items() if name != PAYMENT}


def closed_tomorrow():
    """An approved closure of a default from the first day on, without which no default is ever left."""
    day = np.array([day_number(AS_OF) + 1], dtype=np.int32)
    return Layers(experts=replace(no_experts(1), closed_on=day, probation=np.zeros(1, dtype=np.int32)))


def reached(customer, start, way):
    """The class after as many evaluations as promised on the promised day, the figures changed from the day after on."""
    before, day, result = (
        Before(start.decision.standing[:1], start.decision.confirmed[:1]),
        AS_OF + timedelta(days=1),
        None,
    )
    for number in range(1, way.evaluations + 1):
        day = way.reached_on if number == way.evaluations else day
        result = judged(changed(customer, way), before=before, as_of=day, layers=closed_tomorrow())
        before, held = after(result), int(result.risk_class[0])
        stay = policy().relaxation.days if held != RiskClass.default else 90
        day = day + timedelta(days=1 if held != int(start.risk_class[0]) and number % 2 == 0 else stay)
    return int(result.risk_class[0])


def test_paying_what_is_overdue_is_named_with_its_amount():
    late = {"P1": 65, "P2": 50, "overdue": 240_000.0, "exposure": 480_000.0, "P8": 48}

    _, found = contrast(late, target=RiskClass.high)

    paid = next(way for way in found.ways if PAYMENT in way.needed)
    assert paid.needed == {PAYMENT: (480_000.0, 240_000.0)}
    assert paid.reached_on == AS_OF + timedelta(days=1 + policy().relaxation.days)
    assert paid.evaluations == policy().relaxation.evaluations


def test_what_is_paid_is_no_longer_a_share_of_all_that_is_owed_to_us():
    owes_a_fifth = {"P1": 65, "P2": 50, "overdue": 100_000.0, "exposure": 200_000.0, "E4": 20}
    levers = levers_of(positions_of(frame(owes_a_fifth), policy()), scale())

    shares = []
    for part in (0.0, 0.25, 1.0):
        pulls = np.zeros(levers.now.shape)
        pulls[0, -1] = part
        shares.append(float(pulled(levers, np.array([0]), pulls).values["E4"][0]))

    assert shares == pytest.approx([20, 100 * 150_000 / 950_000, 0])


def test_a_single_change_comes_before_two_and_the_nearest_first():
    _, found = contrast({"P1": 61, "P2": 12})

    assert all(len(way.needed) == 1 for way in found.ways)
    assert [way.effort for way in found.ways] == sorted(way.effort for way in found.ways)


def test_where_one_change_is_not_enough_two_are_found():
    start, found = contrast({"P1": 61, "F4": 1.1, "overdue": 0.0})

    assert start.risk_class.tolist() == [RiskClass.critical]
    start, found = contrast({"P1": 61, "F4": 1.1})
    assert found.ways
    assert {len(way.needed) for way in found.ways} == {2}
    assert all("F4" in way.needed for way in found.ways)


def test_nothing_is_asked_for_what_the_figures_give_already_or_nobody_can_change():
    _, good = contrast({"P3": 12})
    start, insolvent = contrast({"insolvency": 1})

    assert (good.ways, good.leads_already.tolist()) == ([], [True])
    assert start.risk_class.tolist() == [RiskClass.default]
    assert (insolvent.ways, insolvent.leads_already.tolist()) == ([], [False])


def test_many_customers_at_once_get_what_each_gets_alone():
    customers = (
        {"P1": 61},
        {"P3": 12},
        {"P1": 61, "F4": 1.1},
        {"F4": 1.2, "P2": 40},
        {"T1": -70, "T2": -70, "T3": 3, "F3": 0.8},
    )

    _, together = contrast(*customers)

    for row, customer in enumerate(customers):
        _, alone = contrast(customer)
        mine = [(way.needed, way.reached_on) for way in together.ways if way.row == row]
        assert mine == [(way.needed, way.reached_on) for way in alone.ways]


bad = st.dictionaries(st.sampled_from([item.id for item in policy().indicators if item.id not in FIXED and item.id in frame({}).values]),
                      st.floats(0, 2), min_size=3, max_size=9)  # fmt: skip


@settings(max_examples=15, deadline=None)
@example({"P1": 2.0, "F1": 0.0, "F2": 0.0}, 30_000.0)
@given(bad, st.sampled_from([30_000.0, 0.0]))
def test_every_way_back_leads_to_the_promised_class_on_the_promised_day(customer, overdue):
    worse = {"overdue": overdue}
    for name, reach in customer.items():
        item = policy().indicator(name)
        worse[name] = float(np.float32(item.warning + reach * (item.alarm - item.warning)))
    worse.setdefault("P8", 40.0)

    start, found = contrast(worse)

    for way in found.ways:
        assert reached(worse, start, way) <= int(start.risk_class[0]) - 1
        assert not set(way.needed) & set(FIXED)
        for name, (now, needed) in way.needed.items():
            if name != PAYMENT:
                assert scale().indicator(name).sign * (now - needed) > 0
