"""Owns who has to be judged together with whom: the members of a group, and parents with all that belongs to them. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Relations:
    """Every tie between customers: members with the number of their group, children with their parent."""

    member: Keys
    group: Keys
    child: Keys
    parent: Keys


def judged_with(keys: Keys, ties: Relations) -> Keys:
    """Return the customers to judge when those of ``keys`` changed, ascending.

    Whose class rests on a changed one may change too: the members of its group, and all below it. Of each of these the group and
    the parents are needed, so that it comes out as in a run over everybody.
    """
    changed = _with_groups(np.unique(keys), ties)
    while (more := np.union1d(changed, ties.child[np.isin(ties.parent, changed)])).size > changed.size:
        changed = more
    needed = changed
    while (more := _with_groups(np.union1d(needed, ties.parent[np.isin(ties.child, needed)]), ties)).size > needed.size:
        needed = more
    return needed


def _with_groups(keys: Keys, ties: Relations) -> Keys:
    groups = np.unique(ties.group[np.isin(ties.member, keys)])
    return np.union1d(keys, ties.member[np.isin(ties.group, groups)])
