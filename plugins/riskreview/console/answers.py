"""Owns what a page may answer: a rendered template, a way to another page, a file of rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from riskreview.mechanisms.spreadsheet import Sheet, cell, workbook


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
    rows: Sequence[Mapping[str, Any]] = field(default_factory=tuple)  # rows of a list

    def content(self) -> bytes:
        """Return the file as UTF-8 with a mark that spreadsheets know; nothing in it is taken for a formula."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(self.columns)
        writer.writerows([cell(row[name]) for name in self.columns] for row in self.rows)
        return b"\xef\xbb\xbf" + stream.getvalue().encode()


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
        return ExcelFile(found.name.removesuffix(".csv") + ".xlsx", found.columns, found.rows)

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
