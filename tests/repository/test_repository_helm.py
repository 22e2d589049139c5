"""The values for Airflow's Helm chart use documented keys only, hold no secret, and say the same as the compose file."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DISRUPTED = ("apiServer", "scheduler")
"""Components of which several run and people or tasks wait for."""


def read(path: str) -> Any:
    """A YAML file of the repository."""
    return YAML(typ="safe", pure=True).load((ROOT / path).read_text(encoding="utf-8"))


SAME = {"apiServer": "api-server", "scheduler": "scheduler", "dagProcessor": "dag-processor", "triggerer": "triggerer", "workers": "worker",
        "migrateDatabaseJob": "init"}  # fmt: skip
"""What the chart calls the components of the compose file."""
CHANNEL_SECRETS = read("docker-compose.yml")["x-channels"]
"""What the channels fill in."""


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return dict(read("deploy/helm/values.yaml"))


@pytest.fixture(scope="module")
def check() -> Any:
    spec = importlib.util.spec_from_file_location("check_helm_values", ROOT / "tools" / "check_helm_values.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(node: Any, before: str = "") -> Iterator[str]:
    """The path of every value; an item of a list has the list's path and a star."""
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from leaves(value, f"{before}.{name}" if before else name)
    elif isinstance(node, list):
        yield f"{before}.*"
    else:
        yield before


