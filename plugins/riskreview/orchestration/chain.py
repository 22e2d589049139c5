"""Owns following the loop on Airflow from outside: what has finished, whether it is at rest, what failed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import text

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.orchestration.airflow_api import ACTIVE, AirflowApi, DagRun
from riskreview.orchestration.news import facts_wait

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class StageEnd:
    """One ended pass of a stage, from our own run history."""

    run_id: int
    stage: str
    as_of: date | None
    state: str
    counts: Mapping[str, int]
    problem: str | None


Listener = Callable[[StageEnd], None]


class Chain:
    """Follows the loop from the moment it is created."""

    def __init__(self, services: Services, api: AirflowApi, listener: Listener) -> None:
        self._services, self._api, self._listener = services, api, listener
        self._known = {(run.dag_id, run.run_id) for run in api.recent_runs()}
        self._told: set[int] = set()
        self._after = max((end.run_id for end in self._ended(0)), default=0)

    def finish(self, triggered: Mapping[str, str], *, as_of: date, seconds: float) -> None:
        """Wait until triggered runs (DAG → run id) and everything they started are done.

        :raises Unavailable: when a run failed for good or the loop is not at rest in time.
        """
        deadline = time.monotonic() + seconds
        while not self._is_at_rest(triggered, as_of):
            if time.monotonic() > deadline:
                raise Unavailable(f"the loop for {as_of} was not at rest within {seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def run_once(self, dag_id: str, *, seconds: float) -> Mapping[str, int]:
        """Trigger one DAG, wait for its end and return the counts of its stage.

        :raises Unavailable: when it fails or takes longer than ``seconds``.
        """
        before = max(self._told, default=self._after)
        run_id = self._api.trigger(dag_id, {})
        deadline = time.monotonic() + seconds
        while self._api.run(dag_id, run_id).state in ACTIVE:
            if time.monotonic() > deadline:
                raise Unavailable(f"{dag_id} did not end within {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
        self._refuse_failures(self._api.recent_runs())
        self._tell()
        ended = [end for end in self._ended(before) if end.stage == dag_id]
        return ended[-1].counts if ended else {}

    def _is_at_rest(self, triggered: Mapping[str, str], as_of: date) -> bool:
        """Look whether nothing is left to do: at the list of runs first, which while something runs is all that is asked of Airflow."""
        self._tell()
        recent = self._api.recent_runs()
        self._refuse_failures(recent)
        if _is_any_active(recent):
            return False
        listed = {(run.dag_id, run.run_id) for run in recent}
        if _is_any_active([self._api.run(*run) for run in triggered.items() if run not in listed]):
            return False
        if not self._is_ordered(as_of) or facts_wait(self._services):
            return False
        return not _is_any_active(self._api.recent_runs())

    def _is_ordered(self, as_of: date) -> bool:
        given = {"as_of": as_of, "after": self._after}
        with self._services.engine.connect() as connection:
            return bool(connection.execute(text(sql("orchestration", "loop_order")), given).scalar_one())

    def _refuse_failures(self, recent: Sequence[DagRun]) -> None:
        failed = [run.dag_id for run in recent if run.state == "failed" and (run.dag_id, run.run_id) not in self._known]
        if failed:
            problems = [end.problem for end in self._ended(self._after) if end.problem]
            raise Unavailable(f"{failed[0]} failed: {problems[-1] if problems else 'see its log in the web interface'}")

    def _tell(self) -> None:
        for end in self._ended(self._after):
            if end.run_id not in self._told:
                self._told.add(end.run_id)
                self._listener(end)

    def _ended(self, after: int) -> list[StageEnd]:
        with self._services.engine.connect() as connection:
            rows = connection.execute(text(sql("orchestration", "finished_runs")), {"after": after}).all()
        return [
            StageEnd(row.run_id, row.stage, row.as_of, row.state, cast("Mapping[str, int]", row.counts), row.problem) for row in rows
        ]  # fmt: skip


def _is_any_active(runs: Sequence[DagRun]) -> bool:
    return any(run.state in ACTIVE for run in runs)
