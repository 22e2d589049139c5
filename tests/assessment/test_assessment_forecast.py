"""Learning from the instance's own assessments: no look ahead, few cases said so, predictions of change kept and marked."""

import json
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import text
from tests.assessment.portfolios import frame

from riskreview.assessment.forecast import forecast_changes, forecast_of
from riskreview.assessment.own_history import complete, extent_of, read_own_history
from riskreview.assessment.snapshots import Following, Past, snapshots_of, usable
from riskreview.assessment.use_cases import assess_frame
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.progress import LogProgress
from riskreview.models import learning, registry
from riskreview.models.definition import load_definition
from riskreview.models.fitting import Kit
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import FLAGS

POLICY = load_model_policy()
START = date(2024, 3, 31)
INSOLVENT = 1 << FLAGS.index("insolvency")
BAD = {"P2": 40, "P3": 40, "P5": 60, "P4": 20, "P6": 2, "P7": 40, "P9": 2}
NAN = float("nan")


def past(day, run=1, late=0):
    return Past(day, run, day + timedelta(days=late))


def quarter(number):
    month = 3 * (number + 1)
    return date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 28)


def test_an_assessment_that_knew_what_came_later_is_not_used():
    pasts = [past(START, 1, late=3), past(START, 9, late=400), past(date(2024, 6, 30), 2, late=30)]

    assert usable(pasts, within_days=10, until=date(2026, 1, 1)) == [pasts[0]]
    assert usable(pasts, within_days=10, until=START) == []
    assert usable(pasts, within_days=500, until=date(2026, 1, 1)) == [pasts[1], pasts[2]]


def test_a_snapshot_is_the_last_of_its_period_and_is_closed_by_the_first_after_its_end():
    pasts = [past(day) for day in (date(2025, 1, 5), date(2025, 3, 30), date(2025, 9, 28), date(2025, 10, 2))]

    found = snapshots_of(pasts, every_months=3, horizon_months=6)

    assert [(item.past.day, item.closing and item.closing.day) for item in found] == [
        (date(2025, 3, 30), date(2025, 10, 2)), (date(2025, 9, 28), None), (date(2025, 10, 2), None)]  # fmt: skip


def stored(risk_class, p1, *, flags=None, stale=None):
    length = len(risk_class)
    return pa.table({
        "customer_key": np.arange(1, length + 1), "risk_class": np.array(risk_class, dtype=np.int16),
        "data_state": np.array(stale or [0] * length, dtype=np.int16), "flags": np.array(flags or [0] * length, dtype=np.int32),
        "p1": pa.array(np.array(p1, dtype=np.float32), from_pandas=True), "exposure": np.full(length, 10.0), "overdue": np.full(length, 5.0),
        "limit_amount": np.full(length, 9.0), "standing": np.zeros(length, dtype=np.int64), "index_micro": np.zeros(length, dtype=np.int32),
    })  # fmt: skip


def followed(purpose, first, *later):
    days = [quarter(number) for number in range(1 + len(later))]
    pasts = [past(day) for day in days]
    months = {"default": 12, "change": 6}[purpose]
    following = Following(snapshots_of(pasts, every_months=3, horizon_months=months)[0], first, purpose, POLICY)
    for item, rows in zip(pasts[1:], later, strict=True):
        following.observe(item, rows)
    return following.columns()


def test_a_default_is_bad_and_whoever_is_late_or_unseen_at_the_end_is_neither():
    fine = [0.0] * 7
    first = stored([1] * 7, [*fine[:5], 95, 0])
    cured = stored([1] * 7, [120, *fine[1:]])
    last = stored([1] * 7, [0, 0, 45, NAN, 0, 0, 0], stale=[0, 0, 0, 0, 1, 0, 0], flags=[0] * 6 + [INSOLVENT])

    found = followed("default", first, cured, stored([1] * 7, fine), stored([1] * 7, fine), last)

    assert found["customer_key"].tolist() == [1, 2, 3, 4, 5, 7], "who is in default already is not learned from"
    assert found["bad"].tolist() == pytest.approx([1, 0, NAN, NAN, NAN, 1], nan_ok=True)
    assert found["P1"].tolist() == [0, 0, 0, 0, 0, 0], "the figures are those of the snapshot"
    assert set(found["known_on"]) == {float(quarter(4).toordinal())}


