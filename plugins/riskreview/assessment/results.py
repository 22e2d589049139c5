"""Owns what assessing a portfolio reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AssessmentCounts:
    """What one assessment of the portfolio did.

    :param by_class: customers per risk class word, classes without customers included.
    :param held_for_data: customers whose class was not relaxed because their data are stale or incomplete.
    :param over_capacity: customers in the upper classes beyond the share of the portfolio that reviewers can take.
    :param without_rate: customers with an amount in a currency without a rate; their money indicators are missing.
    """

    scored: int
    by_class: Mapping[str, int] = field(default_factory=dict)
    worsened: int = 0
    improved: int = 0
    held_for_data: int = 0
    over_capacity: int = 0
    without_rate: int = 0

    def as_counts(self) -> dict[str, int]:
        """Return flat counts for the run history."""
        named = {f"class_{name}": number for name, number in self.by_class.items()}
        return {"scored": self.scored, "worsened": self.worsened, "improved": self.improved,
                "held_for_data": self.held_for_data, "over_capacity": self.over_capacity, "without_rate": self.without_rate, **named}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartialResult:
    """What assessing some customers did.

    :param customers: keys of all that were looked at, ascending; those whose class rests on a changed one included.
    :param changed: of how many the assessment says something new.
    """

    customers: NDArray[np.int64]
    scored: int
    changed: int
    worsened: int = 0
    improved: int = 0
    held_for_data: int = 0
