"""Owns deciding the class of one evaluation: index lines, model, floors, and what happens when too little is known. No history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK, Judged, judge
from riskreview.assessment.model_layer import Scores
from riskreview.assessment.points import DimensionPoints, Micro
from riskreview.assessment.positions import Bits, Bools, Classes, Positions
from riskreview.assessment.scale import FULL, Scale
from riskreview.policy.risk_lines import AlarmRule, DimensionRule, HardRule
from riskreview.policy.risk_terms import RiskClass


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every layer of one evaluation, before history.

    :param index_class: class by the lines of the index; what the model says by itself stands in its scores.
    :param leaving: class by the exit lines and rules: the best class this evaluation lets a customer relax to.
    :param floor: minimum class by rules, 0 = none; ``floor_code`` names the rule.
    :param computed: worst of index, model and floors; ``unknown`` when nothing is known.
    :param insufficient: a core dimension is not covered well enough.
    :param missing: bit per indicator that is missing although it applies to the customer.
    """

    index: Micro
    points: NDArray[np.int32]
    index_class: Classes
    leaving: Classes
    floor: Classes
    floor_code: Classes
    computed: Classes
    insufficient: Bools
    warnings: Bits
    alarms: Bits
    missing: Bits


def evaluate(positions: Positions, dimensions: Sequence[DimensionPoints], scale: Scale, scores: Scores) -> Evaluation:
    """Return the layers of one evaluation from the points of every dimension and the scores of the model."""
    points = np.stack([found.total for found in dimensions])
    index = points.sum(axis=0, dtype=np.int32)
    warnings, alarms, missing = _bits(dimensions, len(positions))
    insufficient, nothing_known = _knowledge(dimensions, scale)
    floor, code = _floors(positions, dimensions, scale, warnings, alarms)
    hopeless = nothing_known & (floor == 0) & ((warnings | alarms) == 0)
    _raise_floor(floor, code, insufficient, scale.policy.insufficient_data.minimum, scale.policy.insufficient_data.code)
    index_class = _class_of(index, scale.entry)
    computed = np.maximum(np.maximum(index_class, scores.risk_class), floor)
    computed[hopeless & (RANK[scores.risk_class] <= RANK[RiskClass.unknown])] = RiskClass.unknown
    leaving = np.maximum(np.maximum(_class_of(index, scale.leave), scores.leaving), floor)
    return Evaluation(
        index, points, index_class, leaving, floor, code, computed, insufficient, warnings, alarms, missing
    )


def _class_of(index: Micro, lines: tuple[int, int, int]) -> Classes:
    reached = np.full(len(index), RiskClass.low, dtype=np.int16)
    for line in lines:
        reached += index >= line
    return reached


def _bits(dimensions: Sequence[DimensionPoints], length: int) -> tuple[Bits, Bits, Bits]:
    over, alarms, missing = (np.zeros(length, dtype=np.int64) for _ in range(3))
    for dimension in dimensions:
        for found in dimension.breaches:
            bit = np.int64(1) << found.weighed.bit
            over[found.rows] |= bit
            alarms[found.rows] |= found.alarm * bit
            missing[found.missing] |= bit
    return over & ~alarms, alarms, missing


def _knowledge(dimensions: Sequence[DimensionPoints], scale: Scale) -> tuple[Bools, Bools]:
    core = [found for found in dimensions if found.dimension.core]
    insufficient: Bools = np.any([found.insufficient for found in core], axis=0)
    known = np.sum([found.coverage_known for found in core], axis=0, dtype=np.int64)
    applicable = np.sum([found.coverage_applicable for found in core], axis=0, dtype=np.int64)
    return insufficient, np.less(known * 100, applicable * scale.policy.insufficient_data.unknown_pct)


def _floors(positions: Positions, dimensions: Sequence[DimensionPoints], scale: Scale,
            warnings: Bits, alarms: Bits) -> tuple[Classes, Classes]:  # fmt: skip
    floor, code = np.zeros(len(positions), dtype=np.int16), np.zeros(len(positions), dtype=np.int16)
    for rule, holds in rules_holding(positions, dimensions, scale, warnings, alarms):
        _raise_floor(floor, code, holds, rule.minimum, rule.code)
    return floor, code


def rules_holding(
    positions: Positions, dimensions: Sequence[DimensionPoints], scale: Scale, warnings: Bits, alarms: Bits
) -> Iterator[tuple[HardRule | DimensionRule | AlarmRule, Bools]]:
    """Yield every rule on figures with where it holds, in the order of the policy; a dimension rule once per dimension."""
    policy, nothing = scale.policy, np.zeros(len(positions), dtype=np.int16)
    judged = Judged(positions, warnings, alarms, nothing, nothing, nothing, nothing)
    for rule in policy.hard_rules:
        yield rule, judge(rule.when, judged, scale).holds
    for found in dimensions:
        if found.dimension.large:
            line = int(found.dimension.weight * policy.dimension_rule.share_pct / 100)
            yield policy.dimension_rule, found.total >= line
    yield policy.alarm_rule, _many_alarms(alarms, scale)


def _many_alarms(alarms: Bits, scale: Scale) -> Bools:
    families = np.zeros(len(alarms), dtype=np.int16)
    for dimension in scale.dimensions:
        mask = sum(1 << found.bit for found in dimension.indicators)
        families += (alarms & mask) != 0
    rule = scale.policy.alarm_rule
    return (np.bitwise_count(alarms) >= rule.alarms) & (families >= rule.dimensions)


def _raise_floor(floor: Classes, code: Classes, where: Bools, word: str, rule_code: int) -> None:
    """Raise the floor in place; the first rule of the highest class is the one that is named."""
    minimum = RiskClass[word]
    rows = np.flatnonzero(where & (floor < minimum))
    floor[rows] = minimum
    code[rows] = rule_code


def index_points(index: Micro) -> NDArray[np.float32]:
    """Return the index in points, 0 to 100, as it is stored for reading; the exact figure is in millionths."""
    return (index / (FULL // 100)).astype(np.float32)
