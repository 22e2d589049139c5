"""Owns drills: every plan practised twice a year by the people and on the path of a real activation, and what that showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.playbooks import store
from riskreview.playbooks.matching import Call, Emergency
from riskreview.playbooks.results import DrillCounts
from riskreview.playbooks.staffing import Staff
from riskreview.playbooks.use_cases import staff_of, start_calls, steps_of
from riskreview.policy.calendars import Deadline, calendar_of, own_calendar
from riskreview.policy.drill_policy import DrillPolicy, load_drill_policy
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.playbook_model import Playbook

DRILL = "drill"
NOBODY = "DRILL"
"""Stands for the customer's id in the steps of a drill."""

Goal = Literal["reached", "missed", "open"]


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """What one drill showed.

    :param acknowledged_after: seconds from the start until the owner took the lead. :param contained_after: until it was contained.
    """

    activation_id: int
    playbook_id: str
    planned_on: date
    state: str
    owner: str
    acknowledged_after: float | None
    acknowledge_goal: Goal
    contained_after: float | None
    contain_goal: Goal
    steps: int
    steps_in_time: int
    steps_refused: int
    policy_change: str | None


def start_due_drills(services: Services, *, as_of: date, run_id: int) -> DrillCounts:
    """Start the drill of every playbook whose day has come and that was not practised in this round; a second pass starts nothing.

    Only the latest day counts, and none before the instance's first pass: nobody catches up on drills of the past. A round asks for one
    drill of a playbook however its days were moved since; one that a person started is none of it.

    :raises BadInput: when a playbook, the team, a calendar or the drill policy is wrong; nothing is started then.
    """
    books, policy, staff = load_playbooks(services.instance), load_drill_policy(services.instance), staff_of(services)
    calendar = calendar_of(dict(staff.calendars), policy.calendar or own_calendar(services.instance))

    def work(connection: Connection) -> DrillCounts:
        since, practised = store.first_pass(connection) or as_of, store.practised(connection)
        days = policy.latest([book.id for book in books], as_of, calendar)
        due = [
            _call(book, found.day)
            for book in books
            if (found := days.get(book.id))
            and found.day >= since
            and practised.get(book.id, date.min) < found.period_began
        ]
        return _begin(connection, due, staff, as_of=as_of, run_id=run_id)

    return retry_transaction(services.engine, work)


def start_drill(services: Services, *, playbook_id: str) -> DrillCounts:
    """Start a drill of one playbook today, beside those that are planned; at most one a day.

    :raises NotFound: when there is no such playbook.
    """
    books, staff = load_playbooks(services.instance), staff_of(services)
    chosen = [_call(book, staff.day) for book in books if book.id == playbook_id]
    if not chosen:
        raise NotFound(f"there is no playbook {playbook_id}; the playbooks are {', '.join(book.id for book in books)}")
    return retry_transaction(
        services.engine, lambda connection: _begin(connection, chosen, staff, as_of=staff.day, run_id=0)
    )


def drill_report(services: Services) -> tuple[DrillRecord, ...]:
    """Return what every drill showed, the latest first, measured against the goals of its playbook and of the drill policy."""
    policy, now = load_drill_policy(services.instance), services.clock.now()
    with services.engine.connect() as connection:
        rows = store.read_drills(connection)
    contained_by = _Deadlines(services, policy)
    return tuple(_record(row, contained_by.of(row.started_at, row.owner), now) for row in rows)


class _Deadlines:
    """Tells until when a drill should be contained, in the owner's business time."""

    def __init__(self, services: Services, policy: DrillPolicy) -> None:
        self._staff, self._policy, self._zone = staff_of(services), policy, services.instance.settings.time_zone
        self._calendar = policy.calendar or own_calendar(services.instance)

    def of(self, started_at: datetime, owner: str) -> datetime:
        person = self._staff.team.person(owner)
        code, zone = (person.calendar, person.time_zone) if person else (self._calendar, self._zone)
        calendar = calendar_of(dict(self._staff.calendars), code)
        return calendar.due(started_at, Deadline.parse(self._policy.contain_within), ZoneInfo(zone)).at


def _call(book: Playbook, day: date) -> Call:
    return Call(book, Emergency(None, DRILL, "emergency", day, None, NOBODY, None, 0, book.id, taken=False))


def _begin(connection: Connection, calls: Sequence[Call], staff: Staff, *, as_of: date, run_id: int) -> DrillCounts:
    started = start_calls(connection, calls, staff, as_of=as_of, run_id=run_id)
    return DrillCounts(len(started), steps_of(started))


def _record(row: Row[Any], contained_by: datetime, now: datetime) -> DrillRecord:  # a row has its statement's columns
    acknowledged, contained = _after(row.started_at, row.acknowledged_at), _after(row.started_at, row.contained_at)
    return DrillRecord(
        row.activation_id, row.playbook_id, row.planned_on, row.state, row.owner,
        acknowledged, _goal(row.acknowledged_at, row.acknowledge_due_at, row.state, now),
        contained, _goal(row.contained_at, contained_by, row.state, now),
        row.steps, row.steps_in_time, row.steps_refused, row.policy_change,
    )  # fmt: skip


def _after(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start) / timedelta(seconds=1)


def _goal(reached_at: datetime | None, until: datetime, state: str, now: datetime) -> Goal:
    if reached_at is not None:
        return "reached" if reached_at <= until else "missed"
    return "missed" if now > until or state == "stood_down" else "open"
