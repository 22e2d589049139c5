"""Lines by segment, industry and country: who fits is judged by them everywhere, others are not; worse figures never help."""

import json
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.assessment.portfolios import AS_OF, GOOD, frame, never, policy

from riskreview.assessment.contrast import Stand, ways_back
from riskreview.assessment.experts import no_experts
from riskreview.assessment.explain import explain
from riskreview.assessment.group import groups_of
from riskreview.assessment.levers import levers_of
from riskreview.assessment.model_layer import no_scores
from riskreview.assessment.positions import positions_of
from riskreview.assessment.scale import scale_of
from riskreview.assessment.score import assess
from riskreview.assessment.use_cases import assess_frame
from riskreview.indicators.line_sets import line_sets
from riskreview.indicators.profiles import Profiles
from riskreview.monitoring.use_cases import raise_found
from riskreview.policy.line_overrides import LineOverride
from riskreview.policy.risk_policy import Policy, policy_of

BUILDERS = LineOverride.model_validate({
    "id": "construction", "name": {"en": "construction", "zh": "建筑业"}, "industries": ["F"],
    "lines": {"P3": {"warning": 40, "alarm": 80}, "F3": {"warning": 1.0, "alarm": 0.8}}, "source": "terms of the trade",
})  # fmt: skip
KEY_ACCOUNTS = LineOverride.model_validate({
    "id": "key_accounts", "name": {"en": "key accounts", "zh": "大客户"}, "segments": ["Key"], "countries": ["DE"],
    "lines": {"P3": {"warning": 5, "alarm": 15}}, "source": "terms of the trade",
})  # fmt: skip
BOTH = 0b11


@cache
def own_lines() -> Policy:
    content = json.loads(policy().content)
    content["line_overrides"] = [item.model_dump(mode="json") for item in (BUILDERS, KEY_ACCOUNTS)]
    return policy_of(json.dumps(content | {"version": "own"}))


def judged(customers, line_set):
    given_frame = frame(*customers)
    object.__setattr__(given_frame, "line_set", np.array(line_set, dtype=np.int64))
    positions, length = positions_of(given_frame, own_lines()), len(customers)
    nobody = groups_of(positions.customer_key, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    return assess(
        positions,
        scale_of(own_lines().content),
        never(length),
        np.zeros(length, dtype=bool),
        as_of=AS_OF,
        groups=nobody,
    )


def test_each_customer_is_judged_by_the_last_lines_that_fit():
    result = judged([{"P3": 12}] * 4, [0, 0b01, 0b10, BOTH])
    bit = scale_of(own_lines().content).indicator("P3").bit

    assert [bool(bits >> bit & 1) for bits in result.evaluation.warnings] == [True, False, True, True]
    assert (
        result.evaluation.index[1]
        < result.evaluation.index[0]
        < result.evaluation.index[2]
        == result.evaluation.index[3]
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.floats(-1, 2), st.floats(0, 2), st.integers(0, 3))
def test_a_worse_figure_never_gives_a_better_class_by_any_lines(name, reach, more, line_set):
    item = own_lines().indicator(name)
    figures = [item.warning + part * (item.alarm - item.warning) for part in (reach, reach + more)]

    better, worse = judged([{name: figure} for figure in figures], [line_set, line_set]).evaluation.index

    assert better <= worse


def test_the_way_back_asks_for_nothing_that_is_good_by_the_lines_of_the_customer():
    result = judged([{"P3": 38, "P2": 25, "P5": 45, "P4": 14, "P1": 50, "T2": -70}] * 2, [0b01, 0])
    length = len(result)
    stand = Stand(result.positions, no_scores(length), np.zeros(length, dtype=np.int16), no_experts(length), never(length),
                  np.full(length, 1, dtype=np.int16))  # fmt: skip

    levers = levers_of(stand.positions, scale_of(own_lines().content))
    found = ways_back(stand, scale_of(own_lines().content), as_of=AS_OF)

    assert levers.usable[:, levers.names.index("P3")].tolist() == [False, True]
    assert {way.row for way in found.ways} == {0, 1}
    assert not any("P3" in way.needed for way in found.ways if way.row == 0)


@pytest.mark.parametrize(
    ("segment", "industry", "country", "expected"),
    [
        ("KEY ", "F41", "DE", BOTH),
        ("key", "C33", "DE", 0b10),
        ("key", "C33", None, 0),
        (None, "F", "CN", 0b01),
        (None, None, None, 0),
    ],
)
def test_who_fits_is_found_by_master_data(segment, industry, country, expected):
    nothing = np.full(1, np.nan)
    number = np.array([0, -1], dtype=np.int32)
    profiles = Profiles(number, (country,), (industry,), (segment,), nothing, nothing, nothing)

    assert line_sets(profiles, (BUILDERS, KEY_ACCOUNTS)).tolist() == [expected, 0]
    assert line_sets(profiles, ()) is None


def test_a_policy_without_overrides_is_the_same_text_as_before_there_were_any():
    assert "line_overrides" not in policy().content
    assert policy_of(policy().content).digest == policy().digest
    assert own_lines().digest != policy().digest


@pytest.mark.database
def test_signals_packs_and_explanations_name_the_lines_of_the_customer(services):
    path = services.instance.home / "policies" / "risk_policy.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(own_lines().content, encoding="utf-8")
    for number, line_set in enumerate(([0, BOTH], [BOTH, 0])):
        given_frame = frame({"P3": 12}, {"P3": 12})
        object.__setattr__(given_frame, "line_set", np.array(line_set, dtype=np.int64))
        day = AS_OF + timedelta(days=number)
        assess_frame(services, given_frame, feeds=(), as_of=day, run_id=number + 1)
        raise_found(services, contradictions=(), feeds=(), as_of=day, run_id=number + 1)
        with services.engine.connect() as connection:
            lines = connection.execute(text("SELECT line FROM current_breach ORDER BY customer_key")).scalars().all()
            signals = connection.execute(text("SELECT line FROM signal ORDER BY customer_key")).scalars().all()
        assert lines == signals == [5 if fits else 10 for fits in line_set]
    for language, name in (("en", "key accounts"), ("zh", "大客户")):
        own, common = (explain(services, customer_key=key, language=language) for key in (1, 2))
        assert any(name in sentence for sentence in own.sentences)
        assert not any(name in sentence for sentence in common.sentences)
        assert next(part.line for part in own.contributions if part.id == "P3") == 5
