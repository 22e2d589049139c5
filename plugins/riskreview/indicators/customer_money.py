"""Owns telling what one customer ordered, was billed and paid, what it owes, and what its statements say; at a date, as known at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.results import Pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import STATEMENT_ITEMS

MONTHS, ITEMS, PAYMENTS, PERIODS = 24, 15, 20, 6
Rows = Sequence[Mapping[str, Any]]  # rows for people
READ = ("invoices", "payments", "orders", "financial_statements", "relations")


@dataclass(frozen=True, slots=True)
class CustomerMoney:
    """One customer's money.

    :param months: ordered, billed and paid by month, every month of the span once.
    :param unconverted: amounts of these months left out because their currency has no rate.
    :param items: what is open, the oldest due first. :param payments: the newest first.
    :param unapplied: what payments go beyond what they settle, by currency, and the day of the last of them.
    :param periods: head of each period of the statements, the newest first; ``accounts`` has its items by name.
    :param relations: who owns, guarantees or manages, as told.
    """

    months: Rows
    unconverted: int
    items: Rows
    unapplied: Rows
    payments: Rows
    periods: Rows
    accounts: Mapping[str, Sequence[object]]
    relations: Rows


def customer_money(services: Services, *, customer_key: int, pins: Pins, as_of: date) -> CustomerMoney:
    """Return what the pinned facts say of one customer at a date; nothing that was received later."""
    first = _first_month(as_of)
    given = {"customer_key": customer_key, "as_of": as_of}
    chosen = np.array([customer_key], dtype=np.int64)
    with open_facts(services, pins=pins, as_of=as_of, customers=chosen, datasets=READ) as facts:
        if customer_key in facts.moved_customers:
            facts.show_moved()
        months = _rows(facts, "customer_months", **given, since=first)
        items = _rows(facts, "customer_items", **given, how_many=ITEMS)
        unapplied = _rows(facts, "customer_unapplied", **given)
        payments = _rows(facts, "customer_payments", **given, how_many=PAYMENTS)
        told = _rows(facts, "customer_accounts", **given, periods=PERIODS)
        relations = _rows(facts, "customer_relations", **given)
    heads = list(dict.fromkeys((row["period_end"], row["period_type"], row["scope"], row["currency"]) for row in told))
    periods = [dict(zip(("period_end", "period_type", "scope", "currency"), head, strict=True)) for head in heads]
    value = {(row["period_end"], row["period_type"], row["scope"], row["item"]): row["value"] for row in told}
    accounts = {item: [value.get((*head[:3], item)) for head in heads] for item in STATEMENT_ITEMS}
    return CustomerMoney(_every_month(months, first, as_of), sum(row["unconverted"] for row in months), items, unapplied, payments, periods,
                         {item: found for item, found in accounts.items() if any(cell is not None for cell in found)}, relations)  # fmt: skip


def _rows(facts: FactReader, name: str, **given: object) -> list[dict[str, Any]]:  # rows for people
    found = facts.database.execute(sql("indicators", name), given)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _first_month(as_of: date) -> date:
    number = as_of.year * 12 + as_of.month - MONTHS
    return date(number // 12, number % 12 + 1, 1)


def _every_month(found: Rows, first: date, as_of: date) -> Rows:
    """Return every month of the span, one without anything with nothing."""
    known = {row["month"]: row for row in found}
    numbers = range(first.year * 12 + first.month - 1, as_of.year * 12 + as_of.month)
    days = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [
        known.get(day, {"month": day, "ordered": 0.0, "billed": 0.0, "paid": 0.0, "unconverted": 0}) for day in days
    ]
