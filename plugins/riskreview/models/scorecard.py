"""Owns scoring by a scorecard: bins, points, probability and reasons, by numpy alone. Pure array rules.

The probability is read from a table over the points, so the same points always mean the same probability.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Bin, Characteristic, Scorecard
from riskreview.models.calibration import calibrated
from riskreview.models.columns import Columns, Floats

BLOCK = 65_536
"""Rows that are scored together: the columns of a block stay in the cache."""
REASONS = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scorecard says of each row.

    :param probability: NaN where too few characteristics are known.
    :param reasons: characteristic numbers with the most points lost, -1 = none.
    """

    points: NDArray[np.int32]
    probability: Floats
    reasons: NDArray[np.int16]


@dataclass(frozen=True)
class Scorer:
    """A scorecard made ready: points per bin as arrays, and the probability of every possible sum."""

    card: Scorecard

    @cached_property
    def tables(self) -> tuple[NDArray[np.int16], ...]:
        """Points of the bins of each characteristic: its bins, missing, special codes."""
        return tuple(np.array([item.points for item in bins_of(c)], dtype=np.int16) for c in self.card.characteristics)

    @cached_property
    def probabilities(self) -> tuple[int, Floats]:
        """The least possible sum of points, and the probability of it and of every sum above."""
        least = self.card.base_points + sum(int(table.min()) for table in self.tables)
        most = self.card.base_points + sum(int(table.max()) for table in self.tables)
        raw = (self.card.offset - np.arange(least, most + 1, dtype=np.float64)) / self.card.factor
        return least, calibrated(raw, self.card.calibration)

    def score(self, columns: Columns, rows: int, *, reasons: bool = True) -> Scored:
        """Score rows; a column that is not there is missing for all of them."""
        points = np.empty(rows, dtype=np.int32)
        known = np.empty(rows, dtype=np.int16)
        why = np.full((rows, REASONS), -1, dtype=np.int16)
        for start in range(0, rows, BLOCK):
            part = slice(start, min(start + BLOCK, rows))
            earned, points[part], known[part] = self._block(columns, part)
            if reasons:
                why[part] = self._reasons(earned)
        least, table = self.probabilities
        probability = np.where(known >= self.card.least_known, table[points - least], np.nan)
        return Scored(points, probability, why)

    def _block(self, columns: Columns, part: slice) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int16]]:
        size = part.stop - part.start
        earned = np.empty((len(self.tables), size), dtype=np.int16)
        known = np.zeros(size, dtype=np.int16)
        for number, item in enumerate(self.card.characteristics):
            column = columns.get(item.name)
            place = bin_numbers(item, None if column is None else column[part], size)
            known += place != len(item.bins)
            np.take(self.tables[number], place, out=earned[number])
        total = earned.sum(axis=0, dtype=np.int32) + np.int32(self.card.base_points)
        return earned, total, known

    def _reasons(self, earned: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the characteristics that lost most points, the first of equals first."""
        best = np.array([table.max() for table in self.tables], dtype=np.int16)
        lost = best[:, None] - earned
        found = np.full((earned.shape[1], REASONS), -1, dtype=np.int16)
        every = np.arange(earned.shape[1])
        for place in range(min(REASONS, len(lost))):
            worst = np.argmax(lost, axis=0)
            amount = lost[worst, every]
            found[:, place] = np.where(amount > 0, worst, -1)
            lost[worst, every] = 0
        return found


def bins_of(item: Characteristic) -> tuple[Bin, ...]:
    """Return all bins of a characteristic in the order of ``bin_numbers``."""
    return (*item.bins, item.missing, *(special.bin for special in item.special))


def bin_numbers(item: Characteristic, column: NDArray[Any] | None, rows: int) -> NDArray[np.int16]:
    """Return the bin of each row: ``len(bins)`` when missing, beyond it for special codes."""
    missing = np.int16(len(item.bins))
    if column is None:
        return np.full(rows, missing, dtype=np.int16)
    if item.groups:
        return _group_numbers(item, column, missing)
    figures = np.asarray(column, dtype=np.float64)
    place = np.zeros(rows, dtype=np.int8)
    for split in item.splits:
        place += figures >= split
    found = place.astype(np.int16)
    found[np.isnan(figures)] = missing
    for number, special in enumerate(item.special, start=1):
        for code in special.codes:
            found[figures == code] = missing + number
    return found


def _group_numbers(item: Characteristic, column: NDArray[Any], missing: np.int16) -> NDArray[np.int16]:
    place = {text: number for number, group in enumerate(item.groups) for text in group}
    return np.array([place.get(value, missing) for value in column.tolist()], dtype=np.int16)
