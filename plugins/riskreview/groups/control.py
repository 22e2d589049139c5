"""Owns who belongs together: control of more than half, directly or through controlled firms, and groups that sources name. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF = 50.0

Keys = NDArray[np.int64]
Shares = NDArray[np.float64]
NOBODY: Keys = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Holdings:
    """Who owns how much of whom, each pair once.

    :param owner: customers, or parties that are none with numbers below zero.
    """

    owner: Keys
    owned: Keys
    share: Shares


def groups(holdings: Holdings, member: Keys, named: Keys) -> tuple[Keys, Keys]:
    """Return the customers that belong to groups, ascending, and the group of each: the smallest key among its members.

    A firm belongs to those who together own more than half of it and belong together already, and to those with whom a source
    names it in one group. Circles, and owners who would own more than all, only put more customers together, never fewer. A party
    that is no customer ties its customers together and is no member.

    :param member: customers that a source names in a group, ``named`` the number of that group.
    """
    keys, place = np.unique(np.concatenate([holdings.owner, holdings.owned, member]), return_inverse=True)
    owner, owned, given = np.split(place, [len(holdings.owner), 2 * len(holdings.owner)])
    label = connected(len(keys), given, given[_first_of(named)])
    while True:
        above, below = _controlled(label[owner], owned, holdings.share)
        if bool((label[above] == label[below]).all()):
            break
        label = connected(len(keys), np.concatenate([np.arange(len(keys)), above]), np.concatenate([label, below]))
    customers = keys >= 0
    first = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(first, label[customers], keys[customers])
    size = np.bincount(label[customers], minlength=len(keys))
    shared = customers & (size[label] > 1)
    return keys[shared], first[label[shared]]


def parents(holdings: Holdings, member: Keys, group: Keys) -> tuple[Keys, Keys]:
    """Return the customers of which other members of their group own more than half, ascending, and the largest of these owners.

    Of equal owners the one with the smallest key is the parent.
    """
    same = _group_of(holdings.owned, member, group)
    inside = (same > 0) & (_group_of(holdings.owner, member, group) == same)
    owner, share = holdings.owner[inside], holdings.share[inside]
    owned, at = np.unique(holdings.owned[inside], return_inverse=True)
    order = np.lexsort((owner, -share, at))
    largest = owner[order][np.searchsorted(at[order], np.arange(len(owned)))]
    controlled = np.bincount(at, share, minlength=len(owned)) > HALF
    return owned[controlled], largest[controlled]


def connected(size: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each of ``size`` places the smallest place it is connected to by the given pairs."""
    label = np.arange(size)
    while True:
        low, high = np.minimum(label[one], label[other]), np.maximum(label[one], label[other])
        if bool((low == high).all()):
            return label
        np.minimum.at(label, high, low)
        while bool((label != (above := label[label])).any()):
            label = above


def _controlled(
    holder: NDArray[np.intp], owned: NDArray[np.intp], share: Shares
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the holders, each a whole that belongs together, and the places of which they own more than half."""
    size = int(owned.max(initial=0)) + 1
    pairs, at = np.unique(holder * size + owned, return_inverse=True)
    over = pairs[np.bincount(at, share, minlength=len(pairs)) > HALF]
    return over // size, over % size


def _first_of(named: Keys) -> NDArray[np.intp]:
    """Return for each place the first one that is named alike."""
    _, first, at = np.unique(named, return_index=True, return_inverse=True)
    return first[at]


def _group_of(wanted: Keys, keys: Keys, values: Keys) -> Keys:
    """Return what stands beside each wanted key, 0 where it is not among ``keys`` (ascending)."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
