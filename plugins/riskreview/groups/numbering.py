"""Owns the numbers of groups: a group keeps its number while it lives, whoever joins or leaves it. Pure."""

import numpy as np
from numpy.typing import NDArray

from riskreview.groups.control import Keys


def numbered(member: Keys, group: Keys, old_member: Keys, old_group: Keys) -> Keys:
    """Return the lasting number of every member's group.

    A group keeps the number that most of its members had, of equal counts the lower one; where a group parted, the number stays with
    the larger part. A new group gets the smallest key among its members that is no group's number, or minus the smallest of all.

    :param member: ascending, each once; ``group`` any number that is the same for the members of one group.
    :param old_member: members at the last assessment, ascending, with the numbers of their groups.
    """
    if not len(member):
        return member
    names, at = np.unique(group, return_inverse=True)
    number = np.zeros(len(names), dtype=np.int64)
    now, before = _inherited(member, at, old_member, old_group)
    number[now] = before
    free = (number[at] == 0) & ~np.isin(member, before)
    new, first = np.unique(at[free], return_index=True)
    number[new] = member[free][first]
    smallest = member[np.unique(at, return_index=True)[1]]
    return np.where(number == 0, -smallest, number)[at]


def joined_with(member: Keys, group: Keys, old_member: Keys, old_group: Keys, stays: Keys) -> tuple[Keys, Keys]:
    """Return the given groups with those of ``stays`` as they were, members ascending; who is then alone is in no group."""
    moves, kept = ~np.isin(member, stays), np.isin(old_member, stays)
    names, number = np.unique(group[moves], return_inverse=True)
    old_number = np.unique(old_group[kept], return_inverse=True)[1]
    member = np.concatenate([member[moves], old_member[kept]])
    number = np.concatenate([number, len(names) + old_number])
    order = np.argsort(member)
    shared = np.bincount(number, minlength=1)[number[order]] > 1
    return member[order][shared], number[order][shared].astype(np.int64)


def _inherited(member: Keys, at: Keys, old_member: Keys, old_group: Keys) -> tuple[Keys, Keys]:
    """Return the places of the groups that live on, and their numbers."""
    _, here, there = np.intersect1d(member, old_member, assume_unique=True, return_indices=True)
    numbers, old = np.unique(old_group[there], return_inverse=True)
    pairs, shared = np.unique(at[here] * np.int64(len(numbers)) + old, return_counts=True)
    if not len(pairs):
        return pairs, pairs
    now, before = pairs // len(numbers), pairs % len(numbers)
    kept = _best(now, before, shared)
    kept = kept[_best(before[kept], now[kept], shared[kept])]
    return now[kept], numbers[before[kept]]


def _best(one: NDArray[np.intp], other: NDArray[np.intp], shared: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return, for each of ``one``, the row with the most in common; of equal ones that with the lowest ``other``."""
    order = np.lexsort((other, -shared, one))
    return order[np.unique(one[order], return_index=True)[1]]
