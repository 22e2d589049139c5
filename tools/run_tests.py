"""Runs the whole suite in two parts: everything in parallel, then the end-to-end test alone, so that it has both cores."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    ("tests", ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not e2e"]),
    ("end to end", ["-m", "e2e", "-p", "no:randomly"]),
)


def main() -> int:
    """Run the parts in order; the first failing one decides the exit code."""
    for name, arguments in PARTS:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(f"== {name}: {time.monotonic() - started:.0f} s", flush=True)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
