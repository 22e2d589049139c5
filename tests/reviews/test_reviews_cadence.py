"""Periods neither drift nor overlap, and due days respect limits and capacity."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.reviews.cadence import Waiting, add_months, due_offsets, line_name, period_of

days = st.dates(date(2015, 1, 1), date(2045, 12, 31))
lengths = st.sampled_from([1, 2, 3, 4, 5, 6, 12, 18, 24])
starts = st.integers(1, 12)


@pytest.mark.parametrize(("anchor", "months", "expected"), [
    (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2026, 8, 31), 12, date(2027, 8, 31)),
    (date(2026, 8, 31), 18, date(2028, 2, 29)), (date(2026, 11, 30), 3, date(2027, 2, 28)),
    (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2024, 2, 29), 48, date(2028, 2, 29)),
    (date(2026, 12, 31), 0, date(2026, 12, 31)),
])  # fmt: skip
def test_months_are_added_from_the_anchor_without_drift(anchor: date, months: int, expected: date) -> None:
    assert add_months(anchor, months) == expected


@given(days, st.integers(0, 40))
def test_ten_years_of_cycles_keep_the_anchor_s_day_wherever_the_month_has_it(anchor: date, cycles: int) -> None:
    found = add_months(anchor, 3 * cycles)
    next_day = found + timedelta(days=1)

    assert found.day == anchor.day or (found.day < anchor.day and next_day.day == 1)
    assert (found.year - anchor.year) * 12 + found.month - anchor.month == 3 * cycles


@given(days, lengths, starts)
def test_every_day_is_in_one_period_and_the_next_begins_where_it_ends(day: date, months: int, fiscal: int) -> None:
    period = period_of(day, months, fiscal)

    assert period.starts_on <= day < period.ends_before
    assert period_of(period.starts_on, months, fiscal) == period
    assert period_of(period.ends_before - timedelta(days=1), months, fiscal) == period
    following = period_of(period.ends_before, months, fiscal)
    assert following.starts_on == period.ends_before
    assert following.key != period.key
    assert add_months(period.starts_on, months) == period.ends_before


@given(st.sampled_from([1, 3, 6, 12]), starts)
def test_keys_of_thirty_years_are_unique(months: int, fiscal: int) -> None:
    day, keys = date(2015, 1, 1), []
    while day < date(2045, 1, 1):
        period = period_of(day, months, fiscal)
        keys.append(period.key)
        day = period.ends_before

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("day", "months", "fiscal", "key"), [
    (date(2026, 7, 1), 3, 1, "2026Q3"), (date(2026, 6, 30), 6, 1, "2026H1"), (date(2026, 12, 31), 12, 1, "2026Y"),
    (date(2026, 3, 31), 3, 4, "2026Q4"), (date(2026, 4, 1), 6, 4, "2027H1"), (date(2026, 2, 28), 1, 1, "2026M02"),
])  # fmt: skip
def test_period_keys_read_like_a_person_writes_them(day: date, months: int, fiscal: int, key: str) -> None:
    assert period_of(day, months, fiscal).key == key


def test_policy_lines_have_names() -> None:
    assert [line_name(n) for n in (3, 6, 12, 5)] == ["quarterly", "semi_annual", "annual", "every_5_months"]


waiting = st.lists(
    st.tuples(st.sampled_from(["ann", "bob"]), st.integers(3, 30), st.floats(0, 1e6)), max_size=80
).map(lambda items: [Waiting(n, owner, latest, weight) for n, (owner, latest, weight) in enumerate(items)])  # fmt: skip


@given(waiting, st.integers(1, 8), st.integers(0, 3), st.randoms())
def test_due_days_keep_every_limit_whatever_the_order(items: list[Waiting], capacity: int, first: int, random) -> None:
    found = due_offsets(items, capacity={"ann": capacity, "bob": capacity}, spread_from=first)
    shuffled = list(items)
    random.shuffle(shuffled)

    assert found == due_offsets(shuffled, capacity={"ann": capacity, "bob": capacity}, spread_from=first)
    assert set(found) == {item.number for item in items}
    assert all(first <= found[item.number] <= item.latest for item in items)


@given(waiting, st.integers(1, 8))
def test_capacity_is_exceeded_only_when_a_limit_could_not_be_kept_otherwise(
    items: list[Waiting], capacity: int
) -> None:
    found = due_offsets(items, capacity={"ann": capacity, "bob": capacity}, spread_from=3)

    for owner in ("ann", "bob"):
        mine = sorted(item.latest for item in items if item.owner == owner)
        fits = all(place <= capacity * (latest - 3 + 1) for place, latest in enumerate(mine, start=1))
        load = Counter(found[item.number] for item in items if item.owner == owner)
        if fits:
            assert max(load.values(), default=0) <= capacity


def test_among_equal_limits_the_most_money_comes_first() -> None:
    items = [Waiting(1, "ann", 10, 5.0), Waiting(2, "ann", 10, 50.0), Waiting(3, "ann", 10, 500.0)]

    found = due_offsets(items, capacity={"ann": 1}, spread_from=3)

    assert found == {3: 3, 2: 4, 1: 5}
