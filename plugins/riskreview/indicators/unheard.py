"""Owns who is known only to systems that never told of a data set: of them nothing was said, which is not that nothing happened."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from riskreview.facts.register import see_register
from riskreview.facts.results import Customers, Pins, Span
from riskreview.foundation.binary_copy import copy_out
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Columns, Population
from riskreview.indicators.frame import Bools
from riskreview.indicators.population import EVERYBODY

WHERE_SILENCE_READS_AS_NOTHING = ("contacts", "payments")
"""Data sets of one system's accounts whose absence an indicator counts as zero."""


def mark_unheard(
    services: Services, pins: Pins, population: Population, columns: Columns, customers: Customers | None
) -> None:  # fmt: skip
    """Mark whom no system that ever delivered a data set knows; nothing where every system with customers delivers it."""
    with services.engine.begin() as connection:
        telling = _systems(connection, pins)
        see_register(connection, pins)
        for dataset in WHERE_SILENCE_READS_AS_NOTHING:
            heard = telling.get(dataset, frozenset())
            if not heard or telling.get("customers", heard) <= heard:
                continue
            place, known = population.positions(_unheard(connection, sorted(heard), customers))
            columns.put(place[known], {f"unheard.{dataset}": np.ones(int(known.sum()))})


def unheard(columns: Columns, dataset: str) -> Bools:
    """Tell of whom no system that knows them ever delivered a data set."""
    return np.asarray(columns[f"unheard.{dataset}"] == 1)


def _systems(connection: Connection, pins: Pins) -> dict[str, frozenset[str]]:
    rows = connection.execute(text(sql("indicators", "telling_systems")), {"known_at": pins.known_at})
    return {row.dataset: frozenset(row.systems) for row in rows}


def _unheard(connection: Connection, systems: list[str], customers: Customers | None) -> NDArray[np.int64]:
    span = EVERYBODY if customers is None else customers
    chosen: dict[str, object] = {"low": 0, "high": EVERYBODY.high, "customers": None}
    chosen |= {"low": span.low, "high": span.high} if isinstance(span, Span) else {"customers": span.tolist()}
    rows = copy_out(connection, sql("indicators", "unheard"), {"customer_key": "int8"}, {"systems": systems, **chosen})
    return rows["customer_key"].astype(np.int64)
