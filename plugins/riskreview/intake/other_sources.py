"""Owns reading JSON lines and Parquet as text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from riskreview.foundation.errors import BadInput
from riskreview.intake.header import check_header
from riskreview.intake.text_table import Part, TextTable, TextWriter, literal, written_table
from riskreview.policy.mapping import Mapping

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
        _check_keys(mapping, names, name)
    names = tuple(dict.fromkeys([*names, *mapping.sources]))
    target = folder / "records.parquet"
    with TextWriter(target, len(names)) as writer:
        for line, record in _objects(path, name):
            writer.add(line, [record.get(key) for key in names])
    return written_table(name, target, names, writer.records, has_iso_dates=False)


def _check_keys(mapping: Mapping, names: tuple[str, ...], name: str) -> None:
    """Check the keys that occur anywhere; JSON leaves empty ones out, so only a missing required column stops the file."""
    if not names:
        return
    if not set(names) & set(mapping.sources):
        raise BadInput("E-HEADER", "no object has a mapped key", "Correct the mapping", name)
    if mapping.extra_columns == "refuse":
        check_header(mapping, tuple(dict.fromkeys([*names, *mapping.sources])), name)


def _objects(path: Path, name: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if text.isspace():
                continue
            try:
                record = json.loads(
                    text, object_pairs_hook=_unique, parse_float=str, parse_int=str, parse_constant=_refuse_constant
                )
            except (ValueError, RecursionError) as error:
                found = str(error) if isinstance(error, JsonProblem) else "the line is no complete JSON object"
                raise BadInput("E-JSON", found, JSON_REPAIR, name, line) from error
            if not isinstance(record, dict):
                raise BadInput("E-JSON", "the line is no JSON object", JSON_REPAIR, name, line)
            yield line, flat_record(record)


class JsonProblem(ValueError):
    """A JSON text that Python would accept and we do not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise JsonProblem("a key stands twice in one object")
    return record


def _refuse_constant(text: str) -> str:
    raise JsonProblem(f"the value {text} is no JSON number")


def flat_record(record: dict[str, Any]) -> dict[str, str | None]:
    """Return a JSON object with the objects inside it flattened: ``owner.name``; numbers and truth as text."""
    return dict(_flat(record, ""))


def _flat(record: dict[str, Any], prefix: str) -> Iterator[tuple[str, str | None]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield prefix + key, json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            yield prefix + key, str(value).lower()
        else:
            yield prefix + key, value or None


def read_parquet(mapping: Mapping, path: Path, name: str) -> TextTable:
    """Return a Parquet file as text; a float that holds a whole number is written without a fraction, dates as ISO.

    :raises BadInput: E-FILE-TYPE for a damaged file, and the header codes.
    """
    try:
        schema, records = pq.read_schema(path), pq.read_metadata(path).num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput("E-FILE-TYPE", "the Parquet file is damaged or incomplete", "Send it again", name) from error
    check_header(mapping, schema.names, name)
    cells = ", ".join(f"{_as_text(field)} AS c{number}" for number, field in enumerate(schema, start=1))
    scan = f"(SELECT file_row_number + 1 AS source_row, {cells} FROM read_parquet({literal(str(path))}, file_row_number=true))"  # noqa: S608  names are quoted
    part = Part(scan, "source_row", "source_row", is_counted=False)
    return TextTable(name, tuple(schema.names), (part,), records, has_iso_dates=True, has_nulls=False)


def _as_text(field: Any) -> str:  # pyarrow is untyped
    column = '"' + field.name.replace('"', '""') + '"'
    if pa.types.is_floating(field.type):
        whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    if pa.types.is_timestamp(field.type) and field.type.tz:
        return f"CAST(CAST({column} AS TIMESTAMP) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"
