"""Which account belongs to which customer, and what that means for figures; contradictions; currencies."""

import itertools
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.facts.batches import START, customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.policy.risk_policy import load_policy

D = date(2025, 6, 30)
ISSUED = date(2025, 3, 1)
TAX, OTHER = "91-3301 0678ABCD", "91440300999X"


def grouping(services: Services) -> set[frozenset[str]]:
    """Which accounts belong together, by business ids."""
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT customer_key, system, account_id FROM account")).all()
    members: dict[int, set[str]] = {}
    for key, system, account in rows:
        members.setdefault(key, set()).add(f"{system}/{account}")
    return {frozenset(group) for group in members.values()}


def open_amounts(services: Services) -> dict[str, float]:
    """Exposure by the account ids of a customer."""
    frame = compute_indicators(services, pins=current_pins(services), as_of=D, policy=load_policy(services.instance))
    with services.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT customer_key, string_agg(account_id, '+' ORDER BY system, account_id) AS ids FROM account GROUP BY 1"
            )
        )
        names = {row.customer_key: row.ids for row in rows}
    return {names[key]: float(value) for key, value in zip(frame.customer_key.tolist(), frame.exposure, strict=True)}


STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("erp", {"customers": [customer("A", tax_id=TAX), customer("B")], "invoices": [invoice("I1", "A", issued=ISSUED), invoice("I2", "B", issued=ISSUED)]}),
    ("crm", {"customers": [customer("X", tax_id=TAX.lower().replace(" ", "")), customer("Y", tax_id="000000000000")],
             "invoices": [invoice("I3", "X", issued=ISSUED, amount=7)]}),
    ("bank", {"customers": [customer("K", tax_id=TAX), customer("L", tax_id=OTHER)], "invoices": [invoice("I4", "K", issued=ISSUED, amount=5)]}),
)  # fmt: skip


@pytest.mark.database
@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
def test_one_registration_number_is_one_customer_in_whatever_order_systems_arrive(
    services: Services, order: tuple[int, ...]
) -> None:
    for place in order:
        system, datasets = STEPS[place]
        publish(
            services, datasets, as_of=D, system=system, source=f"{system}_feed", received=START + timedelta(hours=place)
        )
    assert grouping(services) == {
        frozenset({"erp/A", "crm/X", "bank/K"}),
        frozenset({"erp/B"}),
        frozenset({"crm/Y"}),
        frozenset({"bank/L"}),
    }
    assert open_amounts(services) == {"K+X+A": 112.0, "B": 100.0, "Y": 0.0, "L": 0.0}


@pytest.mark.database
def test_a_registration_number_learned_late_joins_accounts_and_their_figures(services: Services) -> None:
    publish(
        services, {"customers": [customer("A", tax_id=TAX)], "invoices": [invoice("I1", "A", issued=ISSUED)]}, as_of=D
    )
    publish(
        services,
        {"customers": [customer("Z")], "invoices": [invoice("I9", "Z", issued=ISSUED, amount=11)]},
        as_of=D,
        system="crm",
        source="crm_feed",
    )
    assert open_amounts(services) == {"A": 100.0, "Z": 11.0}
    publish(
        services,
        {"customers": [customer("Z", tax_id=TAX)]},
        as_of=D + timedelta(days=1),
        system="crm",
        source="crm_feed",
    )
    assert grouping(services) == {frozenset({"erp/A", "crm/Z"})}
    assert open_amounts(services) == {"Z+A": 111.0}
    publish(
        services,
        {"customers": [customer("Z", tax_id=OTHER)]},
        as_of=D + timedelta(days=2),
        system="crm",
        source="crm_feed",
    )
    assert open_amounts(services) == {"A": 100.0, "Z": 11.0}
    with services.engine.connect() as connection:
        retired = connection.execute(text("SELECT count(*) FROM customer WHERE merged_into IS NOT NULL")).scalar_one()
        alive = connection.execute(text("SELECT count(*) FROM customer WHERE merged_into IS NULL")).scalar_one()
    assert (retired, alive) == (1, 2)


