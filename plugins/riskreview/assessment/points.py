"""Owns the points: severity of every indicator, contribution of every indicator and of missing data, dimension by dimension."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.dormancy import dormant
from riskreview.assessment.positions import Bools, Positions
from riskreview.assessment.scale import Scale, WeighedDimension, WeighedIndicator

Micro = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Breaches:
    """Where one indicator is over its warning line, sparsely.

    :param rows: ascending positions of the customers.
    :param share: of the full points: 0.5 at the warning line rising to 1 at the alarm line and beyond.
    :param missing: ascending positions of the customers whose figure is missing although it applies.
    :param apart: ascending positions of the customers to whom it does not apply.
    """

    weighed: WeighedIndicator
    rows: NDArray[np.intp]
    share: NDArray[np.float64]
    alarm: Bools
    missing: NDArray[np.intp]
    apart: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class DimensionPoints:
    """One dimension's points in millionths of the index.

    :param contributions: indicator id to (rows, millionths); rows that are not named contribute nothing.
    :param filler: points for what is not known; non-zero only where the coverage is too low.
    """

    dimension: WeighedDimension
    breaches: tuple[Breaches, ...]
    contributions: dict[str, tuple[NDArray[np.intp], Micro]]
    filler: Micro
    total: Micro
    coverage_known: Micro
    coverage_applicable: Micro
    insufficient: Bools


def score_dimension(positions: Positions, dimension: WeighedDimension, scale: Scale) -> DimensionPoints:
    """Return the points of one dimension for all positions.

    Indicators that do not apply leave the dimension and the others take their weight. With enough coverage the known ones
    carry the weight of the missing ones. Below it each missing one counts with the neutral share and the dimension never
    counts less than that share of its points.
    """
    rule = scale.policy.insufficient_data
    asleep = dormant(positions, scale.policy)
    breaches = tuple(find_breaches(positions, weighed, asleep, scale) for weighed in dimension.indicators)
    applicable, known = _coverage(breaches, dimension.weight, len(positions))
    insufficient = known * np.int64(100) < applicable * rule.coverage_pct
    carried = np.where(insufficient, applicable, known)
    factor = dimension.weight / np.maximum(carried, 1)
    contributions = {}
    total = np.zeros(len(positions), dtype=np.int32)
    for found in breaches:
        micro = np.floor(found.weighed.weight * found.share * factor[found.rows]).astype(np.int32)
        contributions[found.weighed.item.id] = (found.rows, micro)
        total[found.rows] += micro
    filler = _filler(total, insufficient, applicable, known, dimension.weight, rule.neutral_share_pct / 100)
    return DimensionPoints(dimension, breaches, contributions, filler, total + filler, known, applicable, insufficient)


def find_breaches(positions: Positions, weighed: WeighedIndicator, asleep: Bools, scale: Scale) -> Breaches:
    """Return where an indicator is over its warning line, and where it is missing.

    :param asleep: who is dormant: for them the indicators the policy names are neither over a line nor missing.
    """
    item, dormancy = weighed.item, scale.policy.dormancy
    column = positions.values[item.id]
    missing = np.isnan(column)
    line = weighed.lines(positions.line_set)[0].astype(np.float32)
    over = column >= line if item.direction == "up" else column <= line
    if item.requires is not None:
        gate = positions.values[item.requires.indicator]
        missing |= np.isnan(gate)
        over &= gate >= np.float32(item.requires.at_least)
    if dormancy is not None and item.id in dormancy.not_over:
        over &= ~asleep
    is_apart = item.missing == "not_applicable"
    excused = missing if is_apart else missing & asleep & (dormancy is not None and item.id in dormancy.not_missing)
    rows = np.flatnonzero(over)
    rows = rows[_material(positions, weighed, rows)]
    bad = weighed.sign * column[rows].astype(np.float64)
    warning, alarm = (weighed.sign * np.float64(np.float32(line)) for line in weighed.lines(positions.line_set[rows]))
    reach = np.minimum(np.maximum((bad - warning) / (alarm - warning), 0.0), 1.0)
    return Breaches(
        weighed, rows, 0.5 + 0.5 * reach, bad >= alarm, np.flatnonzero(missing & ~excused), np.flatnonzero(excused)
    )


def _material(positions: Positions, weighed: WeighedIndicator, rows: NDArray[np.intp]) -> Bools:
    limits = weighed.item.materiality
    material = np.ones(len(rows), dtype=bool)
    if limits.overdue_amount:
        material &= positions.overdue[rows] >= limits.overdue_amount
    if limits.overdue_share_pct:
        material &= positions.overdue[rows] * 100 >= limits.overdue_share_pct * positions.exposure[rows]
    if limits.exposure_amount:
        material &= positions.exposure[rows] >= limits.exposure_amount
    return material


def _coverage(breaches: tuple[Breaches, ...], weight: int, length: int) -> tuple[Micro, Micro]:
    applicable = np.full(length, weight, dtype=np.int32)
    unknown = np.zeros(length, dtype=np.int32)
    for found in breaches:
        applicable[found.apart] -= found.weighed.weight
        unknown[found.missing] += found.weighed.weight
    return applicable, applicable - unknown


def _filler(total: Micro, insufficient: Bools, applicable: Micro, known: Micro, weight: int, share: float) -> Micro:
    rows = np.flatnonzero(insufficient)
    filler = np.zeros(len(total), dtype=np.int32)
    if len(rows):
        at_least = np.int32(weight * share) - total[rows]
        for_missing = np.floor((applicable[rows] - known[rows]) * (weight * share) / np.maximum(applicable[rows], 1))
        filler[rows] = np.maximum(np.maximum(at_least, for_missing.astype(np.int32)), 0)
    return filler
