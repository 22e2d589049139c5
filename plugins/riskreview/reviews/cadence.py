"""Rules of when a review falls due: the name of a rhythm, and due days levelled over what each reviewer can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LINES = {1: "monthly", 3: "quarterly", 6: "semi_annual", 12: "annual"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that wants a due day.

    :param latest: working days after opening by which it must be due: the day the policy wants.
    :param weight: money at stake; more goes first among equals.
    """

    number: int
    owner: str
    latest: int
    weight: float


def line_name(months: int) -> str:
    """Return the policy line of a cadence: ``quarterly``, ``semi_annual``, or ``every_5_months``."""
    return LINES.get(months, f"every_{months}_months")


def level(waiting: Sequence[Waiting], *, room: Mapping[str, Sequence[int]], earliest: int) -> dict[int, int]:
    """Return for each review, by number, the working days after opening on which it is due.

    Each takes the last day up to its limit on which its owner still has room, the least money first, so that what matters most
    is due soonest. Only where no day has room is one overfilled: the one with the most room left. The order of ``waiting`` does
    not matter.

    :param room: by owner and working days after opening, how many more reviews may fall due that day.
    :param earliest: no review is due before, unless its limit is.
    """
    offsets: dict[int, int] = {}
    for owner in sorted({item.owner for item in waiting}):
        left = list(room[owner])
        mine = sorted((w for w in waiting if w.owner == owner), key=lambda w: (-w.latest, w.weight, -w.number))
        for item in mine:
            days = range(item.latest, min(earliest, item.latest) - 1, -1)
            day = next((day for day in days if left[day] > 0), None)
            day = max(days, key=lambda day: (left[day], day)) if day is None else day
            left[day] -= 1
            offsets[item.number] = day
    return offsets
