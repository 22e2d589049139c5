"""Owns the one shape every format is read into: numbered records of text cells, where a statement can select them from."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an extract.

    :param scan: what stands after FROM; it yields cells ``c1`` to ``cn``.
    :param number: expression of the record's 1-based number.
    :param line: expression of its physical line, in terms of ``source_row`` or a column of the scan.
    :param is_counted: the number comes from counting records as they pass, so that nothing may be filtered before.
    """

    scan: str
    number: str
    line: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text with one record a line: where its first record starts, and how its lines are cut.

    :param start: offset of the first record. :param lines_before: lines before it. :param width: fields of a record.
    """

    path: Path
    start: int
    lines_before: int
    separator: str
    width: int


@dataclass(frozen=True, slots=True)
class TextTable:
    """An extract as text.

    :param records: their number where it is known without reading.
    :param is_ascii: every cell is ASCII, so that no look-alike characters need to be searched.
    :param has_defects: the scan has a column ``defect`` with the reason a record could not be cut into cells.
    :param has_iso_dates: the format knows dates, and they were written as ISO dates.
    :param has_nulls: an empty cell is NULL, never an empty text.
    :param plain: where the lines are, when each is one record.
    :param is_exact: the line expression is exact for every record.
    """

    name: str
    header: tuple[str, ...]
    parts: tuple[Part, ...]
    records: int | None
    is_ascii: bool = False
    has_control: bool = True
    has_space: bool = True
    has_defects: bool = False
    has_iso_dates: bool = False
    has_nulls: bool = True
    is_exact: bool = True
    filesystem: Any = None  # fsspec is untyped
    plain: PlainText | None = None

    def cell(self, header: str) -> str:
        """Return the scan's column that holds the cells under ``header``."""
        return f"c{self.header.index(header) + 1}"


class TextWriter:
    """Writes records of text, produced one by one, to a Parquet file that a ``TextTable`` reads."""

    def __init__(self, path: Path, width: int) -> None:
        cells = [(f"c{number + 1}", pa.string()) for number in range(width)]
        self._schema = pa.schema([("source_row", pa.int64()), ("line", pa.int64()), ("defect", pa.string()), *cells])
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")
        self._width = width
        self._rows: list[tuple[Any, ...]] = []  # source_row, line, defect and the cells
        self.records = 0

    def add(self, line: int, cells: Sequence[str | None], *, separator: str = ",") -> None:
        """Add a record; one with too few or too many cells is kept and marked. Empty cells at its end are no cells too many."""
        self.records += 1
        defect = None
        while len(cells) > self._width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) != self._width:
            defect = f"{len(cells)} fields instead of {self._width}"
            padded = [*cells, *[None] * (self._width - len(cells))]
            beyond = [cell or "" for cell in padded[self._width - 1 :]]
            cells = [*padded[: self._width - 1], separator.join(beyond)]
        self._rows.append((self.records, line, defect, *cells))
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(self._schema)
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


def written_table(
    name: str, path: Path, header: Iterable[str], records: int, *, has_iso_dates: bool = False
) -> TextTable:
    """Return the table of a file a ``TextWriter`` wrote."""
    part = Part(f"read_parquet({literal(str(path))})", "source_row", "line", is_counted=False)
    return TextTable(name, tuple(header), (part,), records, has_defects=True, has_iso_dates=has_iso_dates)


def literal(text: str) -> str:
    """Return a text as an SQL literal; for the places and patterns of a statement that cannot be bound."""
    return "'" + text.replace("'", "''") + "'"


def is_blank(cells: Sequence[str | None]) -> bool:
    """Return whether a record holds nothing but blanks."""
    return not any(cell and not re.fullmatch(r"[\s\u3000]*", cell) for cell in cells)
