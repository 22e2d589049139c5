"""Owns the stack of one rehearsal: secrets of its own, start, what a person does in it on day one, faults, and taking all of it away again."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tools.prod_smoke.engine import Compose, NotThere, find_compose, run

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HOME = "/opt/airflow/instance"
DATABASE = "riskreview"
OWNER = "riskreview_migrate"
REFERENCE = "undisturbed"
"""Database and folder of the loop that nothing disturbs."""
PEOPLE = {
    "owner": ("User", "anna.vogel", ("risk_owner",)),
    "approver": ("User", "helen.marsh", ("approver", "compliance")),
    "engineer": ("Op", "tom.berger", ("engineer",)),
    "auditor": ("Viewer", "nora.lind", ("auditor",)),
}
"""Logins, their role in Airflow, who of the demo's team each is, and as what in the console."""
RELAY = "mailto://mail:2525?mode=insecure&from=riskreview@example.com&to={address}"
"""The relay beside the stack, as the channel's variable names it."""
START_SECONDS = 900.0
Progress = Callable[[str], None]


class Stack:
    """A stack under a name nobody else uses; only what bears this name is stopped and removed."""

    def __init__(self, as_of: str) -> None:
        command = find_compose()
        self.folder = Path(tempfile.mkdtemp(prefix="riskreview-smoke-"))
        self.port = _free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.passwords = {name: secrets.token_hex(12) for name in ("admin", *PEOPLE)}
        self.owner_password = secrets.token_hex(16)
        self.compose = Compose(
            command,
            f"riskreviewsmoke{secrets.token_hex(3)}",
            (ROOT / "docker-compose.yml", HERE / "compose.yaml"),
            self.folder / "settings.env",
        )
        run(["sh", str(ROOT / "docker" / "fill-env.sh"), str(self.compose.settings)])
        with self.compose.settings.open("a", encoding="ascii") as settings:  # what stands last counts
            settings.writelines(
                f"{name}={value}\n" for name, value in (self._settings() | {"SMOKE_AS_OF": as_of}).items()
            )

    def build(self) -> None:
        """Build the image of all components."""
        try:
            self.compose.run("build", "init")
        except NotThere as error:
            hint = "Where no image registry is reached, make the base images first: make base-images"
            raise NotThere(f"{error}\n{hint}") from error

    def start(self, progress: Progress) -> None:
        """Start everything and wait until every component with a health check is healthy.

        :raises NotThere: when something ends or is not healthy in time.
        """
        with subprocess.Popen(self.compose.line("up", "--detach"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as starting:  # fmt: skip
            while starting.poll() is None:
                progress(
                    ", ".join(
                        sorted(
                            f"{name.split()[1]}{_health(status)}" for name, status in self.compose.containers().items()
                        )
                    )
                )
                time.sleep(2)
            said = starting.stdout.read() if starting.stdout else ""
        if starting.returncode:
            raise NotThere(f"the stack did not start:\n{said[-1500:]}\n{self.logs()[-3000:]}")
        self._wait(self._unready, progress, "not healthy")

    def fill(self, customers: int, as_of: str) -> None:
        """Give the instance its people, channel and extracts."""
        self._python("worker", "inside_fill.py", HOME, str(customers), as_of)

    def run_undisturbed(self, customers: int, as_of: str) -> None:
        """Run the same loop beside, in one process, on a database and a folder of its own."""
        statement = f"CREATE DATABASE {REFERENCE} OWNER {OWNER}"
        self.compose.inside("postgres", "psql", "--quiet", "--username", "postgres", "--command", statement)
        home = f"/tmp/{REFERENCE}"  # noqa: S108  in a container of our own
        url = f"postgresql+psycopg2://{OWNER}:{self.owner_password}@postgres/{REFERENCE}"
        own = f"unset ${{!RISKREVIEW_DATABASE_URL_*}}; export RISKREVIEW_HOME={home} RISKREVIEW_DATABASE_URL={url} RISKREVIEW_MAIL_URL='{RELAY}'"
        riskreview = f"python -m riskreview.cli --home {home}"
        self.compose.inside("triggerer", "bash", "-c", f"{own}; {riskreview} init")
        self._python("triggerer", "inside_fill.py", home, str(customers), as_of)
        self.compose.inside("triggerer", "bash", "-c", f"{own}; {riskreview} run --as-of {as_of} --json")

    def let_in(self) -> None:
        """Create the logins in Airflow and give each a person and roles in the console, by the number Airflow gave it."""
        for login, (role, _, _) in PEOPLE.items():
            self.compose.inside("api-server", "airflow", "users", "create", "--username", login, "--role", role, "--firstname", login.title(),
                                "--lastname", "Smoke", "--email", f"{login}@example.com", "--password", self.passwords[login])  # fmt: skip
        listed = self.compose.inside("api-server", "airflow", "users", "list", "--output", "json")
        numbers = {user["username"]: str(user["id"]) for user in json.loads(listed[listed.index("[{") :])}
        for login, (_, person, roles) in PEOPLE.items():
            given = [part for role in roles for part in ("--role", role)]
            self.riskreview("user", "grant", numbers[login], "--person", person, *given, "--as", "nora.lind")

    def riskreview(self, *arguments: str, may_fail: bool = False) -> str:
        """Run our own command line as whoever operates the stack does."""
        return self.compose.run("run", "--rm", "-T", "riskreview", *arguments, may_fail=may_fail)

    def kill(self, service: str, hostname: str = "") -> str:
        """Kill every process of a container at once, as a machine that is lost would; return the container's number.

        :param hostname: that of the container; empty for the only one.
        """
        found = [entry.split()[0] for entry in self.compose.containers(service)]
        number = next((item for item in found if hostname.startswith(item)), found[0])
        run(["docker", "exec", number, "bash", "-c", "kill -9 -1"], may_fail=True)
        return number

    def wait_for_return(self, number: str, progress: Progress) -> None:
        """Wait until the engine has started a killed container again and it is healthy."""
        look = "{{.RestartCount}} {{.State.Health.Status}}"

        def away() -> list[str]:
            count, state = run(["docker", "inspect", "--format", look, number]).split()
            return [] if int(count) and state == "healthy" else [f"{number} ({state})"]

        self._wait(away, progress, "not back")

    def state(self, database: str) -> list[str]:
        """Return what the loop has left in a database: lines of part and content."""
        given = (HERE / "state.sql").read_text(encoding="utf-8")
        psql = (
            "psql",
            "--username",
            "postgres",
            "--dbname",
            database,
            "--tuples-only",
            "--no-align",
            "--field-separator",
            "\t",
        )
        return self.compose.inside("postgres", *psql, given=given).splitlines()

    def overpowered(self) -> list[str]:
        """Return who is more in the database than he must be: a sentence for each."""
        given = (HERE / "overpowered.sql").read_text(encoding="utf-8")
        psql = ("psql", "--username", "postgres", "--dbname", DATABASE, "--tuples-only", "--no-align")
        return self.compose.inside("postgres", *psql, given=given).splitlines()

    def mails(self) -> int:
        """Return how many mails the relay has."""
        return int(self.compose.inside("mail", "bash", "-c", "ls /tmp/mails/new | wc -l"))

    def follow(self, as_of: str, seconds: float) -> tuple[list[str], str]:
        """Return the command that runs the loop as the engineer, and what it reads."""
        login = ("-e", "SMOKE_LOGIN=engineer", "-e", f"SMOKE_PASSWORD={self.passwords['engineer']}")
        script = (HERE / "inside_follow.py").read_text(encoding="utf-8")
        return self.compose.line("exec", "-T", *login, "triggerer", "python", "-", as_of, str(seconds)), script

    def logs(self) -> str:
        """Return the end of what every component said."""
        return self.compose.run("logs", "--no-color", "--tail", "40", may_fail=True)

    def remove(self) -> None:
        """Stop and remove the containers, the network and the volumes of this rehearsal, and its secrets; the image stays."""
        self.compose.run("down", "--volumes", "--remove-orphans", "--timeout", "20", may_fail=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def left(self) -> list[str]:
        """Return the containers, volumes and networks of this rehearsal that are there."""
        mine = ("--filter", f"label=com.docker.compose.project={self.compose.project}", "--format", "{{.Name}}")
        others = [run(["docker", kind, "ls", *mine]).split() for kind in ("volume", "network")]
        return [*self.compose.containers(), *others[0], *others[1]]

    def _python(self, service: str, script: str, *arguments: str) -> None:
        given = (HERE / script).read_text(encoding="utf-8")
        self.compose.inside(service, "python", "-", *arguments, given=given)

    def _unready(self) -> list[str]:
        states = self.compose.containers()
        ended = [
            name
            for name, status in states.items()
            if status.startswith(("Exited", "Dead")) and not status.startswith("Exited (0)")
        ]
        if ended:
            raise NotThere(f"{ended[0]} ended:\n{self.logs()[-3000:]}")
        return [
            name.split()[1]
            for name, status in states.items()
            if status.startswith("Created") or "starting" in status or "unhealthy" in status
        ]

    def _wait(self, missing: Callable[[], list[str]], progress: Progress, what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while found := missing():
            progress(f"{what}: {', '.join(found)}")
            if time.monotonic() > deadline:
                raise NotThere(f"{what} within {START_SECONDS:.0f} s: {', '.join(found)}\n{self.logs()[-3000:]}")
            time.sleep(2)

    def _settings(self) -> dict[str, str]:
        """Return what a person fills in by hand, and the owner's password, which the loop beside needs."""
        return {
            "RISKREVIEW_DB_PASSWORD_MIGRATE": self.owner_password,
            "AIRFLOW_ADMIN_USERNAME": "admin",
            "AIRFLOW_ADMIN_PASSWORD": self.passwords["admin"],
            "AIRFLOW_ADMIN_EMAIL": "admin@example.com",
            "RISKREVIEW_BASE_URL": self.site,
            "RISKREVIEW_LISTEN": f"127.0.0.1:{self.port}",
            "RISKREVIEW_MAIL_URL": RELAY,
        }


def _health(status: str) -> str:
    """Return what changes of a container's state: not for how long it has been so."""
    known = ("unhealthy", "healthy", "starting", "Exited", "Created")
    return next((f" {word.lower()}" for word in known if word in status), "")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
