"""Owns the Delta tables of an instance: where they are, which files a version has, appending to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

import pyarrow as pa

from riskreview.facts.statements import file_list
from riskreview.facts.table_format import NOTE, check_format
from riskreview.foundation.instance import Instance

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

ROW_GROUP_ROWS = 131_072
"""Small enough that a range of customers skips most groups of a sorted file, large enough to decode fast."""


@dataclass(frozen=True, slots=True)
class FactFile:
    """One data file of a table version with what its statistics say."""

    uri: str
    rows: int
    first_batch: int
    last_batch: int
    currencies: tuple[str | None, str | None]


def table_uri(instance: Instance, name: str) -> str:
    """Return where a fact table is."""
    return f"{instance.facts.rstrip('/')}/{name}"


def is_local(instance: Instance) -> bool:
    """Tell whether the facts are files on this machine."""
    return urlparse(instance.facts).scheme in {"", "file"}


def open_table(instance: Instance, name: str, version: int | None = None) -> "DeltaTable | None":
    """Open a table at a version, the newest without one; None when it was never written."""
    from deltalake import DeltaTable

    uri, options = table_uri(instance, name), instance.storage_options()
    if not DeltaTable.is_deltatable(uri, storage_options=options):
        return None
    table = DeltaTable(uri, version=version, storage_options=options)
    check_format(table, name)
    return table


def files_of(table: "DeltaTable") -> list[FactFile]:
    """Return the data files of an open table, in a stable order."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    prefix = _where(table)
    found = [
        FactFile(f"{prefix}/{a['path']}", int(a["num_records"]), int(a["min.batch_id"]), int(a["max.batch_id"]),
                 (a.get("min.currency"), a.get("max.currency")))
        for a in actions if a["num_records"]
    ]  # fmt: skip
    return sorted(found, key=lambda file: (file.first_batch, file.uri))


def names_of(table: "DeltaTable") -> list[str]:
    """Return the names of all data files of an open table, in order."""
    return sorted(str(name) for name in pa.table(table.get_add_actions(flatten=True))["path"].to_pylist())


def open_file(instance: Instance, name: str, path: str) -> Any:  # a binary file, of whichever storage
    """Open a data file of a table for reading.

    :raises FileNotFoundError: when it is gone.
    """
    uri = table_uri(instance, name)
    if is_local(instance):
        return (Path(uri.removeprefix("file://")) / path).open("rb")
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.fs import PyFileSystem

    return PyFileSystem(DeltaStorageHandler(uri, instance.storage_options())).open_input_file(path)


def _where(table: "DeltaTable") -> str:
    """Return what the names of a table's files begin with; of a local folder the path itself, which its URI has in percent signs."""
    uri = str(table.table_uri).rstrip("/")
    return unquote(uri.removeprefix("file://")) if uri.startswith("file://") else uri


def source_of(
    database: "duckdb.DuckDBPyConnection", instance: Instance, name: str, *, version: int | None = None,
    files: list[FactFile] | None = None,
) -> str | None:  # fmt: skip
    """Return the FROM item that reads a table version in DuckDB; None when there is nothing to read.

    Local files are read natively; on object storage the rows come through the Delta reader, which carries the credentials.
    """
    table = open_table(instance, name, version)
    chosen = [] if table is None else files_of(table) if files is None else files
    if table is None or not chosen:
        return None
    if is_local(instance):
        return file_list([file.uri for file in chosen])
    stored = f"stored_{name.replace('.', '_')}"
    database.register(stored, table.to_pyarrow_dataset())
    return stored


def append(instance: Instance, name: str, rows: "pa.RecordBatchReader", *, batch_id: int) -> int:
    """Append rows in one commit that names its batch, and return the new version; columns the table lacks are added to it."""
    table = open_table(instance, name)
    grows = table is not None and not set(rows.schema.names) <= set(columns_of(table))
    return _write(instance, name, rows, mode="append", grows=grows, metadata={"riskreview.batch_id": str(batch_id)})


def columns_of(table: "DeltaTable") -> tuple[str, ...]:
    """Return the names of an open table's columns; a table that is older than a column of its data set lacks it."""
    return tuple(field.name for field in table.schema().fields)


def rewrite(instance: Instance, name: str, rows: "pa.RecordBatchReader") -> int:
    """Replace the files of a table by the same rows in another order; older versions stay readable."""
    return _write(instance, name, rows, mode="overwrite", metadata={"riskreview.compaction": "true"})


def _write(
    instance: Instance, name: str, rows: "pa.RecordBatchReader", *, mode: str, metadata: dict[str, str], grows: bool = False
) -> int:  # fmt: skip
    from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake

    uri, options = table_uri(instance, name), instance.storage_options()
    if is_local(instance):
        Path(uri.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
    write_deltalake(
        uri, rows, mode=mode, storage_options=options, schema_mode="merge" if grows else None, description=NOTE,
        target_file_size=512 * 1024 * 1024,
        writer_properties=WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=ROW_GROUP_ROWS),
        commit_properties=CommitProperties(custom_metadata=metadata),
    )  # fmt: skip
    return int(DeltaTable(uri, storage_options=options).version())
