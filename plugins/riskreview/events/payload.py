"""Owns reading the body of an event: JSON, strictly, into flat records of text. Pure; what the records mean is the mapping's."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.intake.strict_json import JsonProblem, NoNumber, flat_record, strict_json
from riskreview.policy.monitoring_policy import EventLimits

JSON_TYPE, LINES_TYPE = "application/json", "application/x-ndjson"
CONTENT_TYPES = (JSON_TYPE, LINES_TYPE)
REPAIR = "Send one JSON object, a list of them, or one a line; each key once, numbers finite"

Record = Mapping[str, str | None]


def read_records(body: bytes, content_type: str, limits: EventLimits, name: str) -> tuple[Record, ...]:
    """Return the records of a body, in order; numbers as they are written, objects inside flattened with dots.

    :param name: of the source, for the error.
    :raises BadInput: E-EVENT-SIZE, E-EVENT-TYPE, E-ENCODING, E-CHAR-NUL, E-JSON, E-EVENT-NUMBER, E-EVENT-ROWS or E-BATCH-EMPTY.
    """
    if len(body) > limits.body_kb * 1024:
        raise BadInput(
            "E-EVENT-SIZE", f"the body has {len(body)} bytes", f"Send at most {limits.body_kb} KB, or a file", name
        )
    if content_type not in CONTENT_TYPES:
        raise BadInput("E-EVENT-TYPE", f"the content type is {content_type[:60] or 'not given'}",
                       f"Send {JSON_TYPE} or {LINES_TYPE}", name)  # fmt: skip
    objects = list(_objects(_text(body, name), content_type, name))
    if not objects:
        raise BadInput("E-BATCH-EMPTY", "the event has no rows", "Send at least one JSON object", name)
    if len(objects) > limits.rows:
        raise BadInput(
            "E-EVENT-ROWS", f"the event has {len(objects)} rows", f"Send at most {limits.rows}, or a file", name
        )
    return tuple(_record(item, limits.depth, name) for item in objects)


def as_lines(records: Sequence[Record], columns: Sequence[str]) -> bytes:
    """Return records as JSON lines holding only the given columns: what a mapping reads of them."""
    rows = ({name: record[name] for name in columns if record.get(name) is not None} for record in records)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _text(body: bytes, name: str) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("E-ENCODING", f"byte {error.start} is not UTF-8", "Send UTF-8", name) from error
    return text


def _objects(text: str, content_type: str, name: str) -> Iterator[Any]:  # JSON has any shape
    if content_type == LINES_TYPE:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield _parsed(line, name, number)
        return
    document = _parsed(text, name, None)
    yield from document if isinstance(document, list) else [document]


def _parsed(text: str, name: str, line: int | None) -> Any:  # JSON has any shape
    try:
        return strict_json(text, number=_finite)
    except RecursionError as error:
        raise BadInput("E-JSON", "the document is nested too deeply", REPAIR, name, line) from error
    except ValueError as error:
        found = str(error) if isinstance(error, JsonProblem) else "the body is no complete JSON"
        raise BadInput(
            "E-EVENT-NUMBER" if isinstance(error, NoNumber) else "E-JSON", found, REPAIR, name, line
        ) from error


def _finite(text: str) -> str:
    if not math.isfinite(float(text)):
        raise NoNumber(f"the number {text[:20]} is not finite")
    return text


def _record(item: Any, depth: int, name: str) -> Record:  # JSON has any shape
    if not isinstance(item, dict):
        raise BadInput("E-JSON", "a row is no JSON object", REPAIR, name)
    if _depth(item, depth) > depth:
        raise BadInput("E-JSON", "the document is nested too deeply", f"Nest at most {depth} objects", name)
    record = flat_record(item)
    if any("\x00" in key or "\x00" in (value or "") for key, value in record.items()):
        raise BadInput("E-CHAR-NUL", "a value holds a NUL character", "Send text", name)
    return record


def _depth(item: Any, most: int) -> int:  # JSON has any shape
    """Return how deep a value is nested, not looking further than one beyond ``most``."""
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    if most < 0:
        return 1
    return 1 + max((_depth(value, most - 1) for value in inner), default=0) if isinstance(item, dict | list) else 0
