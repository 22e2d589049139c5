"""Processes are started, found and ended by pid, and nobody else's process is ever touched."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from riskreview.orchestration.processes import Record, is_alive, record_self, records, spawn, stop_all

pytestmark = pytest.mark.long

PLUGINS = str(Path(__file__).resolve().parents[2] / "plugins")
CHILD = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nopen('child.txt', 'w').write(str(child.pid))"
Start = Callable[[str, str], Record]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    """A folder of pid files; whatever is left is ended."""
    folder = tmp_path / "run"
    folder.mkdir()
    yield folder
    stop_all(folder, grace=1)


@pytest.fixture
def start(run: Path, tmp_path: Path) -> Start:
    """Start a piece of Python as a recorded process and wait until it has run."""

    def _start(name: str, code: str) -> Record:
        script = tmp_path / f"component_{name}.py"
        script.write_text(
            f"import signal, subprocess, sys, time\n{code}\nopen('{name}.ready', 'w').close()\ntime.sleep(60)\n",
            encoding="utf-8",
        )
        environment = {**os.environ, "PYTHONPATH": f"{PLUGINS}{os.pathsep}{tmp_path}"}
        spawn(
            name,
            ("module", script.stem),
            environment=environment,
            folder=tmp_path,
            run=run,
            log=tmp_path / f"{name}.log",
        )
        deadline = time.monotonic() + 120
        while not (tmp_path / f"{name}.ready").exists():
            assert time.monotonic() < deadline, (tmp_path / f"{name}.log").read_text(encoding="utf-8")
            time.sleep(0.02)
        return next(item for item in records(run) if item.name == name)

    return _start


def _ended(pid: int) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_started_process_records_itself_and_is_stopped_by_its_pid(start: Start, run: Path) -> None:
    record = start("worker", "")

    assert is_alive(record)
    assert os.getsid(record.pid) == record.pid, "a session of its own survives the terminal it was started from"
    assert stop_all(run) == ["worker"]
    assert _ended(record.pid)
    assert records(run) == []


def test_a_process_that_ignores_sigterm_is_killed(start: Start, run: Path) -> None:
    record = start("stubborn", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")

    stop_all(run, grace=0.5)

    assert _ended(record.pid)


def test_children_of_a_killed_process_are_ended_too(start: Start, run: Path, tmp_path: Path) -> None:
    record = start("parent", CHILD)
    child = int((tmp_path / "child.txt").read_text(encoding="utf-8"))
    os.kill(record.pid, signal.SIGKILL)
    assert _ended(record.pid)
    assert not _is_zombie_or_gone(child)

    assert stop_all(run) == [], "the process itself was dead already"

    assert _ended(child)


def _is_zombie_or_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_recycled_pid_is_never_killed(run: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)
    try:
        earlier = psutil.Process(stranger.pid).create_time() - 3600
        record = Record("worker", stranger.pid, earlier, "/somewhere/else")
        (run / "worker.pid").write_text(json.dumps(asdict(record)), encoding="utf-8")

        assert not is_alive(record)
        assert stop_all(run) == []
        assert stranger.poll() is None, "a stranger's process was ended"
    finally:
        stranger.kill()
        stranger.wait()


def test_only_the_named_processes_are_stopped(start: Start, run: Path) -> None:
    one, other = start("one", ""), start("other", "")

    assert stop_all(run, ["one"]) == ["one"]

    assert _ended(one.pid)
    assert is_alive(other)


def test_a_torn_pid_file_counts_as_absent(run: Path) -> None:
    (run / "worker.pid").write_text('{"name": "wor', encoding="utf-8")

    assert records(run) == []
    assert stop_all(run) == []


def test_a_record_of_this_process_is_alive_and_one_of_another_start_is_not(run: Path) -> None:
    record_self("myself", run)
    (mine,) = records(run)
    (run / "myself.pid").unlink()

    assert is_alive(mine)
    assert not is_alive(replace(mine, started=mine.started - 60))


ESCAPED = "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True, cwd='/')\nopen('child.txt', 'w').write(str(child.pid))"


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_worker_that_left_session_and_folder_ends_with_its_killed_component(
    start: Start, run: Path, tmp_path: Path, *, is_recorded: bool
) -> None:
    record = start("scheduler", ESCAPED)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path)
    child = int((tmp_path / "child.txt").read_text())
    os.kill(record.pid, signal.SIGKILL)
    assert _ended(record.pid)
    if not is_recorded:
        (run / "scheduler.pid").unlink()

    assert stop_all(run, ["mail"], grace=1) == []
    assert psutil.Process(child).status() != psutil.STATUS_ZOMBIE
    assert stop_all(run, ["scheduler"], grace=1) == []

    assert _ended(child)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_worker_is_found_although_the_clock_was_set_back(start: Start, run: Path, tmp_path: Path) -> None:
    record = start("scheduler", CHILD)
    child = int((tmp_path / "child.txt").read_text())
    os.kill(record.pid, signal.SIGKILL)
    (run / "scheduler.pid").write_text(
        json.dumps(asdict(replace(record, started=record.started + 3600))), encoding="utf-8"
    )

    stop_all(run, grace=1)

    assert _ended(child)
