"""One demo for all end-to-end tests: killed in the middle of its loop and started again."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskreview.orchestration import embedded
from riskreview.orchestration.processes import records

PROJECT = Path(__file__).resolve().parents[2]
CUSTOMERS = 200
AIRFLOW = {"scheduler", "api-server", "dag-processor", "triggerer"}
DEMO = [sys.executable, "-m", "riskreview.cli"]


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home whose path is short enough for a socket; everything in it is stopped afterwards."""
    folder = Path(tempfile.gettempdir()) / f"rre2e-{os.getpid()}"
    yield folder / "home"
    if (folder / "home" / "settings.yaml").exists():
        embedded.stop(folder / "home")
    subprocess.run(["rm", "-rf", str(folder)], check=False)


@pytest.fixture(scope="session")
def demo(home: Path) -> dict[str, Any]:
    """A demo that lost every process of Airflow and one task in the middle of the loop and was started again; its summary."""
    first = start_demo(home)
    _wait_for(lambda: (home / "run" / "scheduler.pid").exists() and _is_ingesting(home), first, seconds=300)
    lost = [record.pid for record in records(home / "run") if record.name in AIRFLOW]
    assert len(lost) == len(AIRFLOW)
    for pid in (first.pid, *lost):
        os.kill(pid, signal.SIGKILL)
    first.wait()
    second = start_demo(home)
    code = second.wait(timeout=900)
    output = (home.parent / "demo.log").read_text(encoding="utf-8")
    assert code == 0, output[-3000:] + _last_lines(home / "logs")
    return dict(json.loads((home.parent / "summary.json").read_text(encoding="utf-8"))) | {"output": output}


def _last_lines(logs: Path) -> str:
    """Return how the log of each component ends."""
    ends = (
        f"== {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-1500:]}"
        for log in sorted(logs.glob("*.log"))
    )
    return "\n".join(ends)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT / "plugins"), "PYTHONWARNINGS": "ignore"}


def start_demo(home: Path) -> "subprocess.Popen[bytes]":
    home.parent.mkdir(exist_ok=True)
    command = [*DEMO, "--home", str(home), "demo", "--customers", str(CUSTOMERS)]
    with (home.parent / "demo.log").open("a", encoding="utf-8") as output:
        return subprocess.Popen(command, cwd=PROJECT, env=environment(), stdout=output, stderr=output)


def _is_ingesting(home: Path) -> bool:
    staging = home / "staging"
    return staging.exists() and any(staging.iterdir())


def _wait_for(condition: Any, process: "subprocess.Popen[bytes]", *, seconds: float) -> None:  # any callable
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the demo ended early"
        assert time.monotonic() < deadline, "the demo did not come this far"
        time.sleep(0.1)
