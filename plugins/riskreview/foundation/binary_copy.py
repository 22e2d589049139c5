"""Owns PostgreSQL's binary COPY stream: numpy columns go in and out at the speed of the server, without a Python object per value.

Format: https://www.postgresql.org/docs/current/sql-copy.html (binary format). A row is a 16-bit column count and, per column,
a 32-bit length (-1 = NULL) followed by the value, big-endian.
"""

import io
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from riskreview.foundation.ahead import ahead

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
CHUNK = 4_096
"""Rows encoded at once: about what a processor's cache holds."""
READ = 1 << 20

Array = npt.NDArray[Any]  # the element type is that of the column
Bools = npt.NDArray[np.bool_]

EPOCH = np.datetime64("2000-01-01", "D")
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TEXT_OID = 25

TYPES = {
    "bool": "?", "int2": ">i2", "int4": ">i4", "int8": ">i8", "float4": ">f4", "float8": ">f8", "date": ">i4", "timestamptz": ">i8",
}  # fmt: skip
"""PostgreSQL's fixed-length types; a date is a count of days since 2000-01-01, a moment one of microseconds."""

LONG = frozenset({"text", "bytea", "text[]"})
"""Types of any length."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a COPY.

    :param kind: a key of ``TYPES``, or ``text`` for an array of Python strings, ``bytea`` for one of bytes, ``text[]`` for one of
        tuples of strings.
    :param null: where the value is NULL; None = nowhere. Text and bytes use None for NULL instead.
    """

    name: str
    kind: str
    data: Array
    null: Bools | None = None


def column_of_floats(name: str, kind: str, data: npt.NDArray[np.floating]) -> Column:
    """Return a column in which every NaN is NULL, because PostgreSQL orders NaN above every number."""
    missing = np.isnan(data)
    return Column(name, kind, data, missing if missing.any() else None)


