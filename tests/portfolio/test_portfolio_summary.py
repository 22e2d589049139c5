"""The summary and the proof on a real PostgreSQL: against a count by hand, twice, and with everything that may be missing."""

import itertools
import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
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
        amount = 29.0 * chance.randint(1, 30)  # a whole number of cents at the rate of 7.25, too
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
            part = amount if fate < 0.6 else 29.0 * max(1, amount // 87)
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


RATE, USD_OWNERS = 7.25, {"C3", "C8"}
SECURED = {"C1": 400.0, "C2": 90_000.0}
ORDERED = {"C5": 333.0, "C7": 120.0}
CREDIT = invoice("N1", "C6", issued=date(2026, 6, 10), amount=45.0, doc_type="credit_note")


@pytest.fixture
def traded(services: Services) -> tuple[Services, list[Row], dict[str, Row]]:
    """A ledger in two currencies with a credit note, insurance, collateral and orders; its invoices are given in the reporting currency."""
    invoices, payments = ledger_rows(7)
    told = [[_in_own_currency(row) for row in rows] for rows in (invoices, payments)]
    limits = [{"customer_id": name, "credit_area": "1", "valid_from": date(2026, 1, 1), "limit_amount": amount, "currency": "CNY",
               "limit_type": kind} for (name, amount), kind in zip([*SECURED.items(), ("C4", 700.0)], ("insured", "collateral", "standard"), strict=True)]  # fmt: skip
    orders = [{"order_id": f"O{name}", "line_no": "1", "customer_id": name, "order_date": AS_OF, "amount": amount, "currency": "CNY",
               "status": "delivered"} for name, amount in ORDERED.items()]  # fmt: skip
    rates = [{"currency": "USD", "quote_currency": "CNY", "rate_date": date(2026, 6, 1), "rate": RATE}]
    publish(
        services,
        {"customers": [customer(f"C{n}", status="closed" if n == 19 else "active") for n in range(21)]},
        as_of=AS_OF,
    )
    publish(services, {"invoices": [*told[0], CREDIT], "credit_limits": limits}, as_of=AS_OF)
    publish(services, {"payments": told[1], "orders": orders, "fx_rates": rates}, as_of=AS_OF)
    return services, invoices, {row["invoice_id"]: row for row in payments}


def _in_own_currency(row: Row) -> Row:
    return {**row, "currency": "USD", "amount": row["amount"] / RATE} if row["customer_id"] in USD_OWNERS else row


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
    billed = sum(r["amount"] for r in invoices if r["issue_date"] >= ends[0].replace(day=1))
    assert found.months.sales.sum() == pytest.approx(billed - CREDIT["amount"])
    owed = sum(found.figures[name] for name in BUCKETS)
    assert owed.sum() == pytest.approx(expected[-1].sum())


def by_month(invoices: list[Row], payments: dict[str, Row], ends: tuple[date, ...]) -> pd.DataFrame:
    """The receivables on paper: for each month what was billed, what was open, what of it was not due, and the days of the month."""
    billed = pd.DataFrame([*invoices, {**CREDIT, "amount": -CREDIT["amount"]}])
    month = pd.to_datetime(billed["issue_date"]).dt.to_period("M")
    open_items = [[balance_at(row, payments, end) * (1, bucket_of(row, end) == 0)[only] for row in invoices] for end in ends for only in (0, 1)]  # fmt: skip
    return pd.DataFrame({
        "sales": billed.groupby(month)["amount"].sum().reindex([pd.Period(end, "M") for end in ends], fill_value=0).to_numpy(),
        "open": [sum(items) for items in open_items[::2]], "not_due": [sum(items) for items in open_items[1::2]],
        "days": [end.day for end in ends],
    }, index=list(ends))  # fmt: skip


def provision_rates(rolls: "np.ndarray[Any, Any]", items: "np.ndarray[Any, Any]") -> list[float]:
    """The provision matrix on paper, last bucket first: lost = what went on times what is lost there; little history leans on the policy."""
    stated, found, credibility, rate = [0.003, 0.016, 0.036, 0.066, 0.106, 0.25], [], 1.0, 1.0
    for place in reversed(range(6)):
        onward = rolls[place, place + 1 : 6].sum() + rolls[place, WRITTEN_OFF]
        rate *= onward / (onward + rolls[place, :place].sum() + rolls[place, PAID])
        credibility = min(credibility, (items[place].sum() / 1082) ** 0.5)
        found.insert(0, credibility * rate + (1 - credibility) * stated[place])
    return list(itertools.accumulate(found, max))


def test_the_summary_equals_a_calculation_on_paper_and_writing_it_again_changes_nothing(
    traded: tuple[Services, list[Row], dict[str, Row]],
) -> None:
    services, invoices, payments = traded
    assess_portfolio(services, as_of=AS_OF, run_id=1)
    summarize_portfolio(services, as_of=AS_OF, run_id=2)
    with services.engine.connect() as connection:
        first = store.read_summary(connection)
        ranked = store.read_largest(connection, on_day=AS_OF, how_many=100)
        judged = connection.execute(text("SELECT a.account_id, c.risk_class FROM current_assessment AS c JOIN account AS a USING (customer_key)")).all()  # fmt: skip
    summarize_portfolio(services, as_of=AS_OF, run_id=2)
    with services.engine.connect() as connection:
        second = store.read_summary(connection)

    assert first is not None
    assert second == first
    assert [row["expected_loss"] for row in ranked] == sorted((row["expected_loss"] for row in ranked), reverse=True)
    for name in ("exposure", "overdue", "expected_loss", "provision", "average_overdue"):
        for grouping in store.GROUPINGS:
            assert sum(row[name] for row in first[grouping]) == pytest.approx(first["summary"][name]), (grouping, name)

    paper = by_month(invoices, payments, month_ends(AS_OF, MONTHS))
    months = pd.DataFrame(first["month"]).set_index("ends_on")
    daily = paper["sales"].rolling(3).sum() / paper["days"].rolling(3).sum()
    begin = paper["open"].shift()
    collected = (begin + paper["sales"] - paper["open"]) / (begin + paper["sales"] - paper["not_due"])
    expected = {"sales": paper["sales"], "receivables": paper["open"], "overdue": paper["open"] - paper["not_due"], "dso": paper["open"] / daily,
                "best_possible_dso": paper["not_due"] / daily, "average_days_delinquent": (paper["open"] - paper["not_due"]) / daily,
                "cei_pct": 100 * collected}  # fmt: skip
    for name, values in expected.items():
        assert months[name].astype(float).to_numpy() == pytest.approx(values.to_numpy(), rel=1e-6, nan_ok=True), name
    late = (paper["open"] - paper["not_due"]).tail(12).mean()
    assert (first["summary"]["average_overdue"], first["summary"]["financing_cost"]) == (
        pytest.approx(late),
        pytest.approx(late * 0.06),
    )

    shares = (
        pd.DataFrame(first["roll"]).pivot_table(index="bucket", columns="target", values=["amount", "items"]).fillna(0)
    )
    amount, items = (
        shares[name].reindex(index=range(6), columns=range(8), fill_value=0).to_numpy() for name in ("amount", "items")
    )
    buckets = pd.DataFrame(first["bucket"]).set_index("bucket").sort_index()
    owed = [
        sum(balance_at(row, payments, AS_OF) for row in invoices if bucket_of(row, AS_OF) == place)
        for place in range(6)
    ]
    assert buckets["loss_rate"].tolist() == pytest.approx(provision_rates(amount, items))
    assert buckets["balance"].tolist() == pytest.approx(owed)
    assert first["summary"]["provision"] == pytest.approx(float(np.dot(owed, provision_rates(amount, items))))

    default = dict(zip(range(6), (0.08, 0.005, 0.03, 0.08, 0.24, 1.0), strict=True))
    loss = 0.0
    for name, risk_class in judged:
        at_risk = sum(balance_at(row, payments, AS_OF) for row in invoices if row["customer_id"] == name) + ORDERED.get(
            name, 0
        )
        at_risk -= CREDIT["amount"] if name == CREDIT["customer_id"] else 0
        covered = min(SECURED.get(name, 0), at_risk)
        loss += default[risk_class] * (covered * 0.15 + (at_risk - covered) * 0.45)
    assert first["summary"]["expected_loss"] == pytest.approx(loss)


def test_classes_of_three_months_ago_are_compared_with_those_of_now(
    traded: tuple[Services, list[Row], dict[str, Row]],
) -> None:
    services, _, _ = traded
    assess_portfolio(services, as_of=date(2026, 3, 20), run_id=1)
    read = text("SELECT customer_key, risk_class AS now, exposure FROM current_assessment ORDER BY 1")
    with services.engine.connect() as connection:
        then = pd.read_sql(read, connection).set_index("customer_key")["now"].rename("then")
    assess_portfolio(services, as_of=AS_OF, run_id=2)
    summarize_portfolio(services, as_of=AS_OF, run_id=3)
    with services.engine.connect() as connection:
        found, now = store.read_summary(connection), pd.read_sql(read, connection)

    assert found is not None
    assert {(row["months"], row["compared_with"]) for row in found["migration"]} == {(3, date(2026, 3, 20))}
    told = pd.DataFrame(found["migration"]).set_index(["old_class", "new_class"])
    matrix = (
        pd.concat([then, now.set_index("customer_key")], axis=1)
        .groupby(["then", "now"])["exposure"]
        .agg(["size", "sum"])
    )
    assert told["customers"].to_dict() == matrix["size"].to_dict()
    assert told["exposure"].astype(float).to_dict() == pytest.approx(matrix["sum"].to_dict())

    late = AS_OF + timedelta(days=60)  # longer than an assessment of any class may be relied on
    summarize_portfolio(services, as_of=late, run_id=4)
    with services.engine.connect() as connection:
        outdated, ranked = store.read_summary(connection), store.read_largest(connection, on_day=late, how_many=9)
    assert outdated is not None
    assert [(row["member"], row["customers"]) for row in outdated["class"]] == [("0", len(now))]
    assert {row["new_class"] for row in outdated["migration"]} == {row["risk_class"] for row in ranked} == {0}
    assert (
        outdated["summary"]["expected_loss"] >= found["summary"]["expected_loss"]
    )  # nothing counts milder than it was


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
