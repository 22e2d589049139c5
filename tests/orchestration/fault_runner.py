"""Runs the loop in processes of its own, kills it at failpoints, runs it again and keeps what became of it.

``fault_runner.py BASE SERVER_URL`` writes BASE/results.json. An undisturbed loop tells which failpoints each part passes and what state
it leaves. Then histories are run: each is killed at one failpoint in every part, run again from the top through that part, and goes on
from there, until every failpoint had its kill. Libraries are loaded and configuration is read once: every process is forked from here.
"""

import gc
import importlib
import json
import os
import pkgutil
import shutil
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from fault_fingerprint import fingerprint
from fault_parts import PARTS, REST, STAGES, Work
from sqlalchemy import create_engine, text

import riskreview
from riskreview.foundation import failpoints
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import open_services
from riskreview.foundation.yaml_file import parse_yaml

WORKERS = 2
"""Histories side by side; each needs a processor."""
AGAIN = {"stage.published": 3, "facts.published": 2}
"""Failpoints passed once per batch and the later hits that are tried too."""
LATE = ("alembic.command", "apprise.plugins.email", "babel.numbers", "deltalake", "great_expectations.expectations",
        "great_expectations.render.renderer.site_builder", "holidays", "psycopg2.extras", "pyarrow.dataset", "pyarrow.pandas_compat",
        "stdnum.cn.uscc")  # fmt: skip
"""Slow modules of libraries that a process imports when it needs them."""
AIRFLOW_MODULES = {"__main__", "tasks", "assets", "defaults", "runtime", "component"}
MORNING = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
ORDER = list(PARTS)
Parts = dict[str, dict[str, Any]]


def _load_everything() -> None:
    """Import every module and parse every file that people set, so that no fork has to."""
    for item in pkgutil.walk_packages(riskreview.__path__, "riskreview."):
        if item.name.rpartition(".")[2] not in AIRFLOW_MODULES:
            importlib.import_module(item.name)
    for name in LATE:
        importlib.import_module(name)
    for path in PACKAGED.rglob("*.yaml"):
        parse_yaml(path)
    gc.collect()
    gc.freeze()  # a search for garbage would copy every page of what is loaded into each fork


