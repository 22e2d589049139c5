"""Owns judging the conditions of a policy: hard rules and signal rules, all customers at once, with a third value for "not known"."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.dormancy import dormant
from riskreview.assessment.positions import Bools, Classes, Positions, Rows
from riskreview.assessment.scale import Scale, WeighedIndicator
from riskreview.policy.risk_terms import Alternative, Condition, RiskClass

RANK = np.array([2, 1, 2, 3, 4, 5], dtype=np.int16)
"""How bad a class is, by its code; ``unknown`` ranks with medium, so that it is neither good news nor an alarm."""


def worse_of(one: Classes, other: Classes) -> Classes:
    """Return the worse of two classes; 0 in ``other`` says nothing, in ``one`` it is the class ``unknown``."""
    return np.where((other > 0) & (RANK[other] > RANK[one]), other, one).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Judged:
    """What conditions may ask about.

    :param alarms: one bit per indicator of the policy that is at its alarm line; ``warnings`` likewise, without the alarms.
    :param risk_class: empty while classes are still being decided.
    :param previous_class: -1 = never assessed.
    :param model_class: by the credit model, 0 = none; ``challenger_class`` by the one that only informs.
    """

    positions: Positions
    warnings: NDArray[np.int64]
    alarms: NDArray[np.int64]
    risk_class: Classes
    previous_class: Classes
    model_class: Classes
    challenger_class: Classes

    def take(self, rows: Rows) -> "Judged":
        """Return the given rows."""
        parts = (getattr(self, name)[rows] for name in Judged.__slots__ if name != "positions")
        return Judged(self.positions.take(rows), *parts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a rule holds, and where it might hold if the missing figures were known."""

    holds: Bools
    possible: Bools


def judge(when: Iterable[Alternative], judged: Judged, scale: Scale, *, margin: float = 0.0) -> Verdict:
    """Return where any of the alternatives holds.

    :param margin: share of each line by which it is moved to the good side; a signal ends only when its rule does not even
        hold there.
    """
    length = len(judged.positions)
    holds, possible = np.zeros(length, dtype=bool), np.zeros(length, dtype=bool)
    for alternative in when:
        every, maybe = np.ones(length, dtype=bool), np.ones(length, dtype=bool)
        for condition in alternative.all:
            verdict = _condition(condition, judged, scale, margin)
            every &= verdict.holds
            maybe &= verdict.possible
        holds |= every
        possible |= maybe
    return Verdict(holds, possible)


def beyond(
    column: NDArray[np.float32], line: float | NDArray[np.float64], direction: str, *, strict: bool, margin: float = 0.0
) -> Verdict:
    """Return where figures are at or beyond a line, moved to the good side by the margin; a missing figure is possible."""
    sign = 1.0 if direction == "up" else -1.0
    moved = np.asarray(line - sign * margin * np.abs(line)).astype(np.float32)
    if direction == "up":
        holds = column > moved if strict else column >= moved
    else:
        holds = column < moved if strict else column <= moved
    return Verdict(holds, holds | np.isnan(column))


def _condition(condition: Condition, judged: Judged, scale: Scale, margin: float) -> Verdict:
    if condition.indicator is not None:
        return _indicator(condition, judged, scale, margin)
    return _certain(_fact(condition, judged, 1.0 - margin))


def _fact(condition: Condition, judged: Judged, factor: float) -> Bools:
    positions = judged.positions
    if condition.flag is not None:
        return positions.flag(condition.flag)
    if condition.exposure_at_least is not None:
        return positions.exposure >= condition.exposure_at_least * factor
    if condition.overdue_at_least is not None:
        return positions.overdue >= condition.overdue_at_least * factor
    if condition.overdue_share_at_least_pct is not None:
        wanted = condition.overdue_share_at_least_pct * factor
        return (positions.overdue > 0) & (positions.overdue * 100 >= wanted * positions.exposure)
    return _about_class(condition, judged)


def _about_class(condition: Condition, judged: Judged) -> Bools:
    if condition.class_at_least is not None:
        return judged.risk_class >= RiskClass[condition.class_at_least]
    if condition.challenger_apart_at_least is not None:
        apart = np.abs(judged.challenger_class - judged.model_class) >= condition.challenger_apart_at_least
        return np.asarray(apart & (judged.model_class > 0) & (judged.challenger_class > 0))
    return has_worsened(judged.risk_class, judged.previous_class)


def has_worsened(risk_class: Classes, previous_class: Classes) -> Bools:
    """Return where a class is worse than the one of the evaluation before; a first assessment never is."""
    before = np.where(previous_class < 0, 0, previous_class)
    return (previous_class >= 0) & (RANK[risk_class] > RANK[before])


def _indicator(condition: Condition, judged: Judged, scale: Scale, margin: float) -> Verdict:
    weighed = scale.indicator(str(condition.indicator))
    column = judged.positions.values[weighed.item.id]
    if condition.severity is not None:
        if margin == 0:
            bits = judged.alarms if condition.severity == "alarm" else judged.alarms | judged.warnings
            holds = ((bits >> weighed.bit) & 1).astype(bool)
            return Verdict(holds, holds | np.isnan(column))
        possible = still_over(judged, weighed, scale, alarm=condition.severity == "alarm", margin=margin)
        return Verdict(possible & ~np.isnan(column), possible)
    strict = condition.above if condition.above is not None else condition.below
    line = next(limit for limit in (strict, condition.at_least, condition.at_most) if limit is not None)
    return beyond(column, line, weighed.item.direction, strict=strict is not None, margin=margin)


def still_over(judged: Judged, weighed: WeighedIndicator, scale: Scale, *, alarm: bool, margin: float) -> Bools:
    """Return where an indicator may still count as over a line that is moved to the good side, with everything else that lets it count."""
    item, positions, dormancy = weighed.item, judged.positions, scale.policy.dormancy
    line = weighed.lines(positions.line_set)[alarm]
    possible = beyond(positions.values[item.id], line, item.direction, strict=False, margin=margin).possible
    limits, factor = item.materiality, 1.0 - margin
    possible &= positions.overdue >= limits.overdue_amount * factor
    possible &= positions.overdue * 100 >= limits.overdue_share_pct * factor * positions.exposure
    possible &= positions.exposure >= limits.exposure_amount * factor
    if item.requires is not None:
        gate = positions.values[item.requires.indicator]
        possible &= beyond(gate, item.requires.at_least, "up", strict=False, margin=margin).possible
    if dormancy is not None and item.id in dormancy.not_over:
        possible &= ~dormant(positions, scale.policy, margin=margin)
    return np.asarray(possible)


def _certain(holds: Bools) -> Verdict:
    return Verdict(holds, holds)
