"""The layers above the index: model, parent, how long a class may be relied on, and that each of them only makes it worse."""

import re
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.assessment.portfolios import AS_OF, after, frame, judged, policy
from tests.assessment.test_assessment_points import RANK, customers

from riskreview.assessment import history
from riskreview.assessment.conditions import RANK as RANKS
from riskreview.assessment.explain import explain
from riskreview.assessment.group import DEEPEST, groups_of, parents_of
from riskreview.assessment.model_layer import Scores, scores_of
from riskreview.assessment.score import Assessment, Layers
from riskreview.assessment.use_cases import assess_frame
from riskreview.foundation.instance import PACKAGED
from riskreview.models.grades import classes_of, grades_of
from riskreview.models.results import ModelScores
from riskreview.monitoring.use_cases import raise_found
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews.use_cases import open_due_reviews

SQL = PACKAGED / "sql"
ITS_OWN_DAY = {"assessment", "bench"}
"""Rooms that speak of the day of the assessment itself; the benchmark sets the classes it measures with."""
TWO_DAYS = {"effects_due.sql"}
"""Statements that compare two assessments, each as it was judged on its day."""

NOTHING = dict.fromkeys(frame({}).values, float("nan"))
MODEL, GROUP = policy().layers.model.code, policy().layers.group_cap.code


def scored(*classes, challenger=None, leaving=None):
    """Scores with these classes, 0 = the model says nothing."""
    given_classes = np.array(classes, dtype=np.int16)
    return Scores(
        given_classes, np.array(leaving or classes, dtype=np.int16), given_classes * 2,
        np.where(given_classes > 0, given_classes / 20, np.nan).astype(np.float32),
        np.array(challenger or classes, dtype=np.int16), "card-1", "d" * 64,
    )  # fmt: skip


def champion(*grades, challenger):
    """What the models room says: the middle of each grade; grade 0 = it cannot judge."""
    scale = policy().master_scale
    bounds = [0.0, *(item.pd_up_to_pct / 100 for item in scale.grades)]
    middle = np.array([np.nan, *(np.add(bounds[1:], bounds[:-1]) / 2)])
    probability = middle[list(grades)]
    grade = grades_of(probability, scale)
    return ModelScores(
        probability, grade, classes_of(grade, scale), np.zeros(len(grades), np.int32), np.zeros((len(grades), 4), np.int16), "card-1",
        "d" * 64, (), middle[list(challenger)],
    )  # fmt: skip


def family(*pairs, size=6):
    """Parents by number: (child, parent), counted from 1."""
    keys = np.arange(1, size + 1)
    return parents_of(keys, np.array([child for child, _ in pairs]), np.array([parent for _, parent in pairs]))


def names(result):
    return [RiskClass(code).name for code in result.risk_class]


def rows(services, query, **values):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def test_the_model_decides_where_it_is_worse_than_index_and_rules():
    result = judged({}, {}, {"P1": 61}, {"P1": 61}, layers=Layers(scored(4, 0, 2, 5)))

    assert names(result) == ["critical", "low", "critical", "default"]
    assert result.decision.rule_code.tolist() == [MODEL, 0, 4, MODEL]


def test_a_class_given_by_the_model_is_left_by_the_exit_grade():
    start = judged({}, layers=Layers(scored(3)))

    def later(leaving) -> list[str]:
        before, result = after(start), start
        for days in (1, 61):
            result = judged(
                {}, before=before, as_of=AS_OF + timedelta(days=days), layers=Layers(scored(2, leaving=[leaving]))
            )
            before = after(result)
        return names(result)

    assert later(3) == ["high"]
    assert later(2) == ["medium"]


def test_a_customer_of_whom_only_the_model_knows_something_is_never_better_than_unknown():
    assert names(judged(NOTHING, NOTHING, layers=Layers(scored(1, 4)))) == ["unknown", "critical"]


def test_the_challenger_decides_nothing():
    quiet, loud = (judged({}, layers=Layers(scored(1, challenger=[code]))) for code in (1, 5))

    assert quiet.risk_class.tolist() == loud.risk_class.tolist()
    assert quiet.decision.standing.tolist() == loud.decision.standing.tolist()


def test_a_child_is_not_better_than_its_parent_down_the_whole_line():
    result = judged({}, {"P1": 61}, {}, {}, {}, {}, layers=Layers(parents=family((1, 2), (3, 1), (4, 3), (6, 5))))

    assert names(result) == ["critical", "critical", "critical", "critical", "low", "low"]
    assert result.decision.rule_code.tolist() == [GROUP, 4, GROUP, GROUP, 0, 0]


