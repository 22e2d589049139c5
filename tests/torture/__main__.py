"""Strikes the loop and tells what became of it: ``python -m tests.torture --seed 7 --kills 1000``.

An undisturbed loop tells which failpoints each part passes and what state it leaves. Then histories are lived, two side by side: those
dealt so that every failpoint comes, then invented ones; every few of them a storm. Everything random comes from the seed; only how far a
loop got when its database was killed is the machine's affair.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from tests.conftest import trade_durability_for_speed
from tests.torture.canaries import found_in_mails
from tests.torture.forks import fork, load_everything
from tests.torture.histories import Case, deal, every_hit, invented, live
from tests.torture.runner import Parts, Runner, undisturbed
from tests.torture.stand import template
from tests.torture.storms import STORMS, Storm, full_disk, may_mount

from riskreview.foundation import failpoints
from riskreview.foundation.database import start_embedded, stop_embedded
from riskreview.foundation.instance import create_instance
from riskreview.foundation.schema import migrate

WORKERS = 2
"""Histories side by side; each needs a processor."""
BETWEEN_STORMS = 8
Job = Callable[[Runner], list[Case]]


@dataclass
class Course:
    """What was lived so far."""

    seed: int
    wanted_kills: int
    started: float = field(default_factory=time.monotonic)
    cases: list[Case] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(case.kills for case in self.cases)

    def add(self, cases: list[Case]) -> None:
        """Keep what a history brought and say how far the course is."""
        self.cases += cases
        for case in (case for case in cases if case.is_astray):
            print(f"ASTRAY {json.dumps(asdict(case), default=str)}", flush=True)
        strikes = sum(len(case.faults) for case in self.cases)
        astray = sum(case.is_astray for case in self.cases)
        print(f"seed {self.seed}: {self.kills} kills, {strikes} strikes in {len(self.cases)} cases, {astray} astray,"
              f" {time.monotonic() - self.started:.0f} s, last: {cases[-1].part}", flush=True)  # fmt: skip


def main() -> int:
    """Live the histories and write what was found; 1 when a loop went astray."""
    options = _options()
    base = Path(tempfile.mkdtemp(prefix="rrtorture-"))
    own = None if options.server else create_instance(base / "server")
    try:
        server = options.server or _start(own)
        course = Course(options.seed, options.kills)
        print(f"seed {options.seed}", flush=True)
        with template(base):
            load_everything()
            runners = [Runner(base, server, f"worker{number}") for number in range(WORKERS)]
            parts = undisturbed(runners[0])
            jobs = _short(parts, options) if options.histories else _long(parts, options, has_disks=may_mount(base))
            _live_side_by_side(runners, jobs, course)
            leaks = sorted(set(found_in_mails(runners[0].home, base / "mail")))
        print(f"canaries in mails: {leaks}", flush=True)
        results = {"leaks": leaks, "registered": sorted(failpoints.REGISTERED), "parts": parts,
                   "cases": [asdict(case) | {"is_astray": case.is_astray} for case in course.cases]}  # fmt: skip
        if options.results:
            options.results.write_text(json.dumps(results), encoding="utf-8")
    finally:
        if own is not None:
            stop_embedded(own)
        shutil.rmtree(base, ignore_errors=True)
    return int(bool(leaks) or any(case.is_astray for case in course.cases))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kills", type=int, default=1000, help="kills after which no further history is begun")
    parser.add_argument(
        "--histories", type=int, help="instead: how many of the dealt histories to live, without storms"
    )
    parser.add_argument(
        "--server", help="URL of a PostgreSQL whose database riskreview is migrated and empty; else an own one"
    )
    parser.add_argument("--results", type=Path, help="where what was found is written")
    return parser.parse_args()


def _start(own: Any) -> str:
    server = start_embedded(own)
    trade_durability_for_speed(server)
    engine = create_engine(server)
    migrate(engine)
    engine.dispose()
    return server


def _short(parts: Parts, options: argparse.Namespace) -> Iterator[Job]:
    dealt = deal(every_hit(parts), seed=options.seed)[: options.histories]
    return (partial(live, history=history, parts=parts) for history in dealt)


def _long(parts: Parts, options: argparse.Namespace, *, has_disks: bool) -> Iterator[Job]:
    inventions = invented(parts, seed=options.seed)
    dealt = ((history, next(inventions)) for history in deal(every_hit(parts), seed=options.seed))
    histories = chain(chain.from_iterable(dealt), inventions)
    storms: list[Storm] = [storm for storm in STORMS if storm is not full_disk or has_disks]
    for number, history in enumerate(histories):
        if number % BETWEEN_STORMS == 0:
            storm, seed = storms[number // BETWEEN_STORMS % len(storms)], f"{options.seed} {number}"
            yield lambda runner, storm=storm, seed=seed: [storm(runner, random.Random(seed), parts)]  # type: ignore[misc]  # noqa: S311
        yield partial(live, history=history, parts=parts)


def _live_side_by_side(runners: list[Runner], jobs: Iterator[Job], course: Course) -> None:
    """Hand out one history after the other until there are kills enough; each is lived in a fork of its own."""
    idle, busy = list(runners), {}
    while True:
        for job in islice(jobs, len(idle)) if course.kills < course.wanted_kills else ():
            runner = idle.pop()
            busy[fork(lambda job=job, runner=runner: _live(job, runner), log=runner.log)] = runner  # type: ignore[misc]
        if not busy:
            return
        pid, status = os.wait()
        runner = busy.pop(pid)
        failed = [] if status == 0 else [Case("a history", [], [], [status], log=runner.said())]
        course.add(failed or [Case(**case) for case in json.loads(_found_by(runner).read_text(encoding="utf-8"))])
        idle.append(runner)


def _live(job: Job, runner: Runner) -> None:
    cases = [asdict(case) for case in job(runner)]
    _found_by(runner).write_text(json.dumps(cases), encoding="utf-8")


def _found_by(runner: Runner) -> Path:
    return runner.base / f"{runner.name}.json"


if __name__ == "__main__":
    sys.exit(main())
