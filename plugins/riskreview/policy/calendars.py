"""Owns business time: working days, working hours, holidays and make-up workdays, in the zone of the person who must act.

Holidays come from the calendar's own list; the ``holidays`` library speaks for years the file lets it speak for, and for
countries without a file. A year nobody has published counts weekends and what the law fixes, and is reported as incomplete, never refused.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from babel.core import get_global
from pydantic import Field, field_validator, model_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import StrictModel, line_of, load_yaml, parse_yaml
from riskreview.policy.library_holidays import LibraryYear, is_known, library_year, weekend_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SEARCH_DAYS = 400
DEFAULT_CALENDAR = "cn"
"""The calendar where an instance names none and its time zone lies in no country, such as UTC."""


class Seed(StrictModel):
    """Lets the ``holidays`` library speak for a country.

    :param last_year: the last year the library's days are official; None where they follow from the law for ever.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$")
    subdivision: str | None = None
    first_year: int = 2000
    last_year: int | None = None

    def knows(self, year: int) -> bool:
        """Tell whether the library's days of a year are certain and the file lets it speak for that year."""
        return self.speaks_for(year) and self.days(year).is_certain

    def speaks_for(self, year: int) -> bool:
        """Tell whether the file lets the library speak for a year."""
        return self.first_year <= year <= (self.last_year or 9998)

    def days(self, year: int) -> LibraryYear:
        """Return what the library says of a year."""
        return library_year(self.country, self.subdivision, year)


class CalendarYear(StrictModel):
    """One published year: days off beside the weekend, and weekend days that are worked."""

    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


class CalendarFile(StrictModel):
    """``calendars/<code>.yaml``. Working hours that end before they begin end on the next day, as a night shift does."""

    calendar: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: dict[str, str] = Field(default_factory=dict)
    weekend: tuple[str, ...] = ("sat", "sun")
    opens: time = time(9)
    closes: time = time(18)
    seed: Seed | None = None
    years: dict[str, CalendarYear] = Field(default_factory=dict)

    @field_validator("weekend")
    @classmethod
    def _days_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((name for name in value if name not in WEEKDAYS), None)
        if wrong is not None or len(set(value)) == len(WEEKDAYS):
            raise ValueError(
                f"E-CALENDAR-WEEKEND the weekend is {wrong or 'the whole week'}; use some of {', '.join(WEEKDAYS)}"
            )
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.opens == self.closes:
            raise ValueError("E-CALENDAR-HOURS the working hours end when they begin")
        for label, year in self.years.items():
            if not re.fullmatch(r"\d{4}", label):
                raise ValueError(f"E-CALENDAR-YEAR {label} is no year")
            strange = next((day for day in (*year.holidays, *year.workdays) if day.year != int(label)), None)
            if strange is not None:
                raise ValueError(f"E-CALENDAR-YEAR {strange} is listed under {label}")
            both = set(year.holidays) & set(year.workdays)
            if both:
                raise ValueError(f"E-CALENDAR-DAY {min(both)} is both a holiday and a workday")
        return self


