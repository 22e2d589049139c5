"""Owns what watching the portfolio reports."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class SignalCounts:
    """What one pass over the portfolio did; ``open`` counts every signal that still asks for attention.

    :param held_for_data: customers with signals that cannot end because a data set their rules read is late or held.
    """

    opened: int = 0
    escalated: int = 0
    cleared: int = 0
    open: int = 0
    held_for_data: int = 0

    def as_counts(self) -> dict[str, int]:
        """Return flat counts for the run history."""
        return asdict(self)
