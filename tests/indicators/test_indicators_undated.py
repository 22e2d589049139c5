"""A list that shows what is paid without the day it was paid on says nothing of how late a customer pays."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.policy.risk_policy import load_policy
from riskreview.portfolio.ageing import BUCKETS
from riskreview.portfolio.ledger import read_ledger

DAY, BEFORE = date(2026, 6, 30), date(2026, 5, 31)


def paid(name: str, owner: str, due: date, **more):
    return invoice(name, owner, issued=due - timedelta(days=30), due=due, amount=100, open_amount=0, **more)


@pytest.mark.database
def test_what_is_paid_on_a_day_nobody_knows_is_neither_late_nor_on_time(services: Services) -> None:
    """Of five customers: paid, no day told; the same, cleared on its due day; the same by status; paid before it was due; most days told, one invoice 40 days overdue."""
    due = [DAY - timedelta(days=days) for days in range(20, 400, 20)]
    rows = [paid(f"A{n}", "A", day) for n, day in enumerate(due)]
    rows += [paid(f"B{n}", "B", day, cleared_date=day) for n, day in enumerate(due)]
    rows += [invoice(f"C{n}", "C", issued=day, due=day, amount=100, status="cleared") for n, day in enumerate(due)]
    rows += [paid(f"D{n}", "D", DAY + timedelta(days=n)) for n in range(3)]
    rows += [
        paid(f"E{n}", "E", day, cleared_date=None if n == 3 else day + timedelta(days=10)) for n, day in enumerate(due)
    ]
    rows += [
        invoice("E", "E", issued=DAY - timedelta(days=90), due=DAY - timedelta(days=40), amount=100, open_amount=100)
    ]
    told = {"customers": [customer(name) for name in "ABCDE"], "invoices": rows}
    for as_of in (BEFORE, DAY):  # a list that says the same again tells no other day
        publish(services, told, as_of=as_of)

    found = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance))
    ledger = read_ledger(services, pins=current_pins(services), as_of=DAY)

    assert found.overdue.tolist() == [0, 0, 0, 0, 100]
    assert found.values["P3"].round(1).tolist() == pytest.approx([np.nan, 0, np.nan, 0, 13.3], nan_ok=True)
    assert found.values["P4"].round(1).tolist() == pytest.approx([np.nan, 0, np.nan, np.nan, 6.1], nan_ok=True)
    assert found.values["P5"].round(1).tolist() == pytest.approx([np.nan, 0, np.nan, 0, 100], nan_ok=True)
    assert found.values["P6"].tolist() == [0, 0, 0, 0, 0]
    assert sum(ledger.figures[name] for name in BUCKETS).tolist() == [0, 0, 0, 0, 100]
    assert ledger.months.overdue[-3:].tolist() == [0, 100, 100]
