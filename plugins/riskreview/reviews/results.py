"""Owns what the reviews room answers its callers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """What one pass did.

    :param opened: reviews opened now.
    :param due: reviews due at this date that no earlier pass had opened; equals ``opened`` unless somebody else ran meanwhile.
    :param already_open: reviews that were not closed when the pass started.
    :param late: opened later than the day they fell due.
    """

    opened: int
    due: int
    already_open: int
    late: int = 0
