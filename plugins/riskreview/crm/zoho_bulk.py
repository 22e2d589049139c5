"""Owns reading a Zoho module in bulk: a job of up to 200,000 rows, waited for and downloaded as one zip."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from riskreview.crm import reading
from riskreview.crm.calling import Ask
from riskreview.crm.problems import CrmUnavailable
from riskreview.crm.reading import Page, Walk
from riskreview.crm.timing import Timer
from riskreview.crm.zoho_client import ZohoClient

JOB_COST = 50
FIRST_WAIT, LONGEST_WAIT, PATIENCE = 15.0, 60.0, 1800.0
"""Seconds before the first look at a job, at most between two looks, and how long it may take in all."""
JOBS = 2
"""How often a job that failed is asked for again."""
PATH = "/crm/bulk/v8/read"
MOST_BYTES = 4 << 30


def bulk_pages(client: ZohoClient, timer: Timer, walk: Walk) -> Iterator[Page]:
    """Return the zip of every job a module needs."""
    more: dict[str, Any] = {"page": 1}
    while True:
        result = _result(client, timer, walk, more)
        answer = client.call(Ask("GET", str(result["download_url"]), kind="download"))
        yield Page(reading.ZOHO_BULK, answer.body, int(result["count"]))
        if not result.get("more_records"):
            return
        more = (
            {"page_token": result["next_page_token"]}
            if result.get("next_page_token")
            else {"page": int(result["page"]) + 1}
        )


def _result(client: ZohoClient, timer: Timer, walk: Walk, more: dict[str, Any]) -> dict[str, Any]:  # JSON has any shape
    fields = [name for name in dict.fromkeys([*walk.fields, "Modified_Time"]) if name != "id"]
    body = {"query": {"module": {"api_name": walk.object}, "fields": fields, **more}, "file_type": "csv"}
    for _ in range(JOBS):
        created = client.call(Ask("POST", PATH, body=body, cost=JOB_COST)).document
        state, result = _wait(client, timer, str(created["data"][0]["details"]["id"]))
        if state == "COMPLETED":
            return result
    raise CrmUnavailable(f"{walk.object}: the bulk job failed {JOBS} times")


def _wait(client: ZohoClient, timer: Timer, job: str) -> tuple[str, dict[str, Any]]:  # JSON has any shape
    pause, waited = FIRST_WAIT, 0.0
    while waited < PATIENCE:
        timer.sleep(pause)
        waited += pause
        found = client.get(f"{PATH}/{job}").document["data"][0]
        if found["state"] in {"COMPLETED", "FAILURE"}:
            return str(found["state"]), found.get("result") or {}
        pause = min(pause * 2, LONGEST_WAIT)
    raise CrmUnavailable(f"the bulk job {job} is not finished after {PATIENCE / 60:.0f} minutes")


def bulk_rows(body: bytes) -> Iterator[dict[str, str]]:
    """Return the rows of a job's zip, empty cells left out.

    :raises ValueError: when it is no zip with one table.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            (entry,) = archive.infolist()
            if entry.file_size > MOST_BYTES:
                raise ValueError("the table is too large")
            with archive.open(entry) as file:
                for row in csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline="")):
                    yield {("id" if name == "Id" else name): value for name, value in row.items() if value}
    except zipfile.BadZipFile as error:
        raise ValueError("the answer is no complete zip") from error
