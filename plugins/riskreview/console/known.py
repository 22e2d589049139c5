"""Owns looking back: the moment a page is asked for as it was known then, and the business day of that moment."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from riskreview.console.visit import Visit

FIRST_YEAR = 1900
"""Nothing here is older; the calendar of days ends where a rehearsed day is reckoned back from its first one."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at a moment.

    :param day: the business day of the moment; in a rehearsal it lies as long before the rehearsed day as the moment before now.
    :param typed: the moment as forms and links write it.
    """

    moment: datetime
    day: date
    typed: str


def known_of(visit: Visit) -> Known | None:
    """Return the moment asked for, a day standing for its end; None for today, for a later one, and for what is no moment."""
    zone = ZoneInfo(visit.visitor.time_zone)
    now = visit.services.clock.now().astimezone(zone)
    moment = _moment(visit.query.get("known", "").strip(), zone)
    if moment is None or moment >= now:
        return None
    typed = moment.replace(microsecond=0, tzinfo=None).isoformat(timespec="minutes")
    return Known(moment, visit.today - (now.date() - moment.date()), typed)


def _moment(typed: str, zone: ZoneInfo) -> datetime | None:
    try:
        if len(typed) == len("2026-01-31"):
            found = datetime.combine(date.fromisoformat(typed), time(23, 59, 59, 999999), zone)
        else:
            found = datetime.fromisoformat(typed).replace(tzinfo=zone, second=59, microsecond=999999)
    except (ValueError, OverflowError):
        return None
    return found if found.year >= FIRST_YEAR else None
