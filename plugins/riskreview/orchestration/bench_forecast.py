"""Owns measuring what is learned from an instance's own past: a made-up history of quarters, a model of change, a prediction for everybody."""

import calendar
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment import history
from riskreview.assessment.columns import history_columns
from riskreview.assessment.decision import Before
from riskreview.assessment.group import groups_of
from riskreview.assessment.positions import GROUP_INDICATOR, Positions
from riskreview.assessment.scale import Scale, scale_of
from riskreview.assessment.score import assess
from riskreview.assessment.standing import NEVER
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.instance import create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.mechanisms.runs import recorded_run
from riskreview.orchestration import bench_data
from riskreview.orchestration.bench import StageClock, empty_home, hardware
from riskreview.orchestration.bench_memory import PeakMemory
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.team import load_team

QUARTERS = 12
FIRST_YEAR = 2023
MODEL = "class_change"
STAYS, OWN, LEVEL = 0.8, 0.6, -1.2
"""What of a customer's strain stays for a quarter, how much each figure goes its own way, and how far the usual one is from its warning line."""
UNKNOWN = 0.1
NOBODY: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ForecastBench:
    """What was measured; wall and processor seconds of this process and its most memory by stage.

    :param rows: what was learned from, ``worsened`` of them; of ``learned_from`` customers.
    :param auc: of the scorecard on quarters it had not seen; the figures are made up, so it only shows that something was learned.
    """

    customers: int
    quarters: int
    learned_from: int
    rows: int
    worsened: int
    auc: float
    predicted: int
    seconds: Mapping[str, float]
    cpu_seconds: Mapping[str, float]
    peak_rss_mb: Mapping[str, float]
    load_average: float
    hardware: dict[str, str]


def run_forecast_bench(*, home: Path, customers: int, progress: Progress | None = None) -> ForecastBench:
    """Make up three years of quarters, learn a change of class from them, and predict it for everybody.

    :param home: folder of the instance; one of an earlier benchmark is replaced.
    """
    from riskreview.assessment.forecast import forecast_changes
    from riskreview.assessment.own_history import complete, read_own_history
    from riskreview.models import learning, registry
    from riskreview.models.definition import find_definition, load_definition
    from riskreview.models.fitting import Kit

    empty_home(home)
    instance = create_instance(home)
    (home / bench_data.MARKER).touch()
    load = os.getloadavg()[0]
    with PeakMemory() as memory, open_services(home, progress=progress or LogProgress()) as services:
        clock, policy = StageClock(memory), load_policy(instance)
        with clock.stage("history"):
            last, run_id = make_up(services, customers)
        definition = complete(load_definition(find_definition(instance, MODEL)), services)
        scale = policy.master_scale
        assert scale is not None  # noqa: S101  the shipped policy has one
        with clock.stage("read"):
            rows = read_own_history(services, definition, as_of=last + timedelta(days=1))
        with clock.stage("train"):
            trained = learning.train(rows, Kit(definition, load_model_policy(instance), scale), services.progress)
        registry.keep(services, trained, definition, actor=_proposer(services), as_of=last)
        with clock.stage("predict"):
            predicted = forecast_changes(services, as_of=last, run_id=run_id).predicted
    return ForecastBench(
        customers, QUARTERS, rows.customers, len(rows), rows.bads, round(trained.evaluation.scorecard.separation.auc, 3), predicted,
        _rounded(clock.seconds), _rounded(clock.cpu), _rounded(clock.peak), round(load, 2), hardware(),
    )  # fmt: skip


def make_up(services: Services, customers: int) -> tuple[date, int]:
    """Judge invented figures quarter by quarter by the policy in force and keep them as the history does; returns the last day and run."""
    policy = load_policy(services.instance)
    scale, chance = scale_of(policy.content), np.random.default_rng(7)
    keys = np.arange(1, customers + 1, dtype=np.int64)
    strain = chance.standard_normal(customers, dtype=np.float32)
    before = Before(np.full(customers, NEVER), np.zeros(customers, dtype=np.int64))
    fresh, alone = np.zeros(customers, dtype=bool), groups_of(keys, NOBODY, NOBODY)
    for number in range(QUARTERS):
        day = _quarter_end(number)
        result = assess(_figures(keys, strain, scale, chance), scale, before, fresh, as_of=day, groups=alone)
        before = Before(result.decision.standing, result.decision.confirmed)
        with recorded_run(services, "recompute_risk", business_key=f"bench:{day}", as_of=day) as run:
            run.pins["known_at"] = midnight_utc(day + timedelta(days=1)).isoformat()
            key = history.HistoryKey(day, run.run_id, policy.version, policy.digest, f"bench {day}")
            history.append_history(services.instance, key, history_columns(result, scale))
        strain = STAYS * strain + OWN * chance.standard_normal(customers, dtype=np.float32)
        services.progress.advance("make up", number + 1, QUARTERS)
    return day, run.run_id


def _figures(
    keys: NDArray[np.int64], strain: NDArray[np.float32], scale: Scale, chance: np.random.Generator
) -> Positions:
    """Return figures that go beyond their lines together where strain is high, each by chance of its own, some of them unknown."""
    values = {}
    for item in scale.policy.indicators:
        beyond = STAYS * strain + OWN * chance.standard_normal(len(keys), dtype=np.float32) + np.float32(LEVEL)
        figure = (item.warning + (item.alarm - item.warning) * beyond).astype(np.float32)
        figure[chance.random(len(keys), dtype=np.float32) < UNKNOWN] = np.nan
        values[item.id] = figure
    values[GROUP_INDICATOR] = np.full(len(keys), np.nan, dtype=np.float32)
    exposure = np.round(chance.lognormal(11.0, 1.0, len(keys)), 2)
    overdue = np.round(exposure * np.clip(0.2 * strain.astype(np.float64), 0.0, 1.0), 2)
    nothing = np.zeros(len(keys), dtype=np.int64)
    return Positions(keys, values, exposure, overdue, 1.5 * exposure, nothing.astype(np.int32), nothing, 0.0 * exposure)


def _quarter_end(number: int) -> date:
    year, month = FIRST_YEAR + number // 4, 3 * (number % 4) + 3
    return date(year, month, calendar.monthrange(year, month)[1])


def _proposer(services: Services) -> str:
    roles = set(load_model_policy(services.instance).promotion.proposers)
    return next(person.id for person in load_team(services.instance).persons if set(person.roles) & roles)


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}
