"""Owns how the embedded Airflow is set up: ports, secrets, users and the environment of its processes."""

import json
import os
import secrets
import socket
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from riskreview.foundation.instance import DEFAULT_CONSOLE_URL, PACKAGED, Instance
from riskreview.foundation.private_file import write_private
from riskreview.policy.calendars import own_calendar
from riskreview.policy.review_policy import load_review_policy

PROJECT = Path(__file__).resolve().parents[3]
USERS = {"admin": "admin", "engineer": "op", "owner": "user", "approver": "user", "auditor": "viewer"}
"""Logins of the embedded Airflow and the role of each; production takes its users from the directory service."""
BUSINESS_DATE = "RISKREVIEW_BUSINESS_DATE"
"""Variable with the day that runs started by the clock stand for; set for a rehearsal, such as the demo, whose data end on a day."""
SECRET_NAMES = ("fernet_key", "api_secret_key", "jwt_secret")


@dataclass(frozen=True, slots=True)
class AirflowPlace:
    """Where an instance keeps its embedded Airflow."""

    instance: Instance

    @property
    def home(self) -> Path:
        """AIRFLOW_HOME, and the working folder of every component."""
        return self.instance.home / "airflow"

    @property
    def run(self) -> Path:
        """Pid files and the chosen ports."""
        return self.instance.home / "run"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, readable by their owner only."""
        return self.instance.home / "secrets"

    @property
    def passwords_file(self) -> Path:
        """The file from which Airflow's SimpleAuthManager reads the logins."""
        return self.secrets / "passwords.json"

    def create(self) -> None:
        """Create the folders, and on first use the secrets."""
        for folder in (self.home, self.run, self.secrets, self.instance.logs):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.secrets.chmod(stat.S_IRWXU)
        if not self.passwords_file.exists():
            write_private(self.passwords_file, json.dumps({name: secrets.token_urlsafe(12) for name in USERS}))
        keys = self.secrets / "keys.json"
        if not keys.exists():
            from cryptography.fernet import Fernet

            made = {name: secrets.token_urlsafe(64) for name in SECRET_NAMES} | {
                "fernet_key": Fernet.generate_key().decode()
            }
            write_private(keys, json.dumps(made))

    def passwords(self) -> dict[str, str]:
        """Return login → password."""
        return dict(json.loads(self.passwords_file.read_text(encoding="utf-8")))

    def keys(self) -> dict[str, str]:
        """Return the secrets the components share."""
        return dict(json.loads((self.secrets / "keys.json").read_text(encoding="utf-8")))


def free_port(preferred: int | None = None) -> int:
    """Return ``preferred`` if it can be bound on loopback, else any free port.

    :raises OSError: when a preferred port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", preferred or 0))
        return int(probe.getsockname()[1])


def environment(place: AirflowPlace, *, port: int, airflow_url: str, riskreview_url: str) -> dict[str, str]:
    """Return the environment of the components; variables of another Airflow in the caller's environment are left out."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AIRFLOW", "_AIRFLOW", "PYTHONDONTWRITEBYTECODE"))
    }
    sections = _sections(place, port=port, airflow_url=airflow_url)
    options = {
        f"AIRFLOW__{section}__{key}": value for section, values in sections.items() for key, value in values.items()
    }
    own_url = place.instance.settings.console_url
    return kept | options | {
        "AIRFLOW_HOME": str(place.home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(PROJECT / "plugins"),
        "RISKREVIEW_HOME": str(place.instance.home),
        "RISKREVIEW_INCLUDE": str(PACKAGED),
        "RISKREVIEW_DATABASE_URL": riskreview_url,
        "RISKREVIEW_TIME_ZONE": place.instance.settings.time_zone,
        "RISKREVIEW_CALENDAR": own_calendar(place.instance),
        "RISKREVIEW_BUCKETS": str(place.instance.assessment_buckets),
        "RISKREVIEW_FISCAL_YEAR": load_review_policy(place.instance).fiscal_year_starts,
        "RISKREVIEW_CONSOLE_URL": f"http://127.0.0.1:{port}/riskreview" if own_url == DEFAULT_CONSOLE_URL else own_url,
        "XDG_RUNTIME_DIR": str(place.run),
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }  # fmt: skip


def _sections(place: AirflowPlace, *, port: int, airflow_url: str) -> Mapping[str, Mapping[str, str]]:
    """Return the options by section. A DAG file that changed is read within a minute, one that did not only now and then."""
    keys = place.keys()
    base = f"http://127.0.0.1:{port}"
    return {
        "CORE": {
            "DAGS_FOLDER": str(PROJECT / "dags"), "PLUGINS_FOLDER": str(PROJECT / "plugins"), "LOAD_EXAMPLES": "False",
            "EXECUTOR": "LocalExecutor", "PARALLELISM": "4", "MAX_ACTIVE_TASKS_PER_DAG": "4", "FERNET_KEY": keys["fernet_key"],
            "EXECUTION_API_SERVER_URL": f"{base}/execution/", "DAGS_ARE_PAUSED_AT_CREATION": "False",
            "SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(place.passwords_file),
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": airflow_url, "SQL_ALCHEMY_POOL_SIZE": "3", "SQL_ALCHEMY_MAX_OVERFLOW": "7"},
        "API": {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1", "BASE_URL": base, "SECRET_KEY": keys["api_secret_key"]},
        "API_AUTH": {"JWT_SECRET": keys["jwt_secret"]},
        "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": "0.5", "ENABLE_HEALTH_CHECK": "False", "TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
                      "ORPHANED_TASKS_CHECK_INTERVAL": "20"},
        "DAG_PROCESSOR": {"REFRESH_INTERVAL": "60", "MIN_FILE_PROCESS_INTERVAL": "600", "PARSING_PROCESSES": "2",
                          "PRINT_STATS_INTERVAL": "600"},
        "LOGGING": {"BASE_LOG_FOLDER": str(place.instance.logs / "tasks"), "LOGGING_LEVEL": "INFO"},
        "USAGE_DATA_COLLECTION": {"ENABLED": "False"},
    }  # fmt: skip
