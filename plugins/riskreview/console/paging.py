"""Owns the order of a long list and where a page of it begins: after the last row of the page before."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from riskreview.console.tables import Column, Rows, Table
from riskreview.console.visit import Row, Visit, number_of
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.sql import SORTED_BY, paged

PAGE_ROWS, EXPORT_ROWS = 50, 100_000
LAST_TEXT = "\U0010ffff"
"""What every text stands before."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by, and the row a page begins after.

    :param column: key of a column, or a word of its own for the order the list has by itself.
    :param after: number, text and key of the last row of the page before, None at first.
    """

    column: str
    is_down: bool = False
    after: tuple[float, str, int] | None = None

    @property
    def key(self) -> str:
        """The order as an address has it: with a minus for the largest first."""
        return f"-{self.column}" if self.is_down else self.column

    @property
    def values(self) -> dict[str, Any]:  # bound values of statements
        """The bound values of a statement that sorts; what is unknown stands last either way."""
        number, text, key = self.after or (None, None, None)
        return {"sort": self.column, "is_down": self.is_down, "no_number": -math.inf if self.is_down else math.inf,
                "no_text": "" if self.is_down else LAST_TEXT, "after_number": number, "after_text": text, "after_key": key}  # fmt: skip


Find = Callable[[Connection, Visit, Order, int], list[Row]]
"""Reads so many rows of a list in an order."""


def rows_in_order(connection: Connection, name: str, order: Order, **values: object) -> list[Row]:
    """Return rows of one of this room's lists in an order, by its statement and the tail all lists share; ``how_many`` is among the values."""
    found = connection.execute(text(paged("console", name)), {**values, **order.values})
    return [dict(row) for row in found.mappings()]


def order_of(query: Mapping[str, str], columns: Sequence[Column], default: str, asks: str = "sort") -> Order:
    """Return the order that was asked for and where its page begins; anything that is none means the default, from its first row on."""
    asked = query.get(asks, "")
    is_known = asked.removeprefix("-") in {column.key for column in columns if column.sorts}
    chosen = asked if is_known else default
    return Order(chosen.removeprefix("-"), chosen.startswith("-"), _place(query.get("after", "")))


def _place(mark: str) -> tuple[float, str, int] | None:
    """Return what a mark says; None for the first page, and for a mark that nobody could have been given."""
    number, _, rest = mark.partition("~")
    said, parted, text = rest.partition("~")
    key = number_of(said)
    if not parted or key is None:
        return None
    try:
        found = float(number)
    except ValueError:
        return None
    return None if math.isnan(found) else (found, text, key)


def sorted_table(
    visit: Visit, caption: str, columns: tuple[Column, ...], default: str, find: Find, *, page: str = "", asks: str = "sort"
) -> Table:  # fmt: skip
    """Return a page of a list in the order that was asked for, with the ways to the next one, to other orders and to the whole list.

    :param caption: of the table, a key of the words. :param default: the order where none is asked for. :param find: reads so many rows in an order.
    :param page: below which it stands and is taken away, where that is not its caption. :param asks: the word of an address that sorts it.
    """
    order = order_of(visit.query, columns, default, asks)
    with visit.reading() as connection:
        found = find(connection, visit, order, PAGE_ROWS + 1)
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    mark = f"{float(last['place_number'])!r}~{last['sort_key']}~{last['place_text']}" if last else ""
    address = f"{visit.root}/{page or caption}"
    return Table(caption, columns, shown(found[:PAGE_ROWS]), order.key, address, visit.query, mark, f"{address}.csv", asks)  # fmt: skip


def sorted_list(visit: Visit, columns: tuple[Column, ...], default: str, find: Find, *, asks: str = "sort") -> Rows:
    """Return the whole list in the order that was asked for, to take away.

    :raises RuleViolation: when there are more rows than a file takes.
    """
    order = order_of(visit.query, columns, default, asks)
    with visit.reading() as connection:
        return whole_list(find(connection, visit, Order(order.column, order.is_down), EXPORT_ROWS + 1))


def shown(found: Rows) -> list[Row]:
    """Return rows without what they were sorted by."""
    return [{name: value for name, value in row.items() if name not in SORTED_BY} for row in found]


def whole_list(found: Rows) -> Rows:
    """Return a list to take away, which is whole or is not handed over.

    :raises RuleViolation: when there are more than a file takes.
    """
    if len(found) > EXPORT_ROWS:
        raise RuleViolation(f"more than {EXPORT_ROWS} rows were found; narrow the search")
    return found
