"""Explaining a class: exact sums, layers, what changed, what would lead back, in both languages."""

from datetime import timedelta

import pytest
from tests.assessment.portfolios import AS_OF, frame, policy
from tests.models.cards import characteristic, scorecard
from tests.models.test_models_scoring import store

from riskreview.assessment.explain import explain
from riskreview.assessment.use_cases import assess_frame
from riskreview.foundation.errors import NotFound
from riskreview.models.scoring import score_frame

NEXT = AS_OF + timedelta(days=1)
WEAK = {"P1": 45, "P2": 35, "P3": 25, "P5": 45, "F3": 0.9, "T2": -40}


def run(services, *customers, as_of=AS_OF, run_id=1):
    assess_frame(services, frame(*customers), feeds=(), as_of=as_of, run_id=run_id)


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
    assert sum(change.micro for change in found.changes) == found.index_micro - index_before(services)
    assert [(rule.code, rule.began) for rule in found.rule_changes] == [(4, True)]
    assert found.moved_by == "rules"
    assert found.sentences[0].startswith(
        "index says low, model says nothing, rules say critical, parent says nothing, expert says nothing:"
    )
    assert {way.risk_class for way in found.ways_back} == {"low"}
    assert found.ways_back[0].sentence.startswith("back to low if ")


def index_before(services):
    from riskreview.assessment import history

    return history.read_at(services.instance, as_of=AS_OF)["index_micro"].to_pylist()[0]


@pytest.mark.database
def test_an_explanation_in_chinese_has_the_same_parts(services):
    run(services, {**WEAK, "F6": float("nan"), "paid_on_account": 1, "unapplied": 1234.5})
    english, chinese = (explain(services, customer_key=1, language=language) for language in ("en", "zh"))

    assert [part.id for part in english.contributions] == [part.id for part in chinese.contributions]
    assert len(english.sentences) == len(chinese.sentences)
    assert chinese.headline.startswith("等级为")
    assert any("逾期 45 天" in sentence for sentence in chinese.sentences)
    assert "该客户有未注明发票的付款：本评估按到期先后冲抵其欠款" in chinese.sentences
    assert any("1,234.50 CNY settle nothing yet: that cash is kept apart, and exposure is 100,000.00 CNY" in sentence for sentence in english.sentences)  # fmt: skip
    assert not any("{" in sentence for sentence in (*english.sentences, *chinese.sentences))


@pytest.mark.database
def test_a_kept_class_says_why_it_is_kept(services):
    run(services, {"P1": 75})
    run(services, {}, as_of=NEXT, run_id=2)

    found = explain(services, customer_key=1, language="en")

    assert found.risk_class == "critical"
    assert found.headline.startswith("Class critical because the class is kept: the figures alone give low")
    earliest = (NEXT + timedelta(days=60)).isoformat()
    assert (
        f"over 60 days, so far 1 since {NEXT}; high on {earliest} at the earliest; in this class since {AS_OF}"
        in found.headline
    )
    chinese = explain(services, customer_key=1, language="zh")
    assert f"自 {NEXT} 起已有 1 次，最早于 {earliest} 降为高" in chinese.headline


@pytest.mark.database
def test_a_class_that_is_kept_between_its_two_lines_says_which_they_are(services):
    entered = {"E6": 2.6, "T5": 9.0, "P4": 13.4, "F7": -22.0, "C2": 1.8, "F2": 0.46, "E5": 14.4, "M2": 5.6, "F1": 1.4, "M3": 13.0, "P8": 106.0}  # fmt: skip
    run(services, entered)
    run(services, {**entered, "C2": 0.0, "M3": 60.0}, as_of=NEXT, run_id=2)

    found = explain(services, customer_key=1, language="en")
    index = f"{found.index:.2f}".rstrip("0").rstrip(".")

    assert (found.risk_class, found.layers[-2].risk_class) == ("medium", "low")
    assert f"the index of {index} is below 20, from which medium is entered, but not below 16, where it is left" in found.headline  # fmt: skip
    chinese = explain(services, customer_key=1, language="zh").headline
    assert f"目前风险指数 {index} 低于进入中的 20，但未低于退出线 16" in chinese

    run(services, {}, as_of=NEXT + timedelta(days=1), run_id=3)
    assert "where it is left" not in explain(services, customer_key=1, language="en").headline


@pytest.mark.database
def test_an_unknown_customer_is_not_found(services):
    with pytest.raises(NotFound):
        explain(services, customer_key=1, language="en")
    run(services, {})
    with pytest.raises(NotFound):
        explain(services, customer_key=77, language="en")


def test_what_is_missing_is_named_with_what_brings_it(services):
    unknown = dict.fromkeys((f"F{number}" for number in range(1, 11)), float("nan"))
    run(services, unknown)

    for language, words in (("en", "is not known"), ("zh", "未知")):
        found = explain(services, customer_key=1, language=language)
        assert {part.id for part in found.missing} <= set(unknown)
        assert all(part.is_felt and part.sentence in found.sentences for part in found.missing)
        assert all(words in part.sentence and "financial_statements" in part.sentence for part in found.missing)
        assert found.missing


def test_a_figure_the_class_rested_on_is_named_when_it_is_gone(services):
    run(services, {"P1": 61})
    run(services, {"P1": float("nan")}, as_of=AS_OF + timedelta(days=1), run_id=2)

    found = explain(services, customer_key=1, language="en")

    assert [(part.id, part.is_felt) for part in found.missing] == [("P1", True)]


@pytest.mark.database
def test_the_model_s_layer_says_what_costs_most_points(services):
    card = scorecard(
        characteristic("P1", (15.0, 60.0), (60, 30, 0), missing=40),
        characteristic("P3", (10.0,), (20, 0), missing=5),
        characteristic("F1", (1.1, 2.6), (0, 25, 45), missing=20, trend="decreasing"),
        base_points=540,
    )
    store(services, card, "champion")
    customers = frame({"P1": 45, "F1": 2.0}, {"P1": 0, "P3": 0, "F1": 5})
    scale = policy().master_scale
    assess_frame(services, customers, feeds=(), as_of=AS_OF, run_id=1, scores=score_frame(card, customers, scale=scale))

    said, best = (model_layer(services, key) for key in (1, 2))

    assert said.endswith("; most points are lost by a reason (30 points), a reason (20 points)")
    assert "points" not in best
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE current_assessment SET model_pd = 2 * model_pd")
    assert "points" not in model_layer(services, 1), "reasons that do not give what is stored are not told"


def model_layer(services, key):
    found = explain(services, customer_key=key, language="en")
    return next(layer.sentence for layer in found.layers if layer.name == "model")
