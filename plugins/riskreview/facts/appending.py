"""Owns appending the rows of one batch to the Delta tables, each row once, however often it is tried."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from riskreview.facts import delta_tables
from riskreview.facts.staged import accept, staged_datasets
from riskreview.facts.statements import batch_rows, file_list, natural_key
from riskreview.facts.versions import record_versions, versions_name
from riskreview.foundation import failpoints
from riskreview.foundation.errors import Conflict
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.policy.datasets import DATASETS

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

TABLE_APPENDED = failpoints.register(
    "facts.table_appended", "the rows of one data set of a batch are in Delta, the pointer has not moved"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """A validated batch and what every row of it is stamped with."""

    batch_id: int
    source_id: str
    system: str
    as_of: date
    known_at: datetime
    kind: Literal["movement", "snapshot"]
    state: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Appended:
    """Rows added by data set, and the newest version of each table the batch concerns."""

    rows: dict[str, int]
    versions: dict[str, int]


def append_batch(
    services: Services, database: "duckdb.DuckDBPyConnection", batch: Batch, *, published: set[int]
) -> Appended:
    """Append every data set of a batch; rows that an interrupted try already appended are left out.

    DuckDB must hold ``account_keys``.

    :raises Conflict: when two different items of the batch got the same key.
    """
    _set_stamps(database, batch)
    done = Appended({}, {})
    names = staged_datasets(batch.folder)
    for number, name in enumerate(names, start=1):
        done.rows[name], version = _append(services.instance, database, batch, name)
        if version is not None:
            done.versions[name] = version
            failpoints.reach(TABLE_APPENDED)
            side = record_versions(
                database, services.instance, name, version, batch_id=batch.batch_id, published=published
            )
            if side is not None:
                done.versions[versions_name(name)] = side
        services.progress.advance("publish", number, len(names))
    return done


def _set_stamps(database: "duckdb.DuckDBPyConnection", batch: Batch) -> None:
    database.execute("SET VARIABLE batch_system = $value", {"value": batch.system})
    database.execute("SET VARIABLE batch_id = $value", {"value": batch.batch_id})
    database.execute("SET VARIABLE batch_as_of = $value", {"value": batch.as_of})
    database.execute("SET VARIABLE batch_known_at = $value", {"value": batch.known_at})


def _append(
    instance: Instance, database: "duckdb.DuckDBPyConnection", batch: Batch, name: str
) -> tuple[int, int | None]:
    """Append the rows of a data set that are not stored yet; return how many are, and the table's newest version."""
    accept(database, batch.folder, name, view="accepted_all")
    table = delta_tables.open_table(instance, name)
    version = None if table is None else int(table.version())
    stored = _leave_out_stored(instance, database, batch, name, table)
    path = batch.folder / f"{name}.fresh.parquet"
    database.sql(batch_rows(DATASETS[name])).write_parquet(str(path), compression="zstd", overwrite=True)
    fresh = file_list([str(path)])
    count = int(database.sql(f"SELECT count(*) FROM {fresh}").fetchall()[0][0])  # noqa: S608  our own path
    repeated = count > 0 and _repeats(database, fresh, name)
    if count:
        last = " QUALIFY row_number() OVER (PARTITION BY item_key ORDER BY source_row DESC) = 1" if repeated else ""
        order = "account_key, item_key" if "account_key" in database.sql(f"FROM {fresh}").columns else "item_key"
        rows = database.sql(f"SELECT * FROM {fresh}{last} ORDER BY {order}")  # noqa: S608  fixed texts and our own path
        reader = rows.to_arrow_reader(delta_tables.ROW_GROUP_ROWS)
        version = delta_tables.append(instance, name, reader, batch_id=batch.batch_id, table=table)
    path.unlink()
    return count if batch.state == "published" else count + stored, version


def _leave_out_stored(
    instance: Instance, database: "duckdb.DuckDBPyConnection", batch: Batch, name: str, table: "DeltaTable | None"
) -> int:
    """Create view ``accepted`` without the rows an earlier try appended, and return how many those are."""
    files = [] if table is None else delta_tables.files_of(table)
    mine = [file for file in files if file.first_batch <= batch.batch_id <= file.last_batch]
    source = delta_tables.source_of(instance, name, files=mine) if mine else None
    database.execute("CREATE OR REPLACE TEMP TABLE stored_row (source_row BIGINT)")
    if source is not None:
        own = f"SELECT source_row FROM {source} WHERE batch_id = getvariable('batch_id')"  # noqa: S608  our own paths
        database.execute(f"INSERT INTO stored_row {own}")
    database.execute(
        "CREATE OR REPLACE TEMP VIEW accepted AS FROM accepted_all ANTI JOIN stored_row USING (source_row)"
    )
    return int(database.sql("SELECT count(*) FROM stored_row").fetchall()[0][0])


def _repeats(database: "duckdb.DuckDBPyConnection", fresh: str, name: str) -> bool:
    repeated = database.sql(
        f"SELECT item_key, count(DISTINCT {natural_key(DATASETS[name])}) AS items FROM {fresh} "  # noqa: S608  our own names
        f"SEMI JOIN (SELECT item_key FROM {fresh} GROUP BY item_key HAVING count(*) > 1) USING (item_key) GROUP BY item_key"
    ).fetchall()
    if any(items > 1 for _, items in repeated):
        raise Conflict(f"two different rows of {name} have the same key; report this file, nothing of it was published")
    return bool(repeated)
