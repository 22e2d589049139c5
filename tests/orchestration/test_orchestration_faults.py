"""A loop killed at any failpoint and run again ends in the state of an undisturbed run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskreview.orchestration.airflow_settings import free_port
from riskreview.orchestration.loop import ORDER

pytestmark = [pytest.mark.database, pytest.mark.long]

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SIGKILLED = -9


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(PROJECT / "plugins"), str(HERE)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A folder with the template instance and a mail server that takes every mail."""
    folder = Path(tempfile.mkdtemp(prefix="rrfault-"))
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
def found(base: Path, server: str) -> dict[str, Any]:
    """What fault_runner.py found: every failpoint, the undisturbed loop part by part, and each kill with what came after it."""
    with (base / "output.txt").open("w", encoding="utf-8") as output:
        command = [sys.executable, str(HERE / "fault_runner.py"), str(base), server]
        done = subprocess.run(command, env=_environment(), stdout=output, stderr=output, check=False, timeout=1800)
    assert done.returncode == 0, (base / "output.txt").read_text(encoding="utf-8")[-3000:]
    return dict(json.loads((base / "results.json").read_text(encoding="utf-8")))


def test_an_undisturbed_loop_does_something_in_every_stage(found: dict[str, Any]) -> None:
    state = found["parts"]["the rest"]["state"]

    assert set(ORDER) == set(found["stages"]), "fault_parts.py runs every stage of the loop"
    for part in ("batches", "quarantine", "customers", "published", "classes", "signals", "reviews", "activations", "steps", "duties",
                 "outbox", "messages", "audit", "facts"):  # fmt: skip
        assert state[part], f"the portfolio does not exercise {part}"
    assert state["unfinished runs"] == []


def test_every_registered_failpoint_kills_so_that_none_is_left_untested(found: dict[str, Any]) -> None:
    killed = {case["point"]: case["killed"] for case in found["cases"]}
    survived = {point: killed.get(point) for point in found["points"] if killed.get(point) != SIGKILLED}

    assert survived == {}, "neither the loop nor an action of fault_parts.py passes these"


def test_a_killed_loop_run_again_ends_in_the_state_of_an_undisturbed_one(found: dict[str, Any]) -> None:
    wrong = {}
    for case in found["cases"]:
        wanted, state = found["parts"][case["part"]]["state"], case["state"]
        where = f"{case['part']}, killed at {case['point'] or 'nothing'} after {case['before']}"
        if state is None:
            wrong[where] = case["log"][-600:]
        elif state != wanted:
            wrong[where] = {
                name: _difference(wanted[name], state[name]) for name in wanted if wanted[name] != state[name]
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
