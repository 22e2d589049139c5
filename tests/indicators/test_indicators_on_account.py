"""Payments that name no invoice settle what was due first, in their currency, once; what somebody else explained already they do not settle again."""

import random
from datetime import date, timedelta

import numpy as np
import pytest
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import Some, compute_indicators
from riskreview.indicators.customer_money import customer_money
from riskreview.indicators.frame import IndicatorFrame
from riskreview.policy.risk_policy import load_policy
from riskreview.portfolio.ageing import BUCKETS
from riskreview.portfolio.ledger import read_ledger

pytestmark = pytest.mark.database
DAY = date(2026, 6, 30)
OLD, LATER = DAY - timedelta(days=150), DAY - timedelta(days=90)  # due 120 and 60 days ago


def paid(name: str, owner: str, ago: int, amount: float, **more: object) -> dict[str, object]:
    return {
        "payment_id": name,
        "customer_id": owner,
        "payment_date": DAY - timedelta(days=ago),
        "amount": amount,
        "currency": "CNY",
        **more,
    }


def owing(owner: str, **more: object) -> list[dict[str, object]]:
    return [
        invoice(f"{owner}1", owner, issued=OLD, amount=1000, **more),
        invoice(f"{owner}2", owner, issued=LATER, amount=1000),
    ]


def figures(services: Services) -> IndicatorFrame:
    return compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance))


def of(services: Services, names: str) -> dict[str, int]:
    """The place of each customer in the frame."""
    with services.engine.connect() as connection:
        keys = {
            row.customer_id: row.customer_key
            for row in connection.exec_driver_sql("SELECT customer_id, customer_key FROM customer")
        }
    ordered = sorted(keys.values())
    return {name: ordered.index(keys[name]) for name in names}


def test_what_is_owed_after_payments_on_account(services: Services) -> None:
    rows = [row for name in "ABDEGHI" for row in owing(name)]
    rows += owing("C", status="cleared", open_amount=0, cleared_date=DAY - timedelta(days=100)) + owing(
        "F", open_amount=400
    )
    receipts = [
        paid("a1", "A", 110, 1200), paid("a2", "A", 50, 800), paid("b", "B", 100, 1000), paid("c", "C", 100, 1000),
        paid("d", "D", 100, 2000), paid("d-", "D", 95, 2000, is_reversal=True, reversed_payment_id="d"), paid("e", "E", 100, 2000, currency="USD"),
        paid("f", "F", 100, 600), paid("g", "G", 200, 2000), paid("h1", "H", 100, 1000, invoice_id="H2"), paid("h2", "H", 80, 700),
        paid("i1", "I", 100, 900), paid("i2", "I", 90, 400, is_reversal=True),
    ]  # fmt: skip
    rate = {"currency": "USD", "quote_currency": "CNY", "rate_date": OLD, "rate": 7.1}
    publish(
        services,
        {
            "customers": [customer(name) for name in "ABCDEFGHI"],
            "fx_rates": [rate],
            "invoices": rows,
            "payments": receipts,
        },
        as_of=DAY,
    )

    now, at = figures(services), of(services, "ABCDEFGHI")

    # A paid all; B the older one; C and F what the ledger knew already; D was returned; E paid another currency; G before its first invoice
    owed = {"A": 0, "B": 1000, "C": 1000, "D": 2000, "E": 2000, "F": 1400, "G": 2000, "H": 300, "I": 1500}
    oldest = {"A": 0, "B": 60, "C": 60, "D": 120, "E": 120, "F": 120, "G": 120, "H": 120, "I": 120}
    assert {name: now.exposure[place] for name, place in at.items()} == owed
    assert {name: now.overdue[place] for name, place in at.items()} == owed
    assert {name: now.values["P1"][place] for name, place in at.items()} == oldest
    assert {name for name, place in at.items() if now.flags["paid_on_account"][place]} == set("ABHI")
    assert now.values["P3"][at["A"]] == 10
    # nothing is billed in E's dollars; what C paid explains what the ledger shows as settled
    assert {name: now.unapplied[place] for name, place in at.items() if now.unapplied[place]} == {"E": 14_200}
    ledger = read_ledger(services, pins=current_pins(services), as_of=DAY)
    np.testing.assert_allclose(sum(ledger.figures[name] for name in BUCKETS), now.exposure)
    shown = customer_money(
        services, customer_key=int(now.customer_key[at["I"]]), pins=current_pins(services), as_of=DAY
    )
    assert [(row["invoice_no"], row["open_amount"]) for row in shown.items] == [("I1", 500), ("I2", 1000)]
    some = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance),
                              some=Some(now.customer_key[[at["A"], at["I"]]], now.learned))  # fmt: skip
    for name in ("P1", "P2", "P3", "P5", "P6"):
        np.testing.assert_array_equal(some.values[name], now.values[name][[at["A"], at["I"]]], err_msg=name)