def test_a_class_got_worse_only_within_the_horizon_and_unknown_is_no_outcome():
    first = stored([1, 2, 3, 5, 0, 2], [0.0] * 6)

    found = followed("change", first, stored([2, 2, 3, 5, 1, 0], [0.0] * 6), stored([1, 2, 2, 5, 1, 0], [0.0] * 6))

    assert found["customer_key"].tolist() == [1, 2, 3, 6], "neither the defaulted nor those without a class"
    assert found["bad"].tolist() == pytest.approx([1, 0, 0, NAN], nan_ok=True)


@pytest.fixture
def people(instance):
    person = "  - {{id: {0}, name: {0}, language: en, channels: {{mail: {0}@example.com}}, roles: [{1}]}}\n"
    roles = [("manager", "credit_manager"), ("boss", "executive")]
    team = "final_duty_role: executive\npersons:\n" + "".join(person.format(*pair) for pair in roles)
    (instance.home / "policies" / "team.yaml").write_text(team, encoding="utf-8")


def lived(services, *, quarters, size=360, late_by=1):
    """Assess invented customers quarter by quarter: orders fall first, payment follows a quarter later for most, ruin for a few."""
    chance = np.random.default_rng(5)
    age, comes, ruined = np.full(size, -1), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for number in range(quarters):
        age = np.where(age >= 3, -1, np.where(age >= 0, age + 1, age))
        new = (age < 0) & (chance.random(size) < 0.12)
        age, comes = np.where(new, 0, age), np.where(new, chance.random(size) < 0.85, comes)
        ruined = np.where(new, chance.random(size) < 0.35, ruined)
        customers = [
            {"T2": -50.0 if 0 <= one <= 1 else 3.0, "E3": float(chance.integers(0, 20)), **(BAD if one >= 1 and follows else {}),
             **({"P1": 100.0} if one == 3 and follows and fails else {})}
            for one, follows, fails in zip(age, comes, ruined, strict=True)
        ]  # fmt: skip
        assess(services, frame(*customers), quarter(number), late_by)


def assess(services, customers, day, late_by):
    services.clock.moment = midnight_utc(day + timedelta(days=late_by))
    values = {
        "day": day,
        "pins": json.dumps({"known_at": services.clock.now().isoformat()}),
        "at": services.clock.now(),
    }
    with services.engine.begin() as connection:
        run = connection.execute(
            text("INSERT INTO run (stage, business_key, as_of, state, pins, code_version, triggered_by, started_at)"
                 " VALUES ('recompute_risk', :day, :day, 'finished', CAST(:pins AS jsonb), '0', 'cli', :at) RETURNING run_id"), values,
        ).scalar_one()  # fmt: skip
    assess_frame(services, customers, feeds=(), as_of=day, run_id=run)
    return run


def kit_for(services, name):
    definition = complete(load_definition(PACKAGED / "models" / f"{name}.yaml"), services)
    return Kit(definition, load_model_policy(services.instance), load_policy(services.instance).master_scale)


@pytest.mark.database
def test_with_little_history_nothing_is_learned_and_it_says_so(services):
    lived(services, quarters=3, size=5)
    today = quarter(2) + timedelta(days=1)

    with pytest.raises(RuleViolation, match="1 snapshots whose outcome is known and 6 are needed"):
        read_own_history(services, kit_for(services, "class_change").definition, as_of=today)

    assert forecast_changes(services, as_of=quarter(2), run_id=9).predicted == 0
    found = forecast_of(services, customer_key=1, on_day=today, language="en")
    assert (found.probability, found.sentence[:43]) == (None, "no prediction of change: the history holds ")
    assert "需要 6 个" in forecast_of(services, customer_key=1, on_day=today, language="zh").sentence


