"""Owns one instance with a database of its own: copied from the state after a part, worked on by processes that may be killed."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from tests.torture.canaries import found_in_database
from tests.torture.forks import ended, fork
from tests.torture.parts import PARTS, Work
from tests.torture.portfolio import MORNING
from tests.torture.state import broken_invariants, read_state

from riskreview.foundation import failpoints
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import open_services

Parts = dict[str, dict[str, Any]]
"""What each part of an undisturbed loop leaves: ``state``, and in ``passed`` how often each failpoint was reached."""


class Runner:
    """Runs processes on an instance and a database of its own."""

    def __init__(self, base: Path, server: str, name: str) -> None:
        self.base, self.server, self.name = base, server, name
        self.home, self.log = base / name, base / f"{name}.log"

    def start_from(self, part: str) -> None:
        """Begin with the state after a part of the undisturbed loop, with the template where none is named."""
        self._copy(f"after {part}" if part else "template", self.name)

    def keep(self, part: str) -> None:
        """Keep a copy of the state as that after a part."""
        self._copy(self.name, f"after {part}")

    def run(self, work: Work, *, failpoint: str = "", clock: FixedClock | None = None) -> int:
        """Do something in a process of its own and return how it ended."""
        return ended(self.begin(work, failpoint=failpoint, clock=clock))

    def begin(self, work: Work, *, failpoint: str = "", clock: FixedClock | None = None) -> int:
        """Begin something in a process of its own and return its number."""
        os.environ["RISKREVIEW_DATABASE_URL"] = self.server.replace("/riskreview?", f"/{_database(self.name)}?")
        os.environ["RISKREVIEW_FAILPOINT"] = failpoint
        (self.home / "outcome.json").unlink(missing_ok=True)
        return fork(lambda: self._with_services(work, clock or FixedClock(MORNING)), log=self.log)

    def outcome(self) -> dict[str, Any]:
        """Return the state the last process left and the failpoints it passed; nothing when it did not come to its end."""
        found = self.home / "outcome.json"
        return dict(json.loads(found.read_text(encoding="utf-8"))) if found.exists() else {"state": None}

    def said(self) -> str:
        """Return the end of what the processes wrote."""
        return self.log.read_text(encoding="utf-8")[-3000:]

    def _with_services(self, work: Work, clock: FixedClock) -> None:
        with open_services(self.home, clock=clock, progress=LogProgress()) as services:
            work(services, clock)
            outcome = {
                "state": read_state(services),
                "broken": [*broken_invariants(services), *found_in_database(services)],
                "passed": dict(failpoints._hits),
            }
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

        assert ended(fork(work, log=self.log)) == 0, self.said()


def _database(name: str) -> str:
    return f"torture_{name}".replace(" ", "_").replace("-", "_")


def undisturbed(runner: Runner) -> Parts:
    """Run the parts one after the other; return what each passes and leaves, and keep a copy of that."""
    parts = {}
    runner.start_from("")
    for name, part in PARTS.items():
        assert runner.run(part.alone) == 0, runner.said()
        parts[name] = runner.outcome()
        runner.keep(name)
    return parts
