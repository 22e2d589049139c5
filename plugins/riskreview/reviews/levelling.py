"""Rules of due days: the policy's day, or an earlier one where the owner has no room that day, with the reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from riskreview.policy.calendars import Calendar
from riskreview.policy.team import Team
from riskreview.reviews.cadence import Waiting, level

Because = Literal["full", "absent"]
LAST = 1_000_000
"""What an absence takes from the room of a day, so that where no day has room others are overfilled first."""

Load = Mapping[tuple[str, date], int]
"""How many reviews of an owner fall due on a day."""


@dataclass(frozen=True, slots=True)
class DueDay:
    """The day a review is due.

    :param wanted_on: the day the policy wants, which is the last one allowed.
    :param due_that_week: how many reviews of the owner fall due in the week of that day.
    :param moved_because: why it is not that day: the owner's day was full, or the owner absent. None for a review not moved.
    """

    due_on: date
    wanted_on: date
    due_that_week: int
    moved_because: Because | None
    calendar_incomplete: bool


@dataclass(frozen=True, slots=True)
class Diary:
    """What one owner can take on each working day, by working days after the start.

    :param days: the working days; the first is the start itself or the next one.
    :param room: how many more reviews may fall due that day; nothing while the owner is absent.
    """

    days: tuple[date, ...]
    room: tuple[int, ...]
    absent: frozenset[date]
    calendar: Calendar

    @property
    def room_while_present(self) -> tuple[int, ...]:
        """Return the room of each day, with days of absence far behind all others."""
        return tuple(room - (LAST if day in self.absent else 0) for day, room in zip(self.days, self.room, strict=True))


def diary_of(team: Team, owner: str, calendar: Calendar, *, start: date, last: int, load: Load) -> Diary:
    """Return the working days of an owner from ``start`` up to the ``last``-th after it."""
    person = team.person(owner)
    capacity = person.reviews_per_day if person else 1
    days = [calendar.next_business_day(start)]
    for number in range(1, last + 1):
        days.append(calendar.add_business_days(start if number == 1 else days[-1], 1))
    absent = frozenset(day for day in days if not team.is_present(owner, day))
    room = tuple((0 if day in absent else capacity) - load.get((owner, day), 0) for day in days)
    return Diary(tuple(days), room, absent, calendar)


def due_days(
    waiting: Sequence[Waiting], diaries: Mapping[str, Diary], *, earliest: int, load: Load
) -> dict[int, DueDay]:
    """Return the due day of each review, by number."""
    offsets = level(
        waiting, room={owner: diary.room_while_present for owner, diary in diaries.items()}, earliest=earliest
    )
    weeks = Counter({(owner, _week(day)): 0 for owner, day in load})
    for (owner, day), count in load.items():
        weeks[owner, _week(day)] += count
    weeks.update((item.owner, _week(diaries[item.owner].days[offsets[item.number]])) for item in waiting)
    found = {}
    for item in waiting:
        diary = diaries[item.owner]
        due_on, wanted_on = diary.days[offsets[item.number]], diary.days[item.latest]
        because: Because | None = None
        if due_on != wanted_on:
            because = "absent" if wanted_on in diary.absent else "full"
        week = weeks[item.owner, _week(wanted_on)]
        found[item.number] = DueDay(
            due_on, wanted_on, week, because, diary.calendar.is_incomplete(diary.days[0], due_on)
        )
    return found


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())
