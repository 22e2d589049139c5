"""Owns what the imitated Zoho does with writes: each record by itself, checked against the fields, stamped with who wrote."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from riskreview.crm.emulator import zoho_watch
from riskreview.crm.emulator.tables import Row
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.emulator.zoho_fields import MODULES, Field
from riskreview.crm.emulator.zoho_listing import refused

if TYPE_CHECKING:
    from riskreview.crm.emulator.zoho import ZohoEmulator

RECORDS = 100
NO_UPSERT = frozenset({"Tasks", "Events", "Calls", "Notes"})


def insert(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Insert records."""
    return _each(emulator, request, parts[0], lambda row: _inserted(emulator, parts[0], row), created=True)


def update(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Update records by their ids."""
    return _each(
        emulator, request, parts[0], lambda row: _updated(emulator, request, parts[0], str(row.get("id", "")), row)
    )


def update_one(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Update one record; ``If-Unmodified-Since`` is honoured."""
    stored = emulator.tables.get(parts[0])
    since = request.headers.get("if-unmodified-since")
    if stored is not None and since and parts[1] in stored.rows:
        changed = stored.changed[parts[1]].replace(microsecond=0)
        if changed > datetime.fromisoformat(since):
            return refused("ALREADY_MODIFIED", {"id": parts[1]}, status=412)
    return _each(emulator, request, parts[0], lambda row: _updated(emulator, request, parts[0], parts[1], row))


def upsert(emulator: "ZohoEmulator", request: Request, parts: tuple[str, ...]) -> Response:
    """Update the record that has the same unique value, else insert."""
    if parts[0] in NO_UPSERT:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    unique = request.json().get("duplicate_check_fields") or [f.name for f in MODULES.get(parts[0], ()) if f.is_unique]

    def one(row: Row) -> Row:
        for name in unique:
            known = next(
                (
                    item["id"]
                    for item in emulator.tables[parts[0]].ordered()
                    if item.get(name) == row.get(name) is not None
                ),
                None,
            )
            if known is not None:
                return {
                    **_updated(emulator, request, parts[0], known, row),
                    "action": "update",
                    "duplicate_field": name,
                }
        return {**_inserted(emulator, parts[0], row), "action": "insert", "duplicate_field": None}

    return _each(emulator, request, parts[0], one)


def delete_one(emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Delete a record."""
    if parts[0] not in MODULES or parts[1] not in emulator.tables[parts[0]].rows:
        return refused("INVALID_DATA", {"id": parts[1]})
    emulator.tables[parts[0]].delete(parts[1], emulator.timer.now())
    zoho_watch.tell(emulator, parts[0], parts[1], "delete", ())
    done = {"code": "SUCCESS", "details": {"id": parts[1]}, "message": "record deleted", "status": "success"}
    return as_json(200, {"data": [done]})


def _each(
    emulator: "ZohoEmulator", request: Request, module: str, act: Callable[[Row], Row], *, created: bool = False
) -> Response:  # fmt: skip
    rows = request.json().get("data")
    if module not in MODULES:
        return refused("INVALID_MODULE", {"resource_path_index": 0})
    if not isinstance(rows, list) or not rows:
        return refused("MANDATORY_NOT_FOUND", {"api_name": "data"})
    if len(rows) > RECORDS:
        return refused("LIMIT_EXCEEDED", {"limit": RECORDS})
    emulator.credits_used += (len(rows) - 1) // 10
    done = [_checked(module, row, number) or act(row) for number, row in enumerate(rows)]
    failed = sum(item["status"] == "error" for item in done)
    good = 201 if created else 200
    return as_json(good if not failed else 207 if failed < len(done) else 400, {"data": done})


def _checked(module: str, row: Row, number: int) -> Row | None:
    """Return what is wrong with the values of a record, None where they fit."""
    known = {field.name: field for field in MODULES[module]}
    for name, value in row.items():
        if name in {"id", "$se_module", "Send_Notification_Email", "Remind_At"} or value is None:
            continue
        field = known.get(name)
        details = {"api_name": name, "json_path": f"$.data[{number}].{name}"}
        if field is None or field.is_read_only:
            return _error("INVALID_DATA", {**details, "expected_data_type": "writable field"})
        wrong = _misfit(field, value)
        if wrong:
            return _error("INVALID_DATA", {**details, **wrong})
    return None


def _misfit(field: Field, value: Any) -> Row:  # JSON has any shape
    kinds: dict[str, Any] = {"double": (int, float), "currency": (int, float), "integer": int, "boolean": bool}
    wanted = kinds.get(field.type)
    is_wrong = wanted is not None and (
        not isinstance(value, wanted) or (field.type != "boolean" and isinstance(value, bool))
    )
    if is_wrong or (field.type == "date" and not _is_day(value)):
        return {"expected_data_type": field.type}
    if field.type in {"lookup", "ownerlookup"} and not (isinstance(value, dict) and value.get("id")):
        return {"expected_data_type": "jsonobject"}
    if field.choices and value not in field.choices:
        return {"expected_data_type": "picklist"}
    return {"maximum_length": field.length} if isinstance(value, str) and len(value) > field.length else {}


def _is_day(value: Any) -> bool:  # JSON has any shape
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _inserted(emulator: "ZohoEmulator", module: str, row: Row) -> Row:
    from riskreview.crm.emulator.zoho import ROBOT

    for field in MODULES[module]:
        if field.is_required and not row.get(field.name):
            return _error("MANDATORY_NOT_FOUND", {"api_name": field.name})
        if field.is_unique and row.get(field.name) is not None:
            known = next(
                (item["id"] for item in emulator.tables[module].ordered() if item.get(field.name) == row[field.name]),
                None,
            )
            if known is not None:
                return _error("DUPLICATE_DATA", {"api_name": field.name, "duplicate_record": {"id": known}})
    record_id = emulator.new_id()
    emulator.write(module, record_id, _plain(row), by=ROBOT, is_new=True)
    return _done(emulator, module, record_id, "record added")


def _updated(emulator: "ZohoEmulator", request: Request, module: str, record_id: str, row: Row) -> Row:
    from riskreview.crm.emulator.zoho import ROBOT

    if record_id not in emulator.tables[module].rows:
        return _error("INVALID_DATA", {"id": record_id})
    emulator.write(module, record_id, _plain(row), by=ROBOT)
    if request.json().get("trigger") is None:
        emulator.calls_out.append(("workflow", {"module": module, "id": record_id}))
    return _done(emulator, module, record_id, "record updated")


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in {"id", "$se_module"}}


def _done(emulator: "ZohoEmulator", module: str, record_id: str, message: str) -> Row:
    row = emulator.tables[module].rows[record_id]
    details = {"id": record_id, "Modified_Time": row["Modified_Time"], "Modified_By": row["Modified_By"],
               "Created_Time": row.get("Created_Time"), "Created_By": row["Modified_By"]}  # fmt: skip
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _error(code: str, details: Row) -> Row:
    return {"code": code, "details": details, "message": code.lower().replace("_", " "), "status": "error"}
