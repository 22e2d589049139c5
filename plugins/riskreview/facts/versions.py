"""Owns which rows of a fact table tell of the same item: a side table of items with more than one version.

Readers decide from it, for their date and moment, which version counts; so the order in which batches arrive is irrelevant,
and a table without second versions is read without any join.
"""

from typing import TYPE_CHECKING

from riskreview.facts import delta_tables
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable


def versions_name(dataset: str) -> str:
    """Return the name of a data set's side table."""
    return f"{dataset}.versions"


def record_versions(
    database: "duckdb.DuckDBPyConnection", instance: Instance, dataset: str, version: int, *, batch_id: int, published: set[int]
) -> int | None:  # fmt: skip
    """Append to the side table the items of a batch that earlier or later batches also tell of; return its version.

    Compares with every published batch, newer ones included. Rows already listed are not added again.

    :param version: the newest of the data set's table.
    """
    table = delta_tables.open_table(instance, dataset, version)
    side = delta_tables.open_table(instance, versions_name(dataset))
    if table is not None and _has_others(table, batch_id):
        listed = None if side is None else int(side.version())
        _create_views(database, instance, dataset, (version, listed), batch_id=batch_id, published=published)
        rows = database.sql(sql("facts", "new_versions"))
        if rows.project("1").limit(1).fetchall():
            reader, name = rows.to_arrow_reader(), versions_name(dataset)
            return delta_tables.append(instance, name, reader, batch_id=batch_id, table=side)
    return None if side is None else int(side.version())


def _has_others(table: "DeltaTable", batch_id: int) -> bool:
    files = delta_tables.files_of(table)
    return any((file.first_batch, file.last_batch) != (batch_id, batch_id) for file in files)


def _create_views(
    database: "duckdb.DuckDBPyConnection", instance: Instance, dataset: str, versions: tuple[int, int | None], *,
    batch_id: int, published: set[int],
) -> None:  # fmt: skip
    version, listed_version = versions
    source = delta_tables.source_of(instance, dataset, version=version)
    database.execute(f"CREATE OR REPLACE TEMP VIEW stored AS SELECT item_key, batch_id, as_of, known_at FROM {source}")  # noqa: S608
    side = None
    if listed_version is not None:
        side = delta_tables.source_of(instance, versions_name(dataset), version=listed_version)
    listed = side or "(SELECT NULL::BIGINT AS item_key, NULL::BIGINT AS batch_id WHERE false)"
    database.execute(f"CREATE OR REPLACE TEMP VIEW listed AS SELECT item_key, batch_id FROM {listed} AS t")  # noqa: S608
    database.execute("CREATE OR REPLACE TEMP TABLE compared_batch (batch_id BIGINT)")
    database.execute(
        "INSERT INTO compared_batch SELECT unnest($batches::BIGINT[])", {"batches": sorted(published - {batch_id})}
    )
    database.execute("CREATE OR REPLACE TEMP TABLE this_batch AS SELECT DISTINCT item_key FROM stored WHERE batch_id = $batch_id",
                     {"batch_id": batch_id})  # fmt: skip
