"""The embedded PostgreSQL starts, stops and restarts from any process, and after a kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from riskreview.facts.delta_tables import append, source_of
from riskreview.foundation.database import start_embedded, stop_embedded
from riskreview.foundation.instance import Instance, create_instance

pytestmark = pytest.mark.database

START = "import sys; from pathlib import Path; from riskreview.foundation.instance import open_instance; from riskreview.foundation.database import start_embedded; start_embedded(open_instance(Path(sys.argv[1])))"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Instance]:
    instance = create_instance(tmp_path / "home")
    yield instance
    stop_embedded(instance)


def answer(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT 1")).scalar_one()
    engine.dispose()
    return int(found)


def test_two_processes_starting_at_once_share_one_server(place: Instance):
    commands = [sys.executable, "-c", START, str(place.home)]
    environment = {**os.environ, "PYTHONPATH": "plugins"}
    started = [subprocess.Popen(commands, env=environment) for _ in range(3)]

    assert [process.wait(timeout=120) for process in started] == [0, 0, 0]
    assert answer(start_embedded(place)) == 1


def test_a_killed_server_starts_again_and_another_process_stops_it(place: Instance):
    url = start_embedded(place)
    pid = int((place.home / "pg" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    server = psutil.Process(pid)
    server.send_signal(signal.SIGKILL)
    psutil.wait_procs([server], timeout=20)

    assert answer(start_embedded(place)) == answer(url) == 1
    assert stop_embedded(place) is True
    assert stop_embedded(place) is False


def test_a_folder_may_have_blanks_and_any_letters_in_its_name(tmp_path: Path):
    place = create_instance(tmp_path / "风险 复核 100%" / "home")
    try:
        assert answer(start_embedded(place)) == 1
        append(place, "facts", pa.table({"batch_id": [1, 1]}).to_reader(), batch_id=1)
        with duckdb.connect() as database:
            source = source_of(place, "facts")
            assert database.execute(f"SELECT count(*) FROM {source}").fetchall() == [(2,)]  # noqa: S608  a FROM item of ours
    finally:
        stop_embedded(place)
