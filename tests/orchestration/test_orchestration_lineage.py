"""Runs say which code, policy and facts they rest on and who asked for them, and a collector hears of them without any run waiting for it."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import text

from riskreview.foundation.code_version import code_digest
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import asked_by
from riskreview.orchestration.locks import Lock
from riskreview.orchestration.stages import exclusive_run

DAY = date(2026, 7, 1)


@pytest.fixture
def heard() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A collector on loopback: its port and what it heard."""
    events: list[dict[str, Any]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, events
    server.shutdown()
    server.server_close()


def work(services: Services, *, fails: bool = False) -> None:
    with services.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO fact_table (dataset, version) VALUES ('invoices', 3) ON CONFLICT DO NOTHING")
        )
    with exclusive_run(services, "ingest", Lock.INGEST, as_of=DAY, key="ingest", triggered_by="test") as run:
        run.counts["rows"] = 7
        with services.engine.begin() as connection:
            connection.execute(text("UPDATE fact_table SET version = version + 1"))
        if fails:
            raise RuleViolation("nothing fits")


def test_a_run_says_which_code_policy_and_facts_it_rests_on_and_who_asked(services: Services) -> None:
    with asked_by("nora.lind"):
        work(services)

    with services.engine.connect() as connection:
        pins = connection.execute(text("SELECT pins FROM run")).scalar_one()
    assert (pins["code"], pins["asked_by"]) == (code_digest(), "nora.lind")
    assert (pins["facts"], pins["facts_after"]) == ({"invoices": 3}, {"invoices": 4})


def test_a_collector_hears_of_beginning_and_end_with_the_facts_read_and_moved(
    services: Services, heard: tuple[int, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, events = heard
    monkeypatch.setenv("RISKREVIEW_OPENLINEAGE_URL", f"http://127.0.0.1:{port}/api/v1/lineage")

    work(services)
    with pytest.raises(RuleViolation):
        work(services, fails=True)

    assert [item["eventType"] for item in events] == ["START", "COMPLETE", "START", "FAIL"]
    assert len({item["run"]["runId"] for item in events}) == 2
    assert events[1]["job"] == {"namespace": "riskreview", "name": "ingest", "facets": {}}
    assert [(item["name"], item["facets"]["version"]["datasetVersion"]) for item in events[1]["outputs"]] == [
        ("invoices", "4")
    ]
    assert events[1]["run"]["facets"]["riskreview"]["counts"] == {"rows": 7}
    assert events[3]["run"]["facets"]["errorMessage"]["message"] == "RuleViolation: nothing fits"


def test_a_collector_that_is_away_changes_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKREVIEW_OPENLINEAGE_URL", "http://127.0.0.1:9/")

    work(services)

    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM run")).scalar_one() == "finished"
