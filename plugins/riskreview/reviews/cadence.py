"""Rules of when a review falls due: how often, and due days spread over what each owner can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LINES = {1: "monthly", 3: "quarterly", 6: "semi_annual", 12: "annual"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that wants a due day.

    :param latest: working days after opening by which it must be due at the latest.
    :param weight: money at stake; more goes first among equals.
    """

    number: int
    owner: str
    latest: int
    weight: float


def line_name(months: int) -> str:
    """Return the policy line of a cadence: ``quarterly``, ``semi_annual``, or ``every_5_months``."""
    return LINES.get(months, f"every_{months}_months")


def due_offsets(waiting: Sequence[Waiting], *, capacity: Mapping[str, int], spread_from: int) -> dict[int, int]:
    """Return for each review, by number, the working days after opening on which it is due.

    Each owner takes the nearest limit first, then the most money, then the number, as many a day as the capacity says, and more
    only where a limit could not be kept otherwise. The order of ``waiting`` does not matter.
    """
    offsets: dict[int, int] = {}
    for owner in sorted({item.owner for item in waiting}):
        mine = sorted((w for w in waiting if w.owner == owner), key=lambda w: (w.latest, -w.weight, w.number))
        per_day = max(capacity.get(owner, 1), 1)
        for place, item in enumerate(mine, start=1):
            days = max(item.latest - spread_from + 1, 1)
            per_day = max(per_day, -(-place // days))
        for place, item in enumerate(mine):
            offsets[item.number] = min(item.latest, spread_from + place // per_day)
    return offsets
