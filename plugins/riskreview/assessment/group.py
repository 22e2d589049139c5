"""Owns contagion: what the classes of the other members of its group, of its guarantors and of its parent mean for a customer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Classes
from riskreview.policy.risk_terms import RiskClass

DEEPEST = 16
"""Levels of parents above a customer that are followed; what is deeper, or leads back to itself, has no parent."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Groups:
    """Which customers form groups.

    :param rows: positions of the members, groups of one left out.
    :param number: the group of each member.
    """

    rows: Places
    number: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parents:
    """Which customers belong to another one: positions of the children, ascending, and of their parents."""

    rows: Places
    parent: Places

    def levels(self) -> Iterator[tuple[Places, Places]]:
        """Yield children and their parents level by level, those of parents without a parent first."""
        level = np.zeros(len(self.rows), dtype=np.int16)
        above = self.parent
        for _ in range(DEEPEST):
            at = np.minimum(np.searchsorted(self.rows, above), max(len(self.rows) - 1, 0))
            has_parent = (above >= 0) & (self.rows[at] == above) if len(self.rows) else above < 0
            level += has_parent
            above = np.where(has_parent, self.parent[at], -1)
        for number in range(DEEPEST):
            here = level == number
            if here.any():
                yield self.rows[here], self.parent[here]


@dataclass(frozen=True, slots=True)
class Guarantors:
    """Which customers others guarantee for: positions of the guaranteed and, beside each, of one of its guarantors."""

    rows: Places
    guarantor: Places


def groups_of(customer_key: NDArray[np.int64], member_key: NDArray[np.int64], group: NDArray[np.int64]) -> Groups:
    """Return the groups among the given customers; members that are not among them are left out."""
    rows, present = _places(customer_key, member_key)
    rows, number = rows[present], group[present]
    _, dense, size = np.unique(number, return_inverse=True, return_counts=True)
    shared = size[dense] > 1 if len(rows) else np.zeros(0, dtype=bool)
    order = np.argsort(rows[shared], kind="stable")
    return Groups(rows[shared][order], dense[shared][order].astype(np.int64))


def parents_of(customer_key: NDArray[np.int64], child_key: NDArray[np.int64], parent_key: NDArray[np.int64]) -> Parents:
    """Return the parents among the given customers, one at most for each child."""
    rows, child_present = _places(customer_key, child_key)
    parent, parent_present = _places(customer_key, parent_key)
    kept = child_present & parent_present & (rows != parent)
    children, first = np.unique(rows[kept], return_index=True)
    return Parents(children, parent[kept][first])


def guarantors_of(
    customer_key: NDArray[np.int64], guaranteed: NDArray[np.int64], guarantor: NDArray[np.int64]
) -> Guarantors:
    """Return the guarantors among the given customers."""
    rows, guaranteed_present = _places(customer_key, guaranteed)
    beside, guarantor_present = _places(customer_key, guarantor)
    kept = guaranteed_present & guarantor_present & (rows != beside)
    return Guarantors(rows[kept], beside[kept])


def worst_beside(
    groups: Groups, guarantors: Guarantors | None, risk_class: Classes
) -> tuple[Places, NDArray[np.float32]]:
    """Return the customers on whom others weigh, ascending, and the worst class of these: members of the group and guarantors."""
    column = np.full(len(risk_class), np.nan, dtype=np.float32)
    column[groups.rows] = worst_of_others(groups, risk_class)
    if guarantors is None:
        return groups.rows, column[groups.rows]
    beside = risk_class[guarantors.guarantor].astype(np.float32)
    beside[beside == RiskClass.unknown] = np.nan
    np.fmax.at(column, guarantors.rows, beside)
    rows = np.union1d(groups.rows, guarantors.rows)
    return rows, column[rows]


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


def _places(customer_key: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[Places, NDArray[np.bool_]]:
    place = np.searchsorted(customer_key, wanted)
    inside = np.minimum(place, max(len(customer_key) - 1, 0))
    present = (place < len(customer_key)) & (customer_key[inside] == wanted) if len(customer_key) else place < 0
    return place.astype(np.intp), present
