"""Owns finding the physical lines of accepted records again, for rooms that refuse them later."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from riskreview.foundation.errors import BadInput
from riskreview.intake.csv_source import read_csv_slowly
from riskreview.intake.staging import WORK, Extract, table_of, text_of
from riskreview.intake.text_pieces import Irregular
from riskreview.intake.text_table import TextTable
from riskreview.policy.mapping import Mapping as SourceMapping


def lines_of(
    mapping: SourceMapping, *, extract: Extract, rows: Mapping[str, Collection[int]], folder: Path
) -> dict[str, dict[int, int]]:
    """Return the line of each given source row per dataset; empty when the bytes cannot be read any more."""
    work = folder / WORK
    work.mkdir(parents=True, exist_ok=True)
    items = {name: max(1, len(mapping.datasets[name].unpivot)) for name in rows}
    records = {(row - 1) // items[name] + 1 for name, numbers in rows.items() for row in numbers}
    try:
        text, mark = text_of(mapping, extract, work)
        try:
            lines = dict(_lines(table_of(mapping, extract, text, mark, work), records))
        except Irregular:
            table = read_csv_slowly(mapping, text, extract.name, mark=mark, folder=work)
            lines = dict(_lines(table, records))
    except BadInput:
        return {}
    finally:
        shutil.rmtree(work, ignore_errors=True)
    by_row = {name: {row: (row - 1) // items[name] + 1 for row in numbers} for name, numbers in rows.items()}
    return {
        name: {row: lines[record] for row, record in found.items() if record in lines} for name, found in by_row.items()
    }


def _lines(table: TextTable, records: Collection[int]) -> Iterator[tuple[int, int]]:
    """Give the number and the line of the given records; rows of an unpivoted dataset are numbered item by item."""
    wanted, before = pa.array(sorted(records), pa.int64()), 0
    for read in table.blocks():
        block = read()
        inside = wanted.filter(pc.and_(pc.greater(wanted, before), pc.less_equal(wanted, before + len(block.cells))))
        yield from zip(inside.to_pylist(), block.lines.take(pc.subtract(inside, before + 1)).to_pylist(), strict=True)
        before += len(block.cells)
