"""Owns the question what would lead back: the smallest change of one indicator that gives a better class, checked by recomputing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.classes import evaluate
from riskreview.assessment.conditions import RANK
from riskreview.assessment.model_layer import Scores, no_scores
from riskreview.assessment.positions import GROUP_INDICATOR, Classes, Positions
from riskreview.assessment.scale import Scale, WeighedIndicator
from riskreview.assessment.score import points_of
from riskreview.policy.risk_text import DECIMALS, WHOLE

STEPS = 64
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Remedy:
    """An indicator, and the figure that would be enough."""

    weighed: WeighedIndicator
    now: float
    needed: float


def remedies(positions: Positions, scale: Scale, *, target: int, scores: Scores | None = None) -> tuple[Remedy, ...]:
    """Return, for one customer, every single indicator that can lead to class code ``target`` or better, the least effort first.

    Effort is the distance in units of the stretch between the two lines. The figure is rounded to what is shown and each answer
    is verified by judging the customer again. The class must be left by its exit line, so that the customer does not merely
    waver between the lines. Nothing is returned when the figures lead there as they are.
    """
    scored = scores or no_scores(1)
    bad = [found for found in scale.indicators() if _is_bad(positions, found)]
    if not bad or _leads(positions, scale, scored, [(bad[0], _now(positions, bad[0]))])[0] <= RANK[target]:
        return ()
    ranges = [(_now(positions, found)[0], _good(found)) for found in bad]
    for _ in range(2):
        tried = [np.linspace(lower, upper, STEPS) for lower, upper in ranges]
        enough = np.split(
            _leads(positions, scale, scored, list(zip(bad, tried, strict=True))) <= RANK[target], len(bad)
        )
        reached = [int(np.argmax(found)) if found.any() else None for found in enough]
        kept = [place for place, first in enumerate(reached) if first is not None]
        ranges = [
            (tried[place][max((reached[place] or 0) - 1, 0)], tried[place][reached[place] or 0]) for place in kept
        ]
        bad = [bad[place] for place in kept]
        if not bad:
            return ()
    return tuple(sorted(_verified(positions, scale, scored, bad, [upper for _, upper in ranges], target), key=_effort))


def _verified(
    positions: Positions, scale: Scale, scores: Scores, bad: list[WeighedIndicator], needed: list[float], target: int
) -> Iterator[Remedy]:
    """Yield what still leads to the target once it is rounded: to the bad side if that is enough, else to the good side."""
    inside = [_rounded(float(value), found) for found, value in zip(bad, needed, strict=True)]
    shown = [np.array([value + found.sign * _unit(found), value]) for found, value in zip(bad, inside, strict=True)]
    enough = np.split(_leads(positions, scale, scores, list(zip(bad, shown, strict=True))) <= RANK[target], len(bad))
    for found, values, leads in zip(bad, shown, enough, strict=True):
        now = float(_now(positions, found)[0])
        better = leads & (found.sign * (now - values) > 0)
        if better.any():
            yield Remedy(found, now, round(float(values[int(np.argmax(better))]), 6))


def _is_bad(positions: Positions, weighed: WeighedIndicator) -> bool:
    """Tell whether an indicator is over its warning line and can change: the class of the group is not the customer's."""
    bad = weighed.sign * float(positions.values[weighed.item.id][0])
    return weighed.item.id != GROUP_INDICATOR and bad >= weighed.warning


def _now(positions: Positions, weighed: WeighedIndicator) -> Floats:
    return positions.values[weighed.item.id][:1].astype(np.float64)


def _good(weighed: WeighedIndicator) -> float:
    """Return a figure that is certainly on the good side of the warning line."""
    stretch = abs(weighed.item.alarm - weighed.item.warning)
    return weighed.sign * (weighed.warning - max(stretch * 0.01, _unit(weighed)))


def _effort(remedy: Remedy) -> float:
    return abs(remedy.now - remedy.needed) / abs(remedy.weighed.item.alarm - remedy.weighed.item.warning)


def _leads(positions: Positions, scale: Scale, scores: Scores, tried: list[tuple[WeighedIndicator, Floats]]) -> Classes:
    """Return the rank of the class the customer could be left in, for each figure of each indicator, one after the other."""
    copies = np.zeros(sum(len(values) for _, values in tried), dtype=np.intp)
    many = positions.take(copies)
    start = 0
    for weighed, values in tried:
        column = many.values[weighed.item.id].copy()
        column[start : start + len(values)] = values
        many = many.with_values(weighed.item.id, column)
        start += len(values)
    judged = evaluate(many, points_of(many, scale), scale, scores.take(copies))
    leaving: Classes = RANK[np.maximum(judged.leaving, judged.computed)]
    return leaving


def _unit(weighed: WeighedIndicator) -> float:
    return 1.0 if weighed.item.unit in WHOLE else float(10.0 ** -DECIMALS[weighed.item.unit])


def _rounded(value: float, weighed: WeighedIndicator) -> float:
    unit = _unit(weighed)
    steps = np.floor(value / unit + 1e-9) if weighed.sign > 0 else np.ceil(value / unit - 1e-9)
    return float(np.round(steps * unit, 6))
