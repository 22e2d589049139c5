"""Owns reading JSON lines and Parquet as text."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from riskreview.foundation.errors import BadInput
from riskreview.intake.header import check_header, check_keys
from riskreview.intake.strict_json import JsonProblem, flat_record, strict_json
from riskreview.intake.text_table import Block, BlockReader, TextTable, TextWriter, cell_names, written_table
from riskreview.policy.mapping import Mapping

RECORDS = 100_000
JSON_REPAIR = "Write one JSON object a line, each key once, numbers finite"


def read_jsonl(mapping: Mapping, path: Path, name: str, folder: Path) -> TextTable:
    """Return JSON lines as text: numbers as written, objects inside flattened with dots, lists as JSON.

    :raises BadInput: E-JSON with the line of a broken object, a key given twice, NaN or Infinity.
    """
    header: dict[str, None] = {}
    for _, record in _objects(path, name):
        header.update(dict.fromkeys(record))
    names = tuple(header)
    if names or mapping.sources:
        check_keys(mapping, names, name)
    names = tuple(dict.fromkeys([*names, *mapping.sources]))
    target = folder / "records.parquet"
    with TextWriter(target, len(names)) as writer:
        for line, record in _objects(path, name):
            writer.add(line, [record.get(key) for key in names])
    return written_table(name, target, names)


def _objects(path: Path, name: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if text.isspace():
                continue
            try:
                record = strict_json(text)
            except (ValueError, RecursionError) as error:
                found = str(error) if isinstance(error, JsonProblem) else "the line is no complete JSON object"
                raise BadInput("E-JSON", found, JSON_REPAIR, name, line) from error
            if not isinstance(record, dict):
                raise BadInput("E-JSON", "the line is no JSON object", JSON_REPAIR, name, line)
            yield line, flat_record(record)


def read_parquet(mapping: Mapping, path: Path, name: str) -> TextTable:
    """Return a Parquet file as text; a float that holds a whole number is written without a fraction, dates as ISO.

    :raises BadInput: E-FILE-TYPE for a damaged file, and the header codes.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput("E-FILE-TYPE", "the Parquet file is damaged or incomplete", "Send it again", name) from error
    check_header(mapping, schema.names, name)
    return TextTable(name, tuple(schema.names), lambda: _parquet_blocks(path, schema), has_iso_dates=True)


def _parquet_blocks(path: Path, schema: pa.Schema) -> Iterator[BlockReader]:
    names = cell_names(len(schema))
    texts = ", ".join(f"{_as_text(field)} AS {cell}" for cell, field in zip(names, schema, strict=True))
    line = 1
    with duckdb.connect() as connection:
        for batch in connection.read_parquet(str(path)).project(texts).to_arrow_reader(RECORDS):
            yield partial(_parquet_block, batch, line)
            line += len(batch)


def _parquet_block(batch: Any, line: int) -> Block:  # pyarrow is untyped
    return Block(pa.Table.from_batches([batch]), pa.array(range(line, line + len(batch)), pa.int64()))


def _as_text(field: Any) -> str:  # pyarrow is untyped
    column = '"' + field.name.replace('"', '""') + '"'
    if pa.types.is_floating(field.type):
        whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    if pa.types.is_timestamp(field.type) and field.type.tz:
        return f"CAST(CAST({column} AS TIMESTAMP) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"
