"""Owns reading JSON as strictly as its standard: each key once, no NaN, numbers kept as they are written."""

import json
from collections.abc import Callable, Iterator
from typing import Any


class JsonProblem(ValueError):
    """A JSON text that Python would accept and we do not."""


class NoNumber(JsonProblem):
    """A number that is none: NaN, Infinity, or beyond all bounds."""


def strict_json(text: str, *, number: Callable[[str], str] = str) -> Any:  # JSON has any shape
    """Return a JSON document with its numbers as text.

    :param number: what becomes of a number's text; may raise ``JsonProblem``.
    :raises ValueError: for a text that is no JSON; ``JsonProblem`` for a key given twice, NaN or Infinity.
    :raises RecursionError: when it is nested too deeply.
    """
    return json.loads(
        text, object_pairs_hook=_unique, parse_float=number, parse_int=number, parse_constant=_refuse_constant
    )


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise JsonProblem("a key stands twice in one object")
    return record


def _refuse_constant(text: str) -> str:
    raise NoNumber(f"the value {text} is no JSON number")
