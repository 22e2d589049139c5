"""Strikes the loop and tells what became of it: ``python -m tests.torture --server URL --seed 7 --histories 2``.

An undisturbed loop tells which failpoints each part passes and what state it leaves. Then as many histories as wanted are lived, two
side by side. Everything random comes from the seed.
"""

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.torture.forks import ended, fork, load_everything
from tests.torture.histories import Fault, deal, kills, live
from tests.torture.runner import Parts, Runner, undisturbed
from tests.torture.stand import template

from riskreview.foundation import failpoints

WORKERS = 2
"""Histories side by side; each needs a processor."""


def main() -> int:
    """Live the histories and write what was found."""
    options = _options()
    base = Path(tempfile.mkdtemp(prefix="rrtorture-"))
    try:
        with template(base):
            load_everything()
            runners = [Runner(base, options.server, f"worker{number}") for number in range(WORKERS)]
            parts = undisturbed(runners[0])
            histories = deal(kills(parts), seed=options.seed)[: options.histories]
            cases = _live_side_by_side(runners, histories, parts)
        results = {"registered": sorted(failpoints.REGISTERED), "parts": parts, "cases": cases}
        options.results.write_text(json.dumps(results), encoding="utf-8")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "--server", required=True, help="URL of a PostgreSQL whose database riskreview is migrated and empty"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--histories", type=int, default=2)
    parser.add_argument("--results", type=Path, required=True, help="where what was found is written")
    return parser.parse_args()


def _live_side_by_side(runners: list[Runner], histories: list[list[Fault]], parts: Parts) -> list[dict[str, Any]]:
    def worker(number: int) -> None:
        runner = runners[number]
        cases = [asdict(case) for history in histories[number::WORKERS] for case in live(runner, history, parts)]
        (runner.base / f"{runner.name}.json").write_text(json.dumps(cases), encoding="utf-8")

    pids = [fork(lambda number=number: worker(number), log=runner.log) for number, runner in enumerate(runners)]  # type: ignore[misc]
    for pid, runner in zip(pids, runners, strict=True):
        assert ended(pid) == 0, runner.said()
    return [case for runner in runners for case in json.loads((runner.base / f"{runner.name}.json").read_text())]


if __name__ == "__main__":
    sys.exit(main())
