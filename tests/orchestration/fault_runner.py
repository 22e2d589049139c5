"""Runs the loop in a process of its own, kills it at a failpoint, runs it again and keeps a fingerprint of the end state.

``fault_runner.py BASE SERVER_URL [POINT ...]`` writes BASE/results.json; the slow libraries are loaded once, every case is forked from here.
"""

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fault_portfolio
import great_expectations  # noqa: F401  loaded before the forks
from fault_fingerprint import fingerprint
from sqlalchemy import create_engine, text

import riskreview.orchestration.demo_run  # noqa: F401  loads the rooms
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services, open_services
from riskreview.orchestration import stages
from riskreview.orchestration.loop import run_loop

MORNING = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
DAY = {"as_of": fault_portfolio.AS_OF, "triggered_by": "test"}
STAGES: dict[str, Callable[[Services], object]] = {
    "ingest": lambda services: stages.ingest(services, **DAY),
    "recompute_risk": lambda services: stages.recompute_risk(services, **DAY),
    "watch": lambda services: stages.watch(services, **DAY),
    "open_due_reviews": lambda services: stages.open_reviews(services, **DAY),
    "activate_playbooks": lambda services: stages.activate(services, **DAY),
}
START = {
    "screening": "ingest", "indicators": "ingest", "assessment": "ingest", "stage.assessed": "ingest", "monitoring": "recompute_risk",
    "stage.watched": "recompute_risk", "portfolio": "activate_playbooks", "stage.summarized": "activate_playbooks", "reviews": "watch", "stage.reviewed": "watch", "playbooks": "open_due_reviews",
    "stage.activated": "open_due_reviews", "notifications": "activate_playbooks", "stage.delivered": "activate_playbooks",
    "stage.escalated": "activate_playbooks", "events": "activate_playbooks", "continuous": "activate_playbooks",
    "assessment.some_scored": "activate_playbooks", "assessment.some_recorded": "activate_playbooks",
    "assessment.some_merged": "activate_playbooks", "monitoring.some_written": "activate_playbooks",
}  # fmt: skip
"""The stage whose checkpoint comes before a failpoint, by its name or its room; the rest starts from nothing. Saves minutes only."""
LATER = timedelta(hours=1)
"""Between the passes after the loop: the lease of a killed sender ends, what it left is sent again, the first reminders are due."""


def _load_rooms() -> None:
    import riskreview.assessment.use_cases
    import riskreview.facts.use_cases
    import riskreview.intake.use_cases
    import riskreview.monitoring.use_cases
    import riskreview.notifications.use_cases
    import riskreview.playbooks.use_cases
    import riskreview.portfolio.use_cases
    import riskreview.reviews.use_cases
    import riskreview.screening.use_cases
    import riskreview.validation.use_cases  # noqa: F401


def _in_child(work: Callable[[], None], *, log: Path) -> int:
    """Run ``work`` in a fork; return its exit code, or minus the signal that killed it."""
    pid = os.fork()
    if pid:
        status = os.waitpid(pid, 0)[1]
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
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


def _with_services(home: Path, work: Callable[[Services, FixedClock], None]) -> None:
    clock = FixedClock(MORNING)
    with open_services(home, clock=clock, progress=LogProgress()) as services:
        work(services, clock)


def _stage(name: str) -> Callable[[Services, FixedClock], None]:
    return lambda services, _clock: STAGES[name](services)


def _loop(services: Services, _clock: FixedClock) -> None:
    run_loop(services, as_of=fault_portfolio.AS_OF, triggered_by="test")


def _loop_and_settle(services: Services, clock: FixedClock) -> None:
    _loop(services, clock)
    for _ in range(3):
        clock.moment += LATER
        stages.escalate(services, triggered_by="test")
        stages.deliver(services, triggered_by="test")
    (services.instance.home / "fingerprint.json").write_text(json.dumps(fingerprint(services)), encoding="utf-8")


def _start_analysis(services: Services) -> object:
    from riskreview.reviews.decisions import start_analysis

    row = _first(
        services, "SELECT review_id, version, owner FROM review WHERE state = 'assigned' ORDER BY customer_key"
    )
    return row and start_analysis(services, review_id=row.review_id, version=row.version, actor=row.owner)


def _acknowledge_step(services: Services) -> object:
    from riskreview.playbooks.response import acknowledge

    row = _first(services, "SELECT * FROM step WHERE step_id = 'hold_orders' AND state = 'todo' ORDER BY activation_id")
    return row and acknowledge(
        services, activation_id=row.activation_id, step_id=row.step_id, version=row.version, actor=row.owner
    )


def _redrive(services: Services) -> object:
    from riskreview.orchestration.redrive import redrive_rows

    row = _first(services, "SELECT batch_id FROM batch WHERE source_id = 'erp_invoices'")
    return redrive_rows(services, batch_id=row.batch_id, ids=(), actor="tom.berger")


