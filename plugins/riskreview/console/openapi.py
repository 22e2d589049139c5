"""Owns the description of the interface for programs (OpenAPI 3.1), drawn from the table of routes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from riskreview.console.api import API, API_ROUTES, OPENAPI
from riskreview.console.crm_writes import DECISIONS as CRM_VERBS
from riskreview.console.data import VERBS as ROW_VERBS
from riskreview.console.identity import VERBS as PROPOSAL_VERBS
from riskreview.console.measures import ACTS as MEASURE_ACTS
from riskreview.console.playbooks import ACTS as PLAN_ACTS
from riskreview.console.playbooks import STEP_ACTS
from riskreview.console.policy_gate import VERBS as POLICY_VERBS
from riskreview.console.review_acts import ACTS as REVIEW_ACTS
from riskreview.console.rhythms import VERBS as RHYTHM_VERBS
from riskreview.console.routes import Route
from riskreview.console.visit import LARGEST_NUMBER
from riskreview.screening.lifecycle import MATCH

Schema = dict[str, Any]  # JSON
VERBS: Mapping[str, Sequence[str]] = {
    "reviews": tuple(REVIEW_ACTS), "signals": ("acknowledge", "snooze", "wake", "close"), "measures": tuple(MEASURE_ACTS), "opinions": ("approve", "refuse", "revoke"),
    "crm": tuple(CRM_VERBS), "policy": POLICY_VERBS,
    "playbooks": tuple(PLAN_ACTS), "steps": tuple(STEP_ACTS), "batches": ("propose", "approve", "refuse"), "quarantine": ROW_VERBS, "rhythms": tuple(RHYTHM_VERBS),
    "identity": tuple(PROPOSAL_VERBS), "screening": tuple(item.verb for item in MATCH.transitions if "compliance" in item.roles),
}  # fmt: skip
PROBLEMS = {400: "The address names a host that the console is not known by.", 401: "Nobody is logged in, or the token is unknown, revoked or over.", 403: "The role or the token does not allow it.",
            404: "It does not exist, or is not yours to see.", 405: "The address is asked for by another method; Allow names it.", 409: "Somebody was faster, or the request is being worked on.",
            422: "A rule refuses it; the sentence says which.", 429: "Too many requests; Retry-After says when to come back.",
            503: "Too busy just now; Retry-After says when to come back."}  # fmt: skip
TEXT: Schema = {"type": "string"}
SINGLE = ["string", "number", "boolean", "null"]
FIELD: Schema = {"type": [*SINGLE, "array"], "items": {"type": SINGLE}}
"""A text, or what is read as one: a number, a yes or no, a list of them joined by commas."""
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
NAME: Schema = {"type": "string", "minLength": 1, "pattern": r"^[^/\r\n]+$"}
NAMED = frozenset({"customer_key", "group_id", "number", "source_id"})
"""What has a number of ours or a name from elsewhere; everything else in a path is a number."""
OBJECT: Schema = {"type": "object", "additionalProperties": True}
PROBLEM: Schema = {
    "type": "object", "required": ["title", "status", "code", "detail"],
    "properties": {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT, "detail": TEXT},
}  # fmt: skip


def describe(server: str) -> Schema:
    """Return the description.

    :param server: where the console is mounted.
    """
    paths: dict[str, Schema] = {}
    for route in API_ROUTES:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
        paths.setdefault(f"{API}{path}", {})[route.method.lower()] = _operation(route)
    paths[OPENAPI] = {
        "get": {
            "operationId": "openapi",
            "summary": "Describe this interface.",
            "responses": _responses("200", "The description."),
        }
    }
    return {
        "openapi": "3.1.0", "servers": [{"url": server or "/"}], "paths": paths, "security": [{"bearer": []}],
        "info": {"title": "Risk review", "version": "1", "description": "What the console's pages show and do, under the same rules."},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}, "schemas": {"Problem": PROBLEM}},
    }  # fmt: skip


def _operation(route: Route) -> Schema:
    named = re.findall(r"{(\w+)", route.path)
    found: Schema = {
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path).strip('_')}",
        "summary": (route.handle.__doc__ or "").strip().splitlines()[0],
        "parameters": [_parameter(name, route.path) for name in named],
        "responses": _responses("200", "What the page shows." if route.method == "GET" else "Where the thing is now."),
    }  # fmt: skip
    if route.method == "GET":
        found["parameters"] += [{"name": name, "in": "query", "schema": TEXT} for name in route.asks]
    else:
        body = {"type": "object", "properties": dict.fromkeys(route.takes, FIELD), "additionalProperties": FIELD}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        key = {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
        }
        found["parameters"].append(key)
    return found


def _parameter(name: str, path: str) -> Schema:
    schema = NAME if name in NAMED else NUMBER
    if name == "verb":
        schema = {"enum": list(VERBS[path.split("/")[1]])}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _responses(status: str, text: str) -> Schema:
    good = {status: {"description": text, "content": {"application/json": {"schema": OBJECT}}}}
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    bad = {
        str(code): {"description": said, "content": {"application/problem+json": reference}}
        for code, said in PROBLEMS.items()
    }
    return {**good, **bad}
