"""Owns the order of the rules: points, class of this evaluation, history, then once more for the members of groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from riskreview.assessment.classes import Evaluation, evaluate
from riskreview.assessment.group import Groups, worst_of_others
from riskreview.assessment.points import DimensionPoints, score_dimension
from riskreview.assessment.positions import GROUP_INDICATOR, Bits, Bools, Classes, Positions, Rows
from riskreview.assessment.scale import Scale
from riskreview.assessment.standing import HELD, Advanced, Standing, advance, unpack

BLOCK = 32_768
FRESH, STALE, INSUFFICIENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Before:
    """What was decided at the business date before: packed standings and the breaches they rest on."""

    standing: Bits
    confirmed: Bits

    def take(self, rows: Rows) -> "Before":
        """Return the given rows."""
        return Before(self.standing[rows], self.confirmed[rows])


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole portfolio judged at one date, every layer of it."""

    positions: Positions
    evaluation: Evaluation
    before: Before
    standing: Bits
    confirmed: Bits
    risk_class: Classes
    previous_class: Classes
    rule_code: Classes
    data_state: Classes
    held: Bools

    def __len__(self) -> int:
        return len(self.positions)


def points_of(positions: Positions, scale: Scale) -> tuple[DimensionPoints, ...]:
    """Return the points of every dimension."""
    return tuple(score_dimension(positions, dimension, scale) for dimension in scale.dimensions)


def assess(
    positions: Positions, scale: Scale, before: Before, stale: Bools, *, as_of: date, groups: Groups
) -> Assessment:
    """Judge every customer; pure: the same arguments give the same result, whatever the order of the customers."""
    first = _pass(positions, scale, before, stale, as_of)
    if not len(groups.rows):
        return first
    column = positions.values[GROUP_INDICATOR].copy()
    column[groups.rows] = worst_of_others(groups, first.risk_class)
    whole = positions.with_values(GROUP_INDICATOR, column)
    rows = groups.rows
    second = _pass(whole.take(rows), scale, before.take(rows), stale[rows], as_of)
    return replace(_merged(first, second, rows), positions=whole)


def _pass(positions: Positions, scale: Scale, before: Before, stale: Bools, as_of: date) -> Assessment:
    blocks = [slice(start, start + BLOCK) for start in range(0, max(len(positions), 1), BLOCK)]
    evaluations = []
    for block in blocks:
        part = positions.take(block)
        evaluations.append(evaluate(part, points_of(part, scale), scale))
    now = _joined(evaluations)
    history = unpack(before.standing)
    moved = advance(history, before.confirmed, now, stale, as_of=as_of, policy=scale.policy)
    return _assessment(positions, now, before, history, moved, stale)


def _assessment(positions: Positions, now: Evaluation, before: Before, history: Standing, moved: Advanced,
                stale: Bools) -> Assessment:  # fmt: skip
    decided = np.where(now.floor > now.index_class, now.floor_code, 0)
    code = np.where(moved.kept, HELD, decided).astype(np.int16)
    state = np.where(stale, STALE, np.where(now.insufficient, INSUFFICIENT, FRESH)).astype(np.int16)
    return Assessment(positions, now, before, moved.standing.packed(), moved.confirmed, moved.standing.risk_class,
                      history.risk_class, code, state, moved.held)  # fmt: skip


def _joined(parts: Sequence[Evaluation]) -> Evaluation:
    if len(parts) == 1:
        return parts[0]
    names = list(Evaluation.__slots__)
    return Evaluation(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))


def _merged(whole: Assessment, part: Assessment, rows: Rows) -> Assessment:
    """Return the whole with the given rows replaced; the arrays of the whole are written in place."""
    for name in Evaluation.__slots__:
        getattr(whole.evaluation, name)[..., rows] = getattr(part.evaluation, name)
    for name in ("standing", "confirmed", "risk_class", "rule_code", "data_state", "held"):
        getattr(whole, name)[rows] = getattr(part, name)
    return whole
