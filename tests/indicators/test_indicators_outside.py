"""Records from outside: nobody is clear of what no source has ever told of."""

from datetime import date

import numpy as np
import pytest
from tests.assessment.trading import notice
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import Some, compute_indicators
from riskreview.policy.risk_policy import load_policy

DAY = date(2026, 6, 30)
OUTSIDE = ("P10", "C1", "C4", "E2")


def figures(services: Services, *, some: Some | None = None) -> dict[str, list[float]]:
    found = compute_indicators(
        services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance), some=some
    )
    return {name: found.values[name].tolist() for name in OUTSIDE}


@pytest.mark.database
def test_who_tells_of_suits_has_looked_neither_at_sanctions_nor_at_the_press(services: Services) -> None:
    unknown = pytest.approx([np.nan, np.nan], nan_ok=True)
    publish(services, {"customers": [customer("A"), customer("B")]}, as_of=DAY)
    publish(services, {"external_signals": [notice("A", 1, "insolvency", DAY)]}, as_of=DAY)
    assert figures(services) == dict.fromkeys(OUTSIDE, unknown)

    publish(services, {"external_signals": [notice("A", 2, "litigation", DAY)]}, as_of=DAY, source="court")
    assert figures(services) == {"P10": [1, 0], "C1": unknown, "C4": unknown, "E2": unknown}

    publish(services, {"external_signals": [notice("A", 3, "sanction", DAY)]}, as_of=DAY, source="provider")
    publish(services, {"external_signals": [notice("A", 4, "registry_change", DAY)]}, as_of=DAY, source="register")
    assert figures(services) == {"P10": [1, 0], "C1": [1, 0], "C4": unknown, "E2": [1, 0]}
    learned = compute_indicators(
        services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance)
    ).learned
    alone = figures(services, some=Some(np.array([2]), learned))
    assert alone == {"P10": [0], "C1": [0], "C4": pytest.approx([np.nan], nan_ok=True), "E2": [0]}


@pytest.mark.database
def test_of_whom_no_system_with_contacts_or_payments_knows_nothing_was_said(services: Services) -> None:
    owed, paid = invoice("I1", "A", issued=date(2026, 5, 1)), date(2026, 6, 1)
    leaving = {
        "contact_id": "K",
        "customer_id": "A",
        "role": "ceo",
        "since_on": date(2020, 1, 1),
        "until_on": date(2026, 5, 1),
    }
    receipt = {
        "payment_id": "Z",
        "customer_id": "A",
        "invoice_id": "I1",
        "payment_date": paid,
        "amount": 60.0,
        "currency": "CNY",
    }
    publish(services, {"customers": [customer("A")], "invoices": [owed]}, as_of=DAY)  # fmt: skip
    publish(services, {"customers": [customer("A"), customer("B", company="Elsewhere")], "invoices": [owed, invoice("I2", "B", issued=paid)]},
            as_of=DAY, system="ledger", source="ledger_feed")  # fmt: skip
    publish(services, {"contacts": [leaving], "payments": [receipt]}, as_of=DAY)

    found = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance))
    alone = [figures(services, some=Some(found.customer_key[row : row + 1], found.learned))["E2"] for row in range(3)]

    assert found.values["E2"].tolist() == pytest.approx([1.0, np.nan, np.nan], nan_ok=True)
    assert found.values["P9"].tolist() == pytest.approx([0.0, np.nan, np.nan], nan_ok=True)
    assert [value for row in alone for value in row] == pytest.approx([1.0, np.nan, np.nan], nan_ok=True)
