"""Owns reading, for some customers, what the facts say beside the assessment: purchases, what was cleared, net worth, security."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures.strategy import Figures
from riskreview.policy.risk_policy import load_policy
from riskreview.portfolio.ageing import month_number

YEAR = 12
EVERYTHING = {"low": 0, "high": 2**62}
READ = ("invoices", "payments", "credit_limits", "financial_statements")


def read_figures(services: Services, customer_keys: Sequence[int], *, as_of: date) -> dict[int, Figures]:
    """Return the figures of customers by key, those of whom the facts say nothing left out."""
    pins = current_pins(services)
    if not customer_keys or not {"invoices", "financial_statements", "credit_limits"} & set(pins.versions):
        return {}
    found: dict[int, Figures] = {}
    keys = np.array(sorted(customer_keys), dtype=np.int64)
    scope = load_policy(services.instance).ratio_models.preferred_scope
    with open_facts(services, pins=pins, as_of=as_of, customers=keys, datasets=READ) as facts:
        _read(facts, found, scope)
        if facts.moved_customers.size:
            for key in facts.moved_customers.tolist():
                found.pop(int(key), None)
            facts.show_moved()
            _read(facts, found, scope)
    return found


def _read(facts: FactReader, found: dict[int, Figures], scope: str) -> None:
    last = month_number(facts.as_of)
    given = {**EVERYTHING, "as_of": facts.as_of}
    facts.database.execute(sql("portfolio", "create_items"), given)
    facts.database.execute(sql("portfolio", "create_balances"), {**given, "first": last - YEAR + 1, "last": last})
    for key, months, bought, peak in _rows(
        facts, "measures", "cleared_peak", {"year_first": last - YEAR + 1, "last": last}
    ):
        found[int(key)] = replace(found.get(int(key), Figures()), months=int(months), bought=bought, cleared_peak=peak)
    for key, secured in _rows(facts, "portfolio", "secured", given):
        found[int(key)] = replace(found.get(int(key), Figures()), secured=float(secured))
    for key, worth in _rows(facts, "measures", "net_worth", {"as_of": facts.as_of, "preferred_scope": scope}):
        found[int(key)] = replace(found.get(int(key), Figures()), net_worth=worth)


def _rows(facts: FactReader, room: str, name: str, given: dict[str, object]) -> list[Any]:  # rows of numbers
    return facts.database.execute(sql(room, name), given).fetchall()
