"""Owns bulk read jobs of the imitated Zoho: taken, queued, worked on, and a zip at the end."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from riskreview.crm.emulator.tables import Row
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.emulator.zoho_fields import MODULES
from riskreview.crm.emulator.zoho_listing import refused

if TYPE_CHECKING:
    from riskreview.crm.emulator.zoho import ZohoEmulator

ROWS = 200_000
DOWNLOADS, DOWNLOAD_WINDOW = 10, timedelta(minutes=1)
STAGES = ((2.0, "ADDED"), (4.0, "QUEUED"), (12.0, "IN PROGRESS"))
"""Seconds after which a job is beyond a state."""


def create(emulator: "ZohoEmulator", request: Request, _parts: tuple[str, ...]) -> Response:
    """Take a job; its rows are those of this moment."""
    asked = request.json().get("query") or {}
    module = str((asked.get("module") or {}).get("api_name"))
    if module not in MODULES or module == "Notes":
        return refused("MODULE_NOT_SUPPORTED", {"api_name": module})
    names = {field.name for field in MODULES[module]} | {"id"}
    wrong = [name for name in asked.get("fields") or () if name not in names or (module, name) in emulator.hidden]
    if wrong:
        return refused("FIELD_NOT_AVAILABLE", {"field": wrong[0]})
    job, page = emulator.new_id(), int(asked.get("page") or str(asked.get("page_token", "1")).removeprefix("bulk-"))
    rows = list(emulator.tables[module].ordered())[(page - 1) * ROWS :]
    fails = emulator.faults.schedule.pop(-1, "") == "job"
    emulator.jobs[job] = {"at": emulator.timer.now(), "fields": list(asked.get("fields") or names), "page": page, "rows": rows[:ROWS],
                          "more": len(rows) > ROWS, "fails": fails}  # fmt: skip
    details = {"id": job, "operation": "read", "state": "ADDED", "created_time": emulator.now()}
    done = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "details": details}
    return as_json(201, {"data": [done], "info": {}})


def status(emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Answer how far a job is."""
    job = emulator.jobs.get(parts[0])
    if job is None:
        return refused("RESOURCE_NOT_FOUND", status=404)
    state = _state(emulator, job)
    found: dict[str, Any] = {
        "id": parts[0],
        "operation": "read",
        "state": state,
        "created_time": job["at"].isoformat(),
        "file_type": "csv",
    }
    if state == "COMPLETED":
        found["result"] = {"page": job["page"], "per_page": ROWS, "count": len(job["rows"]), "more_records": job["more"],
                           "download_url": f"/crm/bulk/v8/read/{parts[0]}/result",
                           "next_page_token": f"bulk-{job['page'] + 1}" if job["more"] else None}  # fmt: skip
    return as_json(200, {"data": [found]})


def download(emulator: "ZohoEmulator", _request: Request, parts: tuple[str, ...]) -> Response:
    """Answer the zip of a finished job, at most ten a minute."""
    job = emulator.jobs.get(parts[0])
    if job is None or _state(emulator, job) != "COMPLETED":
        return refused("RESOURCE_NOT_FOUND", status=404)
    now = emulator.timer.now()
    emulator.downloads = [at for at in emulator.downloads if at > now - DOWNLOAD_WINDOW]
    if len(emulator.downloads) >= DOWNLOADS:
        return refused("TOO_MANY_REQUESTS", status=429)
    emulator.downloads.append(now)
    return Response(200, _zipped(parts[0], job), {"Content-Type": "application/zip"})


def _state(emulator: "ZohoEmulator", job: Row) -> str:
    age = (emulator.timer.now() - job["at"]).total_seconds()
    early = next((state for seconds, state in STAGES if age < seconds), None)
    return early or ("FAILURE" if job["fails"] else "COMPLETED")


def _zipped(name: str, job: Row) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    names = [field for field in job["fields"] if field != "id"]
    writer.writerow(["Id", *names])
    for row in job["rows"]:
        writer.writerow([row["id"], *(_cell(row.get(field)) for field in names)])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.csv", text.getvalue())
    return packed.getvalue()


def _cell(value: Any) -> Any:  # JSON has any shape
    if isinstance(value, dict):
        return value.get("id")
    return str(value).lower() if isinstance(value, bool) else value
