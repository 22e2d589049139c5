"""Owns what the imitated Zoho answers to reads: lists with their two ceilings, queries, counts, deletions and descriptions."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from riskreview.crm.emulator.tables import Row
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.emulator.zoho_fields import MODULES, described
from riskreview.crm.emulator.zoho_query import Query, QueryProblem, cell, parse

if TYPE_CHECKING:
    from riskreview.crm.emulator.zoho import ZohoEmulator

PER_PAGE, PAGED_ROWS, TOKEN_ROWS, MOST_FIELDS = 200, 2000, 100_000, 50
TOKEN_LIFE = timedelta(hours=24)


def refused(code: str, details: Any = None, *, status: int = 400, message: str = "") -> Response:  # JSON has any shape
    """Return an error as Zoho writes it."""
    return as_json(
        status, {"code": code, "details": details or {}, "message": message or code.lower(), "status": "error"}
    )


def modules(_emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Answer which modules there are."""
    names = [parts[0]] if parts else list(MODULES)
    if any(name not in MODULES for name in names):
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    return as_json(200, {"modules": [{"api_name": name, "module_name": name, "api_supported": True, "viewable": True, "editable": True,
                                      "generated_type": "default", "id": str(number)} for number, name in enumerate(names)]})  # fmt: skip


def fields(emulator: "ZohoEmulator", request: Request, _parts: tuple[str, ...]) -> Response:
    """Answer which fields a module has."""
    module = request.query.get("module", "")
    if not module:
        return refused("REQUIRED_PARAM_MISSING", {"param_name": "module"})
    if module not in MODULES:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    return as_json(200, {"fields": described(module, emulator.hidden)})