def by_component(values: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The variables each component has for itself."""
    parts = {name: values[name] for name in SAME} | {"workers": values["workers"]["kubernetes"]}
    return {name: part.get("env", []) for name, part in parts.items()}


def wanted_secrets(node: Any) -> Iterator[tuple[str, str]]:
    """The Secret and the key, or none where all of its keys are taken, of every reference in a manifest."""
    if isinstance(node, dict):
        if "secretKeyRef" in node:
            yield node["secretKeyRef"]["name"], node["secretKeyRef"]["key"]
        for item in node.values():
            yield from wanted_secrets(item)
    elif isinstance(node, list):
        for item in node:
            yield from wanted_secrets(item)


def matches(path: str, key: str) -> bool:
    return path == key or (key.endswith(".*") and path.startswith(key[:-1]))


def test_every_value_stands_at_a_key_the_chart_documents_and_every_listed_key_is_used(values: dict[str, Any]):
    documented, used = read("deploy/helm/chart-keys.yaml")["keys"], list(leaves(values))

    assert [path for path in used if not any(matches(path, key) for key in documented)] == []
    assert [key for key in documented if not any(matches(path, key) for path in used)] == []


def test_secrets_are_named_and_never_written(values: dict[str, Any]):
    text = (ROOT / "deploy" / "helm" / "values.yaml").read_text(encoding="utf-8")
    environment = YAML(typ="safe", pure=True).load(values["extraEnv"])

    environment += [item for items in by_component(values).values() for item in items]

    wanted = "SECRET|PASSWORD|DATABASE_URL|KEY_ID|" + "|".join(CHANNEL_SECRETS)
    named = {item["name"] for item in environment if re.search(wanted, item["name"])}
    assert named == {item["name"] for item in environment if "valueFrom" in item}
    assert not {"fernetKey", "apiSecretKey", "jwtSecret", "secret"} & set(values)
    assert re.findall(r"://[^.\s:]+:[^.\s@]+@", text) == []


def test_the_components_are_told_what_the_compose_file_tells_them(values: dict[str, Any]):
    service = read("docker-compose.yml")["x-airflow"]
    told = {item["name"] for item in YAML(typ="safe", pure=True).load(values["extraEnv"])}

    assert {name for name in service["environment"] if name.startswith("RISKREVIEW_")} <= told
    services = read("docker-compose.yml")["services"]
    for name, variables in by_component(values).items():
        addresses = {item["name"] for item in variables if "DATABASE_URL" in item["name"]}
        assert addresses == {key for key in services[SAME[name]]["environment"] if "RISKREVIEW_DATABASE_URL" in key}, name  # fmt: skip
        assert set(CHANNEL_SECRETS) & {item["name"] for item in variables} == set(), name
    assert service["image"].endswith(f":{values['defaultAirflowTag']}}}")
    assert values["airflowVersion"] in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert service["environment"]["AIRFLOW__CORE__AUTH_MANAGER"] == values["config"]["core"]["auth_manager"]
    assert service["environment"]["RISKREVIEW_HOME"] == values["volumeMounts"][0]["mountPath"]


def test_the_pods_of_tasks_alone_hold_the_channels_and_start_where_few_of_them_are_used(values: dict[str, Any]):
    """The chart hands secretKeyRef of a component's env on without "optional": a key the Secret lacks would keep every pod from starting."""
    condition, given, other = re.split(r"\{\{-? *(?:if|else|end)\b(?: [^}]*)?}}", values["extraEnvFrom"], maxsplit=2)[
        0:3
    ]
    optional = [ref for items in by_component(values).values() for item in items for ref in [item.get("valueFrom", {}).get("secretKeyRef", {})] if "optional" in ref]  # fmt: skip

    assert optional == []
    assert '"/configmaps/configmap.yaml" .Template.Name' in values["extraEnvFrom"]
    assert (condition.strip(), YAML(typ="safe", pure=True).load(given)) == ("", [{"secretRef": {"name": "riskreview-channels", "optional": True}}])  # fmt: skip
    assert "[]" in other


def test_every_secret_key_and_claim_that_is_named_is_made_by_the_handbook(values: dict[str, Any]):
    handbook = (ROOT / "docs" / "how-to" / "production.md").read_text(encoding="utf-8")
    made = {name: set(re.findall(r"--from-literal=([\w-]+)=", rest)) for name, rest in re.findall(r"kubectl create secret generic (\S+)((?:.*\\\n)*.*)", handbook)}  # fmt: skip
    claims = {item["metadata"]["name"] for item in YAML(typ="safe", pure=True).load_all((ROOT / "deploy/helm/claims.yaml").read_text(encoding="utf-8"))}  # fmt: skip
    named = {*wanted_secrets(values), *wanted_secrets(read("deploy/helm/command-line.yaml")),
             *wanted_secrets(YAML(typ="safe", pure=True).load(values["extraEnv"])), (values["fernetKeySecretName"], "fernet-key"),
             (values["apiSecretKeySecretName"], "api-secret-key"), (values["jwtSecretName"], "jwt-secret"),
             (values["data"]["metadataSecretName"], "connection")}  # fmt: skip

    assert {(name, key) for name, key in named if key not in made.get(name, set())} == set()
    assert {name for name in made if name != "riskreview-channels"} == {name for name, _ in named}
    assert f"secret tls {values['ingress']['apiServer']['hosts'][0]['tls']['secretName']} " in handbook
    assert claims == {values["volumes"][0]["persistentVolumeClaim"]["claimName"], values["logs"]["persistence"]["existingClaim"]}  # fmt: skip


def test_whom_the_api_server_lets_in_is_said_for_the_chart_closes_it_to_everybody_else(values: dict[str, Any]):
    peers = values["apiServer"]["networkPolicy"]["ingress"]["from"]

    assert values["networkPolicies"]["enabled"]
    assert {"podSelector": {"matchLabels": {"tier": "airflow", "release": "risk"}}} in peers
    assert any("ingress-nginx" in str(peer) for peer in peers)
    assert values["ingress"]["apiServer"]["ingressClassName"] == "nginx"


def test_an_upgrade_migrates_before_it_replaces_a_pod(values: dict[str, Any]):
    job = values["migrateDatabaseJob"]

    assert job["useHelmHooks"] is False
    assert job["jobAnnotations"]["helm.sh/hook"] == "post-install,pre-upgrade"


def test_the_command_line_beside_the_chart_is_told_what_the_compose_file_tells_it(values: dict[str, Any]):
    pod, service = read("deploy/helm/command-line.yaml")["spec"], read("docker-compose.yml")["services"]["riskreview"]
    (container,) = pod["containers"]
    told = {item["name"] for item in container["env"]}

    assert {name for name in told if "DATABASE_URL" in name} == {name for name in service["environment"] if "RISKREVIEW_DATABASE_URL" in name}  # fmt: skip
    assert container["envFrom"] == [{"secretRef": {"name": "riskreview-channels", "optional": True}}]
    assert (container["workingDir"], container["volumeMounts"]) == (service["working_dir"], values["volumeMounts"])
    assert pod["volumes"] == values["volumes"]
    assert container["image"] == f"{values['defaultAirflowRepository']}:{values['defaultAirflowTag']}"


def test_several_of_what_must_not_be_away_run_and_a_drained_node_leaves_one(values: dict[str, Any]):
    for name in DISRUPTED:
        assert values[name]["replicas"] >= 2
        assert values[name]["podDisruptionBudget"] == {"enabled": True, "config": {"maxUnavailable": 1}}
        assert values[name]["livenessProbe"]


def test_a_release_of_the_chart_that_does_not_know_a_key_or_refuses_a_value_is_told_of(check: Any):
    known = {"properties": {"replicas": {"type": "integer"}, "free": {"additionalProperties": True}}}
    schema = {"properties": {"scheduler": known, "executor": {"type": "string"}}}
    good = {"executor": "KubernetesExecutor", "scheduler": {"replicas": 2, "free": {"anything": 1}}}

    assert list(check.problems(good, schema)) == []
    assert list(check.problems({"scheduler": {"replicas": "two"}}, schema)) == [
        "scheduler.replicas: 'two' is not of type 'integer'"
    ]
    assert list(check.problems({"scheduler": {"copies": 2}}, schema)) == [
        "scheduler.copies: the chart does not know it"
    ]
