"""History: worse at once, better slowly, one class at a time, never on stale or vanished data."""

import json
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assessment import portfolios
from tests.assessment.portfolios import AS_OF, after, frame, judged

from riskreview.assessment.decision import Before
from riskreview.assessment.experts import experts_of
from riskreview.assessment.group import groups_of, worst_of_others
from riskreview.assessment.score import Layers
from riskreview.assessment.standing import HELD, Standing, unpack
from riskreview.opinions.store import Opinion
from riskreview.policy.risk_policy import policy_of
from riskreview.policy.risk_terms import RiskClass

BAD = {"P1": 61}
WATCHED = {"P2": 40, "P3": 40, "P5": 60, "P4": 20, "P6": 2, "P7": 40, "P9": 2}


def name(result, place=0):
    return RiskClass(int(result.risk_class[place])).name


def course(*steps, opinions=(), overdue=()):
    """Run (days since the start, customer, stale) one after the other and return the class names.

    :param overdue: days on which a review of the customer is overdue.
    """
    before, names, keys = None, [], np.array([1])
    for days, customer, stale in steps:
        day = AS_OF + timedelta(days=days)
        said = experts_of([item for item in opinions if item.effective_on <= day], keys, [1] if days in overdue else ())
        result = judged(customer, before=before, stale=stale, as_of=day, layers=Layers(experts=said))
        before = after(result)
        names.append(name(result))
    return names


def test_worse_takes_effect_at_once():
    assert course((0, {}, False), (1, BAD, False)) == ["low", "critical"]


def test_better_needs_two_evaluations_and_sixty_days_and_goes_one_class_at_a_time():
    good = {}
    assert course((0, BAD, False), (1, good, False), (30, good, False), (60, good, False), (61, good, False)) == [
        "critical", "critical", "critical", "critical", "high",
    ]  # fmt: skip
    steps = [(0, BAD, False), *((day, good, False) for day in (1, 61, 62, 122, 123, 183))]
    assert course(*steps) == ["critical", "critical", "high", "high", "medium", "medium", "low"]


def test_one_evaluation_after_a_long_pause_does_not_relax():
    assert course((0, BAD, False), (300, {}, False), (301, {}, False)) == ["critical"] * 3


def test_nothing_relaxes_while_a_review_is_overdue_and_worse_still_takes_effect():
    steps = [(0, BAD, False), *((day, {}, False) for day in (1, 62, 63, 125, 126))]
    assert course(*steps, overdue=(1, 62, 63)) == ["critical"] * 5 + ["critical"]
    assert course(*steps) == ["critical", "critical", "high", "high", "medium", "medium"]
    assert course((0, {}, False), (1, BAD, False), overdue=(1,)) == ["low", "critical"]


def closed(days, *, probation=90):
    """A closure granted so many days after the start."""
    return Opinion(7, 1, "closure", None, 0, 0, 0, AS_OF + timedelta(days=days), probation, "active")


DEFAULT = {"P1": 95}


def test_a_default_is_left_only_after_its_closure_and_probation():
    steps = [(0, DEFAULT, False), *((day, {}, False) for day in (1, 61, 91, 400))]
    assert course(*steps) == ["default"] * 5
    assert course(*steps, opinions=[closed(2)]) == ["default"] * 4 + ["critical"]
    assert course(*steps, opinions=[closed(1)]) == ["default"] * 3 + ["critical"] * 2
    assert course(*steps, opinions=[closed(1, probation=365)]) == ["default"] * 4 + ["critical"]


def test_a_closure_does_not_replace_the_days_of_the_class():
    steps = [(0, DEFAULT, False), *((day, {}, False) for day in (1, 61, 90, 91))]

    assert course(*steps, opinions=[closed(1, probation=0)]) == ["default"] * 4 + ["critical"]


def test_a_closure_before_a_relapse_does_not_count():
    steps = [
        (0, DEFAULT, False),
        (1, {}, False),
        (50, DEFAULT, False),
        *((day, {}, False) for day in (51, 111, 141, 200)),
    ]

    assert course(*steps, opinions=[closed(2)]) == ["default"] * 7
    assert course(*steps, opinions=[closed(52)])[-1] == "critical"


def test_a_relapse_starts_the_count_again():
    steps = [(0, BAD, False), (1, {}, False), (40, BAD, False), (41, {}, False), (70, {}, False), (101, {}, False)]

    assert course(*steps) == ["critical"] * 5 + ["high"]


def test_a_policy_of_three_evaluations_wants_three_in_a_row_whatever_the_days(monkeypatch):
    content = json.loads(portfolios.policy().content) | {"relaxation": {"evaluations": 3, "days": 0}}
    own = policy_of(json.dumps(content))
    monkeypatch.setattr(portfolios, "policy", lambda: own)

    assert course((0, BAD, False), (1, {}, False), (2, {}, False), (3, {}, False)) == ["critical"] * 3 + ["high"]
    relapse = [
        (0, BAD, False),
        (1, {}, False),
        (2, {}, False),
        (3, BAD, False),
        (4, {}, False),
        (5, {}, False),
        (6, {}, False),
    ]
    assert course(*relapse) == ["critical"] * 6 + ["high"]


