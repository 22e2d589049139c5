"""The binary COPY stream against a real server."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from riskreview.foundation.binary_copy import (
    CHUNK,
    TYPES,
    Column,
    column_of_floats,
    column_of_values,
    copy_in,
    copy_out,
    decode_rows,
    encode_rows,
)


def stream(*columns):
    return b"".join(encode_rows(columns))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(width=32, allow_nan=False)), max_size=50))
def test_rows_of_fixed_length_come_back_as_they_were(rows):
    keys = np.array([row[0] for row in rows], dtype=np.int64)
    figures = np.array([row[1] for row in rows], dtype=np.float32)

    back = decode_rows(stream(Column("k", "int8", keys), Column("f", "float4", figures)), {"k": "int8", "f": "float4"})

    assert back["k"].tolist() == keys.tolist()
    assert back["f"].tolist() == figures.tolist()


def test_a_null_shortens_its_row():
    column = Column("a", "int4", np.arange(3), np.array([False, True, False]))

    body = stream(column)[19:-2]

    assert body == b"\0\1\0\0\0\4\0\0\0\0" + b"\0\1\xff\xff\xff\xff" + b"\0\1\0\0\0\4\0\0\0\2"


def test_a_stream_with_a_null_is_refused_where_none_is_expected():
    with pytest.raises(ValueError, match="NULL"):
        decode_rows(stream(Column("a", "int4", np.arange(3), np.array([False, True, False]))), {"a": "int4"})


def test_a_stream_of_another_type_is_refused():
    with pytest.raises(ValueError, match="another type"):
        decode_rows(
            stream(Column("a", "int4", np.arange(2)), Column("b", "int4", np.arange(2))), {"a": "int8", "b": "bool"}
        )


def test_columns_of_unequal_length_and_unknown_types_are_refused():
    with pytest.raises(ValueError, match="one length"):
        stream(Column("a", "int4", np.arange(2)), Column("b", "int4", np.arange(3)))
    with pytest.raises(ValueError, match="numeric"):
        stream(Column("a", "numeric", np.arange(2)))


@pytest.mark.database
def test_every_type_and_null_reaches_the_server_unchanged(services):
    rows = CHUNK + 3
    place = np.arange(rows)
    odd = place % 2 == 1
    data = {
        "bool": odd, "int2": place % 30_000, "int4": -place, "int8": place.astype(np.int64) << 40,
        "float4": (place / 4).astype(np.float32), "float8": place / 3, "date": place % 20_000,
        "timestamptz": place.astype(np.int64) * 1_000_000,
    }  # fmt: skip
    assert data.keys() == TYPES.keys()
    columns = [Column(f"c_{kind}", kind, values, odd) for kind, values in data.items()]
    kinds = {"bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
             "float8": "float8", "date": "date", "timestamptz": "timestamptz"}  # fmt: skip
    with services.engine.begin() as connection:
        shape = ", ".join(f"c_{kind} {name}" for kind, name in kinds.items())
        connection.exec_driver_sql(f"CREATE TABLE target (place integer, {shape})")
        assert copy_in(connection, "target", [Column("place", "int4", place), *columns]) == rows
        found = connection.execute(text("SELECT * FROM target WHERE place IN (6, 7) ORDER BY place")).all()
        total = connection.execute(text("SELECT count(*), count(c_int8), sum(c_int4) FROM target")).one()

    assert tuple(found[0]) == (
        6,
        False,
        6,
        -6,
        6 << 40,
        1.5,
        2.0,
        date(2000, 1, 7),
        datetime(2000, 1, 1, 0, 0, 6, tzinfo=UTC),
    )
    assert tuple(found[1]) == (7, *[None] * 8)
    assert tuple(total) == (rows, (rows + 1) // 2, -sum(range(0, rows, 2)))


@pytest.mark.database
def test_text_goes_in_with_any_character_and_null(services):
    words = np.array(['中文, "quoted"\n\\N', None, "", "\t"], dtype=object)
    with services.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE target (place smallint, word text, figure real)")
        columns = [Column("place", "int2", np.arange(4)), Column("word", "text", words),
                   column_of_floats("figure", "float4", np.array([1.5, np.nan, 0, -2]))]  # fmt: skip
        copy_in(connection, "target", columns)
        found = connection.execute(text("SELECT word, figure FROM target ORDER BY place")).all()

    assert [tuple(row) for row in found] == [(words[0], 1.5), (None, None), ("", 0.0), ("\t", -2.0)]


@pytest.mark.database
def test_python_values_go_in_as_they_are(services):
    moment = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=8)))
    given = {
        "word": ("text", ["a", None]), "words": ("text[]", [('中文, "quoted"\n{}', "", "b"), ()]), "nothing": ("text[]", [None, ("x",)]),
        "at": ("timestamptz", [moment, None]), "day": ("date", [None, date(2024, 2, 29)]), "body": ("bytea", [b"\0\xff", None]),
    }  # fmt: skip
    with services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE target (word text, words text[], nothing text[], at timestamptz, day date, body bytea)"
        )
        copy_in(connection, "target", [column_of_values(name, kind, values) for name, (kind, values) in given.items()])
        found = connection.execute(text("SELECT * FROM target")).all()

    wanted = zip(*(values for _, values in given.values()), strict=True)
    assert [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in found] == [
        tuple(list(cell) if isinstance(cell, tuple) else cell for cell in row) for row in wanted
    ]


@pytest.mark.database
def test_a_query_comes_out_as_columns(services):
    query = "SELECT n AS k, CAST(n / 2.0 AS real) AS f FROM generate_series(1, 3) AS n;"
    with services.engine.begin() as connection:
        rows = copy_out(connection, query, {"k": "int4", "f": "float4"})
        nothing = copy_out(connection, "SELECT 1 AS k WHERE false", {"k": "int4"})
        asked = "SELECT n % 4 AS k FROM generate_series(1, 3) AS n WHERE n = ANY(:kept) AND :word LIKE '5%it'"
        chosen = copy_out(connection, asked, {"k": "int4"}, {"kept": [2, 3], "word": "5 % of 'it"})

    assert chosen["k"].tolist() == [2, 3]
    assert rows["k"].tolist() == [1, 2, 3]
    assert rows["f"].tolist() == [0.5, 1.0, 1.5]
    assert len(nothing["k"]) == 0
