"""Owns what the screening room returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScreeningCounts:
    """What one screening did.

    :param refused: lists whose files cannot be taken as they are; the versions before stay in use.
    :param compared: customers compared with at least the changed entries. :param waiting: matches that compliance has to decide.
    :param crowds: words that so many customers and listed parties share that only neighbours in the alphabet were compared for them.
    """

    lists: int
    refused: int
    entries: int
    changed_entries: int
    compared: int
    found: int
    reopened: int
    withdrawn: int
    waiting: int
    crowds: int = 0


@dataclass(frozen=True, slots=True)
class MatchStates:
    """The state of every customer with an undecided or confirmed match, ascending by key: 1 possible, 2 for more than two days, 3 confirmed.

    :param is_screened: whether any list is used at all; without one, no match means nothing.
    """

    customer_key: NDArray[np.int64]
    state: NDArray[np.float64]
    is_screened: bool
