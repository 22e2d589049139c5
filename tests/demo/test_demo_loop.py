"""The whole loop in one process on a small portfolio: every planted case is found, nothing else is an emergency, a rerun adds nothing."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, table, text

from riskreview.console.words import words
from riskreview.crm.connections import save_connection
from riskreview.crm.emulator.starting import start
from riskreview.demo.notices import FILE as NOTICES
from riskreview.demo.notices import SOURCE, read_notices
from riskreview.demo.outcomes import compare
from riskreview.demo.people import act_like_people, agree_to_writes, edit_to_make
from riskreview.demo.population import CASES
from riskreview.demo.setup import EXPECTED, prepare_demo
from riskreview.demo.summary import collect_summary
from riskreview.doctor.use_cases import examine
from riskreview.events.receiving import Message, receive
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.orchestration.continuous import watch_events
from riskreview.orchestration.crm_writes import write_back_crm
from riskreview.orchestration.demo_crm import SERVICES, DemoCrms
from riskreview.orchestration.loop import run_loop

DAY = date(2026, 10, 30)
CUSTOMERS = 130
"""Hardly more than the demo needs: every case is planted, and enough ordinary customers are beside them."""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def mail_port(tmp_path: Path) -> Iterator[int]:
    """A mail server of its own on a free port; its mails arrive in tmp_path/mail."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "riskreview.demo.mail_server",
        "--port",
        str(port),
        "--maildir",
        str(tmp_path / "mail"),
    ]
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")})
    deadline = time.monotonic() + 120
    while not _answers(port):
        assert time.monotonic() < deadline, "the mail server did not start"
        time.sleep(0.1)
    yield port
    server.terminate()
    server.wait(timeout=10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def crms(services: Services) -> Iterator[DemoCrms]:
    """The demo's CRMs in threads of this process, over real HTTP, known to the instance; it is the day of the delivery there."""
    running, threads = {}, []
    for service in SERVICES:
        context = start(
            service, port=0, accounts=0, seed=0, records=services.instance.home / "crm" / f"{service}.jsonl"
        )
        running[service] = (context, context.__enter__())
        threads.append(threading.Thread(target=running[service][1].serve))
        threads[-1].start()
        save_connection(services.instance, f"crm_{service}", running[service][1].connection)
    found = DemoCrms({service: item.url for service, (_, item) in running.items()})
    found.move_to(DAY, services.instance.settings.time_zone)
    try:
        yield found
    finally:
        for context, item in running.values():
            item.server.shutdown()
            context.__exit__(None, None, None)
        for thread in threads:
            thread.join(timeout=10)


def counts(services: Services) -> dict[str, int]:
    tables = (
        "batch",
        "account",
        "quarantine_row",
        "class_change",
        "signal",
        "review",
        "activation",
        "step",
        "measure",
        "duty",
        "message",
    )
    with services.engine.connect() as connection:
        return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in tables}


@pytest.mark.deep
@pytest.mark.long
@pytest.mark.database
def test_every_planted_case_is_found_and_a_rerun_adds_nothing(services, tmp_path, mail_port):
    home = services.instance.home
    services = Services(
        services.instance, services.engine, FixedClock(datetime(2026, 10, 30, 2, tzinfo=UTC)), services.progress
    )
    prepare_demo(home, customers=CUSTOMERS, seed=11, as_of=DAY, smtp_port=mail_port)
    with crms(services) as found:
        loop_and_write_back(services, tmp_path, found)


def loop_and_write_back(services: Services, tmp_path: Path, found: DemoCrms) -> None:
    home = services.instance.home

    run_loop(services, as_of=DAY)
    for notice in read_notices(home / NOTICES):
        receive(services, Message(SOURCE, notice.number, notice.body, "application/json", "command"))
    told = watch_events(services, as_of=DAY)

    assert told.counts["evaluated"] == len(read_notices(home / NOTICES))
    outcomes = compare(services, home / EXPECTED)
    assert outcomes.missed == ()
    assert outcomes.spurious == ()
    summary = collect_summary(
        services, home / EXPECTED, tmp_path / "mail", {"setup": 1, "start": 0, "loop": 2}, {"sent": 1}
    )
    assert summary["scored"] == summary["customers"] == CUSTOMERS + CASES["duplicate"], (
        "who has no number is not merged unasked"
    )
    assert summary["audit"]["events"] == summary["audit"]["verified"] > 0
    assert summary["notifications"]["accepted"] == summary["notifications"]["received_by_server"] > 0

    before = counts(services)
    run_loop(services, as_of=DAY)
    assert counts(services) == before

    act_like_people(services)
    act_like_people(services)
    measures = collect_summary(services, home / EXPECTED, tmp_path / "mail", {}, {})["measures"]
    assert measures["in_force"] == 1, "the first emergency hold"
    assert measures["proposed"] >= 1

    write_back_crm(services, as_of=DAY)
    assert agree_to_writes(services) > 0
    edit = edit_to_make(services)
    assert edit is not None
    found.edit(edit)
    write_back_crm(services, as_of=DAY)
    crm = collect_summary(services, home / EXPECTED, tmp_path / "mail", {}, {})["crm"]
    assert min(crm["accounts"].values()) > 0
    assert set(crm["accounts"]) == set(SERVICES)
    assert min(crm["calls"], crm["credits"], crm["tasks"], crm["agreed"]) > 0
    assert crm["confirmed"] == crm["written"] > crm["agreed"]
    assert crm["conflicts"] == 1, "the edit, and nothing else"
    assert edit_to_make(services) is None, "it is made once"
    assert [(item.invariant.id, item.subjects) for item in examine(services, as_of=DAY).broken] == []
    with services.engine.connect() as connection:
        counted = connection.execute(text("SELECT DISTINCT jsonb_object_keys(counts) FROM run")).scalars().all()
    assert sorted(set(counted) - words("en")["counted"].keys()) == [], "people read them on the page of a run"
