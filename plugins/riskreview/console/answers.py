"""Owns what a page may answer: a rendered template, a way to another page, a file of rows."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from riskreview.console.paging import EXPORT_ROWS
from riskreview.console.tables import Table
from riskreview.foundation.errors import RuleViolation
from riskreview.mechanisms.spreadsheet import Sheet, cell, workbook
from riskreview.notifications.words import CLASS_CODES

PIECE_ROWS = 5_000
"""Rows of a file that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what it shows.

    :param reads: type and id of the thing shown, for the log of an auditor's reads.
    """

    template: str
    context: Mapping[str, Any]  # what a template shows has any shape
    reads: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another page of the console.

    :param to: its path below the root, beginning with a slash.
    :param done: key of the sentence that is shown there.
    """

    to: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """Rows to take away."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]] = field(default_factory=tuple)  # rows of a list

    def pieces(self) -> Iterator[bytes]:
        """Yield the file as UTF-8 with a mark that spreadsheets know; nothing in it is taken for a formula."""
        yield codecs.BOM_UTF8
        lines = chain([self.columns], ([cell(row[name]) for name in self.columns] for row in self.rows))
        while piece := list(islice(lines, PIECE_ROWS)):
            stream = io.StringIO(newline="")
            csv.writer(stream, quoting=csv.QUOTE_MINIMAL).writerows(piece)
            yield stream.getvalue().encode()

    def content(self) -> bytes:
        """Return the whole file."""
        return b"".join(self.pieces())


def chosen_file(name: str, tables: Sequence[Table], wanted: str) -> CsvFile:
    """Return the table of a page that is wanted, its first one where none of them is."""
    table = next((table for table in tables if table.part == wanted), tables[0])
    return table_file(f"{name}-{table.part}.csv", table)


def table_file(name: str, table: Table) -> CsvFile:
    """Return a table of a page to take away: what it shows, unrounded, and classes by their words."""
    classes = [column.key for column in table.columns if column.kind == "class"]
    words = ({key: CLASS_CODES[row[key]] for key in classes if isinstance(row[key], int)} for row in table.rows)
    rows = [{**row, **told} for row, told in zip(table.rows, words, strict=True)]
    return CsvFile(name, [column.key for column in table.columns], rows)


@dataclass(frozen=True, slots=True)
class ExcelFile:
    """Rows to take away as a workbook."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]] = field(default_factory=tuple)  # rows of a list

    def content(self) -> bytes:
        """Return the workbook."""
        return workbook([Sheet("Sheet1", self.columns, self.rows)])


def as_excel(handle: "Callable[[Any], CsvFile]") -> "Callable[[Any], ExcelFile]":
    """Return what hands over the rows of a CSV file as a workbook."""

    def answer(visit: Any) -> ExcelFile:  # a visit
        found = handle(visit)
        taken = list(islice(found.rows, EXPORT_ROWS + 1))
        if len(taken) > EXPORT_ROWS:
            raise RuleViolation(f"more than {EXPORT_ROWS} rows were found; narrow the search, or take the CSV file")
        return ExcelFile(found.name.removesuffix(".csv") + ".xlsx", found.columns, taken)

    return answer


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file shipped with the project."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that somebody else's program wrote, under a content policy of its own."""

    content: bytes
    media_type: str
    policy: str


@dataclass(frozen=True, slots=True)
class Exposition:
    """Figures for a program that collects them again and again; they name nobody, so reading them is no look at anybody."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to take away.

    :param reads: type and id of what it is about, for the log of an auditor's reads.
    """

    name: str
    content: bytes
    media_type: str
    reads: tuple[str, str]


Answer = Page | Redirect | CsvFile | ExcelFile | StaticFile | Document | Exposition | Attachment
Handler = Callable[[Any], Answer]
"""What a route does with a visit."""
