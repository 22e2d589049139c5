"""Owns finding the physical lines of accepted records again, for rooms that refuse them later. Composes SQL as ``cells`` describes."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.intake.csv_source import read_csv_slowly
from riskreview.intake.staging import WORK, Extract, open_duckdb, table_of, text_of
from riskreview.intake.text_table import TextTable
from riskreview.policy.mapping import Mapping as SourceMapping


def lines_of(
    instance: Instance, mapping: SourceMapping, *, extract: Extract, rows: Mapping[str, Collection[int]], folder: Path
) -> dict[str, dict[int, int]]:
    """Return the line of each given source row per dataset; empty when the bytes cannot be read any more.

    Text with one record a line needs no second read: its lines are counted.
    """
    work = folder / WORK
    work.mkdir(parents=True, exist_ok=True)
    try:
        text, mark = text_of(mapping, extract, work)
        table = table_of(instance, mapping, extract, text, mark, work)
        if not table.is_exact:
            table = read_csv_slowly(mapping, text, extract.name, mark=mark, folder=work)
        return {name: _lines(instance, work, table, mapping, name, numbers) for name, numbers in rows.items()}
    except (BadInput, duckdb.Error):
        return {}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _lines(
    instance: Instance, work: Path, table: TextTable, mapping: SourceMapping, dataset: str, rows: Collection[int]
) -> dict[int, int]:
    """Unpivoted rows are numbered item by item: (record - 1) * items + position."""
    items = max(1, len(mapping.datasets[dataset].unpivot))
    records = {row: (row - 1) // items + 1 for row in rows}
    part = table.parts[0]
    with open_duckdb(instance, work) as connection:
        connection.register("wanted", pa.table({"source_row": pa.array(sorted(set(records.values())), pa.int64())}))
        scan = "wanted" if part.line != "line" else f"{part.scan} SEMI JOIN wanted USING (source_row)"
        found = dict(connection.execute(f"SELECT source_row, {part.line} FROM {scan}").fetchall())  # noqa: S608  see above
    return {row: int(found[record]) for row, record in records.items() if record in found}
