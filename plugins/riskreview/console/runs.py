"""Owns the pages of runs: what ran, with which versions, what came out, and the way to Airflow."""

from urllib.parse import quote

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page
from riskreview.console.paging import Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.tables import Column
from riskreview.console.visit import Row, Visit, rows
from riskreview.doctor.invariants import INVARIANTS
from riskreview.foundation.errors import NotFound

DEFAULT = "-run_id"
STATES = ("running", "finished", "failed")
COLUMNS = (
    Column("run_id", link="runs/{run_id}", sorts=True), Column("stage", "word:stage", sorts=True), Column("as_of", "day", sorts=True), Column("state", "word:run_state", sorts=True),
    Column("started_at", "moment", sorts=True), Column("seconds", "points", sorts=True), Column("triggered_by", sorts=True), Column("problem"),
)  # fmt: skip
EXPORTED = ("run_id", "stage", "as_of", "state", "started_at", "ended_at", "seconds", "triggered_by", "problem")


def runs(visit: Visit) -> Page:
    """Show what ran, newest first; a DAG run's page in Airflow leads here with its name."""
    with visit.reading() as connection:
        checked = rows(connection, "invariants")
    table = sorted_table(visit, "runs", COLUMNS, DEFAULT, _find)
    broken = [_told(visit, item) for item in checked if item["broken"]]
    invariants = {"checked": checked[0] if checked else None, "broken": broken}
    return Page("runs", {"table": table, "states": STATES, "query": visit.query, **invariants})


def runs_csv(visit: Visit) -> CsvFile:
    """Hand over the runs that were asked for."""
    return CsvFile("runs.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    dag, dag_run, state = (visit.query.get(name, "") for name in ("dag", "dag_run", "state"))
    return rows_in_order(connection, "list_runs", order, stage=visit.query.get("stage") or None, state=state if state in STATES else None,
                         triggered_by=f"airflow:{dag}:{dag_run}" if dag and dag_run else None, how_many=how_many)  # fmt: skip


def _told(visit: Visit, finding: Row) -> Row:
    """Return a broken invariant with what it proves and its repair in the visitor's language; one that is no longer checked by its id."""
    known = {item.id: item for item in INVARIANTS}.get(finding["invariant"])
    words = (
        ("", "")
        if known is None
        else (known.zh, known.repair_zh)
        if visit.visitor.language == "zh"
        else (known.en, known.repair_en)
    )
    return {**finding, "proves": words[0], "repair": words[1]}


def run(visit: Visit) -> Page:
    """Show one run.

    :raises NotFound: when there is none.
    """
    with visit.reading() as connection:
        found = rows(connection, "run", run_id=visit.number("run_id"))
    if not found:
        raise NotFound("there is no such run")
    return Page("run", {"run": found[0], "in_airflow": _in_airflow(visit.root, found[0]["triggered_by"])}, ("run", str(found[0]["run_id"])))  # fmt: skip


def _in_airflow(root: str, triggered_by: str) -> str:
    """Return the address of the DAG run that started a run, empty where a person or the command line did."""
    who, _, rest = triggered_by.partition(":")
    dag, _, dag_run = rest.partition(":")
    site = root.rpartition("/")[0]
    return f"{site}/dags/{quote(dag, safe='')}/runs/{quote(dag_run, safe='')}" if who == "airflow" and dag_run else ""
