"""Owns telling every reviewer, once per fiscal quarter, how many reviews will fall due and when the first one is."""

from dataclasses import dataclass
from datetime import date, timedelta

from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.team import load_team
from riskreview.reviews.forecast import ExpectedReview, expected_reviews

OVERSEER = "credit_manager"
"""The role that hears of all reviews of the quarter."""


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """What the quarter will bring.

    :param moved: reviews due sooner than the policy wants, for want of room.
    """

    expected: int
    people: int
    moved: int


def announce_quarter(services: Services, *, as_of: date) -> PlanCounts:
    """Tell every reviewer of the quarter that holds ``as_of``, and the overseer of all; once per quarter and person."""
    quarter = load_review_policy(services.instance).fiscal_year.period_of(as_of, 3)
    expected = expected_reviews(services, as_of=as_of, until=quarter.ends_before - timedelta(days=1))
    by_owner: dict[str, list[ExpectedReview]] = {}
    for item in expected:
        by_owner.setdefault(item.owner, []).append(item)
    overseer = load_team(services.instance).on_duty(OVERSEER, as_of).owner
    told = [(f"{quarter.key}:{owner}", owner, mine) for owner, mine in sorted(by_owner.items())]
    told += [(f"{quarter.key}:all", overseer, list(expected))] if expected else []
    events = [
        OutboxEvent(f"review_plan:{key}", "review_plan", "period", quarter.key, "low", (person,),
                    {"period": quarter.key, "count": len(items), "as_of": as_of, "due_on": min(item.due_on for item in items)})
        for key, person, items in told
    ]  # fmt: skip
    with services.engine.begin() as connection:
        enqueue(connection, events, at=services.clock.now())
    return PlanCounts(len(expected), len(by_owner), sum(item.moved_because is not None for item in expected))
