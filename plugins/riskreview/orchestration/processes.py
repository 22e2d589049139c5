"""Owns starting and stopping long-lived processes by pid; a pid file names the start time too, so a recycled pid is never killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

GRACE_SECONDS = 15.0
"""How long a process may take to end after SIGTERM before it is killed."""
SAME_START_SECONDS = 1.0
"""Two readings of one process's start time differ by less, unless the machine's clock was set in between."""
FAMILY = "RISKREVIEW_FAMILY"
"""Variable of everything that descends from a component: run folder and name. It outlives a lost pid file, a new session or
folder, and a clock that was set, which would each hide a worker from the search by session."""

_children: list[subprocess.Popen[bytes]] = []
"""What this process started; kept, for Python complains about one that outlives its object."""


@dataclass(frozen=True, slots=True)
class Record:
    """A started process.

    :param started: its start time, seconds since the epoch.
    :param folder: its working folder, by which its surviving children are known.
    """

    name: str
    pid: int
    started: float
    folder: str


def spawn(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, run: Path, log: Path
) -> None:
    """Start a command in a session of its own; it writes ``<run>/<name>.pid`` itself, before anything else.

    So there is no moment at which it runs unrecorded, even if the starter is killed.
    """
    (run / f"{name}.pid").unlink(missing_ok=True)
    launcher = [sys.executable, "-m", "riskreview.orchestration.component", name, str(run), *command]
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603  our own launcher and arguments
            launcher,
            env={**environment, FAMILY: _family(run, name)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _children.append(child)


def record_self(name: str, run: Path) -> None:
    """Write this process's pid file, whole or not at all."""
    mine = Record(name, os.getpid(), psutil.Process().create_time(), str(Path.cwd()))
    draft = run / f".{name}.{mine.pid}"
    draft.write_text(json.dumps(asdict(mine)), encoding="utf-8")
    draft.replace(run / f"{name}.pid")


def records(run: Path) -> list[Record]:
    """Return what the pid files say; an unreadable one is taken for absent."""
    found = []
    for path in sorted(run.glob("*.pid")):
        try:
            found.append(Record(**json.loads(path.read_text(encoding="utf-8"))))
        except (ValueError, TypeError):
            path.unlink()
    return found


def is_alive(record: Record) -> bool:
    """Tell whether the recorded process, and not another one with its number, still runs."""
    return _process(record) is not None


def stop_all(run: Path, names: Iterable[str] | None = None, *, grace: float = GRACE_SECONDS) -> list[str]:
    """End recorded processes and everything left of their sessions; returns the names of those that were running.

    SIGTERM first, SIGKILL after ``grace`` seconds. Works after any of them was killed before: orphans are found by session and
    folder, and by the family their environment names, also when no pid file tells of them any more.
    """
    wanted = None if names is None else set(names)
    chosen = [record for record in records(run) if wanted is None or record.name in wanted]
    leaders = {record.name: process for record in chosen if (process := _process(record)) is not None}
    for process in leaders.values():
        _signal(process, signal.SIGTERM)
    _wait_until_gone(list(leaders.values()), grace)
    _end(lambda process: _is_named(process, run, wanted) or any(_belongs(process, record) for record in chosen))
    for record in chosen:
        (run / f"{record.name}.pid").unlink(missing_ok=True)
    return sorted(leaders)


def _family(run: Path, name: str) -> str:
    return f"{run.resolve()}:{name}"


def _process(record: Record) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) < SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _end(is_wanted: Callable[[psutil.Process], bool]) -> None:
    """Kill what is left until a look finds nothing: a worker may have forked while its siblings were killed."""
    deadline = time.monotonic() + GRACE_SECONDS
    while survivors := [item for item in psutil.process_iter() if item.pid != os.getpid() and is_wanted(item)]:
        for process in survivors:
            _signal(process, signal.SIGKILL)
        _wait_until_gone(survivors, GRACE_SECONDS)
        if time.monotonic() > deadline:
            return


def _is_named(process: psutil.Process, run: Path, names: set[str] | None) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        folder, _, name = process.environ().get(FAMILY, "").rpartition(":")
    except (psutil.Error, OSError):
        return False
    return folder == str(run.resolve()) and (names is None or name in names)


def _belongs(process: psutil.Process, record: Record) -> bool:
    """Same session and same folder: either alone could be a stranger's after the number was used again."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE or os.getsid(process.pid) != record.pid:
            return False
        is_later = process.create_time() > record.started - SAME_START_SECONDS
        return bool(is_later and process.cwd() == record.folder)
    except (psutil.Error, OSError):
        return False


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil compares the start time once more
    except psutil.NoSuchProcess:
        return


def _wait_until_gone(processes: list[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_is_running(process) for process in processes):
        time.sleep(0.1)


def _is_running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
