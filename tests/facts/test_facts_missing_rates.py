"""An amount that no rate converts is named: its currency, its date, and the feed that has to bring the rate."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.missing_rates import missing_rates, report_missing_rates
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database
D = date(2025, 6, 30)
RATES = """source: bank_rates
system: bank
stage: finance
title: {en: "rates", zh: "汇率"}
read: {path: "fx_*.csv", format: csv}
delivery: {kind: movement, as_of: {received: true}}
datasets:
  fx_rates:
    columns: {currency: a, quote_currency: b, rate_date: c, rate: d}
"""


@pytest.fixture
def portfolio(services: Services) -> Services:
    """A owes in CHF, B in US dollars with a rate, C in CHF only after the date."""
    (services.instance.home / "mappings" / "bank_rates.yaml").write_text(RATES, encoding="utf-8")
    bills = [invoice(name, name, issued=issued, currency=currency)
             for name, issued, currency in (("A", D, "CHF"), ("B", D, "USD"), ("C", D + timedelta(days=1), "CHF"))]  # fmt: skip
    rates = [{"currency": "USD", "quote_currency": "CNY", "rate_date": D, "rate": 7.0}]
    publish(services, {"customers": [customer(name) for name in "ABC"], "invoices": bills, "fx_rates": rates}, as_of=D)
    return services


def test_the_sentence_names_currency_date_and_feed(portfolio: Services) -> None:
    (missing,) = missing_rates(portfolio, pins=current_pins(portfolio), as_of=D)

    assert (missing.currency, missing.feeds) == ("CHF", ("bank_rates",))
    assert all(part in missing.sentence for part in ("CHF to CNY", "2025-06-30", "fx_rates (bank_rates)"))


def test_only_the_customer_that_owes_in_it_is_told_of_it(portfolio: Services) -> None:
    with portfolio.engine.connect() as connection:
        rows = connection.execute(text("SELECT customer_id, customer_key FROM customer")).all()
    pins = current_pins(portfolio)
    found = {
        row.customer_id: missing_rates(portfolio, pins=pins, as_of=D, customer_key=row.customer_key) for row in rows
    }
    assert {name: [item.currency for item in items] for name, items in found.items()} == {
        "A": ["CHF"],
        "B": [],
        "C": [],
    }


def test_the_data_engineer_is_told_once_of_a_missing_rate(portfolio: Services) -> None:
    for day in (D, D + timedelta(days=1)):
        report_missing_rates(portfolio, pins=current_pins(portfolio), as_of=day)

    with portfolio.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, facts FROM outbox_event")).all()
    assert [(row.kind, row.facts["currency"], row.facts["source"]) for row in rows] == [
        ("rate_missing", "CHF", "bank_rates")
    ]
