"""Owns talking to Airflow's REST API: health, triggering, the state of runs, connections."""

import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import structlog

from riskreview.foundation.errors import BadInput, Unavailable

HEARTBEATS = {
    "scheduler": "latest_scheduler_heartbeat",
    "dag_processor": "latest_dag_processor_heartbeat",
    "triggerer": "latest_triggerer_heartbeat",
}
"""Components in the health report and the key of each one's last heartbeat."""
ACTIVE = frozenset({"queued", "running"})
PAGE = 100
"""Airflow's own cap on the length of a list."""
READS = 3
"""So many times something is read before Airflow counts as away."""
LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str


class AirflowApi:
    """A client that logs in when it must and again when its token has expired."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._login = {"username": login, "password": password}
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        weakref.finalize(self, self._client.close)
        self._token = ""

    def is_healthy(self, *, since: datetime | None = None) -> bool:
        """Tell whether the API answers and every component has a fresh heartbeat, given after ``since``."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5)
            found = answer.raise_for_status().json()
        except httpx.HTTPError:
            return False
        states = [found.get(name) or {} for name in ("metadatabase", *HEARTBEATS)]
        beats = [(found.get(name) or {}).get(key) for name, key in HEARTBEATS.items()]
        is_fresh = since is None or all(beat and datetime.fromisoformat(beat) >= since for beat in beats)
        return is_fresh and all(state.get("status") == "healthy" for state in states)

    def knows(self, dag_ids: Collection[str]) -> bool:
        """Tell whether all these DAGs were parsed."""
        found = self._get("/api/v2/dags", {"limit": PAGE})["dags"]
        return {item["dag_id"] for item in found}.issuperset(dag_ids)

    def import_errors(self) -> list[str]:
        """Return why DAG files could not be parsed."""
        return [item["stack_trace"] for item in self._get("/api/v2/importErrors", {"limit": PAGE})["import_errors"]]

    def trigger(self, dag_id: str, conf: Mapping[str, object]) -> str:
        """Trigger a DAG and return the run's id."""
        answer = self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": dict(conf)})
        return str(answer["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """Return a run as it is now."""
        found = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}", {})
        return DagRun(dag_id, run_id, str(found["state"]))

    def connect(self, name: str, fields: Mapping[str, str]) -> None:
        """Keep a connection, sealed, in Airflow's own store; one of that name is replaced.

        :param fields: ``conn_type``, ``login``, ``password``, ``host`` and ``extra``.
        """
        entity = {"connection_id": name, **fields}
        action = {"action": "create", "entities": [entity], "action_on_existence": "overwrite"}
        answer = self._send("PATCH", "/api/v2/connections", json={"actions": [action]})
        errors = answer["create"]["errors"]
        if errors:
            raise BadInput(
                "E-AIRFLOW",
                f"Airflow does not keep the connection {name}: {errors[0]}",
                "Look into the log of the api-server",
            )

    def recent_runs(self) -> list[DagRun]:
        """Return the newest runs of all DAGs, newest first."""
        found = self._get("/api/v2/dags/~/dagRuns", {"limit": PAGE, "order_by": "-id"})["dag_runs"]
        return [DagRun(str(item["dag_id"]), str(item["dag_run_id"]), str(item["state"])) for item in found]

    def _get(self, path: str, query: Mapping[str, str | int]) -> dict[str, Any]:  # JSON of Airflow's shape
        """Read; where a busy api-server did not answer, ask again, which acting must not do."""
        for _ in range(READS - 1):
            try:
                return self._send("GET", path, params=dict(query))
            except Unavailable as error:
                LOG.warning("airflow_asked_again", path=path, problem=str(error))
        return self._send("GET", path, params=dict(query))

    def _send(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # httpx's own keyword arguments
        try:
            answer = self._client.request(method, path, headers=self._authorization(), **more)
            if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
                self._token = ""  # expired, or made by an api-server that was restarted with other keys
                answer = self._client.request(method, path, headers=self._authorization(), **more)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            found = f"Airflow answered {error.response.status_code} to {method} {path}: {error.response.text[:200]}"
            raise BadInput("E-AIRFLOW", found, "Look into the log of the api-server") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"Airflow did not answer {method} {path}: {type(error).__name__}") from error
        return dict(answer.json())

    def _authorization(self) -> dict[str, str]:
        if not self._token:
            answer = self._client.post("/auth/token", json=self._login).raise_for_status()
            self._token = str(answer.json()["access_token"])
        return {"Authorization": f"Bearer {self._token}"}
