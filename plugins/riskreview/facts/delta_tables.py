"""Owns the Delta tables of an instance: where they are, which files a version has, appending to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from riskreview.facts.opened_tables import OpenedTables
from riskreview.facts.statements import file_list
from riskreview.facts.table_format import NOTE, check_format
from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import Instance, is_remote
from riskreview.foundation.storage import open_storage, options_for, reaching

if TYPE_CHECKING:
    from deltalake import DeltaTable

ROW_GROUP_ROWS = 131_072
"""Small enough that a range of customers skips most groups of a sorted file, large enough to decode fast."""
KEPT_FOR_EVER = {"delta.enableExpiredLogCleanup": "false"}
"""Writers by default drop the log of versions older than 30 days; decisions rest on them, and whoever performs one again opens them."""

_OPENED = OpenedTables()
"""The pinned versions in object storage; the newest is somebody's own, for a writer moves it on."""


class FactsGone(NotFound):
    """What was known once is no longer stored; nothing may be concluded without it."""


@dataclass(frozen=True, slots=True)
class FactFile:
    """One data file of a table version, by its name below the table, with what its statistics say."""

    name: str
    rows: int
    first_batch: int
    last_batch: int
    currencies: tuple[str | None, str | None]


def table_uri(instance: Instance, name: str) -> str:
    """Return where a fact table is."""
    return f"{instance.facts.rstrip('/')}/{name}"


def open_table(
    instance: Instance, name: str, version: int | None = None, *, look_again: bool = False
) -> "DeltaTable | None":
    """Open a table at a version, the newest without one; None when it was never written.

    A version never changes, so of object storage its log is read once by a process.

    :param look_again: read the log although this process has read it.
    :raises FactsGone: when the version is not there. :raises Unavailable: when object storage does not answer.
    """
    uri, options = table_uri(instance, name), options_for(instance, instance.facts)
    if version is None or not is_remote(uri):
        return _opened(instance, name, uri, version, options)
    key = (uri, tuple(sorted(options.items())), version)
    known = None if look_again else _OPENED.find(key)
    if known is None:
        known = _opened(instance, name, uri, version, options)
        _OPENED.keep(key, known)
    return known


def _opened(
    instance: Instance, name: str, uri: str, version: int | None, options: dict[str, str]
) -> "DeltaTable | None":
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    with reaching(uri):
        if version is None and not DeltaTable.is_deltatable(uri, storage_options=options):
            return None
        try:
            table = DeltaTable(uri, version=version, storage_options=options)
        except DeltaError as error:
            if not DeltaTable.is_deltatable(uri, storage_options=options):
                raise FactsGone(
                    f"the fact table {name} is gone from {instance.facts}; restore it from a backup"
                ) from error
            raise FactsGone(
                f"version {version} of the fact table {name} cannot be opened; restore it from a backup"
            ) from error
    check_format(table, name)
    return table


def files_of(table: "DeltaTable") -> list[FactFile]:
    """Return the data files of an open table, in a stable order."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    found = [
        FactFile(str(a["path"]), int(a["num_records"]), int(a["min.batch_id"]), int(a["max.batch_id"]),
                 (a.get("min.currency"), a.get("max.currency")))
        for a in actions if a["num_records"]
    ]  # fmt: skip
    return sorted(found, key=lambda file: (file.first_batch, file.name))


def names_of(table: "DeltaTable") -> list[str]:
    """Return the names of all data files of an open table, in order."""
    return sorted(str(name) for name in pa.table(table.get_add_actions(flatten=True))["path"].to_pylist())


def open_file(instance: Instance, name: str, path: str) -> BufferedReader:
    """Open a data file of a table for reading, as the storage has it now.

    :raises FileNotFoundError: when it is gone.
    """
    found = open_storage(instance, instance.facts).find(f"{name}/{path}")
    if found is None:
        raise FileNotFoundError(path)
    return found.open("rb")


def rows_of(
    instance: Instance, table: "DeltaTable", *, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> pa.Table:  # fmt: skip
    """Return rows of an open table; only the parts of its files that may hold them are read, also from object storage.

    :raises Unavailable: when object storage does not answer.
    """
    with reaching(instance.facts):
        return table.to_pyarrow_dataset().to_table(None if columns is None else list(columns), filter=where)


def source_of(instance: Instance, name: str, *, version: int | None = None, files: list[FactFile] | None = None) -> str | None:  # fmt: skip
    """Return the FROM item that reads a table version in DuckDB; None when there is nothing to read.

    DuckDB reads local files: the table's own, or the copies of those in object storage.
    """
    table = open_table(instance, name, version) if files is None else None
    chosen = files if files is not None else [] if table is None else files_of(table)
    if not chosen:
        return None
    try:
        paths = open_storage(instance, instance.facts).files(name, [file.name for file in chosen])
    except NotFound as error:
        raise FactsGone(f"of the fact table {name} {error}") from error
    return file_list([str(path) for path in paths])


def append(
    instance: Instance, name: str, rows: "pa.RecordBatchReader", *, batch_id: int, table: "DeltaTable | None" = None
) -> int:
    """Append rows in one commit that names its batch, and return the new version; columns the table lacks are added to it.

    :param table: the newest version, where the caller has it open.
    """
    newest = table or open_table(instance, name)
    grows = newest is not None and not set(rows.schema.names) <= set(columns_of(newest))
    metadata = {"riskreview.batch_id": str(batch_id)}
    return _write(instance, name, rows, mode="append", grows=grows, metadata=metadata, table=newest)


def columns_of(table: "DeltaTable") -> tuple[str, ...]:
    """Return the names of an open table's columns; a table that is older than a column of its data set lacks it."""
    return tuple(field.name for field in table.schema().fields)


def rewrite(instance: Instance, name: str, rows: "pa.RecordBatchReader") -> int:
    """Replace the files of a table by the same rows in another order; older versions stay readable."""
    return _write(instance, name, rows, mode="overwrite", metadata={"riskreview.compaction": "true"})


def _write(
    instance: Instance, name: str, rows: "pa.RecordBatchReader", *, mode: str, metadata: dict[str, str], grows: bool = False,
    table: "DeltaTable | None" = None,
) -> int:  # fmt: skip
    from deltalake import CommitProperties, PostCommitHookProperties, WriterProperties, write_deltalake
    from deltalake.exceptions import DeltaError

    uri, options = table_uri(instance, name), options_for(instance, instance.facts)
    if not is_remote(uri):
        Path(uri.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
    with reaching(uri, errors=(OSError, DeltaError)):
        write_deltalake(
            uri, rows, mode=mode, storage_options=options, schema_mode="merge" if grows else None, description=NOTE,
            target_file_size=512 * 1024 * 1024,
            writer_properties=WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=ROW_GROUP_ROWS),
            commit_properties=CommitProperties(custom_metadata=metadata), configuration=KEPT_FOR_EVER,
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )  # fmt: skip
        if table is not None:
            table.update_incremental()  # reads the commits since, not the whole log
            return int(table.version())
    written = open_table(instance, name)
    assert written is not None  # noqa: S101  it was just written
    return int(written.version())
