"""Owns reading a workbook's sheet as text: what is text stays text, typed dates become ISO, hidden traps stop the file."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.intake.archives import check_zip
from riskreview.intake.header import check_header, clean_header
from riskreview.intake.text_table import TextTable, TextWriter, is_blank, written_table
from riskreview.policy.mapping import Mapping

FORMULA_WITHOUT_VALUE = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>')
ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*t="e"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)
XML_HEAD = 4096
MAX_SHEET = 1 << 30


def read_excel(mapping: Mapping, path: Path, name: str, folder: Path, *, is_xlsx: bool) -> TextTable:
    """Return one sheet of a workbook as text.

    :raises BadInput: E-XML-ENTITY, E-XLSX-SHEET, E-XLSX-FORMULA, the archive codes and the header codes.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if is_xlsx:
        check_zip(path, name)
        refuse_entities(path, name)
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheet = workbook.get_sheet_by_name(choose_sheet(workbook, mapping.read.sheet, name))
    except (CalamineError, OSError) as error:
        raise BadInput(
            "E-FILE-TYPE", "the workbook is damaged or incomplete", "Save it again and send it", name
        ) from error
    row = mapping.read.header_row
    if any(top < row <= bottom + 1 and right > left for (top, left), (bottom, right) in sheet.merged_cell_ranges or []):
        raise BadInput(
            "E-XLSX-SHEET", "the header has merged cells", "Give each column a header cell of its own", name, row
        )
    errors = _cell_traps(path, sheet.name, name) if is_xlsx else {}
    return _written(mapping, name, read_rows(sheet, errors), folder)


def choose_sheet(workbook: Any, wanted: str | None, name: str) -> str:  # the library is untyped
    """Return the sheet to read: the one named, else the only visible worksheet.

    :raises BadInput: E-XLSX-SHEET.
    """
    visible = visible_sheets(workbook)
    if wanted is not None:
        if wanted not in visible:
            raise BadInput(
                "E-XLSX-SHEET", f"there is no visible sheet {wanted}", f"Name one of: {', '.join(visible[:10])}", name
            )
        return wanted
    filled = [sheet for sheet in visible if workbook.get_sheet_by_name(sheet).height > 0]
    if len(filled) != 1:
        raise BadInput("E-XLSX-SHEET", f"the workbook has {len(filled)} filled visible sheets",
                       f"Set sheet in the mapping to one of: {', '.join(visible[:10])}", name)  # fmt: skip
    return str(filled[0])


def visible_sheets(workbook: Any) -> list[str]:  # the library is untyped
    """Return the names of the worksheets a person sees."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    shown, page = SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet
    return [str(sheet.name) for sheet in workbook.sheets_metadata if sheet.visible == shown and sheet.typ == page]


def refuse_entities(path: Path, name: str) -> None:
    """Refuse XML that declares a document type; a workbook never needs one.

    :raises BadInput: E-XML-ENTITY.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            if not entry.endswith((".xml", ".rels")):
                continue
            with archive.open(entry) as part:
                head = part.read(XML_HEAD)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"<\0!\0D\0O\0C" in head:
                raise BadInput(
                    "E-XML-ENTITY",
                    "a part of the workbook declares XML entities",
                    "Save it with Excel and send it again",
                    name,
                )


def _cell_traps(path: Path, sheet: str, name: str) -> dict[tuple[int, int], str]:
    """Return error cells by row and column, from 0; refuse formulas whose result was never calculated."""
    with zipfile.ZipFile(path) as archive:
        entry = _sheet_entry(archive, sheet)
        if entry is None or archive.getinfo(entry).file_size > MAX_SHEET:
            return {}
        content = archive.read(entry)
    bare = FORMULA_WITHOUT_VALUE.search(content)
    if bare:
        raise BadInput("E-XLSX-FORMULA", "a formula has no calculated value", "Open and save the workbook in Excel, or export values",
                       name, int(bare[2]), bare[1].decode())  # fmt: skip
    if b't="e"' not in content:
        return {}
    cells = (found.groups() for found in ERROR_CELL.finditer(content))
    return {(int(row) - 1, _column_number(letters)): text.decode() for letters, row, text in cells}


def _sheet_entry(archive: zipfile.ZipFile, sheet: str) -> str | None:
    from defusedxml.ElementTree import fromstring

    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    wanted = next((s.get(relation) for s in book.iter() if s.tag.endswith("}sheet") and s.get("name") == sheet), None)
    targets = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    target = next((str(r.get("Target")) for r in targets if r.get("Id") == wanted), None)
    if target is None:
        return None
    entry = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
    return entry if entry in names else None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def read_rows(
    sheet: Any, errors: dict[tuple[int, int], str] | None = None
) -> Iterator[list[str | None]]:  # untyped library
    """Return a sheet's rows from the first one, with error cells put back that the library leaves empty."""
    errors = errors or {}
    before = [None] * (sheet.start[1] if sheet.start else 0)
    wrong = {row for row, _ in errors}
    for number, values in enumerate(sheet.iter_rows()):
        cells = [*before, *(as_text(value) for value in values)]
        if number in wrong:
            cells = [errors.get((number, column), cell) for column, cell in enumerate(cells)]
        yield cells


def _written(mapping: Mapping, name: str, rows: Iterator[list[str | None]], folder: Path) -> TextTable:
    for _ in range(mapping.read.header_row - 1):
        next(rows, None)
    header = clean_header(next(rows, [])) if mapping.read.header_row else mapping.read.columns
    check_header(mapping, header, name)
    target, width = folder / "records.parquet", len(header)
    with TextWriter(target, width) as writer:
        for line, cells in enumerate(rows, start=mapping.read.header_row + 1):
            if not is_blank(cells):
                writer.add(
                    line,
                    cells if not is_blank(cells[:width]) and any(cells[width:]) else (cells + [None] * width)[:width],
                )
    return written_table(name, target, header, has_iso_dates=True)


def as_text(value: object) -> str | None:
    """Return a cell as text: a whole number without a fraction, a date as ISO, everything else as Excel stores it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else _decimal_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value.total_seconds()) if isinstance(value, timedelta) else str(value)


def _decimal_text(value: float) -> str:
    """Return a number with the 15 digits that a spreadsheet holds, without the noise of binary fractions."""
    return f"{Decimal(f'{value:.15g}'):f}"
