"""Owns the interface for programs: every page's route once more below ``/api/v1``, under the same rules, with JSON instead of HTML."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from fastapi import Response

from riskreview.console.answers import Answer, Exposition, Page, Redirect
from riskreview.console.routes import ROUTES, Route
from riskreview.console.tables import Table

API = "/api/v1"
OPENAPI = f"{API}/openapi.json"
METRICS = "/metrics"
"""Read by programs only, under the path that collectors ask for by themselves."""
HIDDEN = frozenset({"form", "can", "may_remark", "verbs", "states", "chart", "waterfall", "trend"})
"""What a page is given for its looks; the figures of charts stand in tables beside them."""
LEFT_OUT = ("/static/", "/docs/", "/acknowledge/", METRICS)
"""Files, what only a person can say, and what programs have in a format of their own."""


API_ROUTES: tuple[Route, ...] = tuple(
    route for route in ROUTES
    if route.path != "/" and not route.path.startswith(LEFT_OUT) and not route.path.endswith((".csv", ".xlsx", ".zip"))
)  # fmt: skip
"""The routes that programs may use."""


def respond(answer: Answer, root: str) -> Response:
    """Return an answer as JSON, figures for a collector in its own format."""
    if isinstance(answer, Exposition):
        return Response(answer.content, headers={"Content-Type": answer.media_type})
    if isinstance(answer, Redirect):
        content: dict[str, Any] = {"location": f"{root}{API}{answer.to.partition('#')[0]}", "done": answer.done}
    elif isinstance(answer, Page):
        content = {
            "kind": answer.template,
            **{name: plain(value) for name, value in answer.context.items() if name not in HIDDEN},
        }
    else:
        raise TypeError(f"{type(answer).__name__} is nothing for a program")
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/json")


def plain(value: object) -> Any:
    """Return a value as JSON has it: amounts as exact text, dates in ISO, what is not known as null."""
    if isinstance(value, Table):
        value = {"caption": value.caption, "rows": value.rows, "next_after": value.next_after or None}
    elif is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _single(value)


def _single(value: object) -> str | float | None:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)
