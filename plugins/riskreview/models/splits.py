"""Owns keeping rows apart: folds that never share an identifier, and a split in time. Pure; the seed is a parameter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """Row numbers to learn from and to be judged on."""

    learn: Rows
    judge: Rows


def folds(bad: NDArray[np.float64], group: Rows, *, count: int, seed: int) -> list[Fold]:
    """Return folds with about the same share of bads, the rows of a group always together."""
    numbers, inverse = np.unique(group, return_inverse=True)
    has_bad = np.bincount(inverse, weights=bad, minlength=numbers.size) > 0
    random = np.random.default_rng(seed)
    place = np.empty(numbers.size, dtype=np.int64)
    dealt = 0
    for kind in (True, False):
        members = random.permutation(np.flatnonzero(has_bad == kind))
        place[members] = (np.arange(members.size) + dealt) % count
        dealt += members.size
    fold = place[inverse]
    return [Fold(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(count)]


def earliest(time: NDArray[np.float64], known_on: NDArray[np.float64], *, share_pct: float) -> Fold:
    """Return the earliest share of the rows to learn from, the rest to be judged on; equal times stay together, on the late side.

    :param known_on: when each outcome was known: what was not known at the border is not learned from.
    """
    border = np.sort(time)[min(int(time.size * share_pct / 100.0), time.size - 1)]
    return Fold(np.flatnonzero((time < border) & (known_on < border)), np.flatnonzero(time >= border))
