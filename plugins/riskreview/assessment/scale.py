"""Owns turning a policy into whole millionths of an index point, so that contributions add up to the index exactly.

The index runs from 0 to 100 over the points of the indicators the policy lists. Each indicator's full weight is a whole
number of millionths; the weights add up to 100,000,000 exactly (largest remainder). A dimension's weight is the sum of its
indicators' weights. Every contribution is rounded down to a whole millionth and the index is *defined* as their sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import INDICATOR_IDS, RiskClass

Bits = NDArray[np.int64]
Floats = NDArray[np.float64]
MICRO = 1_000_000
FULL = 100 * MICRO


@dataclass(frozen=True, slots=True)
class WeighedIndicator:
    """An indicator with its full weight in millionths and its bit in stored assessments.

    :param special: other lines of some customers: the bit of the override, its warning and its alarm line; the last that fits counts.
    """

    item: Indicator
    weight: int
    bit: int
    special: tuple[tuple[int, float, float], ...] = ()

    @property
    def sign(self) -> int:
        """1 when up is bad, -1 when down is bad: ``sign * value`` always goes bad upwards."""
        return 1 if self.item.direction == "up" else -1

    def lines(self, line_set: Bits) -> tuple[Floats, Floats]:
        """Return the warning and alarm lines of customers; single figures where everybody has the same.

        :param line_set: of each customer, one bit per override of the policy that fits.
        """
        warning, alarm = np.asarray(self.item.warning), np.asarray(self.item.alarm)
        for bit, own_warning, own_alarm in self.special:
            fits = (line_set >> bit & 1).astype(bool)
            warning, alarm = np.where(fits, own_warning, warning), np.where(fits, own_alarm, alarm)
        return warning, alarm


@dataclass(frozen=True, slots=True)
class WeighedDimension:
    """A dimension with its indicators; ``weight`` is the sum of theirs. ``large`` dimensions can decide the class alone."""

    id: str
    core: bool
    large: bool
    weight: int
    indicators: tuple[WeighedIndicator, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A policy ready for judging.

    :param entry: index (millionths) at which the classes medium, high and critical are entered.
    :param leave: index below which they are left.
    """

    policy: Policy
    dimensions: tuple[WeighedDimension, ...]
    entry: tuple[int, int, int]
    leave: tuple[int, int, int]

    def indicators(self) -> Iterator[WeighedIndicator]:
        """Yield every indicator, dimension by dimension."""
        for dimension in self.dimensions:
            yield from dimension.indicators

    def indicator(self, indicator_id: str) -> WeighedIndicator:
        """Return one indicator; KeyError when there is none of that id."""
        return {found.item.id: found for found in self.indicators()}[indicator_id]


@lru_cache(maxsize=8)
def scale_of(policy_content: str) -> Scale:
    """Return the scale of a policy given by its canonical text."""
    from riskreview.policy.risk_policy import policy_of

    policy = policy_of(policy_content)
    weights = _weights([item.points for item in policy.indicators])
    weighed = [
        WeighedIndicator(item, weight, INDICATOR_IDS.index(item.id), _special(policy, item.id))
        for item, weight in zip(policy.indicators, weights, strict=True)
    ]
    dimensions = []
    for dimension in policy.dimensions:
        members = tuple(found for found in weighed if found.item.dimension == dimension.id)
        points = sum(found.item.points for found in members)
        large = points >= policy.dimension_rule.minimum_points
        dimensions.append(
            WeighedDimension(dimension.id, dimension.core, large, sum(found.weight for found in members), members)
        )
    entry = tuple(round((policy.risk_class(word.name).start or 0) * MICRO) for word in _BANDS)
    leave = tuple(round((policy.risk_class(word.name).exit or 0) * MICRO) for word in _BANDS)
    return Scale(policy, tuple(dimensions), entry, leave)  # type: ignore[arg-type]  # three bands, three lines


def _special(policy: Policy, indicator_id: str) -> tuple[tuple[int, float, float], ...]:
    found = ((bit, item.lines.get(indicator_id)) for bit, item in enumerate(policy.line_overrides))
    return tuple((bit, lines.warning, lines.alarm) for bit, lines in found if lines is not None)


_BANDS = (RiskClass.medium, RiskClass.high, RiskClass.critical)


def _weights(points: list[float]) -> list[int]:
    total = sum(points)
    exact = [value * FULL / total for value in points]
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(points)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_remainder[: FULL - sum(whole)]:
        whole[place] += 1
    return whole
