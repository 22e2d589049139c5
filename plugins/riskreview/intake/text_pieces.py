"""Owns reading delimited text piece by piece: cut at line breaks that end a record, so that several threads read one file.

Only regular text is read here: every quote closed rightly, every record of the same width. The rest is ``Irregular``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from riskreview.foundation.errors import BadInput
from riskreview.intake.arrival import Arrival
from riskreview.intake.text_table import Block, BlockReader, cell_names

PIECE = 16 << 20
CACHED = 128 << 10
LONGEST = 64 << 20
"""Longest record."""
QUOTE, FEED, RETURN = 34, 10, 13
Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


class Irregular(Exception):
    """A text that has to be cut record by record to find what is wrong with it, and where."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a UTF-8 text is cut.

    :param start: offset of the first record. :param lines_before: lines before it.
    :param arrival: how far it has arrived. :param width: names in the header. :param fields: separated fields of a record; those beyond ``width`` are empty.
    """

    path: Path
    name: str
    start: int
    lines_before: int
    separator: str
    width: int
    fields: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records: their bytes, the offset of the first byte, its physical line, and how many line breaks there are."""

    data: bytes
    offset: int
    line: int
    feeds: int


def read_pieces(layout: TextLayout) -> Iterator[BlockReader]:
    """Give the pieces of a text in order, each to be read into a block by whoever calls it.

    :raises Irregular: at once or by the reader of a block.
    """
    if len(layout.separator.encode()) != 1:
        raise Irregular
    offset, line = layout.start, layout.lines_before + 1
    with layout.path.open("rb") as file:
        while data := _read_records(file, offset, PIECE, layout.arrival):
            feeds = _count_feeds(data)
            yield partial(read_piece, Piece(data, offset, line, feeds), layout)
            offset, line = offset + len(data), line + feeds


def _count_feeds(data: bytes) -> int:
    """Count line breaks by parts that stay in the processor's cache."""
    values = np.frombuffer(data, np.uint8)
    return sum(int(np.count_nonzero(values[at : at + CACHED] == FEED)) for at in range(0, len(values), CACHED))


def _read_records(file: BufferedReader, offset: int, size: int, arrival: Arrival) -> bytes:
    """Return about ``size`` bytes from an offset that end with a record."""
    arrival.wait(offset + size + LONGEST + 1)
    file.seek(offset + size)
    whole = size + len(file.readline(LONGEST))
    file.seek(offset)
    data = file.read(whole)
    is_last = len(data) < whole or not file.peek(1)
    if is_last:
        return data
    if not data.endswith(b"\n"):
        raise Irregular
    if b'"' not in data:
        return data
    end = _end_of_records(data)
    if end:
        return data[:end]
    if size >= LONGEST:
        raise Irregular
    return _read_records(file, offset, 4 * size, arrival)


def _end_of_records(data: bytes) -> int:
    values = np.frombuffer(data, np.uint8)
    ends = _outside(np.flatnonzero(values == FEED), np.flatnonzero(values == QUOTE))
    return int(ends[-1]) + 1 if len(ends) else 0


def _outside(places: Positions, quotes: Positions) -> Positions:
    """Return the places that are not inside quotes."""
    is_outside: npt.NDArray[np.bool_] = np.searchsorted(quotes, places) % 2 == 0
    return places[is_outside]


def read_piece(piece: Piece, layout: TextLayout) -> Block:
    """Read a piece into records; a record of nothing but blanks is none.

    :raises BadInput: E-CHAR-NUL. :raises Irregular: for text that is not UTF-8, or cannot be cut into records of the same width.
    """
    data = piece.data
    if (nul := data.find(b"\0")) >= 0:
        raise nul_byte(layout.name, piece.line + data.count(b"\n", 0, nul), byte=piece.offset + nul)
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        raise Irregular
    values = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(values == QUOTE) if b'"' in data else None
    if quotes is not None:
        _check_quotes(values, quotes, layout.separator)
    cells = _cells(data, layout, has_quotes=quotes is not None)
    is_line_each = len(cells) == piece.feeds + (not data.endswith(b"\n"))
    lines = np.arange(len(cells)) if is_line_each else _lines(values, quotes)
    if len(lines) != len(cells):
        raise Irregular
    return _without_blank_records(Block(cells, pa.array(lines + piece.line)))


def nul_byte(name: str, line: int, *, byte: int | None = None) -> BadInput:
    """Return the refusal of a text with a NUL byte."""
    found = "a byte is NUL" if byte is None else f"byte {byte} is NUL"
    return BadInput("E-CHAR-NUL", found, "Export as text; the file is damaged or binary", name, line)


def _check_quotes(values: Bytes, quotes: Positions, separator: str) -> None:
    """Check that a quote opens only at the beginning of a field and closes only at its end, doubled ones inside aside."""
    if len(quotes) % 2:
        raise Irregular
    opens, closes = quotes[0::2], quotes[1::2]
    doubled = opens[1:] == closes[:-1] + 1
    before = _stands_at(values, opens - 1, (ord(separator), FEED))
    after = _stands_at(values, closes + 1, (ord(separator), FEED, RETURN))
    if not (before[0] and (before[1:] | doubled).all() and after[-1] and (after[:-1] | doubled).all()):
        raise Irregular


def _stands_at(values: Bytes, places: Positions, signs: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return whether one of the signs, or the end of the text, is at each place."""
    inside = (places >= 0) & (places < len(values))
    found = values[np.where(inside, places, 0)]
    return ~inside | np.isin(found, signs)


def _cells(data: bytes, layout: TextLayout, *, has_quotes: bool) -> pa.Table:
    names = cell_names(layout.fields)
    reading = csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names)
    parsing = csv.ParseOptions(
        delimiter=layout.separator, quote_char='"' if has_quotes else False, newlines_in_values=has_quotes
    )
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    try:
        table = csv.read_csv(
            pa.BufferReader(data), read_options=reading, parse_options=parsing, convert_options=converting
        )
    except pa.ArrowInvalid as error:
        raise Irregular from error
    beyond = names[layout.width :]
    if any(table.column(name).null_count < len(table) for name in beyond):
        raise Irregular
    return table.drop_columns(beyond)


def _lines(values: Bytes, quotes: Positions | None) -> Positions:
    """Return how many line breaks come before each record; an empty line is no record."""
    feeds = np.flatnonzero(values == FEED)
    ends = feeds if quotes is None else _outside(feeds, quotes)
    starts = np.concatenate([[0], ends + 1])
    ends = np.append(ends, len(values))
    filled = ends - starts > 0
    filled &= (ends - starts > 1) | (values[np.minimum(starts, len(values) - 1)] != RETURN)
    lines = np.arange(len(starts)) if quotes is None else np.searchsorted(feeds, starts)
    return lines if filled.all() else lines[filled]


def _without_blank_records(block: Block) -> Block:
    blank: Any = None
    for column in block.cells.columns:
        found = pc.fill_null(pc.utf8_is_space(column), fill_value=True)
        blank = found if blank is None else pc.and_(blank, found)
        if not pc.any(blank).as_py():
            return block
    kept = pc.invert(blank).combine_chunks()
    return Block(block.cells.filter(kept), block.lines.filter(kept))