def test_cash_left_over_is_kept_apart_or_set_off_as_the_policy_says(services: Services) -> None:
    bills = [invoice("J1", "J", issued=OLD, amount=1000), invoice("A1", "A", issued=OLD, amount=1000), invoice("A2", "A", issued=OLD, amount=100, currency="USD"), invoice("B1", "B", issued=OLD, amount=1000),
             invoice("C1", "C", issued=OLD, amount=1000, currency="USD"), invoice("D1", "D", issued=OLD, amount=1000), invoice("D2", "D", issued=LATER, amount=100),
             invoice("E1", "E", issued=OLD, amount=1000, status="cleared", open_amount=0, cleared_date=DAY - timedelta(days=90))]  # fmt: skip
    receipts = [paid("j1", "J", 100, 100, currency="USD", invoice_id="J1"), paid("j2", "J", 90, 400), paid("a1", "A", 100, 1200), paid("a2", "A", 50, 300.5), paid("b1", "B", 60, 1500), paid("b2", "B", 40, 400, is_reversal=True),
                paid("c1", "C", 90, 1250, currency="USD"), paid("d1", "D", 90, 1000), paid("d2", "D", 80, 100, invoice_id="D2", is_reversal=True), paid("e1", "E", 90, 1300)]  # fmt: skip
    ordered = [{"order_id": f"o{name}", "line_no": "1", "customer_id": name, "order_date": DAY, "amount": 600, "currency": "CNY", "status": "open"} for name in "ABCD"]  # fmt: skip
    rate = {"currency": "USD", "quote_currency": "CNY", "rate_date": OLD, "rate": 7.1}
    limits = [{"customer_id": name, "limit_amount": 1000, "currency": "CNY", "valid_from": OLD} for name in "ABCD"]
    publish(services, {"customers": [customer(name) for name in "ABCDEJ"], "fx_rates": [rate], "invoices": bills, "payments": receipts, "orders": ordered,
                       "credit_limits": limits}, as_of=DAY)  # fmt: skip
    policy, at = load_policy(services.instance), of(services, "ABCDEJ")

    apart = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=policy)
    changed = type(policy).model_validate(policy.model_dump(by_alias=True) | {"unapplied_cash": "set_off"})
    set_off = compute_indicators(services, pins=current_pins(services), as_of=DAY, policy=changed)

    left = {"A": 500.5, "B": 100, "C": 1775, "D": 0, "E": 300, "J": 110}  # J's dollars settle 710 of its invoice
    assert {name: apart.unapplied[place] for name, place in at.items()} == left
    assert {name: apart.exposure[place] for name, place in at.items()} == {
        "A": 1310,
        "B": 600,
        "C": 600,
        "D": 700,
        "E": 0,
        "J": 0,
    }
    assert {name: set_off.exposure[place] for name, place in at.items()} == {
        "A": 809.5,
        "B": 500,
        "C": 0,
        "D": 700,
        "E": 0,
        "J": 0,
    }
    assert {name: set_off.values["P8"][at[name]] for name in "ABCD"} == {"A": 80.95, "B": 50, "C": 0, "D": 70}
    np.testing.assert_array_equal(set_off.overdue, apart.overdue)
    shown = [customer_money(services, customer_key=int(apart.customer_key[at[name]]), pins=current_pins(services), as_of=DAY).unapplied for name in "CD"]  # fmt: skip
    assert shown == [
        [{"payment_date": DAY - timedelta(days=90), "amount": 250, "currency": "USD", "reporting_amount": 1775}],
        [],
    ]
    assert (policy.content.count("unapplied_cash"), changed.content.count("set_off")) == (0, 1)


