"""Owns the generated page docs/reference/dags.md: every DAG with its schedule, links, limits and runbook."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from riskreview.orchestration.airflow_settings import PROJECT

HEADING = """# DAGs

Generated from the DAG files by `make docs`; edit those, not this page.

Times are those of the instance's time zone. Every DAG may be rerun, cleared, backfilled, paused and triggered twice at once.

"""


def reference_page(dags_folder: Path = PROJECT / "dags") -> str:
    """Return the page as Markdown.

    :raises RuntimeError: when a DAG file cannot be parsed.
    """
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(dags_folder))
    if bag.import_errors:
        raise RuntimeError(f"DAG files cannot be parsed: {bag.import_errors}")
    dags = [bag.dags[name] for name in sorted(bag.dags)]
    return HEADING + _overview(dags) + "\n" + "\n".join(_section(dag) for dag in dags)


def _overview(dags: Iterable[Any]) -> str:  # Airflow's DAG class is not typed for callers
    lines = ["| DAG | runs | waits for | leaves behind |", "|---|---|---|---|"]
    lines += [
        f"| [`{dag.dag_id}`](#{dag.dag_id}) | `{_cron(dag)}` | {_names(_waits_for(dag))} | {_names(_leaves(dag))} |" for dag in dags
    ]  # fmt: skip
    return "\n".join([*lines, "", "```mermaid", "flowchart LR", *_edges(dags), "```", ""])


def _edges(dags: Iterable[Any]) -> list[str]:  # see _overview
    edges = []
    for dag in dags:
        edges += [f"  {name}[({name})] --> {dag.dag_id}" for name in _waits_for(dag)]
        edges += [f"  {dag.dag_id} --> {name}[({name})]" for name in _leaves(dag)]
    return sorted(edges)


def _section(dag: Any) -> str:  # see _overview
    task = dag.tasks[0]
    facts = [
        f"- schedule `{_cron(dag)}`" + "".join(f", and on every new version of `{name}`" for name in _waits_for(dag)),
        f"- owner `{task.owner}`, tags {', '.join(f'`{tag}`' for tag in sorted(dag.tags))}",
        f"- {task.retries} retries, {task.execution_timeout} at most per try, {dag.max_active_runs} run at a time",
        *(f"- param `{name}`: {_form_text(dag, name)}" for name in dag.params),
    ]
    text = "\n".join(line for line in (dag.doc_md or "").strip().splitlines() if not line.startswith("### "))
    return f"## {dag.dag_id}\n\n" + "\n".join(facts) + f"\n\n{text.strip()}\n"


def _form_text(dag: Any, name: str) -> str:  # see _overview
    param = dag.params.get_param(name)
    return f"{param.schema['title']}. {param.schema['description_md']}"


def _cron(dag: Any) -> str:  # see _overview
    timetable = getattr(dag.timetable, "timetable", dag.timetable)
    return str(timetable.expression)


def _waits_for(dag: Any) -> list[str]:  # see _overview
    condition = getattr(dag.timetable, "asset_condition", None)
    return sorted(asset.name for asset in getattr(condition, "objects", ()))


def _leaves(dag: Any) -> list[str]:  # see _overview
    return sorted({asset.name for task in dag.tasks for asset in task.outlets})


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"
