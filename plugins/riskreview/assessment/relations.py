"""Owns who has to be judged together with whom: members of a group, parents with all below them, guarantors. Pure."""

import numpy as np

from riskreview.groups.control import Keys
from riskreview.groups.ties import Ties


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
