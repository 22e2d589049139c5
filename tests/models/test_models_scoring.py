"""Scoring by stored models: points, probability, reasons, grades, and which model an instance uses."""

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.models.cards import characteristic, forest, frame, scorecard

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance, Settings
from riskreview.models.artefact import read_model
from riskreview.models.forest import ForestScorer
from riskreview.models.grades import classes_of, grades_of
from riskreview.models.scorecard import BLOCK, Scorer
from riskreview.models.scoring import score_customers, score_frame
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass

DAY = date(2026, 7, 1)
NAN = float("nan")
figures = st.one_of(st.just(NAN), st.floats(-200, 200))


@pytest.fixture(scope="module")
def policy():
    return load_policy(Instance(PACKAGED.parent / "no-instance", Settings()))


def points(card, **columns):
    arrays = {name: np.array(column) for name, column in columns.items()}
    return Scorer(card).score(arrays, len(next(iter(arrays.values()))))


def test_a_split_belongs_to_the_bin_above_it():
    card = scorecard(characteristic("x", (10.0, 20.0), (1, 2, 4), missing=8), base_points=0)

    scored = points(card, x=[9.999, 10.0, 19.999, 20.0, NAN, np.inf, -np.inf])

    assert scored.points.tolist() == [1, 2, 2, 4, 8, 4, 1]


def test_special_codes_and_texts_have_bins_of_their_own():
    card = scorecard(
        characteristic("x", (0.0,), (1, 2), missing=4, special=(((-9.0, -8.0), 16),)),
        characteristic("word", (), (32, 64), missing=128, groups=(("own", "free"), ("rent",))),
        base_points=0,
    )

    scored = points(card, x=[-9.0, -8.0, -7.0, NAN], word=np.array(["own", "rent", "never seen", None], dtype=object))

    assert scored.points.tolist() == [16 + 32, 16 + 64, 1 + 128, 4 + 128]


def test_fifty_good_for_one_bad_stand_at_the_base_points_and_twenty_more_double_the_odds():
    card = scorecard(characteristic("x", (0.0,), (0, 20), missing=0), base_points=600)

    odds = (1 - (p := points(card, x=[-1.0, 1.0]).probability)) / p

    assert odds == pytest.approx([50.0, 100.0], rel=1e-4)


def test_too_few_known_characteristics_give_no_probability_and_no_grade(policy):
    found = score_frame(
        scorecard(least_known=2), frame(P1=[5, 5], P2=[5, NAN], F1=[NAN, NAN]), scale=policy.master_scale
    )

    assert np.isnan(found.probability).tolist() == [False, True]
    assert found.grade[1] == 0
    assert found.risk_class[1] == RiskClass.unknown


def test_reasons_are_what_cost_most_points_and_equals_keep_their_order():
    card = scorecard(
        *(
            characteristic(name, (0.0,), (best, 0))
            for name, best in (("a", 10), ("b", 30), ("c", 30), ("d", 5), ("e", 1))
        )
    )

    why = points(card, a=[1.0, -1], b=[1.0, -1], c=[1.0, -1], d=[1.0, 1], e=[1.0, -1]).reasons

    assert why.tolist() == [[1, 2, 0, 3], [3, -1, -1, -1]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(figures, figures, figures), min_size=1, max_size=12), st.randoms())
def test_the_order_and_company_of_rows_do_not_matter(rows, random):
    card, wood = scorecard(), forest()
    columns = dict(zip(("P1", "P2", "F1"), np.array(rows, dtype=np.float64).T, strict=True))
    order = list(range(len(rows)))
    random.shuffle(order)

    whole, shuffled = (Scorer(card).score(c, len(rows)) for c in (columns, {n: c[order] for n, c in columns.items()}))

    assert shuffled.points.tolist() == whole.points[order].tolist()
    assert shuffled.reasons.tolist() == whole.reasons[order].tolist()
    trees = ForestScorer(wood)
    alone = [trees.raw({n: c[[row]] for n, c in columns.items()}, 1)[0] for row in range(len(rows))]
    assert trees.raw(columns, len(rows)).tolist() == alone


@settings(max_examples=60, deadline=None)
@given(st.floats(-200, 200), st.floats(-200, 200), figures, figures)
def test_a_worse_figure_never_gives_a_better_probability_grade_or_class(policy, low, high, other, third):
    low, high = sorted((low, high))

    for name, values in (("P1", [low, high]), ("F1", [high, low])):
        rest = {"P1": [other] * 2, "P2": [third] * 2, "F1": [other] * 2, name: values}
        found = score_frame(scorecard(), frame(**rest), scale=policy.master_scale)
        assert found.points[0] >= found.points[1]
        assert found.probability[0] <= found.probability[1]
        assert found.grade[0] <= found.grade[1]
        assert found.risk_class[0] <= found.risk_class[1]


def test_blocks_leave_no_seam():
    values = np.linspace(-10, 100, BLOCK + 7)

    whole = Scorer(scorecard()).score({"P1": values}, len(values))

    tail = Scorer(scorecard()).score({"P1": values[-20:]}, 20)
    assert whole.points[-20:].tolist() == tail.points.tolist()
    assert whole.reasons[-20:].tolist() == tail.reasons.tolist()