@dataclass(frozen=True, slots=True)
class Due:
    """A moment by which something must be done.

    :param calendar_incomplete: a year on the way is not published, so that holidays in it were not counted.
    """

    at: datetime
    calendar_incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long something may take: ``4h`` working hours, ``3wd`` working days, or ``month_end``."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Deadline":
        """Read a deadline.

        :raises ValueError: with code E-DURATION for anything else than a positive number with a unit.
        """
        if text == "month_end":
            return cls(1, text)
        found = re.fullmatch(r"([1-9]\d{0,3})(h|wd)", text)
        if found is None:
            raise ValueError(
                f"E-DURATION {text!r} is no duration; write 4h for working hours, 2wd for working days, or month_end"
            )
        return cls(int(found[1]), found[2])


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days and hours of one place; hours are wall-clock times in the zone the caller names.

    A night shift, which closes on the next day, belongs to the day it opens on.
    """

    code: str
    weekend: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date]
    workdays: frozenset[date]
    years: frozenset[int]
    seed: Seed | None = None

    def knows(self, year: int) -> bool:
        """Tell whether the holidays of a year are published."""
        return year in self.years or (self.seed is not None and self.seed.knows(year))

    def is_business_day(self, day: date) -> bool:
        """Tell whether people work on ``day``."""
        off, worked = self.days_of(day.year)
        return day in worked or (day.weekday() not in self.weekend and day not in off)

    def days_of(self, year: int) -> tuple[AbstractSet[date], AbstractSet[date]]:
        """Return the days off beside the weekend, and the weekend days that are worked; of a year that is not published what is certain."""
        if year in self.years or self.seed is None or not self.seed.speaks_for(year):
            return self.holidays, self.workdays
        found = self.seed.days(year)
        return found.holidays, found.workdays

    def unpublished(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years between two days, in either order, whose holidays nobody knows yet."""
        start, end = sorted((first.year, last.year))
        return tuple(year for year in range(start, end + 1) if not self.knows(year))

    def is_incomplete(self, first: date, last: date) -> bool:
        """Tell whether a year between two days is not published."""
        return bool(self.unpublished(first, last))

    def next_business_day(self, day: date) -> date:
        """Return ``day`` or the first business day after it."""
        for ahead in range(LONGEST_SEARCH_DAYS):
            if self.is_business_day(found := day + timedelta(days=ahead)):
                return found
        return day

    def add_business_days(self, day: date, days: int) -> date:
        """Return the ``days``-th business day strictly after ``day``; 0 gives ``day`` or the next business day."""
        if days <= 0:
            return self.next_business_day(day)
        for _ in range(days):
            day = self.next_business_day(day + timedelta(days=1))
        return day

    def previous_business_day(self, day: date) -> date:
        """Return ``day`` or the last business day before it."""
        for back in range(LONGEST_SEARCH_DAYS):
            if self.is_business_day(found := day - timedelta(days=back)):
                return found
        return day

    def subtract_business_days(self, day: date, days: int) -> date:
        """Return the ``days``-th business day strictly before ``day``; 0 gives ``day`` or the business day before it."""
        if days <= 0:
            return self.previous_business_day(day)
        for _ in range(days):
            day = self.previous_business_day(day - timedelta(days=1))
        return day

    def business_days_between(self, first: date, last: date) -> int:
        """Return how many business days lie in the interval, both ends included."""
        return sum(self.is_business_day(first + timedelta(days=n)) for n in range((last - first).days + 1))

    def end_of(self, day: date, zone: ZoneInfo) -> datetime:
        """Return the moment the work of ``day`` ends, in UTC."""
        return _moment(day + self._into_next_day, self.closes, zone)

    @property
    def _into_next_day(self) -> timedelta:
        return timedelta(days=self.closes <= self.opens)

    def add_business_hours(self, moment: datetime, hours: float, zone: ZoneInfo) -> datetime:
        """Return the moment, in UTC, when ``hours`` of working time have passed since ``moment``.

        Hours are elapsed ones inside the working hours, so that a change of daylight saving time neither adds nor loses any.
        """
        left = timedelta(hours=hours)
        now = moment.astimezone(UTC)
        day = now.astimezone(zone).date() - self._into_next_day
        while True:
            day = self.next_business_day(day)
            start, end = max(now, _moment(day, self.opens, zone)), self.end_of(day, zone)
            if start <= end and start + left <= end:
                return start + left
            left -= max(end - start, timedelta(0))
            day += timedelta(days=1)

    def subtract_business_hours(self, moment: datetime, hours: float, zone: ZoneInfo) -> datetime:
        """Return the moment, in UTC, from which ``hours`` of working time pass until ``moment``."""
        left = timedelta(hours=hours)
        now = moment.astimezone(UTC)
        day = now.astimezone(zone).date()
        while True:
            day = self.previous_business_day(day)
            start, end = _moment(day, self.opens, zone), min(now, self.end_of(day, zone))
            if start <= end and end - left >= start:
                return end - left
            left -= max(end - start, timedelta(0))
            day -= timedelta(days=1)

    def due(self, start: datetime, deadline: Deadline, zone: ZoneInfo) -> Due:
        """Return when a deadline that starts at ``start`` ends.

        Working days end with the working hours of the n-th working day after the day of the start, which does not count
        (as in EU regulation 1182/71, art. 3); ``month_end`` is the last working day of the month, or of the next one when it is over.
        """
        first = start.astimezone(zone).date()
        if deadline.unit == "h":
            at = self.add_business_hours(start, deadline.amount, zone)
        elif deadline.unit == "wd":
            at = self.end_of(self.add_business_days(first, deadline.amount), zone)
        else:
            at = self.end_of(self._month_end(first), zone)
            if at < start:
                at = self.end_of(self._month_end(first.replace(day=1) + timedelta(days=32)), zone)
        return Due(at, self.is_incomplete(first, at.astimezone(zone).date()))

    def _month_end(self, day: date) -> date:
        return self.previous_business_day((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))