def listed(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Answer a page of a module's records."""
    module, asked = parts[0], request.query
    wrong = _wrong_list(module, asked)
    if wrong is not None:
        return wrong
    size = min(int(asked.get("per_page", PER_PAGE)), PER_PAGE)
    start = _start(emulator, asked, module, size)
    if isinstance(start, Response):
        return start
    rows = _sorted(
        _changed_since(emulator, module, request), asked.get("sort_by", "id"), asked.get("sort_order", "desc")
    )
    since = request.headers.get("if-modified-since")
    if not rows:
        return Response(304 if since else 204)
    chosen = rows[start : start + size]
    more = len(rows) > start + size
    token = _token(emulator, asked, module, start + size) if more else None
    info = {"per_page": size, "count": len(chosen), "page": start // size + 1, "sort_by": asked.get("sort_by", "id"),
            "sort_order": asked.get("sort_order", "desc"), "more_records": more, "next_page_token": token, "previous_page_token": None,
            "page_token_expiry": (emulator.timer.now() + TOKEN_LIFE).isoformat(timespec="seconds") if more else None}  # fmt: skip
    names = ["id", *asked["fields"].split(",")]
    return as_json(200, {"data": [_shown(row, names) for row in chosen], "info": info})


def _wrong_list(module: str, asked: Any) -> Response | None:  # a query string
    if module not in MODULES:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    if not asked.get("fields"):
        return refused("REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    if len(asked["fields"].split(",")) > MOST_FIELDS:
        return refused("LIMIT_EXCEEDED", {"limit": MOST_FIELDS})
    if asked.get("sort_by", "id") not in {"id", "Created_Time", "Modified_Time"}:
        return refused("INVALID_DATA", {"param_name": "sort_by"})
    if "page" in asked and "page_token" in asked:
        return refused("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": ["page", "page_token"]})
    return None


def _start(emulator: "ZohoEmulator", asked: Any, module: str, size: int) -> int | Response:  # a query string
    """Return the offset of a page. It is an offset on purpose: rows that are deleted meanwhile move the others, as they may live."""
    if "page_token" not in asked:
        start = (int(asked.get("page", 1)) - 1) * size
        return start if start < PAGED_ROWS else refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": PAGED_ROWS})
    try:
        kept = json.loads(base64.urlsafe_b64decode(asked["page_token"]))
    except ValueError:
        return refused("INVALID_DATA", {"param_name": "page_token"})
    if kept["bound"] != _bound(asked, module):
        return refused("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
    if datetime.fromisoformat(kept["until"]) <= emulator.timer.now():
        return refused("EXPIRED_VALUE", {"param_name": "page_token"})
    return (
        int(kept["start"])
        if kept["start"] < TOKEN_ROWS
        else refused("PAGINATION_LIMIT_EXCEEDED", {"limit": TOKEN_ROWS})
    )


def _token(emulator: "ZohoEmulator", asked: Any, module: str, start: int) -> str:  # a query string
    kept = {"start": start, "bound": _bound(asked, module), "until": (emulator.timer.now() + TOKEN_LIFE).isoformat()}
    return base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()


def _bound(asked: Any, module: str) -> list[str]:  # a query string
    return [module, *(f"{name}={asked[name]}" for name in sorted(asked) if name not in {"page", "page_token"})]


def _changed_since(emulator: "ZohoEmulator", module: str, request: Request) -> list[Row]:
    table, since = emulator.tables[module], request.headers.get("if-modified-since")
    if not since:
        return list(table.ordered())
    moment = datetime.fromisoformat(since)
    return [row for row in table.ordered() if table.changed[row["id"]].replace(microsecond=0) >= moment]


def _sorted(rows: list[Row], by: str, order: str) -> list[Row]:
    if by == "id":
        return rows[::-1] if order == "desc" else rows
    return sorted(rows, key=lambda row: (str(row.get(by, "")), row["id"]), reverse=order == "desc")


def _shown(row: Row, names: list[str]) -> Row:
    return {name: row.get(name) for name in names}


def one(emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Answer one record, 204 where there is none."""
    if parts[0] not in MODULES:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    row = emulator.tables[parts[0]].rows.get(parts[1])
    return as_json(200, {"data": [row]}) if row else Response(204)


def count(emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Answer how many records a module has."""
    if parts[0] not in MODULES:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    return as_json(200, {"count": len(emulator.tables[parts[0]].rows)})


def search(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Answer the records of which a field is equal to a value."""
    found = re.fullmatch(r"\((\w+):equals:(.*)\)", request.query.get("criteria", ""))
    if parts[0] not in MODULES or found is None:
        return refused("INVALID_QUERY", {"param_name": "criteria"})
    rows = [row for row in emulator.tables[parts[0]].ordered() if str(row.get(found[1])) == found[2]][:PER_PAGE]
    return as_json(200, {"data": rows, "info": {"count": len(rows), "more_records": False}}) if rows else Response(204)


def deleted(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Answer what was deleted, newest first."""
    since = request.headers.get("if-modified-since")
    moment = datetime.fromisoformat(since) if since else None
    page, size = int(request.query.get("page", 1)), min(int(request.query.get("per_page", PER_PAGE)), PER_PAGE)
    table = emulator.tables[parts[0]]
    gone = sorted(((at, row) for at, row in table.deleted.values() if moment is None or at.replace(microsecond=0) >= moment),
                  key=lambda item: (item[0], item[1]["id"]), reverse=True)  # fmt: skip
    chosen = gone[(page - 1) * size : page * size]
    if not chosen:
        return Response(304 if since and not gone else 204)
    rows = [{"id": row["id"], "display_name": row.get("Account_Name"), "type": "recycle", "deleted_by": row.get("Modified_By"),
             "created_by": row.get("Modified_By"), "deleted_time": at.replace(microsecond=0).isoformat()} for at, row in chosen]  # fmt: skip
    info = {"per_page": size, "count": len(rows), "page": page, "more_records": len(gone) > page * size}
    return as_json(200, {"data": rows, "info": info})


def query(emulator: "ZohoEmulator", request: Request, _parts: tuple[str, ...]) -> Response:
    """Answer a COQL query; larger ones cost more."""
    try:
        asked = parse(str(request.json().get("select_query", "")))
        _check_columns(emulator, asked)
    except QueryProblem as error:
        return refused(error.code, error.details)
    emulator.credits_used += 0 if asked.limit <= 200 else 1 if asked.limit <= 1000 else 2
    rows = list(_found(emulator, asked))
    chosen = rows[asked.offset : asked.offset + asked.limit]
    if not chosen:
        return Response(204)
    names = dict.fromkeys(["id", *asked.columns])
    data = [{name: _told(row, name) for name in names} for row in chosen]
    return as_json(
        200, {"data": data, "info": {"count": len(data), "more_records": len(rows) > asked.offset + asked.limit}}
    )


def _found(emulator: "ZohoEmulator", asked: Query) -> Iterator[Row]:
    """Yield what a query finds, in its order; one row more than asked for is enough where the order is that of the ids."""
    table = emulator.tables[asked.module]
    in_order = asked.order in {(), (("id", False),)}
    matching = (row for row in table.ordered(after=asked.after) if asked.test(row))
    if in_order:
        for number, row in enumerate(matching):
            if number > asked.offset + asked.limit:
                return
            yield row
        return
    rows = list(matching)
    for column, descending in reversed(asked.order):
        rows.sort(key=lambda row: str(cell(row, column) or ""), reverse=descending)
    yield from rows


def _check_columns(emulator: "ZohoEmulator", asked: Query) -> None:
    if asked.module not in MODULES:
        raise QueryProblem("INVALID_QUERY", {"module": asked.module})
    known = {field.name: field for field in MODULES[asked.module] if (asked.module, field.name) not in emulator.hidden}
    for column in asked.columns:
        top, _, inner = column.partition(".")
        is_lookup = top in known and known[top].type in {"lookup", "ownerlookup"}
        if top != "id" and (top not in known or (inner and not is_lookup)):
            raise QueryProblem("INVALID_QUERY", {"column_name": column})


def _told(row: Row, column: str) -> Any:  # JSON has any shape
    value = cell(row, column)
    is_lookup = "." not in column and isinstance(row.get(column), dict)
    return {"id": value} if is_lookup else value
