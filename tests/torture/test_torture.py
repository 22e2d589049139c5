"""A history in which every part of the loop is killed and run again: it ends in the state of an undisturbed one.

It is always the same one, so that a run passes or fails for what was changed; RISKREVIEW_SEED chooses another, and ``make torture`` lives
them all.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.torture.histories import SIGKILLED
from tests.torture.parts import STAGES

from riskreview.orchestration.loop import ORDER

pytestmark = [pytest.mark.database, pytest.mark.deep, pytest.mark.long]

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, server: str) -> dict[str, Any]:
    """What ``python -m tests.torture`` found: the undisturbed loop part by part, and each fault with what came after it."""
    folder = tmp_path_factory.mktemp("torture")
    seed = os.environ.get("RISKREVIEW_SEED", "7")
    command = [sys.executable, "-m", "tests.torture", "--server", server, "--seed", seed, "--histories", "1", "--results", str(folder / "results.json")]  # fmt: skip
    path = os.pathsep.join([str(PROJECT / "plugins"), str(PROJECT)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        subprocess.run(command, env=environment, stdout=output, stderr=output, check=False, timeout=900)
    assert (folder / "results.json").exists(), (folder / "output.txt").read_text(encoding="utf-8")[-3000:]
    return dict(json.loads((folder / "results.json").read_text(encoding="utf-8")))


def test_an_undisturbed_loop_does_something_in_every_stage(found: dict[str, Any]) -> None:
    state = found["parts"]["the rest"]["state"]

    assert set(ORDER) == set(STAGES), "parts.py runs every stage of the loop"
    for part in ("batches", "quarantine", "customers", "published", "classes", "signals", "reviews", "activations", "steps", "duties",
                 "outbox", "messages", "audit", "facts"):  # fmt: skip
        assert state[part], f"the portfolio does not exercise {part}"
    assert state["unfinished runs"] == []


def test_every_registered_failpoint_is_passed_so_that_histories_can_strike_there(found: dict[str, Any]) -> None:
    passed = {point for part in found["parts"].values() for point in part["passed"]}

    assert set(found["registered"]) - passed == set(), "neither the loop nor an action of parts.py passes these"


def test_a_loop_killed_and_run_again_ends_in_the_state_of_an_undisturbed_one(found: dict[str, Any]) -> None:
    survived = [case["faults"] for case in found["cases"] if case["ended"][0] != SIGKILLED]
    astray = [case for case in found["cases"] if case["is_astray"]]

    assert len(found["cases"]) > len(ORDER)
    assert survived == [], "the part passes a failpoint less often after another kill, or not at all"
    assert astray == []


def test_no_name_number_or_secret_is_in_a_message_log_or_table_of_events(found: dict[str, Any]) -> None:
    everywhere = [word for part in found["parts"].values() for word in part["broken"]]

    assert everywhere == []
    assert found["leaks"] == []
