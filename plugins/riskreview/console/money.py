"""Owns the page of a customer's money: ordered, billed and paid by month, what is open, payments, and what its statements say."""

from datetime import date

from riskreview.console import charts, customer_then
from riskreview.console.answers import Page
from riskreview.console.customer_parts import who_of
from riskreview.console.known import known_of
from riskreview.console.policy import documents
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Visit
from riskreview.console.words import words
from riskreview.facts.results import Pins
from riskreview.facts.use_cases import current_pins, pins_at
from riskreview.foundation.errors import NotFound
from riskreview.indicators.customer_money import CustomerMoney, customer_money
from riskreview.indicators.customer_statements import StatementReport, customer_statements

ITEMS = (Column("invoice_no"), Column("issue_date", "day"), Column("due_date", "day"), Column("days_late", "count"), Column("open_amount", "money"),
         Column("currency"), Column("reporting_amount", "amount"))  # fmt: skip
UNAPPLIED = (
    Column("payment_date", "day"),
    Column("amount", "money"),
    Column("currency"),
    Column("reporting_amount", "amount"),
)
PAYMENTS = (Column("payment_date", "day"), Column("amount", "money"), Column("currency"), Column("invoice_no"), Column("days_after_due", "count"),
            Column("method"))  # fmt: skip
MONTHS = (Column("month", "day"), Column("ordered", "amount"), Column("billed", "amount"), Column("paid", "amount"))
MODELS = (Column("name"), Column("value", "figure"), Column("zone_name"), Column("missing"))
RATIOS = (Column("name"), Column("value", "figure"), Column("missing"))
TOLD = (Column("kind", "word:relation"), Column("party"), Column("country"), Column("share_pct", "percent"), Column("amount", "money"),
        Column("currency"), Column("starts_on", "day"), Column("ends_on", "day"))  # fmt: skip


def money(visit: Visit) -> Page:
    """Show a customer's money and statements, today or as known at a moment."""
    known = known_of(visit)
    with visit.reading() as connection:
        who = who_of(connection, visit)
    if known is None:
        pins, day = current_pins(visit.services), who.row["as_of"] or visit.today
    else:
        pins, day = pins_at(visit.services, known_at=known.moment), customer_then.business_day(visit, who, known)
        who = customer_then.who_then(visit, who, known)
    found = customer_money(visit.services, customer_key=who.key, pins=pins, as_of=day)
    report = _report(visit, who.key, pins, day)
    shown = {"who": who.row, "known": known, "day": day, "chart": _chart(visit, found), "unconverted": found.unconverted,
             "tables": _tables(found), "periods": found.periods, "accounts": found.accounts, "report": report,
             "models": _models(report)}  # fmt: skip
    return Page("money", shown, ("customer", str(who.key)))


def _report(visit: Visit, key: int, pins: Pins, day: date) -> StatementReport | None:
    policy, _ = documents(visit.services.instance)
    try:
        return customer_statements(
            visit.services,
            customer_key=key,
            as_of=day,
            policy=policy,
            language=visit.visitor.language,
            pins=pins,
            alone=True,
        )
    except NotFound:
        return None


def _models(report: StatementReport | None) -> tuple[Table, ...]:
    """Return what the ratio models and the plain ratios say, those without a figure last."""
    if report is None:
        return ()
    lines = [
        {"name": line.name, "value": line.value, "zone_name": line.zone_name, "missing": ", ".join(line.missing)}
        for line in report.models
    ]
    ratios = [{"name": line.name, "value": line.value, "missing": ", ".join(line.missing)} for line in report.ratios]
    return tuple(Table(caption, columns, sorted(found, key=lambda row: row["value"] is None))
                 for caption, columns, found in (("models", MODELS, lines), ("ratios", RATIOS, ratios)))  # fmt: skip


def _chart(visit: Visit, found: CustomerMoney) -> charts.Chart | None:
    named = words(visit.visitor.language)["column"]
    if not any(row[name] for row in found.months for name in ("ordered", "billed", "paid")):
        return None
    series = [(named[name], name, [row[name] for row in found.months]) for name in ("ordered", "billed", "paid")]
    return charts.months(
        [f"{row['month']:%Y-%m}" for row in found.months], series, visit.services.instance.settings.reporting_currency
    )


def _tables(found: CustomerMoney) -> tuple[Table, ...]:
    tables = (
        Table("items", ITEMS, found.items),
        Table("unapplied", UNAPPLIED, found.unapplied),
        Table("payments", PAYMENTS, found.payments),
        Table("relations", TOLD, found.relations),
    )
    return tuple(table for table in tables if table.rows or table.caption == "items")