@pytest.mark.database
def test_of_a_large_history_a_part_of_the_customers_is_learned_from_each_with_all_its_snapshots(services):
    lived(services, quarters=8, size=400)
    policy = (PACKAGED / "policies" / "models.yaml").read_text(encoding="utf-8")
    fewer = policy.replace("most_rows: 200000", "most_rows: 1000").replace("least_worsened: 100", "least_worsened: 20")
    definition = kit_for(services, "class_change").definition
    today = quarter(7) + timedelta(days=1)
    everybody = read_own_history(services, definition, as_of=today)
    (services.instance.home / "policies" / "models.yaml").write_text(fewer, encoding="utf-8")

    found = read_own_history(services, definition, as_of=today)

    assert 700 < len(found) < 1_100 < len(everybody)
    assert found.repeats == pytest.approx(everybody.repeats, rel=0.05)
    assert found.bads / len(found) == pytest.approx(everybody.bads / len(everybody), rel=0.25)


@pytest.mark.database
def test_a_history_that_was_made_up_afterwards_is_no_history(services):
    lived(services, quarters=4, size=3, late_by=900)

    found = extent_of(services, "default", as_of=date(2030, 1, 1))

    assert (found.closed, found.waiting, found.late) == (0, 0, 4)


@pytest.mark.deep
@pytest.mark.database
def test_the_own_history_predicts_changes_marked_experimental_until_approved(services, people):
    lived(services, quarters=12)
    today = quarter(11) + timedelta(days=1)
    kit = kit_for(services, "class_change")

    rows = read_own_history(services, kit.definition, as_of=today)
    trained = learning.train(rows, kit, LogProgress(), challenger=False)
    number = registry.keep(services, trained, kit.definition, actor="manager", as_of=today)["scorecard"]

    assert trained.evaluation.is_in_time
    assert "T2" in {item.name for item in trained.card.characteristics}
    last = assess(services, frame({"T2": -50.0}, {}, {**BAD, "P1": 100.0}, keys=(901, 902, 903)), today, 1)
    assert forecast_changes(services, as_of=today, run_id=last).predicted == 2
    assert forecast_changes(services, as_of=today, run_id=last).predicted == 2, "the same once more is kept once"
    slipping, steady, ruined = (
        forecast_of(services, customer_key=key, on_day=today, language="en") for key in (901, 902, 903)
    )
    assert slipping.probability > 2 * steady.probability
    assert "experimental" in steady.sentence
    assert (ruined.probability, ruined.sentence[:24]) == (None, "no prediction of change:")

    registry.propose(services, model_id=number, actor="manager", reason="looked at by the committee")
    registry.approve(services, model_id=number, actor="boss", reason="looked at by the committee")
    forecast_changes(services, as_of=today, run_id=last)

    assert "experimental" not in forecast_of(services, customer_key=901, on_day=today, language="en").sentence

    with services.engine.begin() as connection:
        connection.execute(text("UPDATE model SET content = 'spoilt' WHERE purpose = 'change'"))
    spoilt = [forecast_changes(services, as_of=today, run_id=last) for _ in range(2)]
    told = [forecast_of(services, customer_key=901, on_day=today, language=language) for language in ("en", "zh")]
    with services.engine.connect() as connection:
        messages = connection.execute(text("SELECT audience FROM outbox_event WHERE kind = 'model_unreadable'")).all()

    assert [(found.predicted, found.model_unreadable) for found in spoilt] == [(0, 1)] * 2
    assert [found.probability for found in told] == [None, None]
    assert ("cannot be read" in told[0].sentence, "无法读取" in told[1].sentence) == (True, True)
    assert len(messages) == 1

    few = kit_for(services, "own_default")
    history = read_own_history(services, few.definition, as_of=today)
    assert history.bads > history.bad_customers, "one default is seen by several snapshots and counts once"
    assert learning.method_for(history, few.policy) == "pooled"
    with pytest.raises(RuleViolation, match="too few for a model"):
        learning.check_enough(history.take(np.flatnonzero(history.group % 5 == 0)), few.policy)
    pooled = learning.train(history, few, LogProgress(), challenger=False)
    assert pooled.card.method == "pooled"
