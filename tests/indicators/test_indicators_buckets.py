"""Customers computed in buckets come out bit by bit as those computed all at once, however many buckets and in whatever order."""

import random
from datetime import timedelta

import numpy as np
import pytest
from tests.assessment.trading import DAY, portfolio
from tests.facts.batches import publish
from tests.indicators.buckets import assert_same, in_buckets

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import midnight_utc
from riskreview.indicators.blocks import spans_of
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.industry import rank_among_peers
from riskreview.policy.risk_policy import load_policy


@pytest.mark.deep
@pytest.mark.database
def test_any_number_of_buckets_in_any_order_gives_the_same(services, clock):
    chance = random.Random(6)  # noqa: S311  a fixed sequence for a test
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    portfolio(services, chance)
    again = [{"invoice_id": f"I-C0{name}-3", "doc_type": "invoice", "customer_id": f"C0{name}", "issue_date": DAY - timedelta(days=90),
              "due_date": DAY - timedelta(days=60), "amount": 100 + name, "open_amount": 100, "currency": "CNY", "status": "open"}
             for name in range(8)]  # fmt: skip
    publish(services, {"invoices": again}, as_of=DAY, source="told_again")
    whole = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance))

    for buckets in (1, 7):  # two are tried where an assessment is parted, three against pandas
        assert_same(whole, in_buckets(services, DAY, buckets, chance))


def test_ranges_hold_every_customer_once_and_nearly_equally_many():
    keys = np.arange(0, 100, 3, dtype=np.int64)

    spans = spans_of(keys, 7)
    sizes = [int(((keys >= span.low) & (keys <= span.high)).sum()) for span in spans]

    assert (sum(sizes), len(spans)) == (keys.size, 7)
    assert max(sizes) - min(sizes) <= 1
    assert len(spans_of(keys[:3], 7)) == 3
    assert spans_of(keys[:0], 7) == ()


def test_a_short_code_is_ranked_apart_from_longer_ones_also_where_none_of_these_is_present():
    from riskreview.indicators.across import Across

    scores, codes = np.arange(12.0), ("C33", "C331")
    number = np.repeat(np.array([0, 1], dtype=np.int32), 6)
    everybody = Across()
    whole = rank_among_peers(scores, number, codes, everybody, peers=3)

    alone = rank_among_peers(scores[:6], number[:6], codes[:1], Across(everybody.learned), peers=3)

    assert alone.tolist() == whole[:6].tolist()
