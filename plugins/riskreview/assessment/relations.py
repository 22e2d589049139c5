"""Owns who has to be judged together with whom: members of a group, parents with all below them, guarantors. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskreview.groups.control import Keys
from riskreview.groups.ties import Ties


@dataclass(frozen=True, slots=True)
class TiedAcross:
    """Customers tied to others beyond their bucket, ascending, and in which part each of them is judged, counted from zero."""

    customer_key: Keys
    part: Keys

    @property
    def parts(self) -> int:
        """How many parts they make."""
        return int(self.part.max()) + 1 if self.part.size else 0


def tied_across(keys: Keys, lows: Sequence[int], ties: Ties) -> TiedAcross:
    """Return who is tied to customers in another bucket; who is tied together is in one part, about as large as a bucket where that can be.

    :param keys: all customers, ascending. :param lows: the least customer of each bucket, ascending.
    """
    customers, knot = _knots(ties)
    known = np.isin(customers, keys)
    customers, knot = customers[known], np.unique(knot[known], return_inverse=True)[1]
    bucket = np.searchsorted(np.array(lows, dtype=np.int64), customers, side="right")
    least, most = np.full(knot.max(initial=-1) + 1, len(lows) + 1), np.zeros(knot.max(initial=-1) + 1, dtype=np.int64)
    np.minimum.at(least, knot, bucket)
    np.maximum.at(most, knot, bucket)
    apart = least[knot] != most[knot]
    customers, knot = customers[apart], np.unique(knot[apart], return_inverse=True)[1]
    before = np.r_[0, np.cumsum(np.bincount(knot))[:-1]] if knot.size else np.zeros(0, dtype=np.int64)
    part = np.unique(before // max(-(-keys.size // len(lows)), 1), return_inverse=True)[1]
    return TiedAcross(customers, part[knot].astype(np.int64))


def _knots(ties: Ties) -> tuple[Keys, Keys]:
    """Return everybody who is tied to anybody, ascending, and the number of the knot that each belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, first, number = np.unique(ties.group, return_index=True, return_inverse=True)
    one = np.concatenate([ties.member, ties.child, ties.guaranteed])
    other = np.concatenate([ties.member[first][number], ties.parent, ties.guarantor])
    customers, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    if not customers.size:
        return customers, customers
    start, end = place[: one.size], place[one.size :]
    tied = coo_array((np.ones(start.size, dtype=np.int8), (start, end)), shape=(customers.size, customers.size))
    return customers, connected_components(tied, directed=False)[1].astype(np.int64)


def judged_with(keys: Keys, ties: Ties) -> Keys:
    """Return the customers to judge when those of ``keys`` changed, ascending.

    Whose class rests on a changed one may change too: the members of its group, those it guarantees for, and all below it. Of each
    of these the group, the guarantors and the parents are needed, so that it comes out as in a run over everybody.
    """
    changed = np.union1d(_with_groups(np.unique(keys), ties), ties.guaranteed[np.isin(ties.guarantor, keys)])
    while (more := np.union1d(changed, ties.child[np.isin(ties.parent, changed)])).size > changed.size:
        changed = more
    needed = changed
    while (more := _with_needed(needed, ties)).size > needed.size:
        needed = more
    return needed


def judged_with_former(keys: Keys, ties: Ties, former: Keys, former_group: Keys) -> Keys:
    """Return the same, and whoever was in a group with one of these at the last assessment and is no more: they parted since.

    Whether by what was learned now or merely because time passed, it is judged with those it is tied to now.

    :param former: members at the last assessment, ``former_group`` the group of each.
    """
    judged = judged_with(keys, ties)
    while (parted := np.setdiff1d(_beside(judged, former, former_group), judged)).size:
        keys = np.union1d(keys, parted)
        judged = judged_with(keys, ties)
    return judged


def _beside(keys: Keys, member: Keys, group: Keys) -> Keys:
    return member[np.isin(group, group[np.isin(member, keys)])]


def _with_needed(keys: Keys, ties: Ties) -> Keys:
    guarantors = ties.guarantor[np.isin(ties.guaranteed, keys)]
    return _with_groups(np.unique(np.concatenate([keys, guarantors, ties.parent[np.isin(ties.child, keys)]])), ties)


def _with_groups(keys: Keys, ties: Ties) -> Keys:
    return np.union1d(keys, _beside(keys, ties.member, ties.group))