def test_what_an_invoice_is_overpaid_by_is_cash_not_applied(services: Services) -> None:
    # A overpaid one of two; B's ledger shows the other settled since; C's before; D had a part of it returned; E's credit note is open, F's is used;
    # G paid in another currency; H wrote the other one off; I owes dollars
    dollars = {"currency": "USD"}
    bills = [bill for name in "ABCDEFGH" for bill in (invoice(f"{name}1", name, issued=OLD, amount=1000), invoice(f"{name}2", name, issued=LATER, amount=500))]  # fmt: skip
    told = {"B2": {"status": "cleared", "cleared_date": DAY - timedelta(days=10)}, "C2": {"status": "cleared", "cleared_date": DAY - timedelta(days=80)},
            "H2": {"status": "written_off"}}  # fmt: skip
    bills = [bill | told.get(str(bill["invoice_id"]), {}) for bill in bills] + [
        invoice("I1", "I", issued=OLD, amount=100, **dollars)
    ]
    bills += [invoice("A3", "A", issued=LATER, amount=200, open_amount=200)]
    note = {"doc_type": "credit_note", "ref_invoice_id": "E1"}
    bills += [invoice("E3", "E", issued=LATER, amount=-150, **note), invoice("F3", "F", issued=LATER, amount=-150, status="cleared",
                                                                             cleared_date=LATER, **(note | {"ref_invoice_id": "F1"}))]  # fmt: skip
    receipts = [paid(f"{name}p", name, 60, 1300, invoice_id=f"{name}1") for name in "ABCDEFH"]
    receipts += [paid("A-", "A", 50, 200, invoice_id="A3", is_reversal=True), paid("D-", "D", 50, 100, invoice_id="D1", is_reversal=True), paid("Gp", "G", 60, 200, invoice_id="G1", currency="USD"),
                 paid("Ip", "I", 60, 130, invoice_id="I1", **dollars)]  # fmt: skip
    rate = {"currency": "USD", "quote_currency": "CNY", "rate_date": OLD, "rate": 7.1}
    publish(
        services,
        {
            "customers": [customer(name) for name in "ABCDEFGHI"],
            "fx_rates": [rate],
            "invoices": bills,
            "payments": receipts,
        },
        as_of=DAY,
    )

    now, at = figures(services), of(services, "ABCDEFGHI")

    assert {name: now.unapplied[place] for name, place in at.items()} == {
        "A": 300,
        "B": 0,
        "C": 300,
        "D": 200,
        "E": 300,
        "F": 450,
        "G": 0,
        "H": 300,
        "I": 213,
    }
    # what it was overpaid by settles nothing else before finance says so, and an open credit note is taken off as before
    assert {name: now.exposure[place] for name, place in at.items()} == {
        "A": 700,
        "B": 0,
        "C": 0,
        "D": 500,
        "E": 350,
        "F": 500,
        "G": 500,
        "H": 0,
        "I": 0,
    }
    shown = {name: customer_money(services, customer_key=int(now.customer_key[place]), pins=current_pins(services), as_of=DAY).unapplied for name, place in at.items()}  # fmt: skip
    assert {name: sum(row["reporting_amount"] for row in rows) for name, rows in shown.items()} == {
        name: now.unapplied[place] for name, place in at.items()
    }
    assert shown["I"] == [
        {"payment_date": DAY - timedelta(days=60), "amount": 30, "currency": "USD", "reporting_amount": 213}
    ]


def test_any_payments_on_account_settle_what_was_due_first_worked_out_a_second_way(services: Services) -> None:
    chance = random.Random(4)  # noqa: S311  a fixed sequence for a test
    names = [f"K{number:02d}" for number in range(60)]
    bills = [invoice(f"{name}-{number}", name, issued=DAY - timedelta(days=chance.randint(1, 300)), amount=chance.randint(1, 900) + chance.random().__round__(2))
             for name in names for number in range(chance.randint(1, 8))]  # fmt: skip
    receipts = [paid(f"{name}-p{number}", name, chance.randint(0, 300), chance.randint(1, 900),
                     **({"invoice_id": f"{name}-{chance.randint(0, 3)}"} if chance.random() < 0.3 else {}))
                for name in names for number in range(chance.randint(0, 6))]  # fmt: skip
    publish(
        services, {"customers": [customer(name) for name in names], "invoices": bills, "payments": receipts}, as_of=DAY
    )

    now = figures(services)

    for place, name in enumerate(names):
        mine = sorted(
            (row for row in bills if row["customer_id"] == name), key=lambda row: (row["due_date"], row["issue_date"])
        )
        rest = {row["invoice_id"]: round(row["amount"], 2) for row in mine}
        first, unnamed = min(row["issue_date"] for row in mine), 0.0
        for row in (row for row in receipts if row["customer_id"] == name):
            if row.get("invoice_id") in rest:
                rest[row["invoice_id"]] -= row["amount"]
            elif "invoice_id" not in row and row["payment_date"] >= first:
                unnamed += row["amount"]
        beyond = -sum(min(left, 0.0) for left in rest.values())
        for row in mine:
            owed = max(rest[row["invoice_id"]], 0.0)
            rest[row["invoice_id"]] = owed - min(owed, unnamed)
            unnamed -= min(owed, unnamed)
        late = sum(rest[row["invoice_id"]] for row in mine if row["due_date"] < DAY)
        assert now.exposure[place] == pytest.approx(sum(rest.values()), abs=0.02), name
        assert now.overdue[place] == pytest.approx(late, abs=0.02), name
        assert now.unapplied[place] == pytest.approx(unnamed + beyond, abs=0.02), name
