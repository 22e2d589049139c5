"""Reads the DAGs and plugins as Airflow does, in a process of its own, and prints what the contract tests ask about as JSON."""

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


def _dag(dag: Any) -> dict[str, Any]:  # Airflow's DAG class is not typed for callers
    from airflow.serialization.serialized_objects import DagSerialization

    copy = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    condition = getattr(dag.timetable, "asset_condition", None)
    return {
        "dag_id": dag.dag_id, "file": Path(dag.fileloc).name, "doc_md": dag.doc_md, "tags": sorted(dag.tags),
        "catchup": dag.catchup, "max_active_runs": dag.max_active_runs, "params": {name: dag.params[name] for name in dag.params},
        "waits_for": sorted(asset.name for asset in getattr(condition, "objects", ())),
        "leaves": sorted({asset.name for task in dag.tasks for asset in task.outlets}),
        "survives_serialization": _clock(copy) == _clock(dag),
        "tasks": [
            {"task_id": task.task_id, "owner": task.owner, "retries": task.retries, "retry_delay": task.retry_delay.total_seconds(),
             "backoff": task.retry_exponential_backoff, "longest_delay": task.max_retry_delay.total_seconds(),
             "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
             "asked": {name: task.params.get_param(name).schema.get("type") for name in task.params} if hasattr(task, "options") else {}}
            for task in dag.tasks
        ],
    }  # fmt: skip


def _clock(dag: Any) -> tuple[str, str]:  # see _dag
    inner = getattr(dag.timetable, "timetable", dag.timetable)
    zone = getattr(inner, "timezone", None) or inner._timezone
    return str(getattr(inner, "expression", None) or inner._expression), str(getattr(zone, "name", zone))


def _in_buckets() -> dict[str, Any]:  # see _dag
    """Return the tasks of the assessment in buckets, each with the tasks before it and whether there are many of it."""
    import importlib

    from airflow.dag_processing.dagbag import DagBag

    from riskreview.orchestration import defaults, tasks

    os.environ["RISKREVIEW_BUCKETS"] = "3"
    importlib.reload(defaults)
    importlib.reload(tasks)
    (dag,) = DagBag(str(PROJECT / "dags" / "recompute_risk.py")).dags.values()
    shown = _dag(dag)
    before = {task.task_id: [sorted(task.upstream_task_ids), task.is_mapped] for task in dag.tasks}
    return {"dag": shown, "before": before}


def main() -> None:
    """Print the facts."""
    logging.disable(logging.CRITICAL)
    from airflow import plugins_manager
    from airflow.dag_processing.dagbag import DagBag

    plugins, problems = plugins_manager._get_plugins()
    begun, worked = time.perf_counter(), time.process_time()
    bag = DagBag(str(PROJECT / "dags"))
    own_share = (time.process_time() - worked) / (time.perf_counter() - begun)  # of the machine, which others use too
    worked = time.process_time()
    DagBag(str(PROJECT / "dags"))
    facts = {
        "import_errors": dict(bag.import_errors),
        "seconds_again": time.process_time() - worked,
        "seconds": {Path(item.file).name: item.duration.total_seconds() * own_share for item in bag.dagbag_stats},
        "dags": [_dag(dag) for dag in bag.dags.values()],
        "plugins": sorted(str(plugin.name) for plugin in plugins),
        "plugin_problems": {str(key): str(value) for key, value in problems.items()},
        "modules": sorted(sys.modules),
        "in_buckets": _in_buckets(),
    }
    sys.stdout.write("\nFACTS" + json.dumps(facts))


if __name__ == "__main__":
    main()
