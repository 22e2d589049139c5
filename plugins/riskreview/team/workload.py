"""Owns the view of who has how much to do, who is away, and who may not approve for want of a training."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.calendars import Calendar, calendar_of, load_calendars
from riskreview.policy.team import Person, Team, load_team

AHEAD_WORKING_DAYS = 10
"""How far what falls due is held against what a person can take."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What one person owes.

    :param approvals: decisions the person is asked for. :param other: duties that are neither reviews, approvals nor steps.
    :param overdue: open duties of any kind whose time is over.
    :param due_soon: reviews due in the next ten working days, overdue ones included; ``room_soon`` is how many the person can take in them.
    :param away_until: the last day of the absence that runs today.
    :param lapsed: mandatory trainings that lapsed: the person cannot approve.
    """

    person: str
    roles: tuple[str, ...]
    reviews: int
    approvals: int
    steps: int
    other: int
    overdue: int
    due_soon: int
    room_soon: int
    away_until: date | None
    lapsed: tuple[str, ...]


def workloads(services: Services) -> tuple[Workload, ...]:
    """Return everybody's workload, in the order of the team file; whoever left and still owes something comes last."""
    team, now = load_team(services.instance), services.clock.now()
    calendars = load_calendars(services.instance)
    ends = {}
    for person in team.persons:
        today = now.astimezone(ZoneInfo(person.time_zone)).date()
        ends[person.id] = (today, calendar_of(calendars, person.calendar).add_business_days(today, AHEAD_WORKING_DAYS))
    values = {"now": now, "persons": list(ends), "until": [last for _, last in ends.values()]}
    with services.engine.connect() as connection:
        owed = {row.owner: row for row in connection.execute(text(sql("team", "owed")), values)}
        lapsed: dict[str, list[str]] = {}
        for row in connection.execute(text(sql("team", "lapsed_trainings")), {"at": now}):
            lapsed.setdefault(row.person, []).append(row.course_id)
    known = {person.id: person for person in team.persons}
    rooms = {
        name: _room(team, person, ends[name], calendar_of(calendars, person.calendar)) for name, person in known.items()
    }
    return tuple(
        Workload(
            name, known[name].roles if name in known else (), *_counts(owed.get(name)), rooms.get(name, 0),
            _away(team, name, ends[name][0]) if name in known else None, tuple(lapsed.get(name, ())),
        )
        for name in (*known, *sorted(set(owed) - set(known)))
    )  # fmt: skip


def _counts(row: Row[Any] | None) -> tuple[int, int, int, int, int, int]:
    if row is None:
        return (0, 0, 0, 0, 0, 0)
    return (row.reviews, row.approvals, row.steps, row.other, row.overdue, row.due_soon)


def _room(team: Team, person: Person, span: tuple[date, date], calendar: Calendar) -> int:
    days = [span[0] + timedelta(days=number) for number in range(1, (span[1] - span[0]).days + 1)]
    present = [day for day in days if calendar.is_business_day(day) and team.is_present(person.id, day)]
    return person.reviews_per_day * len(present)


def _away(team: Team, person: str, today: date) -> date | None:
    running = [
        item.last_day for item in team.absences if item.person == person and item.first_day <= today <= item.last_day
    ]
    return max(running, default=None)