def _compact(services: Services) -> object:
    from riskreview.facts.compaction import compact

    return compact(services, dataset="customers", at_least=2)


def _done(_result: object) -> None:
    return


def _do_and_look(services: Services, action: Callable[[Services], object]) -> None:
    action(services)
    (services.instance.home / "fingerprint.json").write_text(json.dumps(fingerprint(services)), encoding="utf-8")


def _first(services: Services, query: str) -> Any:  # a row of SQLAlchemy
    with services.engine.connect() as connection:
        return connection.execute(text(query)).first()


ACTIONS: dict[str, Callable[[Services], object]] = {
    "reviews.moved": _start_analysis,
    "playbooks.moved": _acknowledge_step,
    "validation.let_through": _redrive,
    "facts.compacted": _compact,
}
"""What people or maintenance do after the loop, by the failpoint it passes."""


class Runner:
    """Runs cases on copies of checkpoints: the state after each stage of an undisturbed loop."""

    def __init__(self, base: Path, server: str) -> None:
        self.base, self.server, self.prefix = base, server, f"fault{os.getpid()}"
        self.log = base / "runner.log"
        self._copy("", "nothing")

    def make_checkpoints(self) -> None:
        """Run the stages one after the other and keep a copy after each."""
        before = "nothing"
        for name in STAGES:
            self._copy(before, name)
            code = self._run(name, _stage(name))
            assert code == 0, self.log.read_text(encoding="utf-8")[-3000:]
            before = name

    def case(self, point: str) -> dict[str, Any]:
        """Run the loop from the checkpoint before a failpoint, be killed there, run it again."""
        self.log.write_text("", encoding="utf-8")
        self._copy(
            START.get(point.partition(":")[0], START.get(point.partition(".")[0], "nothing")) if point else "nothing",
            "case",
        )
        first = self._run_with(point, lambda services: run_loop(services, **DAY))
        second = self._run("case", _loop_and_settle)
        found = self.base / "case" / "fingerprint.json"
        state = json.loads(found.read_text(encoding="utf-8")) if found.exists() else None
        return {"first": first, "second": second, "log": self.log.read_text(encoding="utf-8")[-3000:], "state": state}

    def action_case(self, point: str) -> dict[str, Any]:
        """Do an action after the loop undisturbed, then from the same state be killed in it and do it again."""
        self.log.write_text("", encoding="utf-8")
        states = []
        for killed in (False, True):
            self._copy("activate_playbooks", "case")
            first = self._run_with(point, ACTIONS[point]) if killed else 0
            second = self._run("case", lambda services, _clock: _do_and_look(services, ACTIONS[point]))
            found = self.base / "case" / "fingerprint.json"
            states.append(json.loads(found.read_text(encoding="utf-8")) if found.exists() else None)
        return {"first": first, "second": second, "log": self.log.read_text(encoding="utf-8")[-3000:],
                "wanted": states[0], "state": states[1]}  # fmt: skip

    def drop(self) -> None:
        """Drop the databases."""
        for name in ("nothing", "case", *STAGES):
            self._administer(f'DROP DATABASE IF EXISTS "{self.prefix}_{name}" WITH (FORCE)')

    def _run_with(self, point: str, work: Callable[[Services], object]) -> int:
        if point:
            os.environ["RISKREVIEW_FAILPOINT"] = point
        code = self._run("case", lambda services, _clock: _done(work(services)))
        os.environ.pop("RISKREVIEW_FAILPOINT", None)
        return code

    def _run(self, name: str, work: Callable[[Services, FixedClock], None]) -> int:
        os.environ["RISKREVIEW_DATABASE_URL"] = self.server.replace("/riskreview?", f"/{self.prefix}_{name}?")
        return _in_child(lambda: _with_services(self.base / name, work), log=self.log)

    def _copy(self, source: str, target: str) -> None:
        """Copy an instance and its database; from the template where no source is named."""
        shutil.rmtree(self.base / target, ignore_errors=True)
        shutil.copytree(self.base / (source or "template"), self.base / target)
        database = f"{self.prefix}_{source}" if source else "riskreview"
        self._administer(f'DROP DATABASE IF EXISTS "{self.prefix}_{target}" WITH (FORCE)')
        self._administer(f'CREATE DATABASE "{self.prefix}_{target}" TEMPLATE "{database}"')

    def _administer(self, statement: str) -> None:
        def work() -> None:
            engine = create_engine(self.server.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(statement))
            engine.dispose()

        code = _in_child(work, log=self.log)
        assert code == 0, self.log.read_text(encoding="utf-8")[-3000:]


def main() -> None:
    """Run the cases, the undisturbed one under the empty name."""
    base, server, points = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    _load_rooms()
    runner = Runner(base, server)
    try:
        runner.make_checkpoints()
        results = {point: runner.action_case(point) if point in ACTIONS else runner.case(point) for point in points}
    finally:
        runner.drop()
    (base / "results.json").write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
