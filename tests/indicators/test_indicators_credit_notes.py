"""A credit note that names its invoice settles it, one that names none lowers what is owed and nothing else; what is paid leaves no cent."""

from datetime import date, timedelta

import pytest
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.customer_money import customer_money
from riskreview.policy.risk_policy import load_policy
from riskreview.portfolio.ageing import BUCKETS
from riskreview.portfolio.ledger import read_ledger

DAY = date(2026, 6, 30)
OLD, LATER = DAY - timedelta(days=150), DAY - timedelta(days=20)


def note(name: str, owner: str, amount: float, invoice_id: str | None, **more):
    return invoice(
        name, owner, issued=LATER, due=LATER, amount=amount, doc_type="credit_note", ref_invoice_id=invoice_id, **more
    )


@pytest.fixture
def credited(services: Services) -> Services:
    """An invoice of 1,000, 120 days past due, of each of six customers, and what became of it.

    Credited in full, in part, by a note that names no invoice, paid and credited, credited by a note that names a stranger's
    invoice, credited by a note that was reversed. A seventh has paid everything in dollars, to the cent.
    """
    names = "ABCDEF"
    rows = [invoice(f"I{name}", name, issued=OLD, amount=1000) for name in names]
    rows += [invoice("ID2", "D", issued=DAY - timedelta(days=5), amount=500), note("NA", "A", 1000, "IA"), note("NB", "B", 400, "IB"),
             note("NC", "C", 400, None), note("ND", "D", 300, "ID"), note("NE", "E", 400, "IA"), note("NF", "F", 400, "IF", status="reversed")]  # fmt: skip
    paid = {
        "payment_id": "P1",
        "customer_id": "D",
        "invoice_id": "ID",
        "payment_date": DAY - timedelta(days=110),
        "amount": 1000,
        "currency": "CNY",
    }
    dollars = [
        invoice(f"IG{cents}", "G", issued=OLD, amount=100 + cents / 100, currency="USD") for cents in range(5, 100, 10)
    ]
    receipts = [{"payment_id": row["invoice_id"], "customer_id": "G", "invoice_id": row["invoice_id"], "payment_date": DAY - timedelta(days=125),
                 "amount": row["amount"], "currency": "USD"} for row in dollars]  # fmt: skip
    rate = {"currency": "USD", "quote_currency": "CNY", "rate_date": OLD, "rate": 7.1}
    publish(services, {"customers": [customer(name) for name in (*names, "G")], "fx_rates": [rate], "invoices": rows + dollars,
                       "payments": [paid, *receipts]}, as_of=DAY)  # fmt: skip
    return services


@pytest.mark.database
def test_what_is_owed_and_overdue_after_credit_notes(credited: Services) -> None:
    policy, pins = load_policy(credited.instance), current_pins(credited)

    now = compute_indicators(credited, pins=pins, as_of=DAY, policy=policy)
    before = compute_indicators(credited, pins=pins, as_of=LATER - timedelta(days=1), policy=policy)
    ledger = read_ledger(credited, pins=pins, as_of=DAY)
    pages = [
        customer_money(credited, customer_key=int(key), pins=pins, as_of=DAY).items for key in ledger.customer_key[:2]
    ]

    assert now.overdue.tolist() == [0, 600, 1000, 0, 1000, 1000, 0]
    assert now.exposure.tolist() == [0, 600, 600, 200, 600, 1000, 0]
    assert now.values["P1"].tolist() == [0, 120, 120, 0, 120, 120, 0]
    assert before.overdue.tolist() == [1000, 1000, 1000, 0, 1000, 1000, 0]
    assert sum(ledger.figures[name] for name in BUCKETS).tolist() == [0, 600, 1000, 500, 1000, 1000, 0]
    assert ledger.months.sales[-1] == 500 - 1000 - 400 - 400 - 300 - 400
    assert [[(row["invoice_no"], row["open_amount"]) for row in page] for page in pages] == [[], [("IB", 600.0)]]
