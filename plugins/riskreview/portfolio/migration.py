"""Owns the migration matrix: which class customers were in then, and which they are in now."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.risk_terms import RiskClass

NEW = -1
"""Stands for the class of a customer who was not assessed then."""


@dataclass(frozen=True, slots=True)
class Move:
    """How many customers went from one class to another, and their exposure now."""

    old_class: int
    new_class: int
    customers: int
    exposure: float


def migration(before_key: NDArray[np.int64], before_class: NDArray[np.int16], now_key: NDArray[np.int64],
              now_class: NDArray[np.int16], exposure: NDArray[np.float64]) -> tuple[Move, ...]:  # fmt: skip
    """Return the moves of everybody who is assessed now, ordered by old and new class; both keys ascend."""
    old = np.full(len(now_key), NEW, dtype=np.int64)
    if len(before_key):
        place = np.minimum(np.searchsorted(before_key, now_key), len(before_key) - 1)
        old = np.where(before_key[place] == now_key, before_class[place], NEW).astype(np.int64)
    width = len(RiskClass)
    cell = (old + 1) * width + now_class
    customers = np.bincount(cell, minlength=(width + 1) * width)
    amounts = np.bincount(cell, weights=exposure, minlength=(width + 1) * width)
    return tuple(
        Move(int(number) // width - 1, int(number) % width, int(customers[number]), round(float(amounts[number]), 2))
        for number in np.flatnonzero(customers)
    )
