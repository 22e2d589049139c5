"""Owns what the ``holidays`` library says about a country: days off, weekend days that are worked, and which years may be believed."""

import warnings
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

FIRST_LOOK, LAST_LOOK = 2000, 2045
"""Years in which decreed make-up workdays are looked for; nobody decrees further ahead."""


@dataclass(frozen=True, slots=True)
class LibraryYear:
    """One year of one country; of a year that is not certain, the days off that follow from the law all the same.

    :param is_certain: every day follows from the law or was decreed; none waits for a decree or for the sight of the moon.
    """

    holidays: AbstractSet[date]
    workdays: AbstractSet[date]
    is_certain: bool


def is_known(country: str, subdivision: str | None) -> bool:
    """Tell whether the library knows a country and, where given, its part."""
    known = _supported()
    return country in known and (subdivision is None or subdivision in known[country])


def weekend_of(country: str) -> frozenset[int]:
    """Return the weekdays that are off, Monday being 0."""
    return frozenset(_country(country, None).weekend)


@lru_cache(maxsize=512)
def library_year(country: str, subdivision: str | None, year: int) -> LibraryYear:
    """Return one year of a country.

    A government that moved workdays before decrees each year anew, so that a year without decree is not certain, whatever the
    library computes.
    """
    first, last = _years(country, subdivision)
    if not first <= year <= last:
        return LibraryYear(frozenset(), frozenset(), is_certain=False)
    found = _country(country, subdivision, year)
    days = frozenset(day for day in found if day.year == year)
    estimated = frozenset(day for day in days if "estimated" in found[day])
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    decreed = _last_decreed_year(country, subdivision)
    is_certain = (decreed is None or year <= decreed) and not estimated
    return LibraryYear(days - estimated - worked, worked, is_certain and _is_computed(country, subdivision, year))


@lru_cache(maxsize=64)
def _last_decreed_year(country: str, subdivision: str | None) -> int | None:
    first, last = _years(country, subdivision)
    years = range(max(first, FIRST_LOOK), min(last, LAST_LOOK) + 1)
    return max((day.year for day in _country(country, subdivision, *years).weekend_workdays), default=None)


@lru_cache(maxsize=64)
def _years(country: str, subdivision: str | None) -> tuple[int, int]:
    found = _country(country, subdivision)
    return found.start_year, found.end_year


@lru_cache(maxsize=1)
def _supported() -> dict[str, frozenset[str]]:
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in known.items()}


def _country(
    country: str, subdivision: str | None, *years: int
) -> Any:  # the library's own class, which is loaded late
    import holidays

    with warnings.catch_warnings():  # years whose movable days nobody has computed; ``_is_computed`` asks for them
        warnings.simplefilter("ignore")
        return holidays.country_holidays(country, subdiv=subdivision, years=years, language="en_US")


def _is_computed(country: str, subdivision: str | None, year: int) -> bool:
    import holidays

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        holidays.country_holidays(country, subdiv=subdivision, years=[year])
    return not told