@pytest.mark.database
def test_an_older_delivery_fills_gaps_but_never_overwrites(services: Services) -> None:
    publish(services, {"customers": [customer("A", owner_user="new")]}, as_of=D)
    publish(
        services,
        {"customers": [customer("A", company="Old Ltd", owner_user="old", segment="retail")]},
        as_of=D - timedelta(days=30),
    )
    with services.engine.connect() as connection:
        row = connection.execute(text("SELECT name, owner_user, segment, customer_id FROM customer")).one()
    assert tuple(row) == ("Company A", "new", "retail", "A")


TOLD: tuple[tuple[dict[str, Any], int], ...] = (
    (customer("A", owner_user="first", tax_id=OTHER), 0),
    (customer("A", owner_user="second", tax_id=TAX), 10),
    (customer("A", owner_user=None, segment="retail"), 20),
)


@pytest.mark.database
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
def test_each_attribute_is_the_newest_that_was_told_in_whatever_order_deliveries_arrive(
    services: Services, order: tuple[int, ...]
) -> None:
    publish(services, {"customers": [customer("X", tax_id=TAX)]}, as_of=D, system="crm", source="crm_feed")
    for place in (*order, order[0]):
        row, days = TOLD[place]
        publish(services, {"customers": [row]}, as_of=D + timedelta(days=days), received=START + timedelta(hours=place))

    with services.engine.connect() as connection:
        row = connection.execute(text("SELECT owner_user, segment FROM account WHERE account_id = 'A'")).one()
    assert tuple(row) == ("second", "retail")
    assert grouping(services) == {frozenset({"crm/X", "erp/A"})}


@pytest.mark.database
def test_the_same_account_id_in_two_systems_is_two_customers_with_two_ids(services: Services) -> None:
    publish(services, {"customers": [customer("007")]}, as_of=D)
    publish(services, {"customers": [customer("007")]}, as_of=D, system="crm", source="crm_feed")
    with services.engine.connect() as connection:
        ids = connection.execute(text("SELECT customer_id FROM customer ORDER BY customer_key")).scalars().all()
    assert ids == ["007", "crm:007"]


@pytest.mark.database
def test_amounts_are_converted_at_the_newest_rate_by_the_date_and_missing_without_one(services: Services) -> None:
    rates = [{"currency": "USD", "quote_currency": "CNY", "rate_date": day, "rate": rate}
             for day, rate in ((date(2025, 1, 1), 7.0), (D, 7.25), (D + timedelta(days=1), 9.0))]  # fmt: skip
    rows = [invoice("I1", "A", issued=ISSUED, currency="USD"), invoice("I2", "A", issued=ISSUED), invoice("I3", "B", issued=ISSUED, currency="CHF"),
            invoice("I4", "B", issued=ISSUED)]  # fmt: skip
    publish(services, {"customers": [customer("A"), customer("B")], "fx_rates": rates, "invoices": rows}, as_of=D)
    frame = compute_indicators(services, pins=current_pins(services), as_of=D, policy=load_policy(services.instance))
    assert frame.exposure[0] == 825.0
    assert frame.flags["rate_missing"].tolist() == [False, True]
    assert np.isnan([frame.values[name][1] for name in ("P1", "P2", "P3", "E4")]).all()


@pytest.mark.database
def test_a_statement_told_again_differently_is_a_restatement(services: Services) -> None:
    def statement(owner: str, revenue: float) -> dict[str, Any]:
        return {"customer_id": owner, "period_end": date(2024, 12, 31), "period_type": "FY", "scope": "consolidated", "item": "revenue",
                "value": revenue, "currency": "CNY"}  # fmt: skip

    owners = {"customers": [customer("A"), customer("B"), customer("C")]}
    publish(
        services,
        {**owners, "financial_statements": [statement("A", 100), statement("B", 100), statement("C", 100)]},
        as_of=D,
    )
    publish(services, {"financial_statements": [statement("A", 80), statement("B", 99)]}, as_of=D + timedelta(days=10))
    policy = load_policy(services.instance)
    later = compute_indicators(services, pins=current_pins(services), as_of=D + timedelta(days=20), policy=policy)
    assert later.flags["restated"].tolist() == [True, False, False]
    before = compute_indicators(services, pins=current_pins(services), as_of=D, policy=policy)
    assert before.flags["restated"].tolist() == [False, False, False]
