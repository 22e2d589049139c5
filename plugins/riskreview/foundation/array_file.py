"""Owns files of equally long arrays that the tasks of one run hand to each other: Parquet, there as a whole or not at all."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import path_of
from riskreview.foundation.whole_file import whole_file

Arrays = Mapping[str, NDArray[Any]]
ROW_GROUP_ROWS = 131_072


def shared_folder(instance: Instance, *parts: str) -> Any:  # a local path or a universal path
    """Return a folder beside the fact tables, which every worker reaches; it need not exist."""
    return path_of(instance, f"{instance.facts.rstrip('/')}/_handed_on").joinpath(*parts)


def write_bytes(folder: Any, name: str, content: bytes) -> None:  # see shared_folder
    """Write a file whose readers see all of it or nothing; a repetition replaces it."""
    if not isinstance(folder, Path):
        (folder / name).write_bytes(content)
        return
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / name) as draft:
        draft.write_bytes(content)


def write_arrays(folder: Any, name: str, columns: Arrays) -> None:  # see shared_folder
    """Write arrays of one length; dates, missing days, missing texts and every bit of a figure come back as they were."""
    table = pa.table({key: _arrow(values) for key, values in columns.items()})
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink, compression="zstd", compression_level=1, use_dictionary=texts, row_group_size=ROW_GROUP_ROWS
    )
    write_bytes(folder, f"{name}.parquet", sink.getvalue().to_pybytes())


def read_arrays(
    folder: Any, name: str, columns: Sequence[str] | None = None
) -> dict[str, NDArray[Any]]:  # see shared_folder
    """Return the arrays of a file, or those of them that are named and there; they may be written to."""
    with (folder / f"{name}.parquet").open("rb") as stream:
        kept = pq.ParquetFile(stream)
        known = kept.schema_arrow.names
        table = kept.read(known if columns is None else [column for column in columns if column in known])
    return {key: _writable(table[key].to_numpy()) for key in table.column_names}


def names_of(folder: Any, name: str) -> tuple[str, ...]:  # see shared_folder
    """Return the names of a file's arrays."""
    with (folder / f"{name}.parquet").open("rb") as stream:
        return tuple(pq.read_schema(stream).names)


def remove(folder: Any) -> None:  # see shared_folder
    """Remove a folder with all its files; what is not there is not missed."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        folder.fs.rm(folder.path, recursive=True)


def _arrow(values: NDArray[Any]) -> pa.Array:
    return pa.array(values, pa.string()) if values.dtype.kind in "OU" else pa.array(values)


def _writable(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.flags.writeable else values.copy()