def test_a_tree_sends_equal_values_left_and_missing_ones_where_it_says():
    raw = ForestScorer(forest()).raw({"P1": np.array([15.0, 15.1, NAN, 1.0]), "F1": np.array([2.0, 2.0, 2.0, NAN])}, 4)

    assert raw.tolist() == [-1 - 2, -1 + 3, -1 + 3, -1 - 2]


def test_grades_hold_their_upper_bound_and_the_last_one_everything_above(policy):
    probability = np.array([0.0, 0.0005, 0.00051, 0.02, 0.0201, 0.16, 0.9, NAN])

    grade = grades_of(probability, policy.master_scale)

    assert grade.tolist() == [1, 1, 2, 6, 7, 9, 10, 0]
    words = [RiskClass(code).name for code in classes_of(grade, policy.master_scale)]
    assert words == ["low", "low", "low", "medium", "medium", "critical", "critical", "unknown"]


def test_a_stored_model_is_the_same_model_and_its_digest_follows_its_content():
    for model in (scorecard(), forest()):
        again = read_model(json.dumps(json.loads(model.content), indent=3))
        assert again == model
        assert again.digest == model.digest

    assert scorecard(base_points=401).digest != scorecard().digest


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a newer schema", lambda document: document.update(schema_version=2)),
        ("another kind", lambda document: document.update(kind="pickle")),
        ("a key nobody knows", lambda document: document.update(code="import os")),
        ("bins that do not fit", lambda document: document["characteristics"][0].update(splits=[60, 15])),
        ("an endless figure", lambda document: document.update(offset=1e999)),
    ],
)
def test_a_model_that_cannot_be_trusted_is_refused(what, change):
    document = json.loads(scorecard().content)
    change(document)

    with pytest.raises(BadInput, match="E-MODEL-SHAPE"):
        read_model(json.dumps(document))


def test_a_tree_that_leads_in_a_circle_is_refused():
    document = json.loads(forest().content)
    document["trees"][0]["left"] = [0, 2, 0, 0, 0]

    with pytest.raises(BadInput, match="downwards"):
        read_model(json.dumps(document))


def store(services, model, state):
    with services.engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO model (name, purpose, kind, digest, content, definition, state, trained_by, trained_at,
                proposed_by, proposed_at, decided_by, decided_at) VALUES (:name, 'default', :kind, :digest, :content, '', :state,
                'system:models', now(), 'lin', now(), 'zhou', now())"""),
            {"name": model.name, "kind": model.kind, "digest": model.digest, "content": model.content, "state": state},
        )


def test_the_instance_scores_by_its_champion_and_shows_the_shadow(services, policy):
    customers = frame(P1=[0, 80, NAN], P2=[0, 90, NAN], F1=[4, 0, NAN])
    assert score_customers(services, customers, policy=policy, as_of=DAY) is None

    store(services, scorecard(), "champion")
    alone = score_customers(services, customers, policy=policy, as_of=DAY)
    store(services, forest(), "shadow")
    both = score_customers(services, customers, policy=policy, as_of=DAY)

    assert alone.challenger is None
    assert both.points.tolist() == alone.points.tolist() == [400 + 60 + 50 + 45, 400 + 5, 400 + 40 + 25 + 20]
    assert both.digest == scorecard().digest
    assert both.version.startswith("small@")
    assert both.characteristics == ("P1", "P2", "F1")
    assert both.reasons[0].tolist() == [-1] * 4
    assert both.reasons[1].tolist() == [0, 1, 2, -1]
    assert both.challenger[0] < both.challenger[1]
    assert np.isnan(both.challenger[2])


def test_a_challenger_that_cannot_be_read_is_told_of_once_a_day_and_stops_nothing(services, policy):
    customers = frame(P1=[0, 80, NAN], P2=[0, 90, NAN], F1=[4, 0, NAN])
    store(services, scorecard(), "champion")
    store(services, forest(), "shadow")
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE model SET content = 'spoilt' WHERE state = 'shadow'"))

    found = [score_customers(services, customers, policy=policy, as_of=DAY) for _ in range(2)]

    assert [scores.challenger for scores in found] == [None, None]
    assert found[0].digest == scorecard().digest
    with services.engine.begin() as connection:
        told = (
            connection.execute(text("SELECT subject_id FROM outbox_event WHERE kind = 'model_unreadable'"))
            .scalars()
            .all()
        )
        connection.execute(text("UPDATE model SET content = 'spoilt' WHERE state = 'champion'"))
    assert told == ["challenger"]
    with pytest.raises(BadInput, match="cannot be read"):
        score_customers(services, customers, policy=policy, as_of=DAY)


def test_without_a_master_scale_nothing_is_graded(services, policy):
    store(services, scorecard(), "champion")

    assert (
        score_customers(services, frame(P1=[0]), policy=policy.model_copy(update={"master_scale": None}), as_of=DAY)
        is None
    )
