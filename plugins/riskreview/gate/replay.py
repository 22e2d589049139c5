"""Owns judging the past anew by two versions of a policy: month end by month end, each by what was known then, both on the same figures.

What people said, late feeds and a model that was not deciding yet are left out: the two courses differ by the policy alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from riskreview.assessment import store as assessments
from riskreview.assessment.conditions import Judged
from riskreview.assessment.decision import Before
from riskreview.assessment.group import groups_of, guarantors_of, parents_of
from riskreview.assessment.model_layer import scores_of
from riskreview.assessment.positions import positions_of
from riskreview.assessment.scale import Scale, scale_of
from riskreview.assessment.score import Assessment, Layers, assess
from riskreview.facts.results import Pins
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.groups.ties import Ties, read_ties
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.frame import IndicatorFrame
from riskreview.models.artefact import Scorecard
from riskreview.models.scoring import score_frame
from riskreview.models.store import read_stored
from riskreview.monitoring.rules import find
from riskreview.policy.risk_policy import Policy, load_policy

Keys = NDArray[np.int64]
LINES_MATTER = frozenset({"T1", "T3", "T4"})
"""Indicators whose figures themselves reach a line only as far as a test supports it, so that their lines change the figures."""
NOT_MEASURED = ("name", "formula", "sentence", "points", "min_history", "missing", "missing_why", "sources", "ages_with", "dimension",
                "warning", "alarm")  # fmt: skip
"""What an indicator says that its figures do not depend on."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions, ready for judging."""

    instance: Instance
    scale: Scale

    @property
    def policy(self) -> Policy:
        """The risk policy."""
        return self.scale.policy


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one version says on one day.

    :param signals: keys of the customers with a signal, by rule.
    """

    result: Assessment
    signals: dict[str, Keys]


@dataclass(frozen=True, slots=True)
class Day:
    """One day judged by both versions, in the order of the keys."""

    day: date
    known_at: datetime
    frame: IndicatorFrame
    base: Judgement
    new: Judgement

    @property
    def keys(self) -> Keys:
        """The customers."""
        return self.frame.customer_key

    @property
    def insolvent(self) -> NDArray[np.bool_]:
        """Who is insolvent as far as was known."""
        return self.base.result.positions.flag("insolvency")


def side_of(instance: Instance) -> Side:
    """Return a version ready for judging.

    :raises BadInput: for a risk policy that is wrong.
    """
    return Side(instance, scale_of(load_policy(instance).content))


def is_measured_alike(one: Policy, two: Policy) -> bool:
    """Tell whether two policies measure the same figures, so that what is computed once serves both."""
    return _measured(one) == _measured(two)


def _measured(policy: Policy) -> list[Any]:  # parts of a policy as JSON
    indicators = []
    for item in policy.indicators:
        told = item.model_dump(mode="json", exclude=set(NOT_MEASURED))
        told["materiality"] = {
            "item_amount": item.materiality.item_amount,
            "item_share_pct": item.materiality.item_share_pct,
        }
        told["meanings"] = sorted(item.meanings)
        if item.id in LINES_MATTER:
            told |= {"warning": item.warning, "alarm": item.alarm}
        indicators.append(told)
    return [
        indicators,
        policy.ratio_models.model_dump(mode="json"),
        [item.model_dump(mode="json") for item in policy.line_overrides],
    ]


def known_by(day: date, within_days: int, time_zone: str) -> datetime:
    """Return the moment up to which a day is judged by what was known: the end of the day so many days after it."""
    following = day + timedelta(days=within_days + 1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(time_zone))


def replay(
    services: Services, base: Side, new: Side, days: Sequence[date], *, within_days: int, is_point_in_time: bool = True
) -> Iterator[Day]:
    """Yield every day with customers known by then, judged by both versions; the days ascend.

    :param is_point_in_time: False: every day by what is known today, only business dates are respected.
    """
    standing: tuple[Stand, Stand] = (Stand(), Stand())
    alike, zone = is_measured_alike(base.policy, new.policy), services.instance.settings.time_zone
    pins = current_pins(services)
    models = _models(services)
    for number, day in enumerate(days, start=1):
        known_at = min(known_by(day, within_days, zone), pins.known_at) if is_point_in_time else pins.known_at
        then = Pins(pins.versions, known_at)
        frames = [compute_indicators(services, pins=then, as_of=day, policy=base.policy)]
        if len(frames[0].customer_key):
            frames.append(frames[0] if alike else compute_indicators(services, pins=then, as_of=day, policy=new.policy))
            ties = read_ties(services, pins=then, as_of=day)
            model = next((found for since, found in models if since <= known_at), None)
            yield judge_day(day, known_at, (base, new), frames, ties, model, standing)
        services.progress.advance("backtest", number, len(days))


def judge_day(
    day: date, known_at: datetime, sides: Sequence[Side], frames: Sequence[IndicatorFrame], ties: Ties, model: Scorecard | None,
    standing: Sequence["Stand"],
) -> Day:  # fmt: skip
    """Judge one day by both versions, from the figures of each; where customers stand afterwards is put into ``standing``."""
    judged = [
        _judge(side, frame, ties, model, stand, day) for side, frame, stand in zip(sides, frames, standing, strict=True)
    ]
    return Day(day, known_at, frames[0], *judged)


@dataclass(slots=True)
class Stand:
    """Where customers stood after the day before by one version."""

    keys: Keys | None = None
    before: Before | None = None


def _judge(
    side: Side, frame: IndicatorFrame, ties: Ties, model: Scorecard | None, stand: Stand, day: date
) -> Judgement:
    positions, policy = positions_of(frame, side.policy), side.policy
    keys, nobody = positions.customer_key, np.zeros(0, dtype=np.int64)
    last = stand.before or Before(nobody, nobody)
    known = nobody if stand.keys is None else stand.keys
    before = assessments.aligned(keys, assessments.TakenOver(nobody, nobody), known, last.standing, last.confirmed)
    scale = policy.master_scale
    scored = None if model is None or scale is None else scores_of(score_frame(model, frame, scale=scale), policy)
    layers = Layers(
        scored, parents_of(keys, ties.child, ties.parent), None, guarantors_of(keys, ties.guaranteed, ties.guarantor)
    )
    groups = groups_of(keys, ties.member, ties.group)
    result = assess(
        positions, side.scale, before, np.zeros(len(keys), dtype=bool), as_of=day, groups=groups, layers=layers
    )
    stand.keys, stand.before = keys, Before(result.decision.standing, result.decision.confirmed)
    return Judgement(result, {found.rule_id: keys[found.rows] for found in find(_judged(result), side.scale)})


def _judged(result: Assessment) -> Judged:
    now, decision, scores = result.evaluation, result.decision, result.scores
    return Judged(result.positions, now.warnings, now.alarms, result.risk_class, decision.previous_class, scores.risk_class,
                  scores.challenger)  # fmt: skip


def _models(services: Services) -> list[tuple[datetime, Scorecard]]:
    """Return the scorecard that decides, from when on it did; before that no model speaks, for it was learned from what came later."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("gate", "champion"))).all()
        found = [(row.decided_at, read_stored(connection, row.model_id).model) for row in rows]
    return [(since, model) for since, model in found if isinstance(model, Scorecard)]
