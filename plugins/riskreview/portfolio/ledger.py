"""Owns reading the receivables ledger of a date from the pinned facts: balances by month, rolls, and each customer's buckets."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.results import Pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Block, Columns, Population, blocks_of
from riskreview.indicators.population import read_population
from riskreview.portfolio.ageing import BUCKETS, Floats, Months, month_days, month_ends, month_number
from riskreview.portfolio.provision import Rolls, no_rolls

MONTHS = 15
"""A year of month ends, the one before it, and a quarter's sales before that."""
YEAR = 12
READ = ("invoices", "payments", "credit_limits")
CUSTOMER_COLUMNS = (*BUCKETS, "average_overdue", "sales")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The receivables of a date.

    :param customer_key: ascending, every customer that still has accounts.
    :param figures: arrays over the customers: the balance per bucket, ``average_overdue``, ``sales`` of twelve months and ``secured``.
    """

    months: Months
    rolls: Rolls
    customer_key: NDArray[np.int64]
    figures: dict[str, Floats]


@dataclass(slots=True)
class _Gathered:
    ends: tuple[date, ...]
    columns: Columns
    balance: Floats = field(init=False)
    sales: Floats = field(init=False)
    rolls: Rolls = field(default_factory=no_rolls)

    def __post_init__(self) -> None:
        self.balance, self.sales = np.zeros((len(self.ends), len(BUCKETS))), np.zeros(len(self.ends))


def read_ledger(services: Services, *, pins: Pins, as_of: date) -> Ledger:
    """Read the ledger as it was known under ``pins`` and had come about by ``as_of``; amounts without a rate are left out."""
    population = read_population(services, pins=pins)
    found = _Gathered(month_ends(as_of, MONTHS), Columns(len(population)))
    with open_facts(services, pins=pins, as_of=as_of, datasets=READ) as facts:
        blocks = list(blocks_of(population, rows=max(source.rows for source in facts.sources.values())))
        for number, block in enumerate(blocks, start=1):
            _read_block(facts, population, found, block)
            services.progress.advance("ledger", number, len(blocks))
        _read_moved(facts, population, found)
    months = Months(found.ends, month_days(found.ends), found.balance, found.sales)
    figures = {name: np.nan_to_num(found.columns[name]) for name in (*CUSTOMER_COLUMNS, "secured")}
    return Ledger(months, found.rolls, population.customer_key, figures)


def _read_block(facts: FactReader, population: Population, found: _Gathered, block: Block) -> None:
    _create(facts, block)
    first, last = _range(facts)
    for number, bucket, balance in _rows(facts, "month_balances"):
        found.balance[int(number) - first, int(bucket)] += balance
    for number, sales in _rows(facts, "month_sales", first=first):
        found.sales[int(number) - first] += sales
    until = last - 1 if _is_month_end(facts.as_of) else last - 2
    for bucket, target, amount, items in _rows(facts, "month_rolls", until=until):
        found.rolls.amount[int(bucket), int(target)] += amount
        found.rolls.items[int(bucket), int(target)] += int(items)
    _put_customers(facts, population, found.columns, block)


def _read_moved(facts: FactReader, population: Population, found: _Gathered) -> None:
    """Read customers whose accounts changed hands once more, under the customer they belong to; the totals have them already."""
    if facts.moved_customers.size == 0:
        return
    place, known = population.positions(facts.moved_customers)
    found.columns.clear(place[known])
    facts.show_moved()
    everything = Block(0, len(population), 0, 2**62)
    _create(facts, everything)
    _put_customers(facts, population, found.columns, everything)


def _create(facts: FactReader, block: Block) -> None:
    first, last = _range(facts)
    given = {"low": block.low, "high": block.high, "as_of": facts.as_of}
    facts.database.execute(sql("portfolio", "create_items"), given)
    facts.database.execute(sql("portfolio", "create_balances"), {**given, "first": first, "last": last})


def _put_customers(facts: FactReader, population: Population, columns: Columns, block: Block) -> None:
    last = month_number(facts.as_of)
    owed = facts.fetch(sql("portfolio", "customer_balances"), {"year_first": last - YEAR + 1, "last": last})
    given = {"low": block.low, "high": block.high, "as_of": facts.as_of}
    for rows in (owed, facts.fetch(sql("portfolio", "secured"), given)):
        place, known = population.positions(rows.pop("customer_key"))
        columns.put(place[known], {name: values[known] for name, values in rows.items()})


def _rows(facts: FactReader, name: str, **given: object) -> list[Any]:  # rows of numbers
    return facts.database.execute(sql("portfolio", name), given).fetchall()


def _range(facts: FactReader) -> tuple[int, int]:
    last = month_number(facts.as_of)
    return last - MONTHS + 1, last


def _is_month_end(day: date) -> bool:
    return month_number(date.fromordinal(day.toordinal() + 1)) != month_number(day)
