"""Rules of opening: who gets each due review, by which day, and who hears when it is late. Knows no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from riskreview.mechanisms.duty import NewDuty, Rung
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.policy.calendars import Calendar, calendar_of
from riskreview.policy.ladder import climb
from riskreview.policy.review_policy import ReviewPolicy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Assignment, Team
from riskreview.reviews.assignment import ROLE, Assigner, share
from riskreview.reviews.cadence import Waiting
from riskreview.reviews.levelling import Diary, DueDay, Load, diary_of, due_days

QUICK = ("event", "limit_request", "appeal")
"""Types of review somebody waits for; they are due as soon as one an event opened."""


@dataclass(frozen=True, slots=True)
class DueReview:
    """A review the calendar or an event asks for.

    :param due_from: the day it fell due; opened on a later one it is late.
    :param causes: the events its pack will cover, as ``event.<rule>:<day>``.
    :param because: what asked for it: ``class``, ``closer:<line>``, ``override:<number>`` or ``event``.
    :param exposure: in the reporting currency.
    :param review_id: of a review that somebody planned; None for one that is opened anew.
    """

    customer_key: int
    customer_id: str
    kind: str
    policy_line: str
    period_key: str
    period_months: int | None
    due_from: date
    causes: tuple[str, ...]
    because: str
    risk_class: int
    exposure: float
    owner_user: str | None
    review_id: int | None = None

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes a review one and the same."""
        return self.customer_key, self.policy_line, self.period_key


@dataclass(frozen=True, slots=True)
class PlannedReview:
    """A due review with its people and its day."""

    due: DueReview
    assignment: Assignment
    day: DueDay
    is_late: bool

    @property
    def due_on(self) -> date:
        """The day it is due."""
        return self.day.due_on


@dataclass(frozen=True, slots=True)
class Office:
    """Everything about people and days an opening needs."""

    team: Team
    calendars: Mapping[str, Calendar]
    policy: ReviewPolicy

    def calendar(self, person: str) -> tuple[Calendar, ZoneInfo]:
        """Return calendar and zone of a person."""
        found = self.team.person(person)
        if found is None:
            raise LookupError(f"{person} is no person of the team")
        return calendar_of(self.calendars, found.calendar), ZoneInfo(found.time_zone)


def plan(due: Sequence[DueReview], office: Office, *, as_of: date, day: date, load: Load) -> tuple[PlannedReview, ...]:
    """Give every due review its owner, deputy and due day.

    :param as_of: the business date reviews are opened for.
    :param day: the day people learn of it: ``as_of``, or later for a backfill; time limits count from here.
    :param load: what falls due already.
    """
    assigner = Assigner.on(office.team, day)
    assigned = [assigner.assign(item.owner_user) for item in due]
    waiting = [Waiting(n, who.owner, _limit(item, office.policy), item.exposure)
               for n, (item, who) in enumerate(zip(due, assigned, strict=True))]  # fmt: skip
    unowned = [item.number for item, who in zip(waiting, assigned, strict=True) if who is assigner.on_duty]
    queue = assigner.queue if unowned and len(assigner.queue) > 1 else ()
    diaries, earliest = _diaries(waiting, queue, office, day, load), office.policy.spread_from
    if queue:
        mine = set(unowned)
        shared = share([waiting[number] for number in unowned], [item for item in waiting if item.number not in mine], queue,
                       room={owner: diary.room for owner, diary in diaries.items()}, earliest=earliest)  # fmt: skip
        for number, owner in shared.items():
            assigned[number], waiting[number] = assigner.to(owner), replace(waiting[number], owner=owner)
    found = due_days(waiting, diaries, earliest=earliest, load=load)
    return tuple(PlannedReview(item, who, found[number], as_of > item.due_from)
                 for number, (item, who) in enumerate(zip(due, assigned, strict=True)))  # fmt: skip


def _diaries(
    waiting: Sequence[Waiting], queue: Sequence[str], office: Office, day: date, load: Load
) -> dict[str, Diary]:
    longest = dict.fromkeys(queue, max((item.latest for item in waiting), default=0))
    for item in waiting:
        longest[item.owner] = max(item.latest, longest.get(item.owner, 0))
    return {
        owner: diary_of(office.team, owner, office.calendar(owner)[0], start=day, last=last, load=load)
        for owner, last in longest.items()
    }


def duties(planned: Mapping[int, PlannedReview], office: Office, *, at: datetime) -> tuple[NewDuty, ...]:
    """Return the duty of each opened review, by review id; the ladder of an owner, a class and a due day is computed once."""
    ladders: dict[tuple[str, int, date], tuple[datetime, tuple[Rung, ...]]] = {}
    found = []
    for review_id, item in planned.items():
        key = (item.assignment.owner, item.due.risk_class, item.due_on)
        if key not in ladders:
            ladders[key] = _ladder(office, item, at)
        due_at, ladder = ladders[key]
        facts = {"review_id": review_id, "customer_id": item.due.customer_id, "risk_class": RiskClass(item.due.risk_class).name,
                 "due_on": item.due_on}  # fmt: skip
        found.append(NewDuty("review", "review", str(review_id), item.assignment.role, item.assignment.owner,
                             item.assignment.deputy, due_at, ladder, facts))  # fmt: skip
    return tuple(found)


def announcements(planned: Mapping[int, PlannedReview]) -> tuple[OutboxEvent, ...]:
    """Return one message per opened review, to its owner."""
    return tuple(
        OutboxEvent(
            f"review_opened:{item.due.customer_key}:{item.due.policy_line}:{item.due.period_key}", "review_opened", "review",
            str(review_id), "high" if item.due.risk_class >= RiskClass.critical else "normal", (item.assignment.owner,),
            {"review_id": review_id, "customer_id": item.due.customer_id, "risk_class": RiskClass(item.due.risk_class).name,
             "kind": item.due.kind, "policy_line": item.due.policy_line, "period": item.due.period_key, "due_on": item.due_on,
             "is_late": item.is_late, "deputy": item.assignment.deputy},
        )
        for review_id, item in planned.items()
    )  # fmt: skip


def incidents(planned: Sequence[PlannedReview], day: date) -> tuple[OutboxEvent, ...]:
    """Return the incident that nobody had the role on that day, told once to whoever has the final duty."""
    gap = next((item.assignment for item in planned if item.assignment.nobody_available), None)
    if gap is None:
        return ()
    return (OutboxEvent(f"nobody_available:{ROLE}:{day}", "nobody_available", "role", ROLE, "critical", (gap.owner,),
                        {"role": ROLE, "day": day, "final_role": gap.role}),)  # fmt: skip


def _limit(item: DueReview, policy: ReviewPolicy) -> int:
    return policy.event_days if item.kind in QUICK else policy.days_for(RiskClass(item.risk_class).name)  # type: ignore[arg-type]  # its names are the words


def _ladder(office: Office, item: PlannedReview, at: datetime) -> tuple[datetime, tuple[Rung, ...]]:
    calendar, zone = office.calendar(item.assignment.owner)
    due_at = calendar.end_of(item.due_on, zone)
    ladder = office.policy.ladder_for(RiskClass(item.due.risk_class).name)  # type: ignore[arg-type]  # its names are the words
    rungs = climb(ladder, start=at, due_at=due_at, calendar=calendar, zone=zone,
                  people_of=lambda role: (office.team.on_duty(role, item.due_on).owner,))  # fmt: skip
    return due_at, tuple(Rung(0, rung.audience, rung.level, rung.at) for rung in rungs)
