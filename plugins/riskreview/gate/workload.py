"""Owns how much work a version makes: reviews that fall due per week against what the team can take. Pure."""

import numpy as np
from numpy.typing import NDArray

from riskreview.policy.review_policy import REVIEWED, ReviewPolicy
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Team
from riskreview.reviews.lifecycle import ANALYSTS

WEEKS_A_MONTH = 365.25 / 12 / 7
WORKING_DAYS = 5


def reviews_per_week(
    classes: NDArray[np.int16], exposure: NDArray[np.float64], policy: Policy, reviews: ReviewPolicy
) -> float:
    """Return how many periodic reviews fall due per week on average; what single events add is not in it."""
    total = sum(_due_per_month(exposure[classes == word], policy, reviews, word.name) for word in RiskClass)
    return round(total / WEEKS_A_MONTH, 1)


def _due_per_month(exposure: NDArray[np.float64], policy: Policy, reviews: ReviewPolicy, word: str) -> float:
    months = np.full(len(exposure), policy.cadence_months(word) if word in REVIEWED else np.inf)
    for rule in reviews.cadence.closer:
        if not rule.after_events and (not rule.classes or word in rule.classes):
            months[exposure >= (rule.exposure_from or 0.0)] = np.minimum(
                months[exposure >= (rule.exposure_from or 0.0)], rule.every_months
            )
    return float((1.0 / months).sum())


def capacity_per_week(team: Team) -> int:
    """Return how many reviews all who work on them can take in a working week."""
    return sum(person.reviews_per_day for person in team.persons if set(person.roles) & set(ANALYSTS)) * WORKING_DAYS
