"""Owns the alarm for a year whose holidays are not all published: deadlines in it may fall on one until somebody adds it."""

from datetime import date, timedelta

from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.calendars import Calendar, calendar_of, load_calendars
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.team import load_team

ADMINISTRATOR = "data_engineer"
"""The role that keeps the calendars."""


def calendars_in_use(instance: Instance) -> dict[str, Calendar]:
    """Return the calendars people of the team work by, by code.

    :raises BadInput: when a person names a calendar that does not exist.
    """
    known = load_calendars(instance)
    codes = sorted({person.calendar for person in load_team(instance).persons})
    return {code: calendar_of(known, code) for code in codes}


def unpublished_years(instance: Instance, *, as_of: date) -> dict[str, tuple[int, ...]]:
    """Return, by calendar in use, the years from ``as_of`` to as far as the policy looks ahead that nobody has published."""
    until = as_of + timedelta(days=load_review_policy(instance).calendars_ahead_days)
    found = {code: calendar.unpublished(as_of, until) for code, calendar in calendars_in_use(instance).items()}
    return {code: years for code, years in found.items() if years}


def report_unpublished_years(services: Services, *, as_of: date) -> int:
    """Tell the administrator of every such year, once per calendar and year; returns how many are missing."""
    missing = [
        (code, year) for code, years in unpublished_years(services.instance, as_of=as_of).items() for year in years
    ]
    duty = load_team(services.instance).on_duty(ADMINISTRATOR, as_of)
    told = (duty.owner,) if duty.deputy is None else (duty.owner, duty.deputy)
    events = [
        OutboxEvent(f"calendar_year_missing:{code}:{year}", "calendar_year_missing", "calendar", code, "high", told,
                    {"year": year, "as_of": as_of}) for code, year in missing
    ]  # fmt: skip
    with services.engine.begin() as connection:
        enqueue(connection, events, at=services.clock.now())
    return len(missing)
