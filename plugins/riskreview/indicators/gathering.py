"""Owns gathering columns from the facts: which statement fills what, per block of customers or at once for what few have."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader
from riskreview.facts.restatements import load_statement_versions
from riskreview.facts.results import Pins
from riskreview.foundation.ahead import ahead
from riskreview.foundation.progress import Progress
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Block, Columns, Population
from riskreview.indicators.order_calendar import MAX_DAYS, OrderLines, order_figures

PER_BLOCK = ("payment", "credit_notes", "returned", "disputed", "promises", "limits", "external", "payers", "financial",
             "statement_history")  # fmt: skip
FEW = ("settled_on_account", "disclosed", "ratings", "staff_changes", "requests", "visits")
"""Statements over facts that are few enough to be read for all customers at once."""
NEEDS = {
    "settled_on_account": {"payments"},
    "payment": {"invoices"}, "credit_notes": {"invoices"}, "returned": {"payments"}, "disputed": {"disputes"},
    "promises": {"promises"}, "limits": {"credit_limits"}, "external": {"external_signals"}, "payers": {"payments"},
    "financial": {"financial_statements"}, "statement_history": {"financial_statements"}, "disclosed": {"customer_figures"}, "ratings": {"assessor_ratings"},
    "staff_changes": {"contacts", "external_signals"}, "requests": {"information_requests"}, "visits": {"field_reports"},
}  # fmt: skip
"""A statement is run when any of its data sets was delivered."""
SPARSE = frozenset({"financial", "statement_history"})
"""Few customers publish statements, and a statement has many items."""
RESTATED_SHARE = 0.05
Rows = dict[str, NDArray[Any]]
EVERYBODY = Block(0, 0, 0, 2**62)


@dataclass(frozen=True, slots=True)
class Windows:
    """The bound values of the statements: dates before which a window lies, and the policy's materiality."""

    values: dict[str, object]

    def of(self, statement: str, **more: object) -> dict[str, object]:
        """Return the values a statement names."""
        given = {**self.values, **more}
        return {name: value for name, value in given.items() if f"${name}" in statement}


@dataclass(slots=True)
class Gathering:
    """Fills the columns of a population from opened facts."""

    facts: FactReader
    population: Population
    columns: Columns
    windows: Windows
    names_payers: bool = False

    def __post_init__(self) -> None:
        """Find out whether receipts name their payers at all, because most ledgers do not."""
        self.names_payers = bool(self.facts.database.sql(sql("indicators", "names_payers")).fetchall()[0][0])
        self._load_own_payers()

    def fill_blocks(self, blocks: Sequence[Block], progress: Progress, *, threads: int) -> None:
        """Fill the columns of blocks of customers; with several threads the database reads on while rows go into their arrays."""
        reads = self._read_blocks(blocks, progress)
        for work in ahead(reads) if threads > 1 else reads:
            work()

    def fill_few(self) -> None:
        """Fill, over all customers at once, what only few have."""
        for name in self._told(FEW):
            self._put(name, self._read(name))

    def fill_moved(self) -> None:
        """Compute customers whose accounts changed hands again, from all their accounts; few, so without blocks."""
        if self.facts.moved_customers.size == 0:
            return
        place, known = self.population.positions(self.facts.moved_customers)
        self.columns.clear(place[known])
        self.facts.show_moved()
        self._load_own_payers()
        for work in self._read_block(Block(0, len(self.population), EVERYBODY.low, EVERYBODY.high)):
            work()
        self.fill_few()

    def fill_marks(self, services: Services, pins: Pins) -> None:
        """Mark, over all customers at once, amounts without a rate and restated accounts."""
        facts = self.facts
        for moved in (False, True) if facts.moved_customers.size else (False,):
            facts.show_moved() if moved else facts.show_all()
            if any(source.converted for source in facts.sources.values()):
                self._mark("unconverted")
            if load_statement_versions(services, facts, pins):
                self._mark("restated", share=RESTATED_SHARE)

    def _read_blocks(self, blocks: Sequence[Block], progress: Progress) -> Iterator[Callable[[], None]]:
        for number, block in enumerate(blocks, start=1):
            yield from self._read_block(block)
            progress.advance("indicators", number, len(blocks))

    def _read_block(self, block: Block) -> Iterator[Callable[[], None]]:
        """Read a block's rows, statement by statement; yields what puts them into the arrays."""
        if "financial_statements" in self.facts.delivered:
            statement = sql("indicators", "statements")
            self.facts.database.execute(statement, self.windows.of(statement, low=block.low, high=block.high))
        for name in self._told(PER_BLOCK):
            if name != "payers" or self.names_payers:
                yield partial(self._put, name, self._read(name, low=block.low, high=block.high))
        if self.facts.delivered & {"orders", "invoices"}:
            name = "transaction" if "orders" in self.facts.delivered else "transaction_by_invoice"
            yield partial(self._put_orders, block, self._read(name, low=block.low, high=block.high))

    def _told(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if NEEDS[name] & self.facts.delivered)

    def _read(self, name: str, **more: object) -> Rows:
        statement = sql("indicators", name)
        return self.facts.fetch(statement, self.windows.of(statement, **more))

    def _put(self, name: str, found: Rows) -> None:
        place, known = self.population.positions(found.pop("customer_key"))
        rows = {key: values[known] for key, values in found.items()}
        if name in SPARSE:
            self.columns.keep(name, place[known], rows)
        else:
            self.columns.put(place[known], rows, prefix=f"{name}.")

    def _put_orders(self, block: Block, found: Rows) -> None:
        place, known = self.population.positions(found["customer_key"])
        known &= (place >= block.start) & (place < block.stop)
        lines = OrderLines(
            place[known] - block.start, np.minimum(found["days"][known], MAX_DAYS).astype(np.int32),
            _amounts(found["value"][known]), found["is_returned"][known].astype(bool), found["is_committed"][known].astype(bool),
        )  # fmt: skip
        figures = order_figures(lines, block.stop - block.start)
        ordered = np.flatnonzero(figures.order_days > 0)
        named = {name: getattr(figures, name)[ordered] for name in type(figures).__slots__}
        self.columns.put(ordered + block.start, named, prefix="orders.")

    def _load_own_payers(self) -> None:
        if self.names_payers:
            self.facts.database.execute(f"CREATE OR REPLACE TEMP TABLE own_payer AS {sql('indicators', 'own_payer')}")

    def _mark(self, name: str, **more: object) -> None:
        keys = self._read(name, **more)["customer_key"]
        place, known = self.population.positions(keys)
        self.columns.put(place[known], {name: np.ones(int(known.sum()))})


def _amounts(values: NDArray[Any]) -> NDArray[np.float64]:
    """Amounts without a rate count as nothing here; the customer's money indicators are made missing later."""
    return np.nan_to_num(values.astype(np.float64), nan=0.0)