def test_a_parent_in_default_leads_no_further_than_the_policy_says():
    result = judged({"P1": 95}, {}, layers=Layers(parents=family((2, 1), size=2)))

    assert names(result) == ["default", policy().layers.group_cap.worst]


def test_an_unknown_parent_and_parents_in_a_circle_limit_nobody():
    assert names(judged(NOTHING, {}, layers=Layers(parents=family((2, 1), size=2)))) == ["unknown", "low"]
    circle = family((1, 2), (2, 3), (3, 1), (4, 1), size=4)
    assert names(judged({"P1": 61}, {}, {}, {}, layers=Layers(parents=circle))) == ["critical", "low", "low", "low"]


def test_a_line_of_parents_deeper_than_is_followed_ends_there():
    size = DEEPEST + 3
    line = family(*((place + 1, place) for place in range(1, size)), size=size)

    result = names(judged({"P1": 61}, *[{}] * (size - 1), layers=Layers(parents=line)))

    assert set(result[: DEEPEST + 1]) == {"critical"}
    assert set(result[DEEPEST + 1 :]) == {"low"}


def test_what_a_child_has_from_its_parent_does_not_come_back_to_it_at_the_next_assessment():
    group = groups_of(np.array([1, 2]), np.array([1, 2]), np.array([7, 7]))
    firm = Layers(parents=family((2, 1), size=2))
    first = judged({"P1": 95}, {}, groups=group, layers=firm)

    second = judged({"P1": 95}, {}, before=after(first), as_of=AS_OF + timedelta(days=1), groups=group, layers=firm)

    assert names(second) == names(first) == ["default", "critical"]
    assert second.positions.values["M5"].tolist() == [1, 5]


@settings(max_examples=60, deadline=None)
@given(customers, st.sampled_from(["model", "parent"]), st.integers(0, 4), st.integers(1, 4))
def test_a_worse_word_of_any_layer_never_gives_a_better_class(customer, layer, said, more):
    worse = min(said + more, 5)
    parents = {0: {}, 1: {}, 2: {"P2": 40, "P3": 40, "P5": 60, "P4": 20, "P9": 2}, 3: {"F4": 0.9, "F1": 1, "P3": 31}, 4: {"P1": 61},
               5: {"P1": 95}}  # fmt: skip

    def under(code) -> Assessment:
        if layer == "model":
            return judged(customer, layers=Layers(scored(code)))
        return judged(parents[code], customer, layers=Layers(parents=family((2, 1), size=2)))

    milder, harder = under(said), under(worse)

    assert RANK[int(milder.risk_class[-1])] <= RANK[int(harder.risk_class[-1])]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(customers, st.integers(0, 5)), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_every_layer_moves_with_its_customer(some, random):
    order = list(range(len(some)))
    random.shuffle(order)
    straight = judged(*(one for one, _ in some), layers=Layers(scored(*(code for _, code in some))))
    shuffled = judged(*(some[place][0] for place in order), layers=Layers(scored(*(some[place][1] for place in order))))

    for part in ("risk_class", "rule_code", "evaluated", "valid_until", "standing"):
        assert getattr(straight.decision, part)[order].tolist() == getattr(shuffled.decision, part).tolist()


def test_a_class_holds_as_long_as_the_policy_says_from_the_last_fresh_data():
    days = dict(zip(RiskClass, policy().validity.by_code, strict=True))
    start = judged({"P1": 61}, {})
    until = start.decision.valid_until

    stale = judged({"P1": 61}, {}, before=after(start), stale=True, as_of=AS_OF + timedelta(days=5))
    fresh = judged({"P1": 61}, {}, before=after(stale), as_of=AS_OF + timedelta(days=6))

    assert (until[1] - until[0]) == days[RiskClass.low] - days[RiskClass.critical]
    assert stale.decision.valid_until.tolist() == until.tolist()
    assert (fresh.decision.valid_until - until).tolist() == [6, 6]


