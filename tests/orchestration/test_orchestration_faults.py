"""A loop killed at any failpoint and run again ends in the state of an undisturbed run."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskreview.orchestration.airflow_settings import free_port

pytestmark = pytest.mark.database

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SIGKILLED = -9
AGAIN = {"stage.published": 3, "facts.published": 2}
"""Failpoints passed once per batch and the later hits that are tried too."""
WORKERS = 2
"""Runners side by side; each needs a processor."""


def registered() -> dict[str, str]:
    """Return every failpoint of the product, name → meaning."""
    code = (
        "import json, pkgutil, importlib, riskreview\n"
        "for item in pkgutil.walk_packages(riskreview.__path__, 'riskreview.'):\n"
        "    if item.name.rpartition('.')[2] not in {'__main__', 'tasks', 'assets', 'defaults', 'runtime', 'component'}:\n"
        "        importlib.import_module(item.name)\n"
        "from riskreview.foundation.failpoints import REGISTERED\n"
        "print('\\nPOINTS' + json.dumps(REGISTERED))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], env=_environment(), capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.rpartition("\nPOINTS")[2]))


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(PROJECT / "plugins"), str(HERE)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A folder with the template instance and a mail server that takes every mail."""
    folder = Path("/tmp") / f"rrfault-{os.getpid()}"  # noqa: S108  a short path: copies of it hold sockets
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "riskreview.demo.mail_server", "--port", str(port), "--maildir", str(folder / "mail"),
               "--pid", str(folder / "mail.pid")]  # fmt: skip
    server = subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sys.path.insert(0, str(HERE))
    from fault_portfolio import write_portfolio

    write_portfolio(folder / "template", smtp_port=port)
    deadline = time.monotonic() + 20
    while not (folder / "mail.pid").exists():
        assert time.monotonic() < deadline, "the mail server did not start"
        time.sleep(0.05)
    yield folder
    server.terminate()
    server.wait(timeout=10)
    sys.path.remove(str(HERE))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def points() -> list[str]:
    """Every failpoint, later hits of some included."""
    names = sorted(registered())
    return names + [f"{name}:{hit}" for name, hit in AGAIN.items() if name in names]


@pytest.fixture(scope="module")
def cases(base: Path, server: str, points: list[str]) -> dict[str, Any]:
    """What became of each case, the undisturbed one under the empty name."""
    shares = [["", *points][number::WORKERS] for number in range(WORKERS)]
    started = []
    for number, share in enumerate(shares):
        folder = base / f"worker{number}"
        folder.mkdir()
        shutil.copytree(base / "template", folder / "template")
        command = [sys.executable, str(HERE / "fault_runner.py"), str(folder), server, *share]
        with (folder / "output.txt").open("w", encoding="utf-8") as output:
            started.append((folder, subprocess.Popen(command, env=_environment(), stdout=output, stderr=output)))
    return {point: case for folder, process in started for point, case in _results(folder, process).items()}


def _results(folder: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    try:
        code = process.wait(timeout=1800)
    finally:
        process.kill()
        process.wait()
    assert code == 0, (folder / "output.txt").read_text(encoding="utf-8")[-3000:]
    return dict(json.loads((folder / "results.json").read_text(encoding="utf-8")))


def test_an_undisturbed_loop_does_something_in_every_stage(cases: dict[str, Any]) -> None:
    plain = cases[""]

    assert (plain["first"], plain["second"]) == (0, 0), plain["log"]
    for part in ("batches", "quarantine", "customers", "published", "classes", "signals", "reviews", "activations", "steps", "duties",
                 "outbox", "messages", "audit", "facts"):  # fmt: skip
        assert plain["state"][part], f"the portfolio does not exercise {part}"
    assert plain["state"]["unfinished runs"] == []


def test_every_registered_failpoint_kills_so_that_none_is_left_untested(
    cases: dict[str, Any], points: list[str]
) -> None:
    survived = {point: cases[point]["first"] for point in points if cases[point]["first"] != SIGKILLED}

    assert survived == {}, "neither the loop nor an action of fault_runner.py passes these"


def test_a_killed_loop_run_again_ends_in_the_state_of_an_undisturbed_one(
    cases: dict[str, Any], points: list[str]
) -> None:
    wrong = {}
    for point in points:
        wanted, found = cases[point].get("wanted") or cases[""]["state"], cases[point]["state"]
        if found is None:
            wrong[point] = cases[point]["log"][-600:]
        elif found != wanted:
            wrong[point] = {
                part: _difference(wanted[part], found[part]) for part in wanted if wanted[part] != found[part]
            }

    assert wrong == {}


def _difference(wanted: list[str], found: list[str]) -> dict[str, list[str]]:
    missing, extra = list(wanted), []
    for row in found:
        if row in missing:
            missing.remove(row)
        else:
            extra.append(row)
    return {"missing": missing[:5], "extra": extra[:5]}
