"""Owns what a page may answer: a rendered template, a way to another page, a file of rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

DANGEROUS = tuple("=+-@\t\r\0＝＋－＠")
"""First characters that a spreadsheet takes for a formula."""


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
        """Return the workbook: numbers and dates are typed, every text is a text, nothing is taken for a formula or a link."""
        import xlsxwriter

        stream = io.BytesIO()
        with xlsxwriter.Workbook(
            stream, {"in_memory": True, "constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        ) as book:
            sheet, head = book.add_worksheet(), book.add_format({"bold": True})
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            for place, name in enumerate(self.columns):
                sheet.write_string(0, place, name, head)
            for line, row in enumerate(self.rows, start=1):
                for place, name in enumerate(self.columns):
                    _write(sheet, line, place, row[name], moment)
            sheet.freeze_panes(1, 0)
        return stream.getvalue()


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


Answer = Page | Redirect | CsvFile | ExcelFile | StaticFile | Document | Exposition
Handler = Callable[[Any], Answer]
"""What a route does with a visit."""


def cell(value: object) -> object:
    """Return a value as a spreadsheet may read it: numbers stay numbers, text never becomes a formula."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    return "'" + text if text.startswith(DANGEROUS) else text


def _write(sheet: Any, line: int, place: int, value: object, moment: Any) -> None:  # the library is untyped
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal) and isfinite(value):
        sheet.write_number(line, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value.astimezone(UTC).replace(tzinfo=None), moment)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day))  # noqa: DTZ001  a workbook's dates have no zone
    else:
        sheet.write_string(line, place, str(value)[:32_000])
