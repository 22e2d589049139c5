"""The production setup: no secret has a default, everything is health-checked, all components share their keys."""

import base64
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import make_url

from riskreview.foundation.granting import ADMINISTRATOR
from riskreview.foundation.rights import TOGETHER
from riskreview.foundation.roles import DatabaseRole

PROJECT = Path(__file__).resolve().parents[2]
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
TOGETHER_ADDRESS = "RISKREVIEW_DATABASE_URL"
SHARED = ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
          "AIRFLOW__CORE__AUTH_MANAGER", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CELERY__BROKER_URL",
          "AIRFLOW__CELERY__RESULT_BACKEND", "RISKREVIEW_HOME", "RISKREVIEW_BUCKETS")  # fmt: skip
OF_WORKERS = {role.variable for role in (DatabaseRole.INGEST, DatabaseRole.SCORE, DatabaseRole.DISPATCH)}
OF_AUDITOR = DatabaseRole.AUDITOR.variable
ADDRESSES = {
    "api-server": {DatabaseRole.CONSOLE.variable, DatabaseRole.INGEST.variable},
    "worker": OF_WORKERS,
    "triggerer": {DatabaseRole.INGEST.variable},
    "scheduler": set(),
    "dag-processor": set(),
    "riskreview": {TOGETHER_ADDRESS, OF_AUDITOR},
    "init": {TOGETHER_ADDRESS, ADMINISTRATOR, *(role.variable for role in DatabaseRole)},
}
"""Who a component may be in riskreview's database."""
SECRET = re.compile(r"PASSWORD|SECRET|KEY")


@pytest.fixture(scope="module")
def text() -> str:
    """The compose file as written."""
    return (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services(text: str) -> dict[str, Any]:
    """The services of the compose file."""
    return dict(YAML(typ="safe", pure=True).load(text)["services"])


def test_every_component_of_a_production_airflow_is_there(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "redis", "init", "riskreview", *COMPONENTS}
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert "FabAuthManager" in services["api-server"]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]


def test_no_secret_has_a_default(text: str) -> None:
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", text)

    defaulted = {name for name, rest in variables if SECRET.search(name) and not rest.startswith(":?")}
    assert {name for name, _ in variables if SECRET.search(name)}
    assert defaulted == set()


def test_every_required_variable_is_explained_and_left_empty_in_the_example(text: str) -> None:
    required = set(re.findall(r"\$\{(\w+):\?", text))
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", example, flags=re.MULTILINE))

    assert set(given) == required
    assert set(given.values()) == {""}


def test_every_long_lived_service_has_a_health_check_with_room_to_start(services: dict[str, Any]) -> None:
    for name in ("postgres", "redis", *COMPONENTS):
        check = services[name]["healthcheck"]
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(check), name
        assert services[name]["restart"] == "unless-stopped", name


def test_all_components_share_their_keys_and_urls(services: dict[str, Any]) -> None:
    for key in SHARED:
        assert len({services[name]["environment"][key] for name in (*COMPONENTS, "init")}) == 1, key


def test_each_component_is_in_the_database_who_it_must_be_and_none_may_change_the_schema(
    services: dict[str, Any],
) -> None:
    for name, wanted in ADDRESSES.items():
        held = {key: make_url(value) for key, value in services[name]["environment"].items() if key.startswith("RISKREVIEW_DATABASE_URL")}  # fmt: skip
        assert set(held) == wanted, name
        users = {role.variable: role.login for role in DatabaseRole} | {TOGETHER_ADDRESS: TOGETHER, ADMINISTRATOR: "postgres"}  # fmt: skip
        assert {key: url.username for key, url in held.items()} == {key: users[key] for key in wanted}
        assert len({url.password for url in held.values()}) == len(held), "two roles have one password"
        airflow = make_url(services[name]["environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
        assert (airflow.username, airflow.database) == ("airflow", "airflow")
    assert not any("POSTGRES_PASSWORD" in str(services[name]["environment"]) for name in COMPONENTS)


def test_the_secrets_of_the_shipped_channels_reach_who_delivers_and_nobody_else(services: dict[str, Any]) -> None:
    shipped = (PROJECT / "include" / "policies" / "channels.yaml").read_text(encoding="utf-8")
    secrets = set(re.findall(r"\"\$\{(\w+)\}\"", shipped))

    held = {name: secrets & set(service["environment"]) for name, service in services.items()}
    assert {name: found for name, found in held.items() if found} == {"worker": secrets, "riskreview": secrets}
    assert all(services["worker"]["environment"][name] is None for name in secrets), "unset where .env is silent"


def test_the_settings_are_made_up_but_for_what_only_people_know_and_never_written_over(tmp_path: Path) -> None:
    target = tmp_path / "made.env"
    command = ["sh", str(PROJECT / "docker" / "fill-env.sh"), str(target)]

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    again = subprocess.run(command, capture_output=True, text=True, check=False)

    given = dict(re.findall(r"^(\w+)=(.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE))
    empty = {"AIRFLOW_ADMIN_USERNAME", "AIRFLOW_ADMIN_EMAIL", "RISKREVIEW_BASE_URL"}
    assert {name for name, value in given.items() if not value} == empty
    assert all(name in said for name in empty)
    secrets = [value for value in given.values() if value]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32
    assert len(base64.urlsafe_b64decode(given["AIRFLOW_FERNET_KEY"])) == 32
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (again.returncode, "stays as it is" in again.stderr) == (1, True)


def test_components_wait_for_a_healthy_database_and_the_migration(services: dict[str, Any]) -> None:
    for name in COMPONENTS:
        waits = services[name]["depends_on"]
        assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy", name
        assert waits["init"]["condition"] == "service_completed_successfully", name
    assert services["worker"]["depends_on"]["api-server"]["condition"] == "service_healthy"


def test_only_the_web_interface_is_published_and_only_on_loopback_by_default(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}

    assert published == {"api-server": ["${RISKREVIEW_LISTEN:-127.0.0.1:8080}:8080"]}


def test_the_image_is_built_from_airflows_with_pinned_and_hashed_dependencies() -> None:
    lines = (PROJECT / "Dockerfile").read_text(encoding="utf-8")

    assert "FROM apache/airflow:3.3.2" in lines
    assert "--require-hashes" in lines
    assert SECRET.search("\n".join(line for line in lines.splitlines() if line.startswith(("ENV", "ARG")))) is None
    for folder in re.findall(r"^COPY --chown=airflow:0 (\w+)", lines, flags=re.MULTILINE):
        assert (PROJECT / folder).is_dir(), folder


def test_the_build_context_leaves_out_everything_but_code() -> None:
    rules = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert rules[0] == "*"
    assert not [rule for rule in rules if rule.startswith(("!.env", "!var", "!.git"))]


def compose_command() -> list[str]:
    """The plugin of Docker's own client, or the program older distributions ship."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    older = shutil.which("docker-compose")
    if older is None:
        pytest.skip("docker compose is not installed")
    return [older]


def test_docker_compose_finds_the_configuration_clean(text: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.env"
    empty.touch()
    file = str(PROJECT / "docker-compose.yml")
    command = [*compose_command(), "--env-file", str(empty), "--file", file, "config", "--quiet"]
    filled = dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), "value")

    clean = subprocess.run(command, env={**os.environ, **filled}, capture_output=True, text=True, check=False)
    refused = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)

    assert (clean.returncode, clean.stderr) == (0, "")
    assert refused.returncode != 0
