"""Owns faults that no failpoint knows: two loops at once, clocks that jump, a full disk, a database that is killed again and again.

Each storm strikes a whole loop from the template. Then the loop is run once more, undisturbed, to its end.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import create_engine
from tests.torture.forks import ended, fork
from tests.torture.histories import SIGKILLED, Case, judged
from tests.torture.parts import PARTS, REST, loop
from tests.torture.portfolio import MORNING
from tests.torture.runner import Parts, Runner

from riskreview.foundation import embedded_postgres
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.database import start_embedded, stop_embedded
from riskreview.foundation.instance import create_instance
from riskreview.foundation.schema import migrate

Storm = Callable[[Runner, random.Random, Parts], Case]
JUMPS = (timedelta(), timedelta(), timedelta(minutes=5), timedelta(minutes=-5), timedelta(hours=1), timedelta(hours=-1))
OF_THE_CLOCK = ("steps", "duties", "outbox", "messages", "audit")
"""Parts of the state that hold due times, and what was told because of them."""
LEAST_MEGABYTES, ENOUGH_MEGABYTES = 1, 256
BETWEEN_KILLS = (2.0, 6.0)
"""Seconds."""
LONGEST_SECONDS = 900.0


class JumpingClock(FixedClock):
    """A clock that is off by minutes or hours, by others at every look."""

    def __init__(self, moment: datetime, chance: random.Random) -> None:
        super().__init__(moment)
        self.chance = chance

    def now(self) -> datetime:
        """Return a moment near the right one."""
        return self.moment + self.chance.choice(JUMPS)


def two_loops(runner: Runner, chance: random.Random, parts: Parts) -> Case:
    """Run two loops at the same moment, each slow somewhere, one of them perhaps killed."""
    runner.start_from("")
    points = sorted({point for part in parts.values() for point in part["passed"]})
    faults = [f"{chance.choice(points)}:1:slow", f"{chance.choice(points)}:1:{chance.choice(('slow', 'kill'))}"]
    running = [runner.begin(loop, failpoint=fault) for fault in faults]
    return _run_again(runner, "two loops", faults, [ended(pid) for pid in running], parts)


def jumping_clock(runner: Runner, chance: random.Random, parts: Parts) -> Case:
    """Run the loop twice with clocks that jump; what depends on the hour may differ, nothing else."""
    runner.start_from("")
    ways = [runner.run(loop, clock=JumpingClock(MORNING, random.Random(chance.random()))) for _ in range(2)]  # noqa: S311
    case = _run_again(runner, "jumping clock", ["clock"] * 2, ways, parts)
    case.wrong = {name: found for name, found in case.wrong.items() if name not in OF_THE_CLOCK}
    return case


def full_disk(runner: Runner, chance: random.Random, parts: Parts) -> Case:
    """Run the loop on disks too small for it, each a little larger; needs the right to mount."""
    runner.start_from("")
    shelter = runner.base / f"{runner.name} off disk"
    runner.home.rename(shelter)
    runner.home.mkdir()
    ways, faults = [], []
    _mount(runner.home, "-t", "tmpfs", "-o", f"size={ENOUGH_MEGABYTES}m", "tmpfs")
    try:
        subprocess.run(["cp", "-a", f"{shelter}/.", str(runner.home)], check=True)
        used = sum(path.stat().st_size for path in runner.home.rglob("*") if path.is_file())
        for _ in range(4):
            size = used + chance.randrange(64_000, 3_000_000)
            faults.append(f"{size} bytes")
            _mount(runner.home, "-o", f"remount,size={size}")
            ways.append(runner.run(loop))
        _mount(runner.home, "-o", f"remount,size={ENOUGH_MEGABYTES}m")
        return _run_again(runner, "full disk", faults, ways, parts)
    finally:
        subprocess.run(["umount", "--lazy", str(runner.home)], check=True)
        shutil.rmtree(shelter)


def may_mount(base: Path) -> bool:
    """Tell whether disks of a size of our own can be made here."""
    folder = base / "disk"
    folder.mkdir()
    is_made = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
        ).returncode
        == 0
    )
    if is_made:
        subprocess.run(["umount", str(folder)], check=True)
    return is_made


def _mount(folder: Path, *options: str) -> None:
    subprocess.run(["mount", *options, str(folder)], check=True)


def killed_database(runner: Runner, chance: random.Random, parts: Parts) -> Case:
    """Kill a PostgreSQL of the runner's own with all its backends every few seconds, until the loop came to its end once."""
    own = create_instance(runner.base / f"{runner.name}-server")
    server = start_embedded(own)
    engine = create_engine(server)
    migrate(engine)
    engine.dispose()
    beside = Runner(runner.base, server, f"{runner.name}-stricken")
    beside.log.write_text("", encoding="utf-8")
    beside.start_from("")
    try:
        kills, ways = _loop_until_done(beside, own.home / "pg", chance, lambda: start_embedded(own))
        case = _run_again(beside, "killed database", ["SIGKILL of PostgreSQL"] * kills, ways, parts)
        case.ended = [SIGKILLED] * kills + case.ended
        return case
    finally:
        stop_embedded(own)


def _loop_until_done(
    runner: Runner, data: Path, chance: random.Random, restart: Callable[[], object]
) -> tuple[int, list[int]]:
    """Run the loop again and again while its database dies; return how often it died and how the loops ended."""
    ways: list[int] = []
    kills, deadline = 0, time.monotonic() + LONGEST_SECONDS
    while not ways or ways[-1]:
        assert time.monotonic() < deadline, runner.said()
        pid, kill_at = runner.begin(loop), time.monotonic() + chance.uniform(*BETWEEN_KILLS) * (1 + len(ways))
        while not (done := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > kill_at:
                kill_at = time.monotonic() + LONGEST_SECONDS
                _kill_all(data)
                kills += 1
                ended(fork(restart, log=runner.log))
            time.sleep(0.05)
        ways.append(os.waitstatus_to_exitcode(done[1]))
    return kills, ways


def _kill_all(data: Path) -> None:
    postmaster = embedded_postgres.find(data)
    if postmaster is None:
        return
    for process in [*postmaster.children(recursive=True), postmaster]:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _run_again(runner: Runner, name: str, faults: list[str], ways: list[int], parts: Parts) -> Case:
    case = Case(name, faults, [], [*ways, runner.run(PARTS[REST].whole)])
    return judged(runner, case, parts[REST]["state"])


STORMS: tuple[Storm, ...] = (two_loops, jumping_clock, full_disk, killed_database)
