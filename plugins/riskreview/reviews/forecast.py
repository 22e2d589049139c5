"""Owns looking ahead: which reviews the next passes will open, for whom, due when, and why not on the day the policy wants."""

from dataclasses import dataclass
from datetime import date, timedelta

from riskreview.foundation.services import Services
from riskreview.policy.calendars import load_calendars
from riskreview.policy.fiscal import FiscalYear
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.team import load_team
from riskreview.reviews import opening, store
from riskreview.reviews.opening import DueReview, Office
from riskreview.reviews.rhythm import due_parameters
from riskreview.reviews.wording import told_due

STEP = timedelta(days=7)
"""How finely days are looked at where reviews are counted from the last one."""


@dataclass(frozen=True, slots=True)
class ExpectedReview:
    """A review that will be opened if nothing changes until then.

    :param told: due day, and from which day it was moved and why, in words.
    """

    customer_id: str
    kind: str
    policy_line: str
    period_key: str
    because: str
    opens_on: date
    owner: str
    deputy: str | None
    due_on: date
    wanted_on: date
    moved_because: str | None
    told: str


def expected_reviews(
    services: Services, *, as_of: date, until: date, language: str = "en"
) -> tuple[ExpectedReview, ...]:
    """Return the reviews due at ``as_of`` and those that will fall due up to ``until``, by opening day; nothing is written.

    Each day's reviews find the days of their owners filled by those before.
    """
    instance = services.instance
    office = Office(load_team(instance), load_calendars(instance), load_review_policy(instance))
    policy, seen, found = load_policy(instance), set[tuple[int, str, str]](), list[ExpectedReview]()
    with services.engine.connect() as connection:
        agreed = store.agreed_months(connection)
        load = store.load_from(connection, as_of)
        for day in _days(office, as_of, until):
            asked = due_parameters(policy, office.policy, agreed, as_of=day, zone=instance.settings.time_zone)
            due = [item for item in store.due_reviews(connection, asked)
                   if _key(item) not in seen and (day == as_of or item.kind == "periodic")]  # fmt: skip
            seen |= {_key(item) for item in due}
            planned = opening.plan(due, office, as_of=day, day=day, load=load)
            for item in planned:
                load[item.assignment.owner, item.due_on] = load.get((item.assignment.owner, item.due_on), 0) + 1
                found.append(_expected(item, office, day, language))
    return tuple(found)


def _days(office: Office, as_of: date, until: date) -> list[date]:
    if office.policy.cadence.anchor == "last_completed":
        steps = range((until - as_of) // STEP + 1)
        return [as_of + number * STEP for number in steps]
    return sorted({as_of, *_period_starts(office.policy.fiscal_year, as_of, until)})


def _period_starts(fiscal: FiscalYear, as_of: date, until: date) -> list[date]:
    """Return the days on which a fiscal month begins: every longer period begins on one of them."""
    starts, start = [], fiscal.period_of(as_of, 1).ends_before
    while start <= until:
        starts.append(start)
        start = fiscal.period_of(start, 1).ends_before
    return starts


def _key(item: DueReview) -> tuple[int, str, str]:
    return item.customer_key, item.policy_line, item.period_key


def _expected(item: opening.PlannedReview, office: Office, day: date, language: str) -> ExpectedReview:
    due, owner = item.due, item.assignment.owner
    person = office.team.person(owner)
    told = told_due(due_on=item.due_on, wanted_on=item.day.wanted_on, moved_because=item.day.moved_because,
                    due_that_week=item.day.due_that_week, owner=person.name if person else owner, language=language)  # fmt: skip
    return ExpectedReview(due.customer_id, due.kind, due.policy_line, due.period_key, due.because, day, owner, item.assignment.deputy,
                          item.due_on, item.day.wanted_on, item.day.moved_because, told)  # fmt: skip
