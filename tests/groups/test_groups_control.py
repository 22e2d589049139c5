"""Who belongs together: control of more than half by steps, groups that sources name, and numbers that last."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.groups.control import Holdings, groups, parents
from riskreview.groups.numbering import numbered


def held(*rows):
    """Owner, owned, share; a party that is no customer has a number below zero."""
    owner, owned, share = zip(*rows, strict=True) if rows else ((), (), ())
    return Holdings(np.array(owner, dtype=np.int64), np.array(owned, dtype=np.int64), np.array(share, dtype=np.float64))


def together(holdings, named=()):
    member, group = groups(
        holdings, np.array([m for m, _ in named], dtype=np.int64), np.array([n for _, n in named], dtype=np.int64)
    )
    found: dict[int, set[int]] = {}
    for one, number in zip(member.tolist(), group.tolist(), strict=True):
        found.setdefault(number, set()).add(one)
    return found


def above(holdings, named=()):
    member, group = groups(
        holdings, np.array([m for m, _ in named], dtype=np.int64), np.array([n for _, n in named], dtype=np.int64)
    )
    return dict(zip(*(column.tolist() for column in parents(holdings, member, group)), strict=True))


def test_more_than_half_is_control_and_half_is_not():
    assert together(held((1, 2, 50.01))) == {1: {1, 2}}
    assert together(held((1, 2, 50))) == {}


def test_control_goes_by_steps_not_by_the_product_of_the_shares():
    chain = held((1, 2, 60), (2, 3, 60))
    assert together(chain) == {1: {1, 2, 3}}
    assert above(chain) == {2: 1, 3: 2}


def test_shares_of_controlled_firms_count_together():
    assert together(held((1, 2, 60), (1, 4, 30), (2, 4, 30), (5, 4, 40))) == {1: {1, 2, 4}}
    assert together(held((1, 4, 30), (2, 4, 30))) == {}, "two owners who do not belong together control nothing"
    assert above(held((1, 2, 60), (1, 4, 25), (2, 4, 30))) == {2: 1, 4: 2}


def test_a_party_that_is_no_customer_ties_its_firms_and_is_no_member():
    assert together(held((-1, 7, 80), (-1, 9, 100))) == {7: {7, 9}}
    assert above(held((-1, 7, 80), (-1, 9, 100))) == {}
    assert together(held((-1, 7, 80))) == {}, "one customer alone is no group"


def test_groups_that_a_source_names_and_control_are_joined():
    assert together(held((1, 2, 90)), named=[(2, 5), (8, 5), (9, 6)]) == {1: {1, 2, 8}}
    assert together(held((2, 4, 30), (8, 4, 30)), named=[(2, 5), (8, 5)]) == {2: {2, 4, 8}}


def test_circles_and_owners_of_more_than_all_only_join():
    assert together(held((1, 2, 60), (2, 1, 60))) == {1: {1, 2}}
    assert together(held((1, 3, 80), (2, 3, 80))) == {1: {1, 2, 3}}
    assert above(held((1, 3, 80), (2, 3, 80))) == {3: 1}


ROWS = st.lists(st.tuples(st.integers(-3, 9).filter(bool), st.integers(1, 9), st.integers(1, 100)).filter(lambda r: r[0] != r[1]),
                max_size=14, unique_by=lambda r: r[:2])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_groups_are_what_following_control_step_by_step_gives_whatever_the_order(rows, chance):
    expected = {frozenset(found) for found in plainly(rows)}
    chance.shuffle(rows)
    assert {frozenset(found) for found in together(held(*rows)).values()} == expected


def plainly(rows):
    """Join, one pair at a time, every firm with a set of joined firms that owns more than half of it."""
    sets = [{one} for one in {key for row in rows for key in row[:2]}]
    moved = True
    while moved:
        moved = False
        for owned in {row[1] for row in rows}:
            for found in sets:
                own = next(one for one in sets if owned in one)
                if own is not found and sum(share for owner, to, share in rows if to == owned and owner in found) > 50:
                    sets.remove(own)
                    found.update(own)
                    moved = True
                    break
    customers = [{key for key in found if key > 0} for found in sets]
    return [found for found in customers if len(found) > 1]


def numbers(now, before):
    member = np.array(sorted(key for found in now for key in found), dtype=np.int64)
    group = np.array(
        [next(n for n, found in enumerate(now) if key in found) for key in member.tolist()], dtype=np.int64
    )
    old = sorted((key, number) for number, found in before.items() for key in found)
    given_numbers = numbered(
        member, group, np.array([k for k, _ in old], dtype=np.int64), np.array([n for _, n in old], dtype=np.int64)
    )
    found: dict[int, set[int]] = {}
    for key, number in zip(member.tolist(), given_numbers.tolist(), strict=True):
        found.setdefault(number, set()).add(key)
    return found


def split(labels):
    found = [{key for key, label in enumerate(labels, start=1) if label == number} for number in range(5)]
    return [one for one in found if len(one) > 1]


def test_a_group_keeps_its_number_when_members_join_and_its_oldest_leaves():
    assert numbers([{5, 7}], {}) == {5: {5, 7}}
    assert numbers([{3, 5, 7}], {5: {5, 7}}) == {5: {3, 5, 7}}
    assert numbers([{7, 9, 11}], {5: {5, 7, 9}}) == {5: {7, 9, 11}}


def test_where_a_group_parts_the_larger_part_keeps_the_number():
    assert numbers([{5, 6}, {7, 8, 9}], {5: {5, 6, 7, 8, 9}}) == {5: {7, 8, 9}, 6: {5, 6}}
    assert numbers([{5, 6, 7, 8}], {5: {5, 6}, 7: {7, 8}}) == {5: {5, 6, 7, 8}}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=9, max_size=9), st.lists(st.integers(0, 4), min_size=9, max_size=9))
def test_no_two_groups_share_a_number_and_the_same_groups_keep_theirs(first, second):
    before = numbers(split(first), {})
    after = numbers(split(second), before)
    assert sorted(map(sorted, after.values())) == sorted(map(sorted, split(second)))
    assert numbers(split(second), after) == after
