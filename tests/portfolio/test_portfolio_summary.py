"""The summary and the proof on a real PostgreSQL: against a count by hand, twice, and with everything that may be missing."""

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.facts.batches import customer, invoice, publish

from riskreview.assessment.use_cases import assess_portfolio
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.portfolio import store
from riskreview.portfolio.ageing import BUCKETS, PAID, WRITTEN_OFF, month_ends
from riskreview.portfolio.completeness import prove_completeness
from riskreview.portfolio.ledger import MONTHS, read_ledger
from riskreview.portfolio.use_cases import summarize_portfolio

AS_OF = date(2026, 6, 30)
Row = dict[str, Any]


def ledger_rows(seed: int) -> tuple[list[Row], list[Row]]:
    """Invoices of 20 customers over two years, some paid late, in parts, or never, and their payments."""
    chance = random.Random(seed)  # noqa: S311  a fixed sequence for a test
    invoices, payments = [], []
    for number in range(300):
        issued = AS_OF - timedelta(days=chance.randint(0, 700))
        amount = float(chance.randint(10, 900))
        row = invoice(
            f"I{number}",
            f"C{number % 20}",
            issued=issued,
            amount=amount,
            due=issued + timedelta(days=chance.choice([0, 30, 60])),
        )
        fate, paid_on = chance.random(), issued + timedelta(days=chance.randint(1, 200))
        if fate < 0.1:
            row |= {"status": "written_off", "cleared_date": paid_on} if paid_on <= AS_OF else {}
        elif fate < 0.8:
            part = amount if fate < 0.6 else round(amount / 3, 2)
            payments.append({"payment_id": f"P{number}", "customer_id": row["customer_id"], "invoice_id": row["invoice_id"],
                             "payment_date": min(paid_on, AS_OF), "amount": part, "currency": "CNY"})  # fmt: skip
        invoices.append(row)
    return invoices, payments


def balance_at(row: Row, payments: dict[str, Row], day: date) -> float:
    """What is open of an invoice at the end of a day, by the plainest reading."""
    if row["issue_date"] > day or (row.get("cleared_date") or date.max) <= day:
        return 0.0
    payment = payments.get(row["invoice_id"])
    return round(row["amount"] - (payment["amount"] if payment and payment["payment_date"] <= day else 0.0), 2)


