"""A few days of a small company: facts that come late, two policies, a model that changes, a merge, a late feed, a look back."""

import random
from datetime import date, timedelta

from sqlalchemy import text
from tests.assessment.trading import DAY, event, happen, notice, portfolio
from tests.facts.batches import Row, customer, invoice, publish
from tests.models.cards import forest, scorecard

from riskreview.assessment.use_cases import assess_portfolio
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.instance import PACKAGED
from riskreview.opinions.rules import Draft
from riskreview.opinions.use_cases import propose

MAPPING = """source: ledger
system: erp
stage: finance
title: {en: "open items", zh: "未清项"}
read: {path: "x_*.csv", format: csv}
delivery: {kind: movement, every_days: 1, grace_days: 1, as_of: {received: true}}
datasets:
  invoices:
    columns: {invoice_id: a, customer_id: b, doc_type: {constant: invoice}, issue_date: c, due_date: d, currency: e, amount: f}
"""
MODEL = """INSERT INTO model (name, purpose, kind, digest, content, definition, state, trained_by, trained_at, proposed_by, proposed_at, decided_by,
    decided_at) VALUES (:name, 'default', :kind, :digest, :content, '', :state, 'system:models', now(), 'lin', now(), 'zhou', now())"""
LISTED = ("INSERT INTO screening_list (list_id, digest, entries, loaded_at) VALUES ('un', repeat('a', 64), 1, now())",
          ("INSERT INTO screening_match (customer_key, list_id, entry_id, likeness, same_number, matched_name, evidence, list_digest, found_on,"
           " run_id) SELECT customer_key, 'un', 'E1', 0.93, false, 'x', 'e', 'd', '2026-06-29', 1 FROM customer WHERE customer_id LIKE '%C03'"))  # fmt: skip


def day(number) -> date:
    return DAY + timedelta(days=number)


def live(services, clock, seed) -> None:
    """Let the days pass and assess as an instance would."""
    chance = random.Random(seed)  # noqa: S311  a fixed sequence for a test
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    portfolio(services, chance)
    publish(services, _quiet(), as_of=DAY, source="quiet")
    with services.engine.begin() as connection:
        for statement in LISTED:
            connection.execute(text(statement))
    _store(services, scorecard(base_points=700), "champion")
    _assess(services, clock, 0, run=1)
    happen(services, clock, event(chance, 0, DAY), 0, DAY)
    _speak(services)
    _tighten(services)
    clock.moment = midnight_utc(day(1)) + timedelta(hours=8)
    bill = invoice("I-late", "C03", issued=day(-80), amount=90_000, status="open", open_amount=90_000)
    publish(services, {"invoices": [bill]}, as_of=day(-40), source="ledger", received=clock.moment)
    _assess(services, clock, 1, run=2)
    happen(services, clock, {"external_signals": [notice("C04", 3, "insolvency", day(1))]}, 5, day(1))
    merged = {"customers": [customer("X2", tax_id="TAX-C02-000")]}
    clock.moment = midnight_utc(day(2)) + timedelta(hours=8)
    publish(services, merged, as_of=day(2), system="crm", source="crm_third", received=clock.moment)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE model SET state = 'retired'"))
    _store(services, scorecard(base_points=650), "champion")
    _store(services, forest(), "shadow")
    (services.instance.home / "mappings" / "ledger.yaml").write_text(MAPPING, encoding="utf-8")
    _assess(services, clock, 2, run=3)
    happen(services, clock, {"external_signals": [notice("C02", 4, "litigation", day(2))]}, 7, day(2))
    _assess(services, clock, 4, run=200)
    _assess(services, clock, 1, run=201)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE screening_match SET found_on = '2026-06-01'"))
    _assess(services, clock, 5, run=202)


def _quiet() -> dict[str, list[Row]]:
    """Customers of whom there is nothing bad to say."""
    names = ("Q1", "Q2", "Q3")
    bills = [invoice(f"I-{name}-{n}", name, issued=day(-30 * n - 40), status="cleared", open_amount=0, cleared_date=day(-30 * n - 15))
             for name in names for n in range(11)]  # fmt: skip
    orders = [{"order_id": f"O-{name}-{n}", "line_no": "1", "customer_id": name, "amount": 100, "currency": "CNY",
               "order_date": day(-14 * n), "status": "invoiced"} for name in names for n in range(26)]  # fmt: skip
    return {
        "customers": [customer(name, tax_id=f"TAX-{name}-000") for name in names],
        "invoices": bills,
        "orders": orders,
    }


def _assess(services, clock, number, *, run) -> None:
    clock.moment = max(clock.moment, midnight_utc(day(number)) + timedelta(hours=9)) + timedelta(minutes=1)
    assess_portfolio(services, as_of=day(number), run_id=run, pins=current_pins(services))


def _store(services, model, state) -> None:
    with services.engine.begin() as connection:
        values = {
            "name": model.name,
            "kind": model.kind,
            "digest": model.digest,
            "content": model.content,
            "state": state,
        }
        connection.execute(text(MODEL), values)


def _speak(services) -> None:
    with services.engine.connect() as connection:
        chosen = """SELECT customer.customer_key, risk_class FROM current_assessment INNER JOIN customer
            ON current_assessment.customer_key = customer.customer_key WHERE customer.name = 'Company Q1'"""
        row = connection.execute(text(chosen)).one()
    draft = Draft("class", "liquidity", "they pay from a new loan", "visit of 30 June", row.risk_class + 1, day(90))
    propose(services, customer_key=row.customer_key, draft=draft, actor="wang.fang")


def _tighten(services) -> None:
    """Put another policy in force: the second version warns of the overdue share sooner."""
    shipped = (PACKAGED / "policies" / "risk_policy.yaml").read_text(encoding="utf-8")
    version = next(line for line in shipped.splitlines() if line.startswith("version:"))
    changed = shipped.replace(version, 'version: "tighter"', 1).replace("warning: 15", "warning: 12", 1)
    assert changed.count("tighter") == 1
    (services.instance.home / "policies" / "risk_policy.yaml").write_text(changed, encoding="utf-8")
