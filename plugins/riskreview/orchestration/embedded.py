"""Owns the embedded services of an instance: PostgreSQL and the four Airflow components, on loopback, started and stopped by pid."""

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from riskreview.foundation import embedded_postgres
from riskreview.foundation.database import create_embedded_database, start_embedded
from riskreview.foundation.errors import BadInput, Unavailable
from riskreview.foundation.instance import open_instance
from riskreview.orchestration.airflow_api import AirflowApi
from riskreview.orchestration.airflow_settings import BUSINESS_DATE, AirflowPlace, environment, free_port
from riskreview.orchestration.processes import is_alive, records, spawn, stop_all

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("airflow", "api-server", "--workers", "1"),
    "scheduler": ("airflow", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "--skip-serve-logs"),
}
HEALTH_SECONDS = 180.0
"""How long all components together may take until they are healthy."""


@dataclass(frozen=True, slots=True)
class Running:
    """The running services.

    :param seconds: what each part of the start took.
    """

    home: Path
    url: str
    port: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    def api(self, login: str = "admin") -> AirflowApi:
        """Return a client of the REST API that logs in with the instance's own password."""
        return AirflowApi(self.url, login, AirflowPlace(open_instance(self.home)).passwords()[login])


def start(
    home: Path, *, port: int | None = None, business_date: date | None = None, meanwhile: Callable[[], None] = lambda: None
) -> Running:  # fmt: skip
    """Start what is not running and wait until all of it is healthy; what is running and healthy is left alone.

    :param port: of the web interface; None keeps the last one if it is free, else takes any.
    :param business_date: for a rehearsal, the day that runs started by the clock stand for.
    :param meanwhile: work to do while Airflow's own database is being migrated.
    :raises Unavailable: when a component does not become healthy; its log says why.
    """
    place = AirflowPlace(open_instance(home))
    place.create()
    with _only_one(place):
        seconds: dict[str, float] = {}
        missing = _missing(place, port)
        if missing:
            stop_all(place.run, missing)
        chosen = _choose_port(place, port, keep=len(missing) < len(COMPONENTS))
        result = Running(place.instance.home, f"http://127.0.0.1:{chosen}", chosen, seconds)
        with _timed(seconds, "postgres"):
            variables = _start_postgres(place, chosen)
        if business_date is not None:
            variables[BUSINESS_DATE] = business_date.isoformat()
        with _timed(seconds, "migrate"):
            _migrate(place, variables if missing else None, meanwhile)
        with _timed(seconds, "start"):
            _start_components(place, variables, missing, result)
        return result


def stop(home: Path) -> list[str]:
    """Stop everything that was started for an instance, by pid, and return the names of what was running; the data stay."""
    place = AirflowPlace(open_instance(home))
    place.create()
    with _only_one(place):
        stopped = stop_all(place.run)
        if embedded_postgres.stop(place.instance.home / "pg"):
            stopped.append("postgres")
        return stopped


def status(home: Path) -> dict[str, str]:
    """Return ``running`` or ``stopped`` for PostgreSQL and each component."""
    place = AirflowPlace(open_instance(home))
    alive = {record.name for record in records(place.run) if is_alive(record)}
    postgres = embedded_postgres.find(place.instance.home / "pg") is not None
    states = {"postgres": postgres} | {name: name in alive for name in COMPONENTS} | dict.fromkeys(alive, True)
    return {name: "running" if is_up else "stopped" for name, is_up in states.items()}


@contextmanager
def _only_one(place: AirflowPlace) -> Iterator[None]:
    """Let one start or stop at a time touch an instance; the lock goes with its holder."""
    with (place.run / "services.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - begun, 2)


def _missing(place: AirflowPlace, port: int | None) -> list[str]:
    """Return the components to start: those that died, or all of them where the database or the port changes beneath them."""
    last = _last_port(place)
    alive = {record.name for record in records(place.run) if is_alive(record)}
    if last is None or port not in {None, last} or embedded_postgres.find(place.instance.home / "pg") is None:
        return list(COMPONENTS)
    missing = [name for name in COMPONENTS if name not in alive]
    if missing or AirflowApi(f"http://127.0.0.1:{last}", "", "").is_healthy():
        return missing
    return list(COMPONENTS)  # something hangs, and its pid does not say what


def port_beside(place: AirflowPlace) -> int:
    """Return a free port for a program beside Airflow; never that of its API server, which takes it only once its database is migrated."""
    return next(port for port in iter(free_port, None) if port != _last_port(place))


def _last_port(place: AirflowPlace) -> int | None:
    try:
        return int(json.loads((place.run / "services.json").read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError):
        return None


def _choose_port(place: AirflowPlace, wanted: int | None, *, keep: bool) -> int:
    last = _last_port(place)
    if keep and last is not None:
        return last
    try:
        chosen = free_port(wanted)
    except OSError as error:
        raise BadInput("E-PORT", f"port {wanted} is taken on this machine", "Choose another one, or none") from error
    if wanted is None and last is not None:
        with suppress(OSError):  # somebody else took it meanwhile; the new one is as good
            chosen = free_port(last)
    (place.run / "services.json").write_text(json.dumps({"port": chosen}), encoding="utf-8")
    return chosen


def _start_postgres(place: AirflowPlace, port: int) -> dict[str, str]:
    embedded_postgres.clear_stale(place.instance.home / "pg")
    own = place.instance.database_url or start_embedded(place.instance)
    airflow = create_embedded_database(place.instance, "airflow").replace("postgres@localhost/", "postgres:@/")
    return environment(place, port=port, airflow_url=airflow, riskreview_url=own)


def _migrate(place: AirflowPlace, variables: Mapping[str, str] | None, meanwhile: Callable[[], None]) -> None:
    """Bring Airflow's database to its newest schema, in a process beside the other work; None for what is running already.

    :raises Unavailable: when the migration fails.
    """
    if variables is None:
        meanwhile()
        return
    log = place.instance.logs / "migrate.log"
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    with log.open("ab") as output:
        migration = subprocess.Popen(command, env=dict(variables), cwd=place.home, stdout=output, stderr=output)  # noqa: S603  our own
    try:
        meanwhile()
    finally:
        code = migration.wait()
    if code:
        raise Unavailable(f"Airflow's database could not be migrated, see {log}")


def _start_components(
    place: AirflowPlace, variables: Mapping[str, str], names: Sequence[str], running: Running
) -> None:
    """Start components side by side and wait until all are healthy.

    :raises Unavailable: when one ends or does not become healthy in time.
    """
    begun = datetime.now(tz=UTC)
    logs = place.instance.logs
    for name in names:
        spawn(name, COMPONENTS[name], environment=variables, folder=place.home, run=place.run, log=logs / f"{name}.log")
    api = running.api()
    deadline = time.monotonic() + HEALTH_SECONDS
    while not api.is_healthy(since=begun if names else None):
        dead = [record.name for record in records(place.run) if record.name in names and not is_alive(record)]
        if dead:
            raise Unavailable(f"the {dead[0]} ended while starting, see {logs / dead[0]}.log")
        if time.monotonic() > deadline:
            raise Unavailable(f"the services were not healthy within {HEALTH_SECONDS:.0f} s, see {logs}")
        time.sleep(0.3)
