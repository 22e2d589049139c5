"""Owns reading what a request carries: an ordinary form of a page, or a JSON object of a program; never more of it than allowed."""

from urllib.parse import parse_qsl

from fastapi import Request

from riskreview.foundation.errors import BadInput
from riskreview.intake.strict_json import JsonProblem, strict_json

LARGEST = 200_000
"""Bytes of a body; the longest text a use case takes is far below."""
MOST_FIELDS = 2000


async def read_body(request: Request) -> bytes:
    """Return the body.

    :raises BadInput: when it is too large.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise BadInput("E-FORM", "the form is too large", f"Send at most {LARGEST // 1000} kB")
    return body


def form_of(request: Request, body: bytes) -> dict[str, str]:
    """Return the fields of an ordinary form; those of one name are joined.

    :raises BadInput: for another type of content, or one that cannot be read.
    """
    if _kind(request) != "application/x-www-form-urlencoded":
        raise BadInput("E-FORM", "this is no form", "Send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise BadInput("E-FORM", "the form cannot be read", "Open the page again") from error
    return _checked({name: ",".join(value for key, value in pairs if key == name) for name, _ in pairs})


def fields_of(request: Request, body: bytes) -> dict[str, str]:
    """Return the fields of a JSON object as texts.

    :raises BadInput: for another type of content, or anything but an object of texts, numbers, booleans and lists of them.
    """
    if _kind(request) != "application/json":
        raise BadInput("E-FORM", "this is no JSON", "Send application/json")
    try:
        found = strict_json(body.decode() or "{}")
    except JsonProblem as error:
        raise BadInput("E-FORM", str(error), "Send each key once, and numbers that are some") from error
    except (ValueError, RecursionError) as error:
        raise BadInput("E-FORM", "the JSON cannot be read", "Send one object") from error
    if not isinstance(found, dict) or len(found) > MOST_FIELDS:
        raise BadInput("E-FORM", "the JSON is no object", "Send one object of texts")
    return _checked({name: _text(value) for name, value in found.items()})


def _text(value: object) -> str:
    return ",".join(_single(item) for item in value) if isinstance(value, list) else _single(value)


def _single(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else str(value)
    raise BadInput(
        "E-FORM", "a field holds an object or a list of lists", "Send texts, numbers, booleans or lists of them"
    )


def _checked(fields: dict[str, str]) -> dict[str, str]:
    for value in fields.values():
        if "\0" in value:
            raise BadInput("E-CHAR-NUL", "a text has a NUL character", "Take it out")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise BadInput("E-CHAR", "a text has half a character", "Write it again") from error
    return fields


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
