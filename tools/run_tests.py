"""Runs the suite but its deep tests, which the gate adds: the end-to-end test, which waits much, and in what it leaves of two cores everything else in parallel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
END_TO_END = ["tests/e2e"]
ALWAYS_ALIKE = "--randomly-dont-reorganize --randomly-seed 7".split()
"""Who changed nothing gets the same answer; another order is drawn by pytest itself and by ``make examples``."""
TESTS = [*"-n 2 --dist loadfile --no-loadscope-reorder --ignore tests/e2e --durations 40".split(), "-m", "not deep"]
"""Files in the order of collection, which puts those that take long first."""
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of a name nobody can guess is made in it
ROOM = 4 * 2**30
"""Bytes that must be free in memory, several times what the tests leave in a run."""


def main() -> int:
    """Run both parts; what the end-to-end test says is printed when all is done."""
    with tempfile.TemporaryDirectory(prefix="rr-", dir=_where_files_are_cheap()) as folder:
        return _run({**os.environ, "TMPDIR": folder})


def _where_files_are_cheap() -> Path | None:
    """Return a folder in memory if there is room: hundreds of databases are created and dropped. None = the machine's own choice."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


def _run(environment: dict[str, str]) -> int:
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        print("== tests, at low priority beside the end-to-end test", flush=True)
        beside = subprocess.Popen(_pytest(END_TO_END), cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
        command = ["nice", "-n", "10", *_pytest(TESTS)]
        tests = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"== tests: {time.monotonic() - started:.0f} s", flush=True)
        end_to_end = beside.wait()
        said.seek(0)
        print(f"== end to end\n{said.read()}== everything: {time.monotonic() - started:.0f} s", flush=True)
    return tests or end_to_end


def _pytest(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *ALWAYS_ALIKE, *arguments, *sys.argv[1:]]


if __name__ == "__main__":
    sys.exit(main())