def column_of_values(name: str, kind: str, values: Sequence[object]) -> Column:
    """Return a column of Python values; None is NULL, a date is one of the calendar, a moment knows its zone."""
    if kind in LONG:
        return Column(name, kind, np.fromiter(values, dtype=object, count=len(values)))
    null = np.array([value is None for value in values])
    if kind == "date":
        days = np.array([EPOCH if value is None else value for value in values], dtype="datetime64[D]")
        return Column(name, kind, (days - EPOCH).astype(np.int32), null)
    if kind == "timestamptz":
        values = [None if value is None else (value - FIRST_MOMENT) // MICROSECOND for value in values]  # type: ignore[operator]  # moments
    return Column(name, kind, np.array([0 if value is None else value for value in values], dtype=TYPES[kind]), null)


def encode_rows(columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield the stream of a COPY FROM in chunks.

    :raises ValueError: for columns of unequal length or an unknown type.
    """
    yield from encode_portions(iter([columns]))


def encode_portions(portions: Iterator[Sequence[Column]]) -> Iterator[bytes]:
    """Yield the stream of a COPY FROM whose rows come in portions, the same columns each.

    :raises ValueError: for columns of unequal length or an unknown type.
    """
    yield SIGNATURE
    for columns in portions:
        yield from _chunks(columns)
    yield TRAILER


def _chunks(columns: Sequence[Column]) -> Iterator[bytes]:
    lengths = {len(column.data) for column in columns}
    if len(lengths) != 1:
        raise ValueError(f"columns of one COPY must have one length, found {sorted(lengths)}")
    if unknown := {column.kind for column in columns} - {*TYPES, *LONG}:
        raise ValueError(f"no binary COPY for the types {sorted(unknown)}")
    fixed = all(column.kind not in LONG for column in columns)
    for start in range(0, lengths.pop(), CHUNK):
        part = slice(start, start + CHUNK)
        yield _fixed_rows(columns, part) if fixed else _rows_with_text(columns, part)


def _layout(columns: Sequence[Column]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("n", ">i2")]
    for place, column in enumerate(columns):
        fields += [(f"l{place}", ">i4"), (f"v{place}", TYPES[column.kind])]
    return np.dtype(fields)


def _fixed_rows(columns: Sequence[Column], part: slice) -> bytes:
    layout = _layout(columns)
    rows = np.empty(len(columns[0].data[part]), dtype=layout)
    rows["n"] = len(columns)
    keep: Bools | None = None
    for place, column in enumerate(columns):
        rows[f"v{place}"] = column.data[part]
        size = np.dtype(TYPES[column.kind]).itemsize
        null = None if column.null is None else column.null[part]
        if null is None or not null.any():
            rows[f"l{place}"] = size
            continue
        rows[f"l{place}"] = np.where(null, -1, size)
        if keep is None:
            keep = np.ones((len(rows), layout.itemsize), dtype=bool)
        offset = rows.dtype.fields[f"v{place}"][1]  # type: ignore[index]  # a structured type always has fields
        keep[:, offset : offset + size] = ~null[:, None]
    if keep is None:
        return rows.tobytes()
    return rows.view(np.uint8).reshape(len(rows), layout.itemsize)[keep].tobytes()


def _rows_with_text(columns: Sequence[Column], part: slice) -> bytes:
    """Return rows cell by cell: slower, for the few tables that hold text."""
    count = len(columns).to_bytes(2, "big")
    cells = [_cells(column, part) for column in columns]
    return b"".join(count + b"".join(row) for row in zip(*cells, strict=True))


def _cells(column: Column, part: slice) -> list[bytes]:
    null = [False] * len(column.data[part]) if column.null is None else column.null[part].tolist()
    if column.kind in LONG:
        found = column.data[part].tolist()
        encode = ENCODERS[column.kind]
        values = [value if value is None else encode(value) for value in found]
    else:
        raw = column.data[part].astype(TYPES[column.kind])
        size = raw.dtype.itemsize
        whole = raw.tobytes()
        values = [whole[place : place + size] for place in range(0, len(whole), size)]
    return [b"\xff\xff\xff\xff" if value is None or gone else len(value).to_bytes(4, "big") + value
            for value, gone in zip(values, null, strict=True)]  # fmt: skip


def _texts(values: Sequence[str]) -> bytes:
    """Return an array of texts as the server reads it: dimensions, whether there are NULLs, type, length, first place, then each."""
    if not values:
        return struct.pack(">iii", 0, 0, TEXT_OID)
    cells = [value.encode() for value in values]
    head = struct.pack(">iiiii", 1, 0, TEXT_OID, len(cells), 1)
    return head + b"".join(len(cell).to_bytes(4, "big") + cell for cell in cells)


ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "text": lambda value: str(value).encode(),
    "bytea": bytes,
    "text[]": _texts,
}


class ChunkStream(io.RawIOBase):
    """Lets psycopg2 read an iterator of chunks as a file, so that rows are made while the server takes those before them."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what is left of the present chunk, or the next one, at most ``size`` bytes."""
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)


def copy_in(connection: Connection, table: str, columns: Sequence[Column], *, is_new: bool = False) -> int:
    """Append rows to a table in the caller's transaction and return how many.

    :param table: name of one of our own tables; names are quoted, but never take them from outside.
    :param is_new: the table was created in this transaction, so its rows are stored frozen: indexing and reading need not ask for
        each of them whether its transaction was committed.
    """
    copy_portions(connection, table, iter([columns]), [column.name for column in columns], is_new=is_new)
    return len(columns[0].data)


def copy_portions(
    connection: Connection, table: str, portions: Iterator[Sequence[Column]], columns: Sequence[str], *, is_new: bool = False
) -> None:  # fmt: skip
    """Append rows that come in portions, each made while the server takes those before it; see ``copy_in``.

    :param columns: names of the columns of each portion, in their order.
    """
    from psycopg2 import sql as compose

    names = compose.SQL(", ").join(compose.Identifier(name) for name in columns)
    options = compose.SQL("FORMAT binary, FREEZE" if is_new else "FORMAT binary")
    statement = compose.SQL("COPY {} ({}) FROM STDIN ({})").format(compose.Identifier(table), names, options)
    raw = connection.connection.driver_connection
    with raw.cursor() as cursor:  # type: ignore[union-attr]  # psycopg2's connection, which has no stubs here
        cursor.copy_expert(statement, ChunkStream(ahead(encode_portions(portions))), size=READ)


def copy_out(
    connection: Connection, query: str, kinds: Mapping[str, str], parameters: Mapping[str, object] | None = None
) -> dict[str, Array]:
    """Return the columns of a query whose columns are all of fixed length and never NULL.

    :param query: static SQL; wrap what may be NULL in COALESCE.
    :param kinds: column name to a key of ``TYPES``, in the order of the query.
    :param parameters: values of the query's ``:name``; a COPY takes none from the server, so the driver writes them as literals.
    :raises ValueError: when the server sent a NULL or another type.
    """
    raw = connection.connection.driver_connection
    buffer = io.BytesIO()
    with raw.cursor() as cursor:  # type: ignore[union-attr]  # psycopg2's connection, which has no stubs here
        given = (
            cursor.mogrify(str(text(query).compile(dialect=connection.dialect)), parameters).decode()
            if parameters
            else query
        )
        cursor.copy_expert(f"COPY ({given.strip().rstrip(';')}) TO STDOUT (FORMAT binary)", buffer, size=READ)
    return decode_rows(buffer.getbuffer(), kinds)


def decode_rows(stream: bytes | memoryview, kinds: Mapping[str, str]) -> dict[str, Array]:
    """Return the columns of a binary COPY stream with rows of fixed length.

    :raises ValueError: when a row holds a NULL, another number of columns, or another type.
    """
    layout = _layout([Column(name, kind, np.empty(0)) for name, kind in kinds.items()])
    body = len(stream) - len(SIGNATURE) - len(TRAILER)
    if body < 0 or body % layout.itemsize:
        raise ValueError("the rows have no fixed length: a column is NULL or of another type")
    rows = np.frombuffer(stream, dtype=layout, count=body // layout.itemsize, offset=len(SIGNATURE))
    if not bool((rows["n"] == len(kinds)).all()):
        raise ValueError("the rows have another number of columns")
    for place, kind in enumerate(kinds.values()):
        if not bool((rows[f"l{place}"] == np.dtype(TYPES[kind]).itemsize).all()):
            raise ValueError(f"column {list(kinds)[place]} is NULL or of another type than {kind}")
    return {
        name: rows[f"v{place}"].astype(np.dtype(TYPES[kind]).newbyteorder("="))
        for place, (name, kind) in enumerate(kinds.items())
    }
