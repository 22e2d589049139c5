"""Owns the one shape every format is read into: blocks of records, each record a line number and text cells."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive records of an extract.

    :param cells: columns ``c1`` to ``cn`` of text, NULL where a cell is empty.
    :param lines: each record's physical line.
    :param defects: the reason a record could not be cut into cells, NULL where it could; None where the format has no such records.
    """

    cells: pa.Table
    lines: Any  # pyarrow is untyped
    defects: Any | None = None


BlockReader = Callable[[], Block]
"""Reads one block; may be called in any thread."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """An extract as text.

    :param blocks: begins to read and gives the blocks in order, each to be read by whoever calls it.
    :param has_iso_dates: the format knows dates, and they were written as ISO dates.
    """

    name: str
    header: tuple[str, ...]
    blocks: Callable[[], Iterator[BlockReader]]
    has_iso_dates: bool = False

    def cell(self, header: str) -> str:
        """Return the name of the column that holds the cells under ``header``."""
        return cell_names(len(self.header))[self.header.index(header)]


def cell_names(width: int) -> list[str]:
    """Return the names of a block's columns."""
    return [f"c{number}" for number in range(1, width + 1)]


class TextWriter:
    """Writes records of text, produced one by one, to a Parquet file that a ``TextTable`` reads."""

    def __init__(self, path: Path, width: int) -> None:
        cells = [(name, pa.string()) for name in cell_names(width)]
        self._schema = pa.schema([("line", pa.int64()), ("defect", pa.string()), *cells])
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")
        self._width = width
        self._rows: list[tuple[Any, ...]] = []  # line, defect and the cells

    def add(self, line: int, cells: Sequence[str | None], *, separator: str = ",") -> None:
        """Add a record; one with too few or too many cells is kept and marked. Empty cells at its end are no cells too many."""
        defect = None
        while len(cells) > self._width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) != self._width:
            defect = f"{len(cells)} fields instead of {self._width}"
            padded = [*cells, *[None] * (self._width - len(cells))]
            beyond = [cell or "" for cell in padded[self._width - 1 :]]
            cells = [*padded[: self._width - 1], separator.join(beyond)]
        self._rows.append((line, defect, *cells))
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


def written_table(name: str, path: Path, header: Iterable[str], *, has_iso_dates: bool = False) -> TextTable:
    """Return the table of a file a ``TextWriter`` wrote."""
    names = tuple(header)

    def blocks() -> Iterator[BlockReader]:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH):
                yield partial(_written_block, batch, len(names))

    return TextTable(name, names, blocks, has_iso_dates=has_iso_dates)


def _written_block(batch: Any, width: int) -> Block:  # pyarrow is untyped
    cells = pa.Table.from_batches([batch.select(cell_names(width))])
    return Block(cells, batch.column("line"), batch.column("defect"))


def literal(text: str) -> str:
    """Return a text as an SQL literal; for the places and patterns of a statement that cannot be bound."""
    return "'" + text.replace("'", "''") + "'"


def is_blank(cells: Sequence[str | None]) -> bool:
    """Return whether a record holds nothing but blanks."""
    return not any(cell and not re.fullmatch(r"[\s\u3000]*", cell) for cell in cells)
