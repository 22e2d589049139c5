"""Owns reading only the lines that were not accepted a second time, where a text has one record a line.

The accepted rows carry their numbers: the numbers that are missing name the lines. Composes SQL as ``cells`` describes.
"""

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from riskreview.intake.text_table import Part, PlainText, literal

CHUNK = 1 << 20
MAX_SHARE = 4
"""Beyond a quarter of the records a whole second pass is cheaper."""
Numbers = npt.NDArray[np.int64]


def affected_part(text: PlainText, accepted: Path, records: int, folder: Path) -> Part | None:
    """Return the records of ``text`` that are not in the Parquet file ``accepted``; None when they are too many to pick.

    :param records: how many records the text has. :param folder: where the lines are copied to.
    """
    rows = missing_rows(accepted, records)
    if len(rows) * MAX_SHARE > records:
        return None
    target = folder / "affected.csv"
    _copy_lines(text, rows, target)
    columns = "'source_row': 'BIGINT', " + ", ".join(f"'c{number + 1}': 'VARCHAR'" for number in range(text.width))
    scan = (
        f"read_csv({literal(str(target))}, auto_detect=false, header=false, delim={literal(text.separator)}, quote='\"', "
        f"escape='\"', new_line='\\n', columns={{{columns}}}, strict_mode=true)"
    )
    return Part(scan, "source_row", f"source_row + {text.lines_before}", is_counted=False)


def missing_rows(accepted: Path, records: int) -> Numbers:
    """Return the numbers from 1 to ``records`` that no accepted row has, ascending."""
    is_there = np.zeros(records + 1, dtype=np.bool_)
    is_there[0] = True
    column: Any = pq.read_table(accepted, columns=["source_row"]).column("source_row")
    is_there[column.to_numpy()] = True
    return np.flatnonzero(~is_there).astype(np.int64)


def line_bounds(path: Path, start: int, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Return where the given lines begin and end (without their line feed); line 1 begins at offset ``start``."""
    feeds = np.unique(np.concatenate([rows - 1, rows]))
    found = np.full(len(feeds), path.stat().st_size, dtype=np.int64)
    found[feeds == 0] = start - 1
    seen, offset = 1, start
    with path.open("rb") as file:
        file.seek(start)
        while data := file.read(CHUNK):
            ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10)
            low, high = np.searchsorted(feeds, [seen, seen + len(ends)])
            found[low:high] = ends[feeds[low:high] - seen] + offset
            seen, offset = seen + len(ends), offset + len(data)
    return found[np.searchsorted(feeds, rows - 1)] + 1, found[np.searchsorted(feeds, rows)]


def _copy_lines(text: PlainText, rows: Numbers, target: Path) -> None:
    """Write the lines, each behind its number as a first field."""
    begins, ends = line_bounds(text.path, text.start, rows)
    separator = text.separator.encode()
    with (
        text.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        target.open("wb") as writer,
    ):
        for row, begin, end in zip(rows.tolist(), begins.tolist(), ends.tolist(), strict=True):
            writer.write(b"%d%b%b\n" % (row, separator, data[begin:end]))
