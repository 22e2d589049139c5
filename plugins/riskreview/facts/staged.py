"""Owns reading the accepted rows of a batch from its staging folder into DuckDB views; writes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from riskreview.facts.accounts import ATTRIBUTES
from riskreview.facts.statements import file_list, has_account
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS

if TYPE_CHECKING:
    import duckdb

REJECTED = ("refused", "failed", "dropped")


def open_database(instance: Instance, folder: Path, *, percent: int = 100) -> "duckdb.DuckDBPyConnection":
    """Open an in-memory DuckDB bounded by the instance's settings, spilling into ``folder``.

    :param percent: of the memory the settings allow; a writer leaves the rest to the Delta writer beside it.
    """
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    settings = instance.settings
    database = duckdb.connect(
        config={"memory_limit": settings.duckdb_memory, "threads": settings.duckdb_threads,
                "temp_directory": str(folder / "spill"), "preserve_insertion_order": "false"}
    )  # fmt: skip
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET enable_progress_bar = false")
    if percent < 100:
        allowed = database.sql(sql("facts", "memory_limit")).fetchall()[0][0]
        database.execute("SET memory_limit = $limit", {"limit": f"{int(allowed * percent / 100)}B"})
    return database


def staged_datasets(folder: Path) -> list[str]:
    """Return the data sets staged for a batch in loading order, also those of which only rows let through later are here."""
    return [name for name in DATASETS if any((folder / f"{name}{end}.parquet").exists() for end in ("", ".redriven"))]


def accept(database: "duckdb.DuckDBPyConnection", folder: Path, name: str, *, view: str = "accepted") -> None:
    """Create the view of rows that neither intake nor validation took out, and of those people let through since.

    Of a batch whose staged rows are gone, those let through are there alone; the others are facts already.
    """
    rejected = [str(path) for kind in REJECTED if (path := folder / f"{name}.{kind}.parquet").exists()]
    rows = file_list([str(folder / f"{name}.parquet")])
    taken_out = "".join(
        f" ANTI JOIN {file_list([path])} AS r{n} ON r{n}.source_row = s.source_row" for n, path in enumerate(rejected)
    )
    parts = [f"SELECT s.* FROM {rows} AS s{taken_out}"] if (folder / f"{name}.parquet").exists() else []  # noqa: S608  our own paths
    let_through = folder / f"{name}.redriven.parquet"
    parts += [f"SELECT * FROM {file_list([str(let_through)])}"] if let_through.exists() else []  # noqa: S608  our own paths
    database.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {' UNION ALL BY NAME '.join(parts)}")


def gather_accounts(database: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    """Create table ``incoming_account``: every account the batch describes or refers to, each once."""
    names = ", ".join(ATTRIBUTES)
    nothing = ", ".join(f"NULL AS {name}" for name in ATTRIBUTES)
    parts = [f"SELECT NULL::VARCHAR AS account_id, false AS is_described, {nothing}, 0 AS place"]
    for name in staged_datasets(folder):
        if not has_account(DATASETS[name]):
            continue
        accept(database, folder, name, view=f"accepted_{name}")
        if name == "customers":
            parts.append(f"SELECT customer_id, true, {names}, source_row FROM accepted_customers")  # noqa: S608  our own names
        else:
            parts.append(f"SELECT DISTINCT customer_id, false, {nothing}, 0 FROM accepted_{name}")  # noqa: S608  our own names
    rows = " UNION ALL ".join(parts)
    best = "row_number() OVER (PARTITION BY account_id ORDER BY is_described DESC, place DESC) = 1"
    chosen = f"SELECT account_id, is_described, {names} FROM ({rows}) WHERE account_id IS NOT NULL QUALIFY {best}"  # noqa: S608
    database.execute(f"CREATE OR REPLACE TEMP TABLE incoming_account AS {chosen}")
