"""Due days respect limits and capacity."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from riskreview.reviews.cadence import Waiting, due_offsets, line_name


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
