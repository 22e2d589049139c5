"""Runs the whole suite: the end-to-end test, which waits much, and in what it leaves of two cores everything else in parallel."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
END_TO_END = "tests/e2e -p no:randomly".split()
TESTS = "-n 2 --dist loadfile --no-loadscope-reorder --ignore tests/e2e --durations 40".split()
"""Files in the order of collection, which puts those that take long first."""


def main() -> int:
    """Run both parts; what the end-to-end test says is printed when all is done."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        print("== tests, at low priority beside the end-to-end test", flush=True)
        beside = subprocess.Popen(_pytest(END_TO_END), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        command = ["nice", "-n", "10", *_pytest(TESTS)]
        tests = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(f"== tests: {time.monotonic() - started:.0f} s", flush=True)
        end_to_end = beside.wait()
        said.seek(0)
        print(f"== end to end\n{said.read()}== everything: {time.monotonic() - started:.0f} s", flush=True)
    return tests or end_to_end


def _pytest(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]


if __name__ == "__main__":
    sys.exit(main())
