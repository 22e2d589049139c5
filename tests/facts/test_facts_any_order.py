"""Whatever order deliveries arrive in, every figure, register entry and join of accounts comes out the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.databases import separate
from tests.facts.batches import START, customer, invoice, publish, snapshot_mapping

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.policy.risk_policy import load_policy

pytestmark = [pytest.mark.database, pytest.mark.deep]
EARLY, DAY, LATE = date(2025, 4, 30), date(2025, 5, 31), date(2025, 6, 30)
ISSUED = date(2025, 1, 15)
TAX = "91-3301 0678ABCD"


def statement(item: str, value: float, year: int = 2024) -> dict[str, Any]:
    return {"customer_id": "A", "period_end": date(year, 12, 31), "period_type": "FY", "scope": "consolidated", "item": item,
            "value": value, "currency": "CNY"}  # fmt: skip


def payment(amount: float, on: date = EARLY) -> dict[str, Any]:
    return {
        "payment_id": "P1",
        "customer_id": "A",
        "invoice_id": "I1",
        "payment_date": on,
        "amount": amount,
        "currency": "USD",
    }


def limit(amount: float) -> dict[str, Any]:
    return {"customer_id": "A", "credit_area": "all", "valid_from": ISSUED, "limit_amount": amount, "currency": "CNY"}


def rate(value: float, on: date = ISSUED) -> dict[str, Any]:
    return {"currency": "USD", "quote_currency": "CNY", "rate_date": on, "rate": value}


def notice(status: str, severity: float) -> dict[str, Any]:
    return {"signal_id": "S1", "customer_id": "X", "signal_type": "litigation", "provider": "court", "observed_on": EARLY,
            "severity": severity, "status": status}  # fmt: skip


def order(number: str, on: date, amount: float, status: str = "invoiced") -> dict[str, Any]:
    return {
        "order_id": number,
        "line_no": "1",
        "customer_id": "B",
        "order_date": on,
        "amount": amount,
        "currency": "CNY",
        "status": status,
    }


BALANCE = [statement(item, value) for item, value in (
    ("total_assets", 900), ("total_liabilities", 700), ("current_assets", 400), ("current_liabilities", 300), ("retained_earnings", 50),
    ("ebit", 60), ("equity", 200), ("revenue", 1000), ("interest_expense", 20), ("profit_before_tax", 40))]  # fmt: skip
DELIVERIES: tuple[tuple[str, str, date, dict[str, list[dict[str, Any]]]], ...] = (
    ("erp", "erp_feed", EARLY, {
        "customers": [customer("A", tax_id=TAX, country="DE", segment="retail", owner_user="first"), customer("B", country="FR")],
        "invoices": [invoice("I1", "A", issued=ISSUED, currency="USD", open_amount=100), invoice("I2", "B", issued=ISSUED, amount=50)]}),
    ("erp", "erp_feed", DAY, {
        "customers": [customer("A", owner_user="second"), customer("B", country="IT", industry_code="C33")],
        "invoices": [invoice("I1", "A", issued=ISSUED, currency="USD", open_amount=80), invoice("I3", "A", issued=ISSUED, amount=300)]}),
    ("erp", "erp_feed", DAY, {"invoices": [invoice("I3", "A", issued=ISSUED, amount=30), invoice("I4", "B", issued=EARLY, amount=70)]}),
    ("erp", "erp_moves", EARLY, {"fx_rates": [rate(7.0)], "payments": [payment(40)], "credit_limits": [limit(1000)],
                                 "financial_statements": BALANCE, "orders": [order("O1", ISSUED, 500)]}),
    ("erp", "erp_moves", EARLY, {"fx_rates": [rate(7.2)], "payments": [payment(30)], "credit_limits": [limit(400)],
                                 "financial_statements": [statement("total_liabilities", 820)], "orders": [order("O1", ISSUED, 200)]}),
    ("erp", "erp_moves", LATE, {"fx_rates": [rate(9.9)], "payments": [payment(99)], "credit_limits": [limit(5000)],
                                "financial_statements": [statement("total_liabilities", 100)],
                                "orders": [order("O1", ISSUED, 9), order("O2", EARLY, 60)]}),
    ("crm", "crm_feed", EARLY, {"customers": [customer("X", company="Company A", tax_id=TAX, country="CN"), customer("Y")],
                                "external_signals": [notice("open", 3)]}),
    ("crm", "crm_feed", DAY, {"customers": [customer("X", company="Company A", tax_id=TAX, country="CN", segment="key")],
                              "external_signals": [notice("closed", 1)]}),
)  # fmt: skip
"""System, source, day of the extract, rows; each received an hour after the one before. Two days have a correction of the same day."""
IN_ORDER = tuple(range(len(DELIVERIES)))
Seen = dict[str, Any]


def deliver(services: Services, order: tuple[int, ...]) -> Seen:
    """Publish the deliveries in an order, the first one twice; returns all figures of two days and the register, by business ids."""
    snapshot_mapping(services)
    for place in (*order, order[0]):
        system, source, day, rows = DELIVERIES[place]
        publish(services, rows, as_of=day, system=system, source=source, received=START + timedelta(hours=place))
    with services.engine.connect() as connection:
        accounts = connection.execute(text(
            "SELECT customer_key, system || '/' || account_id AS account, name, tax_id, tax_key, country, industry_code, segment,"
            " owner_user, as_of FROM account ORDER BY 2")).all()  # fmt: skip
    owner = {row.customer_key: "" for row in accounts}
    for row in accounts:
        owner[row.customer_key] += f"{row.account} "
    return {"register": [(owner[row.customer_key], *row[1:]) for row in accounts],
            **{f"{day}": figures(services, day, owner) for day in (DAY, LATE)}}  # fmt: skip


def figures(services: Services, day: date, owner: dict[int, str]) -> dict[str, dict[str, float]]:
    frame = compute_indicators(services, pins=current_pins(services), as_of=day, policy=load_policy(services.instance))
    columns = {
        **frame.values,
        **frame.flags,
        "exposure": frame.exposure,
        "overdue": frame.overdue,
        "limit": frame.limit_amount,
    }
    return {
        owner[int(key)]: {
            name: round(float(column[place]), 9) for name, column in columns.items() if not np.isnan(column[place])
        }
        for place, key in enumerate(frame.customer_key)
    }


@pytest.fixture(scope="module")
def right(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """What the deliveries give in their own order."""
    with separate(
        server, tmp_path_factory.mktemp("in_order") / "home", FixedClock(midnight_utc(date(2026, 7, 1)))
    ) as services:
        yield deliver(services, IN_ORDER)


@pytest.mark.parametrize("order", [IN_ORDER[::-1], (4, 2, 7, 5, 0, 6, 1, 3)])
def test_every_figure_and_join_is_the_same_in_whatever_order_deliveries_arrive(
    services: Services, right: Seen, order: tuple[int, ...]
) -> None:
    assert deliver(services, order) == right
