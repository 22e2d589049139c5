"""Owns handing rows to a spreadsheet: numbers and dates are typed, every text is a text, and nothing is taken for a formula or a link."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

DANGEROUS = tuple("=+-@\t\r\0＝＋－＠")
"""First characters that a spreadsheet takes for a formula."""
LONGEST_NAME = 31
"""Of a sheet, as the format has it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under their column heads.

    :param heads: what stands above each column; its name where that is left out.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]  # rows of a list
    heads: Sequence[str] = ()


def workbook(sheets: Sequence[Sheet], *, made_at: datetime | None = None) -> bytes:
    """Return a workbook of the sheets.

    :param made_at: what the file says of when it was made; None for now.
    """
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        if made_at is not None:
            book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        head, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for item in sheets:
            sheet = book.add_worksheet(item.name[:LONGEST_NAME])
            for place, name in enumerate(item.heads or item.columns):
                sheet.write_string(0, place, name, head)
            for line, row in enumerate(item.rows, start=1):
                for place, name in enumerate(item.columns):
                    _write(sheet, line, place, row[name], moment)
            sheet.freeze_panes(1, 0)
    return stream.getvalue()


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
