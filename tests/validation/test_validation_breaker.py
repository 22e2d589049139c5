from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.validation.breaker import Delivery, check_dates, check_empty, compare, is_late
from riskreview.validation.profiles import DatasetProfile, as_json, from_json
from riskreview.validation.rules import Limits

LIMITS = Limits()
USUAL = DatasetProfile(
    1000, 1000, empty={"amount": 0.0, "status": 0.1}, nonzero={"amount": 1.0, "open_amount": 0.3},
    median={"amount": 85.0}, categories={"currency": {"CNY": 900, "USD": 100}},
)  # fmt: skip
DELIVERY = Delivery(date(2026, 6, 30), date(2026, 7, 1), is_snapshot=True)


def codes(now: DatasetProfile, before: DatasetProfile = USUAL, delivery: Delivery = DELIVERY) -> list[str]:
    return [item.code for item in compare({"invoices": now}, {"invoices": before}, delivery=delivery, limits=LIMITS)]


def test_an_ordinary_delivery_passes():
    assert codes(replace(USUAL, rows=1100, rows_in=1120)) == []


@pytest.mark.parametrize("rows", [1, 499, 500, 2000, 5000])
def test_halved_and_doubled_deliveries_are_held(rows):
    assert codes(replace(USUAL, rows=rows, rows_in=rows))[0] == "E-ROW-COUNT"


def test_a_delivery_of_which_half_was_refused_is_held():
    assert codes(replace(USUAL, rows=480, rows_in=1000)) == ["E-ROW-COUNT"]


def test_a_delivery_that_repeats_every_row_is_held():
    assert codes(replace(USUAL, rows=1000, rows_in=2000)) == ["E-ROW-COUNT"]


@pytest.mark.parametrize(
    "now",
    [
        replace(USUAL, categories={"currency": {"CNY": 1000}}),
        replace(USUAL, empty={"amount": 0.0, "status": 0.4}),
        replace(USUAL, nonzero={"amount": 1.0, "open_amount": 0.0}, empty={"open_amount": 0.0}),
        replace(USUAL, median={"amount": 8500.0}),
        replace(USUAL, median={"amount": 0.85}),
    ],
    ids=["currency vanished", "cells emptied", "balances all zero", "times 100", "divided by 100"],
)
def test_a_changed_distribution_is_held(now):
    assert codes(now) == ["E-DISTRIBUTION"]


def test_a_rare_currency_may_disappear():
    before = replace(USUAL, categories={"currency": {"CNY": 990, "USD": 10}})

    assert codes(replace(USUAL, categories={"currency": {"CNY": 1000}}), before) == []


def test_a_baseline_of_a_handful_of_rows_proves_nothing():
    assert codes(replace(USUAL, rows=1, rows_in=1), replace(USUAL, rows=9, rows_in=9)) == []


def test_an_empty_delivery_is_held_even_when_it_is_the_first():
    assert [item.code for item in check_empty({"invoices": DatasetProfile(0, 0)})] == ["E-BATCH-EMPTY"]


def test_a_data_set_that_lost_all_its_rows_holds_the_delivery():
    found = compare({"payments": USUAL}, {"payments": USUAL, "invoices": USUAL}, delivery=DELIVERY, limits=LIMITS)

    assert [(item.code, item.found) for item in found] == [
        ("E-ROW-COUNT", "no rows of invoices passed, last time 1000")
    ]


def test_an_old_snapshot_is_held_and_an_old_movement_fills_history():
    newer = date(2026, 7, 15)

    assert [p.code for p in check_dates(DELIVERY, published_as_of=newer, future_days=1)] == ["E-ASOF-OLD"]
    movement = replace(DELIVERY, is_snapshot=False)
    assert check_dates(movement, published_as_of=newer, future_days=1) == []
    assert is_late(movement, newer)


def test_an_as_of_date_in_the_future_is_held():
    ahead = replace(DELIVERY, as_of=date(2026, 7, 3))

    assert [p.code for p in check_dates(ahead, published_as_of=None, future_days=1)] == ["E-ASOF-FUTURE"]


def test_a_profile_survives_storage():
    import json

    assert from_json(json.loads(as_json({"invoices": USUAL}))) == {"invoices": USUAL}


@given(rows=st.integers(10, 10_000), ratio=st.floats(0.01, 10))
def test_the_row_count_is_held_exactly_outside_the_ratios(rows, ratio):
    now = max(1, int(rows * ratio))
    held = "E-ROW-COUNT" in codes(replace(USUAL, rows=now, rows_in=now), replace(USUAL, rows=rows, rows_in=rows))

    assert held == (now <= 0.5 * rows or now >= 2 * rows)
