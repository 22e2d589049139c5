"""An emulator holds the records it is given, remembers what is written over real HTTP, and keeps its own time."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from riskreview.crm.connections import as_airflow, from_airflow, read_connection
from riskreview.crm.emulator.keeping import Kept, read_records, write_records
from riskreview.crm.emulator.starting import Running, settings_of, start

MORNING = datetime(2026, 10, 29, 1, tzinfo=UTC)
OBJECTS = {"zoho": ("Accounts", "Account_Name", "id"), "fxiaoke": ("AccountObj", "name", "_id")}


@pytest.fixture(params=["zoho", "fxiaoke"])
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(service: str, tmp_path: Path) -> Path:
    """Two accounts of one's own."""
    object_, name, key = OBJECTS[service]
    path = tmp_path / "records.jsonl"
    write_records(
        path, [Kept(object_, number, MORNING, {key: number, name: f"客户 {number}"}) for number in ("71", "72")]
    )
    return path


@contextmanager
def serving(service: str, records: Path) -> Iterator[Running]:
    with start(service, port=0, accounts=9, seed=1, records=records) as running:
        thread = threading.Thread(target=running.serve)
        thread.start()
        try:
            yield running
        finally:
            running.server.shutdown()
            thread.join(timeout=60)


def ask(running: Running, verb: str, **given: object) -> dict[str, object]:
    return dict(httpx.post(f"{running.url}/_emulator/{verb}", json=given, trust_env=False).raise_for_status().json())


@pytest.mark.long
def test_what_was_written_is_there_after_a_restart_even_one_in_the_middle_of_a_line(service, records):
    object_, name, _ = OBJECTS[service]
    with serving(service, records) as running:
        ask(running, "change", object=object_, id="71", values={name: "改名"})
        ask(running, "delete", object=object_, id="72")
    with records.open("ab") as file:
        file.write(b'{"object": "Acc')

    with serving(service, records) as running:
        state = ask(running, "state")
        rows = running.emulator.tables[object_].rows

    assert state["records"][object_] == 1
    assert rows["71"][name] == "改名"
    assert len(list(read_records(records))) == 4


def test_its_time_goes_on_from_the_newest_record_and_stands_still_when_asked_to(service, records):
    with serving(service, records) as running:
        first = datetime.fromisoformat(str(ask(running, "state")["now"]))
        stop = "2026-10-30T15:59:59+00:00"
        ask(running, "clock", now="2026-10-31T00:00:00+00:00", until=stop)
        last = ask(running, "state")["now"]

    assert 0 <= (first - MORNING).total_seconds() < 60
    assert last == stop


def test_settings_come_back_from_an_airflow_connection_as_they_went_in(service):
    given = settings_of(service, "http://127.0.0.1:8095")
    fields = as_airflow(given)

    assert {"conn_type", "login", "password", "host", "extra"} == set(fields)
    assert from_airflow(fields, "x") == read_connection(given, "x")
    assert given["kind"] not in json.loads(fields["extra"])
