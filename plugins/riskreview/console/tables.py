"""Owns the shape of a table on a page: columns, the order it is in, and the links that change the order or turn the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

PART = re.compile(r"{(\w+)}")
Rows = Sequence[Mapping[str, Any]]  # rows of a list


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :param kind: how a cell is written: ``text``, ``count``, ``amount``, ``money``, ``figure``, ``points``, ``percent``, ``day``, ``since``, ``moment``, ``class``, ``country``,
        ``person``, ``title`` of a rule or playbook, or ``word:<group>``.
    :param link: page the cell leads to, with ``{column}`` filled from the row; where nothing is left of it, the cell leads nowhere.
    """

    key: str
    kind: str = "text"
    link: str = ""
    sorts: bool = False

    def page(self, row: Mapping[str, Any]) -> str:  # a result row
        """Return the page a cell of a row leads to, empty where a part of its address is not known."""
        is_known = all(row[name] is not None for name in PART.findall(self.link))
        return self.link.format(**row) if is_known else ""

    @property
    def is_number(self) -> bool:
        """Whether cells stand at the right."""
        return self.kind in {"count", "amount", "money", "points", "percent", "figure"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, a key of the words.

    :param order: key of the column it is sorted by, with a minus for the largest first.
    :param asks: the word of an address that sorts it. :param part: its name, where it is one of several of a page that are taken away one by one.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: Rows
    order: str = ""
    base: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    next_after: str = ""
    csv: str = ""
    asks: str = "sort"
    part: str = ""

    def sort_link(self, column: Column) -> str:
        """Return the address that sorts by a column, the other way round when it is sorted by it."""
        wanted = f"-{column.key}" if self.order == column.key else column.key
        return self._address({self.asks: wanted})

    def sorted_how(self, column: Column) -> str:
        """Return the order of a column for those who hear the page."""
        if self.order == column.key:
            return "ascending"
        return "descending" if self.order == f"-{column.key}" else "none"

    @property
    def next_link(self) -> str:
        """The address of the next page, empty on the last one."""
        return self._address({self.asks: self.order, "after": self.next_after}) if self.next_after else ""

    @property
    def export_query(self) -> str:
        """What the export is narrowed by, as the table is; empty when nothing."""
        kept = {name: value for name, value in self.query.items() if value and name not in {"after", "done", "table"}}
        kept |= {"table": self.part} if self.part else {}
        return f"?{urlencode(kept)}" if kept else ""

    def _address(self, more: Mapping[str, str]) -> str:
        kept = {name: value for name, value in self.query.items() if value and name not in {"after", self.asks, "done"}}
        return f"{self.base}?{urlencode(kept | {name: value for name, value in more.items() if value})}"


def in_order(rows: Rows, columns: Sequence[Column], wanted: str, default: str) -> tuple[Rows, str]:
    """Sort the rows of a short list by a column that sorts; what is unknown comes last. Anything else means the default order."""
    allowed = {column.key for column in columns if column.sorts}
    order = wanted if wanted.removeprefix("-") in allowed else default
    if not order:
        return rows, ""
    key, backwards = order.removeprefix("-"), order.startswith("-")
    known = sorted((row for row in rows if row[key] is not None), key=lambda row: row[key], reverse=backwards)
    return [*known, *(row for row in rows if row[key] is None)], order


def taken_away(tables: Sequence[Table], csv: str) -> tuple[Table, ...]:
    """Return the tables of a page so that each is taken away by its own name."""
    return tuple(replace(table, csv=csv, part=table.caption) for table in tables)