@pytest.mark.database
def test_every_layer_of_a_class_is_stored_and_told(services):
    assess_frame(
        services, frame({}, {"P1": 61}), feeds=(), as_of=AS_OF, run_id=1, scores=champion(8, 6, challenger=[10, 0])
    )

    names_of = ("index_class, model_class, model_grade, model_pd::float8, challenger_class, floor_class, floor_code, group_cap,"
                " evaluated_class, rule_code, risk_class, valid_until - as_of")  # fmt: skip
    validity = policy().validity
    assert rows(services, f"SELECT {names_of} FROM current_assessment ORDER BY customer_key") == [  # noqa: S608  fixed names
        (1, 3, 8, pytest.approx(0.06), 4, 0, 0, 0, 3, MODEL, 3, validity.high),
        (1, 2, 6, pytest.approx(0.015), 0, 4, 4, 0, 4, 4, 4, validity.critical),
    ]
    kept = history.read_at(services.instance, as_of=AS_OF).to_pylist()
    assert [(row["model_class"], row["model_version"], row["evaluated_class"], row["floor_code"]) for row in kept] == [
        (3, "card-1", 3, 0), (2, "card-1", 4, 4),
    ]  # fmt: skip
    assert kept[0]["valid_until"] == AS_OF + timedelta(days=validity.high)
    assert rows(services, "SELECT model_version FROM assessment_head") == [("card-1",)]

    told = explain(services, customer_key=1, language="en")
    assert told.headline == "Class high because the credit model gives high: probability of default 6 %, grade 8."


def test_a_grade_just_past_the_line_of_a_better_class_still_keeps_the_worse_one():
    exit_grades = policy().layers.model.exit_grades
    scores = scores_of(champion(7, 6, 8, 0, challenger=[0] * 4), policy())

    assert exit_grades == 1
    assert scores.risk_class.tolist() == [2, 2, 3, 0]
    assert scores.leaving.tolist() == [3, 2, 4, 0]
    assert np.isnan(scores.probability[3])


@pytest.mark.database
def test_a_challenger_two_classes_apart_is_a_signal_and_no_more(services):
    assess_frame(services, frame({}, {}), feeds=(), as_of=AS_OF, run_id=1, scores=champion(5, 5, challenger=[8, 6]))

    raise_found(services, contradictions=(), feeds=(), as_of=AS_OF, run_id=2)

    assert rows(services, "SELECT customer_key, rule_id, severity, value, line FROM signal") == [
        (1, "challenger_disagrees", "warning", 3.0, 1.0)
    ]


def add_customers(services, *keys):
    with services.engine.begin() as connection:
        for key in keys:
            connection.execute(
                text("INSERT INTO customer (customer_key, customer_id, known_at) VALUES (:k, CAST(:k AS text), now())"),
                {"k": key},
            )


@pytest.mark.database
def test_what_is_out_of_date_reads_as_unknown_everywhere_and_relaxes_nothing(services):
    add_customers(services, 1, 2)
    assess_frame(services, frame({}, {"P1": 75}), feeds=(), as_of=AS_OF, run_id=1)
    raise_found(services, contradictions=(), feeds=(), as_of=AS_OF, run_id=2)
    open_before = rows(services, "SELECT rule_id FROM signal WHERE state <> 'cleared' ORDER BY rule_id")
    late = AS_OF + timedelta(days=policy().validity.low + 1)

    told = [explain(services, customer_key=key, language="en", on_day=late) for key in (1, 2)]
    raise_found(services, contradictions=(), feeds=(), as_of=late, run_id=3)
    open_due_reviews(services, as_of=late, run_id=4)

    assert [(one.risk_class, one.last_class) for one in told] == [("unknown", "low"), ("unknown", "critical")]
    assert "is out of date" in told[0].headline
    assert rows(services, "SELECT rule_id FROM signal WHERE state <> 'cleared' ORDER BY rule_id") == open_before
    reviewed = "SELECT customer_key, risk_class, convert_from(pack, 'UTF8')::jsonb -> 'assessment' ->> 'risk_class' FROM review"
    assert rows(services, f"{reviewed} ORDER BY 1") == [(1, 0, "0"), (2, 4, "0")]

    assess_frame(services, frame({}, {"P1": 75}), feeds=(), as_of=late, run_id=5)
    assert explain(services, customer_key=1, language="en", on_day=late).risk_class == "low"


def test_whoever_reads_a_class_asks_whether_it_still_holds():
    reading = [
        path
        for path in SQL.rglob("*.sql")
        if path.parent.name not in ITS_OWN_DAY and path.name not in TWO_DAYS and reads_a_class(path.read_text("utf-8"))
    ]

    asked = r"(read|acting)_class\(|\.valid_until < "
    assert {path.name for path in reading if not re.search(asked, path.read_text("utf-8"))} == set()
    assert len(reading) > 4


def reads_a_class(statement):
    names = {
        alias or "current_assessment" for alias in re.findall(r"\bcurrent_assessment\b(?:\s+AS\s+(\w+))?", statement)
    }
    return any(re.search(rf"(\b{name}\.|(?<![.\w']))risk_class\b|to_jsonb\({name}\)", statement) for name in names)


def test_the_ranks_of_the_tests_are_those_of_the_rules():
    assert [RANK[code] for code in range(6)] == RANKS.tolist()
