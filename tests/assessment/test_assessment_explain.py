"""Explaining a class: exact sums, layers, what changed, what would lead back, in both languages."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assessment.portfolios import AS_OF, frame, policy, scale

from riskreview.assessment.classes import evaluate
from riskreview.assessment.contrast import remedies
from riskreview.assessment.explain import explain
from riskreview.assessment.model_layer import no_scores
from riskreview.assessment.positions import positions_of
from riskreview.assessment.score import points_of
from riskreview.assessment.use_cases import assess_frame
from riskreview.foundation.errors import NotFound

NEXT = AS_OF + timedelta(days=1)
WEAK = {"P1": 45, "P2": 35, "P3": 25, "P5": 45, "F3": 0.9, "T2": -40}


def run(services, *customers, as_of=AS_OF, run_id=1):
    assess_frame(services, frame(*customers), feeds=(), as_of=as_of, run_id=run_id)


def positions(customer):
    return positions_of(frame(customer), policy())


@pytest.mark.database
@pytest.mark.parametrize(
    "customer", [{}, WEAK, {**WEAK, "F6": float("nan")}, dict.fromkeys(frame({}).values, float("nan"))]
)
def test_contributions_add_up_to_the_index_and_agree_with_what_is_stored(services, customer):
    run(services, customer)

    found = explain(services, customer_key=1, language="en")

    assert sum(part.micro for part in found.contributions) == found.index_micro
    with services.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT index_points FROM current_assessment").scalar_one()
    assert found.index == pytest.approx(stored, abs=1e-5)


@pytest.mark.database
def test_a_worsened_class_is_explained_by_its_layers_changes_and_ways_back(services):
    run(services, {"P2": 12})
    run(services, {"P2": 12, "P1": 75, "T2": -40}, as_of=NEXT, run_id=2)

    found = explain(services, customer_key=1, language="en")

    assert (found.previous_class, found.risk_class, found.previous_as_of) == ("low", "critical", AS_OF)
    assert found.headline == "Class critical because a material item is more than 60 days past due (at least critical)."
    assert [(layer.name, layer.risk_class) for layer in found.layers] == [
        ("index", "low"), ("model", ""), ("rules", "critical"), ("group", ""), ("opinion", ""), ("evaluation", "critical"), ("history", "critical"),
    ]  # fmt: skip
    assert [(change.id, change.before, change.now) for change in found.changes] == [
        ("P1", 0.0, 75.0),
        ("T2", 3.0, -40.0),
    ]
    assert [part.id for part in found.contributions] == ["P1", "P2", "T2"]
    [way] = found.ways_back
    assert (way.id, way.needed, way.risk_class) == ("P1", 60.0, "low")
    assert way.sentence == "back to low if oldest overdue item were 60 days (now 75 days), everything else equal"


@pytest.mark.database
def test_an_explanation_in_chinese_has_the_same_parts(services):
    run(services, {**WEAK, "F6": float("nan")})
    english, chinese = (explain(services, customer_key=1, language=language) for language in ("en", "zh"))

    assert [part.id for part in english.contributions] == [part.id for part in chinese.contributions]
    assert len(english.sentences) == len(chinese.sentences)
    assert chinese.headline.startswith("等级为")
    assert any("逾期 45 天" in sentence for sentence in chinese.sentences)
    assert not any("{" in sentence for sentence in (*english.sentences, *chinese.sentences))


@pytest.mark.database
def test_a_kept_class_says_why_it_is_kept(services):
    run(services, {"P1": 75})
    run(services, {}, as_of=NEXT, run_id=2)

    found = explain(services, customer_key=1, language="en")

    assert found.risk_class == "critical"
    assert found.headline.startswith("Class critical because the class is kept: the figures alone give low")


@pytest.mark.database
def test_an_unknown_customer_is_not_found(services):
    with pytest.raises(NotFound):
        explain(services, customer_key=1, language="en")
    run(services, {})
    with pytest.raises(NotFound):
        explain(services, customer_key=77, language="en")


bad = st.dictionaries(
    st.sampled_from([item.id for item in policy().indicators if item.id != "M5"]),
    st.floats(0, 2),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(bad, st.integers(1, 3))
def test_every_way_back_is_true_when_it_is_tried(customer, target):
    worse = {}
    for name, reach in customer.items():
        item = policy().indicator(name)
        worse[name] = item.warning + reach * (item.alarm - item.warning)
    worse.setdefault("P8", 40)

    for remedy in remedies(positions(worse), scale(), target=target):
        tried = positions({**worse, remedy.weighed.item.id: remedy.needed})
        assert evaluate(tried, points_of(tried, scale()), scale(), no_scores(1)).computed[0] <= target
        assert remedy.weighed.sign * (remedy.now - remedy.needed) > 0


def test_nothing_has_to_change_for_a_class_the_figures_give_already():
    assert remedies(positions({"P3": 12}), scale(), target=1) == ()
