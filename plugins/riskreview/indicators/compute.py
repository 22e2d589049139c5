"""Owns computing all indicators from pinned facts: DuckDB per block of customers, numpy for what has no set form."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.restatements import load_statement_versions
from riskreview.facts.results import Pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.across import Across, Learned
from riskreview.indicators.assemble import assemble
from riskreview.indicators.blocks import Block, Columns, Population, blocks_of
from riskreview.indicators.compliance import SCREENED
from riskreview.indicators.frame import IndicatorFrame
from riskreview.indicators.order_calendar import MAX_DAYS, OrderLines, order_figures
from riskreview.indicators.population import read_population
from riskreview.screening.use_cases import match_states

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

ORDER_DAYS = 1096
"""Three years of orders: gaps and P(alive) of today's behavior, and a bound on the work."""
PER_BLOCK = (
    "payment",
    "credit_notes",
    "returned",
    "disputed",
    "promises",
    "limits",
    "external",
    "financial",
    "statement_history",
)
NEEDS = {
    "payment": "invoices", "credit_notes": "invoices", "returned": "payments", "disputed": "disputes",
    "promises": "promises", "limits": "credit_limits", "external": "external_signals", "financial": "financial_statements",
    "statement_history": "financial_statements",
}  # fmt: skip
SPARSE = frozenset({"financial", "statement_history"})
"""Few customers publish statements, and a statement has many items."""
RESTATED_SHARE = 0.05
PROMISE_GRACE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Some:
    """Customers computed without the others, and what the last run over everybody learned."""

    customers: NDArray[np.int64]
    learned: Learned


@dataclass(frozen=True, slots=True)
class Windows:
    """The bound values of the statements: dates before which a window lies, and the policy's materiality."""

    values: dict[str, object]

    def of(self, statement: str, **more: object) -> dict[str, object]:
        """Return the values a statement names."""
        given = {**self.values, **more}
        return {name: value for name, value in given.items() if f"${name}" in statement}


def compute_indicators(
    services: Services, *, pins: Pins, as_of: date, policy: "Policy", some: Some | None = None
) -> IndicatorFrame:
    """Compute the indicators of every customer, or of some, from what was known under ``pins`` and had happened by ``as_of``.

    The figures of some are exactly those that a run over everybody would give them, but for what all share: that is given.

    :raises NotLearned: when what some customers share with all was never learned.
    """
    customers = None if some is None else some.customers
    population = read_population(services, pins=pins, customers=customers)
    columns = Columns(len(population))
    windows = _windows(as_of, policy)
    with open_facts(services, pins=pins, as_of=as_of, customers=customers) as facts:
        rows = max(source.rows for source in facts.sources.values())
        chosen = list(blocks_of(population, rows=rows))
        for number, block in enumerate(chosen, start=1):
            _fill(facts, population, columns, block, windows)
            services.progress.advance("indicators", number, len(chosen))
        _fill_moved(facts, population, columns, windows)
        _fill_portfolio(services, facts, population, columns, windows, pins)
        delivered = facts.delivered | _fill_screening(services, population, columns, as_of)
    across = Across(None if some is None else some.learned)
    return assemble(population, columns, as_of=as_of, policy=policy, delivered=delivered, across=across)


def _fill_screening(services: Services, population: Population, columns: Columns, as_of: date) -> frozenset[str]:
    """Put where each customer stands in screening; return the mark that lists are used at all."""
    found = match_states(services, as_of=as_of)
    place, known = population.positions(found.customer_key)
    columns.put(place[known], {"screening.state": found.state[known]})
    return frozenset({SCREENED}) if found.is_screened else frozenset()