def test_an_index_between_exit_and_entry_line_keeps_the_class_and_counts_nothing():
    between = {"P2": 30, "P3": 30, "P5": 50, "P4": 15, "P9": 2, "T5": 5}
    start = judged(WATCHED)
    index = judged(between).evaluation.index[0] / 1e6
    assert (name(start), 16 <= index < 20) == ("medium", True), index

    kept = judged(between, before=after(start), as_of=AS_OF + timedelta(days=70))

    assert (name(kept), int(kept.decision.rule_code[0]), int(unpack(kept.decision.standing).below_count[0])) == (
        "medium",
        HELD,
        0,
    )


def test_stale_data_never_relax_but_may_worsen():
    stale = [(0, BAD, False), (1, {}, False), (61, {}, True), (90, {}, True)]
    assert course(*stale) == ["critical"] * 4
    assert course(*stale, (91, {"P1": 95}, True))[-1] == "default"
    assert course(*stale, (91, {}, False))[-1] == "high"


def test_a_breach_that_goes_missing_does_not_relax():
    start = judged({"P1": 61, "F6": -0.2})
    gone = {"F6": float("nan")}

    first = judged(gone, before=after(start), as_of=AS_OF + timedelta(days=10))
    second = judged(gone, before=after(first), as_of=AS_OF + timedelta(days=100))

    assert (name(second), bool(second.decision.held[0])) == ("critical", True)


def test_a_customer_who_becomes_unknown_keeps_a_bad_class_and_loses_a_good_one():
    nothing = dict.fromkeys(frame({}).values, float("nan"))

    assert course((0, BAD, False), (100, nothing, False)) == ["critical", "critical"]
    assert course((0, {}, False), (100, nothing, False)) == ["low", "unknown"]
    assert course((0, nothing, False), (1, {}, False)) == ["unknown", "low"]
    assert course((0, nothing, False), (1, {}, True)) == ["unknown", "unknown"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-1, 5),
            st.integers(0, 131_000),
            st.integers(-1, 131_000),
            st.integers(0, 255),
            st.integers(-1, 131_000),
        ),
        min_size=1,
    )
)
def test_a_packed_standing_is_unpacked_as_it_was(rows):
    known = [row if row[0] >= 0 else (-1, 0, -1, 0, -1) for row in rows]
    columns = [np.array(column) for column in zip(*known, strict=True)]
    standing = Standing(
        columns[0].astype(np.int16),
        columns[1].astype(np.int32),
        columns[2].astype(np.int32),
        columns[3].astype(np.int16),
        columns[4].astype(np.int32),
    )

    back = unpack(standing.packed())

    assert [getattr(back, part).tolist() for part in Standing.__slots__] == [
        list(column) for column in zip(*known, strict=True)
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from([{}, BAD, WATCHED, {"P1": 95}]), st.booleans()), max_size=12)
)
def test_a_class_never_gets_better_by_more_than_one_step_and_never_on_stale_data(steps):
    before, day, last = None, 0, None
    for days, customer, stale in steps:
        day += days
        result = judged(customer, before=before, stale=stale, as_of=AS_OF + timedelta(days=day))
        now = int(result.risk_class[0])
        if last is not None:
            assert now >= last - (0 if stale else 1)
            assert now >= int(result.evaluation.computed[0])
        before, last = after(result), now


def test_the_same_date_assessed_again_gives_the_same_standing():
    start = judged(BAD)
    before = after(start)

    once = judged({}, before=before, as_of=date(2026, 8, 1))
    again = judged({}, before=Before(once.before.standing, once.before.confirmed), as_of=date(2026, 8, 1))

    assert once.decision.standing.tolist() == again.decision.standing.tolist()
    assert int(unpack(once.decision.standing).below_count[0]) == 1


def members(*pairs):
    return groups_of(np.arange(1, 8), np.array([key for key, _ in pairs]), np.array([group for _, group in pairs]))


def test_the_group_indicator_is_the_worst_class_of_the_other_members():
    groups = members((1, 10), (3, 10), (5, 10), (2, 20), (4, 20), (7, 30), (99, 10))

    worst = worst_of_others(groups, np.array([5, 0, 2, 0, 3, 1, 5], dtype=np.int16))

    assert groups.rows.tolist() == [0, 1, 2, 3, 4]
    assert worst.tolist()[0] == 3
    assert np.isnan(worst[1])
    assert worst.tolist()[2] == 5
    assert np.isnan(worst[3])
    assert worst.tolist()[4] == 5


def test_two_members_in_the_worst_class_infect_each_other():
    groups = members((1, 10), (2, 10))

    assert worst_of_others(groups, np.array([5, 5, 1, 1, 1, 1, 1], dtype=np.int16)).tolist() == [5, 5]


def test_a_member_in_default_is_an_alarm_for_the_others_and_not_for_itself():
    groups = groups_of(np.arange(1, 4), np.array([1, 2]), np.array([7, 7]))

    result = judged({"P1": 95}, {}, {}, groups=groups)

    assert result.positions.values["M5"].tolist()[:2] == [1, 5]
    assert np.isnan(result.positions.values["M5"][2])
    points = scale_points(result, "industry")
    assert points[0] == points[2] == 0
    assert points[1] > 0


def scale_points(result, dimension):
    from tests.assessment.portfolios import scale

    return result.evaluation.points[[found.id for found in scale().dimensions].index(dimension)]