def load_calendars(instance: Instance) -> dict[str, Calendar]:
    """Read every calendar of an instance, by code.

    :raises BadInput: naming the line that is wrong.
    """
    return {item.code: item for item in (read_calendar(path) for path in instance.configuration("calendars"))}


def read_calendar(path: Path) -> Calendar:
    """Read one calendar file.

    :raises BadInput: naming the line that is wrong.
    """
    file = load_yaml(path, CalendarFile)
    if file.seed is not None and path.parent != PACKAGED / "calendars":
        _check_known(file.seed, path)
    years = file.years.values()
    return Calendar(
        file.calendar, frozenset(WEEKDAYS.index(name) for name in file.weekend), file.opens, file.closes,
        frozenset(day for year in years for day in year.holidays), frozenset(day for year in years for day in year.workdays),
        frozenset(int(label) for label in file.years), file.seed,
    )  # fmt: skip


def _check_known(seed: Seed, path: Path) -> None:
    if not is_known(seed.country, seed.subdivision):
        what = (
            seed.country
            if seed.subdivision is None or not is_known(seed.country, None)
            else f"{seed.country}, {seed.subdivision}"
        )
        repair = "Name a country of ISO 3166 and its part, or list the years instead"
        raise BadInput("E-CALENDAR-SEED", f"the holidays library does not know {what}", repair, path.name,
                       line_of(parse_yaml(path), ("seed",)), "seed")  # fmt: skip


def calendar_of(calendars: Mapping[str, Calendar], code: str) -> Calendar:
    """Return a calendar by code: from its file, else of the country the code names, such as ``fr`` or ``us-ca``.

    :raises BadInput: when no file defines it and it is no country.
    """
    found = calendars.get(code) or country_calendar(code)
    if found is None:
        repair = f"Name a country such as fr or us-ca, one of {', '.join(calendars)}, or add calendars/{code}.yaml"
        raise BadInput("E-CALENDAR", f"there is no calendar {code}", repair)
    return found


def own_calendar(instance: Instance) -> str:
    """Return the code of the calendar of whoever and whatever names none: the instance's, else that of its time zone's country."""
    return instance.settings.calendar or calendar_of_zone(instance.settings.time_zone)


@lru_cache(maxsize=64)
def calendar_of_zone(time_zone: str) -> str:
    """Return the code of the calendar of the country a time zone lies in, the default where it lies in none, such as UTC."""
    zones, aliases = get_global("zone_territories"), get_global("zone_aliases")
    code = str(zones.get(time_zone) or zones.get(aliases.get(time_zone, ""), "")).lower()
    is_shipped = bool(code) and (PACKAGED / "calendars" / f"{code}.yaml").exists()
    return code if is_shipped or country_calendar(code) else DEFAULT_CALENDAR


@lru_cache(maxsize=64)
def country_calendar(code: str) -> Calendar | None:
    """Return the calendar of a country without a file, None for a code the ``holidays`` library does not know.

    Working hours are 9 to 18; a file sets others.
    """
    country, _, part = code.upper().partition("-")
    if not is_known(country, part or None):
        return None
    seed = Seed(country=country, subdivision=part or None)
    return Calendar(code, weekend_of(country), time(9), time(18), frozenset(), frozenset(), frozenset(), seed)


def _moment(day: date, clock_time: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock_time, tzinfo=zone).astimezone(UTC)