def _windows(as_of: date, policy: "Policy") -> Windows:
    def before(days: int) -> date:
        return as_of - timedelta(days=days)

    oldest, rolled = policy.indicator("P1").materiality, policy.indicator("P6").materiality
    return Windows({
        "as_of": as_of, "day_3m": before(91), "day_6m": before(183), "day_12m": before(365), "day_15m": before(91 + 365),
        "day_24m": before(730), "oldest": before(ORDER_DAYS), "late_after": policy.indicator("P5").grace_days,
        "item_amount": float(oldest.item_amount), "item_share_pct": float(oldest.item_share_pct),
        "rolled_amount": float(rolled.item_amount), "rolled_share_pct": float(rolled.item_share_pct),
        "grace": PROMISE_GRACE_DAYS, "preferred_scope": policy.ratio_models.preferred_scope,
    })  # fmt: skip


def _fill(facts: FactReader, population: Population, columns: Columns, block: Block, windows: Windows) -> None:
    if "financial_statements" in facts.delivered:
        statement = sql("indicators", "statements")
        facts.database.execute(statement, windows.of(statement, low=block.low, high=block.high))
    for name in PER_BLOCK:
        if NEEDS[name] not in facts.delivered:
            continue
        statement = sql("indicators", name)
        found = facts.fetch(statement, windows.of(statement, low=block.low, high=block.high))
        place, known = population.positions(found.pop("customer_key"))
        rows = {key: values[known] for key, values in found.items()}
        if name in SPARSE:
            columns.keep(name, place[known], rows)
        else:
            columns.put(place[known], rows, prefix=f"{name}.")
    _fill_orders(facts, population, columns, block, windows)


def _fill_orders(facts: FactReader, population: Population, columns: Columns, block: Block, windows: Windows) -> None:
    if not facts.delivered & {"orders", "invoices"}:
        return
    statement = sql("indicators", "transaction" if "orders" in facts.delivered else "transaction_by_invoice")
    found = facts.fetch(statement, windows.of(statement, low=block.low, high=block.high))
    place, known = population.positions(found["customer_key"])
    known &= (place >= block.start) & (place < block.stop)
    lines = OrderLines(
        place[known] - block.start, np.minimum(found["days"][known], MAX_DAYS).astype(np.int32),
        _amounts(found["value"][known]), found["is_returned"][known].astype(bool), found["is_committed"][known].astype(bool),
    )  # fmt: skip
    figures = order_figures(lines, block.stop - block.start)
    ordered = np.flatnonzero(figures.order_days > 0)
    named = {name: getattr(figures, name)[ordered] for name in type(figures).__slots__}
    columns.put(ordered + block.start, named, prefix="orders.")


def _fill_moved(facts: FactReader, population: Population, columns: Columns, windows: Windows) -> None:
    """Compute customers whose accounts changed hands again, from all their accounts; few, so without blocks."""
    place, known = population.positions(facts.moved_customers)
    if facts.moved_customers.size == 0:
        return
    columns.clear(place[known])
    facts.show_moved()
    everything = Block(0, len(population), 0, 2**62)
    _fill(facts, population, columns, everything, windows)


def _fill_portfolio(
    services: Services, facts: FactReader, population: Population, columns: Columns, windows: Windows, pins: Pins
) -> None:  # fmt: skip
    """Mark, over all customers at once, what only few have: amounts without a rate, restated accounts."""
    for moved in (False, True) if facts.moved_customers.size else (False,):
        facts.show_moved() if moved else facts.show_all()
        if any(source.converted for source in facts.sources.values()):
            statement = sql("indicators", "unconverted")
            _mark(population, columns, "unconverted", facts.fetch(statement, windows.of(statement))["customer_key"])
        if load_statement_versions(services, facts, pins):
            statement = sql("indicators", "restated")
            found = facts.fetch(statement, windows.of(statement, share=RESTATED_SHARE))
            _mark(population, columns, "restated", found["customer_key"])


def _mark(population: Population, columns: Columns, name: str, keys: NDArray[Any]) -> None:
    place, known = population.positions(keys)
    columns.put(place[known], {name: np.ones(int(known.sum()))})


def _amounts(values: NDArray[Any]) -> NDArray[np.float64]:
    """Amounts without a rate count as nothing here; the customer's money indicators are made missing later."""
    return np.nan_to_num(values.astype(np.float64), nan=0.0)
