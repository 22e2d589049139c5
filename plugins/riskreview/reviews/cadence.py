"""Rules of when a review falls due: fiscal periods without drift, and due days spread over what each owner can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LINES = {1: "monthly", 3: "quarterly", 6: "semi_annual", 12: "annual"}


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch of the fiscal calendar; the first day belongs to it, ``ends_before`` does not."""

    key: str
    starts_on: date
    ends_before: date


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


def add_months(anchor: date, months: int) -> date:
    """Return the day ``months`` after ``anchor``, the month's last day where the anchor's day does not exist.

    Always count from the same anchor: 31 August + 6 months is 28 February, + 12 months is 31 August again.
    """
    number = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(number, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(anchor.day, last))


def period_of(day: date, months: int, fiscal_year_starts: int) -> Period:
    """Return the fiscal period of ``months`` that holds ``day``.

    Periods are counted from a fixed month, so they neither drift nor overlap and every day is in exactly one. The fiscal year is
    named after the calendar year it ends in. Lengths that do not divide a year are counted from the fiscal year 2000.
    """
    if 12 % months == 0:
        first = date(day.year - (day.month < fiscal_year_starts), fiscal_year_starts, 1)
    else:
        first = date(2000 - (fiscal_year_starts > 1), fiscal_year_starts, 1)
    index = _months_between(first, day) // months
    starts_on = add_months(first, index * months)
    return Period(_key(first, index, months), starts_on, add_months(first, (index + 1) * months))


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


def _months_between(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def _key(first: date, index: int, months: int) -> str:
    year = first.year + (first.month > 1)
    if 12 % months:
        return f"P{months}-{index:04d}"
    letters = {1: f"M{index + 1:02d}", 3: f"Q{index + 1}", 6: f"H{index + 1}", 12: "Y"}
    return f"{year}{letters.get(months, f'P{months}-{index + 1}')}"
