"""Owns counting what an assessment did: customers by class, who got worse or better, who is held for data. Pure."""

import math

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK, has_worsened
from riskreview.assessment.results import AssessmentCounts
from riskreview.assessment.score import Assessment
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass


def counts_of(result: Assessment, policy: Policy) -> AssessmentCounts:
    """Return what an assessment did, in numbers."""
    numbers = np.bincount(result.risk_class, minlength=len(RiskClass))
    previous = result.decision.previous_class
    assessed = previous >= 0
    before = np.where(assessed, previous, 0)
    improved = assessed & (RANK[result.risk_class] < RANK[before])
    return AssessmentCounts(
        scored=len(result), by_class={word.name: int(numbers[word]) for word in RiskClass},
        worsened=int(has_worsened(result.risk_class, previous).sum()), improved=int(improved.sum()),
        held_for_data=int(result.decision.held.sum()), over_capacity=_over_capacity(numbers, policy),
    )  # fmt: skip


def _over_capacity(numbers: NDArray[np.intp], policy: Policy) -> int:
    """Return by how many customers the upper classes exceed what reviewers can take, the worse of both shares."""
    total = int(numbers.sum())
    critical, high = (int(numbers[word:].sum()) for word in (RiskClass.critical, RiskClass.high))
    allowed = (policy.capacity.critical_pct * total / 100, policy.capacity.high_pct * total / 100)
    return max(0, math.ceil(critical - allowed[0]), math.ceil(high - allowed[1]))
