"""Owns contagion: what the classes of the other members of its group mean for a customer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Classes
from riskreview.policy.risk_terms import RiskClass


@dataclass(frozen=True, slots=True)
class Groups:
    """Which customers form groups.

    :param rows: positions of the members, groups of one left out.
    :param number: the group of each member.
    """

    rows: NDArray[np.intp]
    number: NDArray[np.int64]


def groups_of(customer_key: NDArray[np.int64], member_key: NDArray[np.int64], group: NDArray[np.int64]) -> Groups:
    """Return the groups among the given customers; members that are not among them are left out."""
    place = np.searchsorted(customer_key, member_key)
    inside = np.minimum(place, max(len(customer_key) - 1, 0))
    present = (place < len(customer_key)) & (customer_key[inside] == member_key) if len(customer_key) else place < 0
    rows, number = place[present].astype(np.intp), group[present]
    _, dense, size = np.unique(number, return_inverse=True, return_counts=True)
    shared = size[dense] > 1 if len(rows) else np.zeros(0, dtype=bool)
    order = np.argsort(rows[shared], kind="stable")
    return Groups(rows[shared][order], dense[shared][order].astype(np.int64))


def worst_of_others(groups: Groups, risk_class: Classes) -> NDArray[np.float32]:
    """Return, for each member, the worst class among the other members; missing when none of them is known."""
    if not len(groups.rows):
        return np.zeros(0, dtype=np.float32)
    own = risk_class[groups.rows].astype(np.int64)
    order = np.lexsort((-own, groups.number))
    numbers = groups.number[order]
    first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    start = first[np.searchsorted(numbers[first], groups.number)]
    best, second = own[order][start], own[order][start + 1]
    leader = order[start] == np.arange(len(own))
    worst = np.where(leader, second, best).astype(np.float32)
    worst[worst == RiskClass.unknown] = np.nan
    return worst
