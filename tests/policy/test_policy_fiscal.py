"""Fiscal periods neither drift nor overlap, whatever day of the year they are counted from."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.policy.fiscal import FiscalYear, add_months

days = st.dates(date(2015, 1, 1), date(2045, 12, 31))
lengths = st.sampled_from([1, 2, 3, 4, 5, 6, 12, 18, 24])
starts = st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda day: FiscalYear(day.month, day.day))


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
def test_every_day_is_in_one_period_and_the_next_begins_where_it_ends(
    day: date, months: int, fiscal: FiscalYear
) -> None:
    period = fiscal.period_of(day, months)

    assert period.starts_on <= day < period.ends_before
    assert fiscal.period_of(period.starts_on, months) == period
    assert fiscal.period_of(period.ends_before - timedelta(days=1), months) == period
    following = fiscal.period_of(period.ends_before, months)
    assert following.starts_on == period.ends_before
    assert following.key != period.key
    assert period.ends_before.day == min(fiscal.day, _last_day(period.ends_before))


@given(st.sampled_from([1, 3, 6, 12]), starts)
def test_keys_of_thirty_years_are_unique(months: int, fiscal: FiscalYear) -> None:
    day, keys = date(2015, 1, 1), []
    while day < date(2045, 1, 1):
        period = fiscal.period_of(day, months)
        keys.append(period.key)
        day = period.ends_before

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("day", "months", "starts_on", "key"), [
    (date(2026, 7, 1), 3, "01-01", "2026Q3"), (date(2026, 6, 30), 6, "01-01", "2026H1"), (date(2026, 12, 31), 12, "01-01", "2026Y"),
    (date(2026, 3, 31), 3, "04-01", "2026Q4"), (date(2026, 4, 1), 6, "04-01", "2027H1"), (date(2026, 2, 28), 1, "01-01", "2026M02"),
    (date(2026, 4, 5), 3, "04-06", "2026Q4"), (date(2026, 4, 6), 3, "04-06", "2027Q1"), (date(2026, 4, 30), 3, "01-31", "2027Q2"),
    (date(2026, 4, 29), 3, "01-31", "2027Q1"),
])  # fmt: skip
def test_period_keys_read_like_a_person_writes_them(day: date, months: int, starts_on: str, key: str) -> None:
    assert FiscalYear.parse(starts_on).period_of(day, months).key == key


@pytest.mark.parametrize("text", ["1", "13-01", "02-29", "02-30", "4-6", "04/06", ""])
def test_a_fiscal_year_begins_on_a_day_that_every_year_has(text: str) -> None:
    with pytest.raises(ValueError, match="E-POLICY-FISCAL"):
        FiscalYear.parse(text)


def _last_day(day: date) -> int:
    return (add_months(day.replace(day=1), 1) - timedelta(days=1)).day