def _fork(work: Callable[[], object], *, log: Path) -> int:
    """Do ``work`` in a fork and return its number."""
    pid = os.fork()
    if pid:
        return pid
    with log.open("a", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001  the child must never come back into the parent's code
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(pid: int) -> int:
    """Wait for a fork; return its exit code, or minus the signal that killed it."""
    status = os.waitpid(pid, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Runner:
    """Runs processes on an instance and a database of its own, copied from the state after a part."""

    def __init__(self, base: Path, server: str, name: str) -> None:
        self.base, self.server, self.name = base, server, name
        self.home, self.log = base / name, base / f"{name}.log"

    def start_from(self, part: str) -> None:
        """Begin with the state after a part of the undisturbed loop, with the template where none is named."""
        self._copy(f"after {part}" if part else "template", self.name)

    def keep(self, part: str) -> None:
        """Keep a copy of the state as that after a part."""
        self._copy(self.name, f"after {part}")

    def run(self, work: Work, *, kill_at: str = "") -> int:
        """Do something in a process of its own and return how it ended."""
        os.environ["RISKREVIEW_DATABASE_URL"] = self.server.replace("/riskreview?", f"/{_database(self.name)}?")
        os.environ["RISKREVIEW_FAILPOINT"] = kill_at
        (self.home / "outcome.json").unlink(missing_ok=True)
        return _ended(_fork(lambda: self._with_services(work), log=self.log))

    def outcome(self) -> dict[str, Any]:
        """Return the state the last process left and the failpoints it passed; nothing when it did not come to its end."""
        found = self.home / "outcome.json"
        return dict(json.loads(found.read_text(encoding="utf-8"))) if found.exists() else {"state": None}

    def said(self) -> str:
        """Return the end of what the processes wrote."""
        return self.log.read_text(encoding="utf-8")[-3000:]

    def _with_services(self, work: Work) -> None:
        clock = FixedClock(MORNING)
        with open_services(self.home, clock=clock, progress=LogProgress()) as services:
            work(services, clock)
            outcome = {"state": fingerprint(services), "passed": list(failpoints._hits)}
        (self.home / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")

    def _copy(self, source: str, target: str) -> None:
        shutil.rmtree(self.base / target, ignore_errors=True)
        shutil.copytree(self.base / source, self.base / target)
        original, copy = "riskreview" if source == "template" else _database(source), _database(target)
        self._administer(
            f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)",
            f"CREATE DATABASE {copy} TEMPLATE {original} STRATEGY FILE_COPY",
        )

    def _administer(self, *statements: str) -> None:
        def work() -> None:
            engine = create_engine(self.server.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
            engine.dispose()

        assert _ended(_fork(work, log=self.log)) == 0, self.said()


def _database(name: str) -> str:
    return f"fault_{name}".replace(" ", "_")


def undisturbed(runner: Runner) -> Parts:
    """Run the parts one after the other; return what each passes and leaves, and keep a copy of that."""
    parts = {}
    runner.start_from("")
    for name, part in PARTS.items():
        assert runner.run(part.alone) == 0, runner.said()
        parts[name] = runner.outcome()
        runner.keep(name)
    return parts


def plan(parts: Parts) -> list[dict[str, str]]:
    """Spread the failpoints over as few histories as will do: part → failpoint. One belongs to the first part that passes it."""
    seen: set[str] = set()
    columns = []
    for name in ORDER:
        new = [point for point in parts[name]["passed"] if point not in seen]
        seen.update(new)
        columns.append(new + [f"{point}:{AGAIN[point]}" for point in new if point in AGAIN])
    return [
        {name: point for name, point in zip(ORDER, row, strict=True) if point}
        for row in zip_longest(*columns, fillvalue="")
    ]


def live(runner: Runner, history: dict[str, str], parts: Parts) -> list[dict[str, Any]]:
    """Kill the loop at each failpoint of a history and run it again; where it goes astray, the undisturbed state is gone on from.

    Parts without a failpoint are run through by those after them; every history runs the loop to its end.
    """
    first = next((ORDER.index(name) for name in history), 0)
    runner.start_from(ORDER[first - 1] if first else "")
    cases = []
    for name in ORDER[first:]:
        if name not in history and name != REST:
            continue
        runner.log.write_text("", encoding="utf-8")
        point, work = history.get(name, ""), PARTS[name].whole
        killed = runner.run(work, kill_at=point) if point else None
        again = runner.run(work)
        state, before = runner.outcome()["state"], [case["point"] for case in cases]
        cases.append({"part": name, "before": before, "point": point, "killed": killed, "again": again, "state": state,
                      "log": runner.said()})  # fmt: skip
        if state != parts[name]["state"]:
            runner.start_from(name)
    return cases


def _worker(runner: Runner, lives: list[dict[str, str]], parts: Parts) -> None:
    cases = [case for history in lives for case in live(runner, history, parts)]
    (runner.base / f"{runner.name}.json").write_text(json.dumps(cases), encoding="utf-8")


def main() -> None:
    """Run everything; the first history is the undisturbed loop in one process."""
    base, server = Path(sys.argv[1]), sys.argv[2]
    _load_everything()
    runners = [Runner(base, server, f"worker{number}") for number in range(WORKERS)]
    parts = undisturbed(runners[0])
    lives = [{}, *plan(parts)]
    pids = [
        _fork(lambda: _worker(runner, lives[number::WORKERS], parts), log=runner.log)  # noqa: B023  called at once
        for number, runner in enumerate(runners)
    ]
    for pid, runner in zip(pids, runners, strict=True):
        assert _ended(pid) == 0, runner.said()
    cases = [case for runner in runners for case in json.loads((base / f"{runner.name}.json").read_text())]
    points = sorted(failpoints.REGISTERED) + [f"{name}:{hit}" for name, hit in AGAIN.items()]
    results = {"stages": list(STAGES), "points": points, "parts": parts, "cases": cases}
    (base / "results.json").write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
