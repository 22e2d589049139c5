"""Owns taking a person out of the bytes of a delivery: records of delimited text and JSON, cells of workbooks and Parquet. Pure.

What else holds a person, or cannot be read for sure, cannot be kept.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from riskreview.audit.personal import CODE

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom to take out.

    :param accounts: ids of its accounts in the systems. :param values: texts the facts knew it by; a record that holds one of its ``marks``
        is about it. :param said: stands in their place.
    """

    accounts: frozenset[str]
    values: frozenset[str]
    marks: frozenset[str]
    said: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a delivery is written.

    :param lines: where its records about the person are known to begin, counted from 1. :param is_register: it describes customers, so that
        nothing of a record about the person stays; of others cells that name it and addresses of mail go.
    """

    kind: str
    encoding: str = "utf-8"
    separator: str = ","
    lines: frozenset[int] = frozenset()
    is_register: bool = False


def without(data: bytes, sought: Sought, form: Form) -> bytes | None:
    """Return the bytes of a delivery without the person, None where nothing of them can be kept; the same bytes where it is not in them."""
    if data[:2] == b"PK" and form.kind == "excel":
        return _workbook(data, sought)
    if data[:4] == b"PAR1":
        return _parquet(data, sought)
    if data[:2] in {b"PK", b"\x1f\x8b"} or form.kind == "excel":
        return _archive(data, sought)
    try:
        text = data.decode("utf-8-sig" if form.encoding.replace("-", "").lower() == "utf8" else form.encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
    told = _json(text, sought)
    if told is None:
        told = _delimited(text, sought, form)
    return data if told == text else None if told is None else mark + told.encode(form.encoding)


def _workbook(data: bytes, sought: Sought) -> bytes | None:
    """Return a workbook whose cells say nothing of the person; texts of cells stand between tags."""
    stream = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
            changed = False
            for item in given.infolist():
                content = told = given.read(item)
                for value in sorted(sought.values) if item.filename.endswith(".xml") else ():
                    told = told.replace(f">{escape(value)}<".encode(), f">{escape(sought.said)}<".encode())
                changed = changed or told != content
                made.writestr(item, told)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return None
    return stream.getvalue() if changed else data


def _parquet(data: bytes, sought: Sought) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(io.BytesIO(data))
    told, known = rows, pa.array(sorted(sought.values), pa.string())
    for place, kind in enumerate(rows.schema):
        if pa.types.is_string(kind.type) or pa.types.is_large_string(kind.type):
            named = pc.is_in(rows[kind.name].cast(pa.string()), known)
            told = told.set_column(place, kind, pc.if_else(named, pa.scalar(sought.said, kind.type), rows[kind.name]))
    if told.equals(rows):
        return data
    stream = io.BytesIO()
    pq.write_table(told, stream)
    return stream.getvalue()


def _archive(data: bytes, sought: Sought) -> bytes | None:
    """Keep an archive, or a workbook of the old kind, only where the person is not in it."""
    try:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as given:
                parts = [given.read(item) for item in given.infolist()]
        else:
            parts = [gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data]
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return None
    held = any(value.encode(encoding) in part for part in parts for value in sought.values for encoding in ENCODINGS)
    return None if held else data


def _json(text: str, sought: Sought) -> str | None:
    """Return JSON, or JSON line by line, without the person; None for what is neither."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return _whole(text, sought)
    except ValueError:
        try:
            return "\n".join(_whole(line, sought) if line.strip() else line for line in text.split("\n"))
        except ValueError:
            return None


def _whole(text: str, sought: Sought) -> str:
    read = json.loads(text)
    changed = _masked(read, sought, inside=False)
    return text if changed == read else json.dumps(changed, ensure_ascii=False)


def _masked(value: Any, sought: Sought, *, inside: bool) -> Any:  # parsed JSON has any shape
    """Return a value without texts of the person; in a record that holds its id every text goes that is no code, number or date."""
    if isinstance(value, dict):
        inside = inside or any(isinstance(item, str | int) and str(item) in sought.accounts for item in value.values())
        return {name: _masked(item, sought, inside=inside) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, sought, inside=inside) for item in value]
    if isinstance(value, str) and value not in sought.accounts:
        is_personal = value in sought.values or (inside and CODE.fullmatch(value) is None)
        return sought.said if is_personal else value
    return value


def _delimited(text: str, sought: Sought, form: Form) -> str | None:
    """Return delimited text in which the person's records do not say whose they are; lines and records keep their numbers."""
    if "\n" not in text:
        return None
    found: list[str] = []
    physical, start = text.split("\n"), 0
    while start < len(physical):
        end = _end_of_record(physical, start)
        found += _record(physical[start:end], start + 1, sought, form)
        start = end
    return "\n".join(found)


def _end_of_record(physical: list[str], start: int) -> int:
    quotes, end = physical[start].count('"'), start + 1
    while quotes % 2 and end < len(physical):
        quotes += physical[end].count('"')
        end += 1
    return end


def _record(lines: list[str], number: int, sought: Sought, form: Form) -> list[str]:
    """Return the lines of a record: as they are, or without what names the person."""
    record = "\n".join(lines)
    cells = next(csv.reader([record.replace("\n", " ")], delimiter=form.separator), [])
    told = {cell.strip() for cell in cells}
    is_marked = number in form.lines or bool(told & sought.marks)
    if form.is_register and is_marked:
        ending = "\r" if record.endswith("\r") else ""
        return [sought.said + form.separator * (len(cells) - 1) + ending, *[""] * (len(lines) - 1)]
    if is_marked or told & sought.accounts:
        for cell in sorted(cell for cell in told if cell in sought.values or "@" in cell):
            record = record.replace(cell.replace('"', '""'), sought.said)
    return _padded(record.split("\n"), len(lines))


def _padded(lines: list[str], count: int) -> list[str]:
    return [*lines, *[""] * (count - len(lines))]


def holds(data: bytes, words: Collection[str]) -> bool:
    """Tell whether any of some words is in the bytes of a page or message."""
    return any(word.encode() in data for word in words)