def bucket_of(row: Row, day: date) -> int:
    late = (day - row["due_date"]).days
    return 0 if late <= 0 else min(5, 1 + (late - 1) // 30)


@pytest.fixture
def traded(services: Services) -> tuple[Services, list[Row], dict[str, Row]]:
    invoices, payments = ledger_rows(7)
    publish(
        services,
        {"customers": [customer(f"C{n}", status="closed" if n == 19 else "active") for n in range(21)]},
        as_of=AS_OF,
    )
    publish(services, {"invoices": invoices}, as_of=AS_OF)
    publish(services, {"payments": payments}, as_of=AS_OF)
    return services, invoices, {row["invoice_id"]: row for row in payments}


def test_balances_rolls_and_sales_equal_a_count_by_hand(traded: tuple[Services, list[Row], dict[str, Row]]) -> None:
    services, invoices, payments = traded
    found = read_ledger(services, pins=current_pins(services), as_of=AS_OF)
    ends = month_ends(AS_OF, MONTHS)

    expected, rolls = np.zeros((MONTHS, len(BUCKETS))), np.zeros((len(BUCKETS), 8))
    for row in invoices:
        for place, end in enumerate(ends):
            balance = balance_at(row, payments, end)
            expected[place, bucket_of(row, end)] += balance
            if balance and place + 1 < MONTHS:
                rest = balance_at(row, payments, ends[place + 1])
                lost = row.get("status") == "written_off" and rest == 0
                rolls[bucket_of(row, end), bucket_of(row, ends[place + 1])] += rest
                rolls[bucket_of(row, end), WRITTEN_OFF if lost else PAID] += balance - rest

    assert found.months.balance == pytest.approx(expected)
    assert found.rolls.amount == pytest.approx(rolls)
    assert found.months.sales.sum() == pytest.approx(
        sum(r["amount"] for r in invoices if r["issue_date"] >= ends[0].replace(day=1))
    )
    owed = sum(found.figures[name] for name in BUCKETS)
    assert owed.sum() == pytest.approx(expected[-1].sum())


def test_the_summary_adds_up_and_writing_it_again_changes_nothing(
    traded: tuple[Services, list[Row], dict[str, Row]],
) -> None:
    services, invoices, payments = traded
    assess_portfolio(services, as_of=AS_OF, run_id=1)
    summarize_portfolio(services, as_of=AS_OF, run_id=2)
    with services.engine.connect() as connection:
        first = store.read_summary(connection)
        ranked = store.read_largest(connection, how_many=100)
    summarize_portfolio(services, as_of=AS_OF, run_id=2)
    with services.engine.connect() as connection:
        second = store.read_summary(connection)

    assert first is not None
    assert second == first
    assert [row["expected_loss"] for row in ranked] == sorted((row["expected_loss"] for row in ranked), reverse=True)
    for name in ("exposure", "overdue", "expected_loss", "provision", "average_overdue"):
        for grouping in store.GROUPINGS:
            assert sum(row[name] for row in first[grouping]) == pytest.approx(first["summary"][name]), (grouping, name)
    assert sum(row["provision"] for row in first["bucket"]) == pytest.approx(first["summary"]["provision"])
    assert first["month"][-1]["receivables"] == pytest.approx(sum(balance_at(row, payments, AS_OF) for row in invoices))
    assert sum(row["amount"] for row in first["roll"]) > 0


def test_classes_of_three_months_ago_are_compared_with_those_of_now(
    traded: tuple[Services, list[Row], dict[str, Row]],
) -> None:
    services, _, _ = traded
    assess_portfolio(services, as_of=date(2026, 3, 20), run_id=1)
    assess_portfolio(services, as_of=AS_OF, run_id=2)
    summarize_portfolio(services, as_of=AS_OF, run_id=3)
    with services.engine.connect() as connection:
        found = store.read_summary(connection)

    assert found is not None
    assert {(row["months"], row["compared_with"]) for row in found["migration"]} == {(3, date(2026, 3, 20))}
    assert sum(row["customers"] for row in found["migration"]) == found["summary"]["customers"]


def test_every_active_customer_is_fresh_or_listed_with_its_reason(
    traded: tuple[Services, list[Row], dict[str, Row]],
) -> None:
    services, _, _ = traded
    nobody = prove_completeness(services, as_of=AS_OF, run_id=1)
    assert (nobody.fresh, nobody.unexplained) == (0, nobody.active)
    with services.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM outbox_event WHERE kind = 'completeness_gap'")).scalar_one()
            == 1
        )

    assess_portfolio(services, as_of=AS_OF, run_id=2)
    found = prove_completeness(services, as_of=AS_OF, run_id=3)
    tomorrow = prove_completeness(services, as_of=AS_OF + timedelta(days=1), run_id=4)

    assert found.active == found.fresh + found.listed
    assert found.unexplained == 0
    assert tomorrow.unexplained == tomorrow.active
    with services.engine.connect() as connection:
        proof = store.read_proof(connection, as_of=AS_OF)
    assert proof is not None
    assert sum(row["customers"] for row in proof["reasons"]) == found.listed
    assert {row["reason"] for row in proof["reasons"]} <= {"nothing_known", "insufficient", "late_feed"}


def test_a_closed_customer_who_owes_nothing_is_not_active(services: Services) -> None:
    publish(
        services,
        {"customers": [customer("A"), customer("B", status="closed"), customer("C", status="closed")]},
        as_of=AS_OF,
    )
    publish(services, {"invoices": [invoice("I1", "C", issued=date(2026, 6, 1))]}, as_of=AS_OF)
    assess_portfolio(services, as_of=AS_OF, run_id=1)

    assert prove_completeness(services, as_of=AS_OF, run_id=2).active == 2
