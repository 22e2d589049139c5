"""Owns reading tabular files into columns: CSV, ARFF, Parquet, Excel, JSON lines. A column is figures when all it holds are numbers."""

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import BadInput
from riskreview.models.definition import Files

if TYPE_CHECKING:
    import pyarrow as pa

EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")


def read_tables(data: Files, folder: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of the files, one below the other; figures as float64 with NaN, texts as objects with None.

    :raises BadInput: for a file that is not there, cannot be read, or has other columns than the first.
    """
    parts = [_read(folder / name, data) for name in data.files]
    names = list(parts[0])
    for part, name in zip(parts, data.files, strict=True):
        if set(part) != set(names):
            odd = min(set(part) ^ set(names))
            raise BadInput("E-MODEL-DATA", f"the column {odd} is not in all files",
                           "Give files with the same columns", name, None, odd)  # fmt: skip
    return {name: _typed(np.concatenate([part[name] for part in parts]), frozenset(data.missing)) for name in names}


def digest_of(columns: dict[str, NDArray[Any]]) -> str:
    """Return a digest of the columns' content, whatever file format they came in."""
    whole = hashlib.sha256()
    for name in sorted(columns):
        column = columns[name]
        content = "\x1f".join(map(str, column.tolist())).encode() if column.dtype == object else column.tobytes()
        whole.update(f"{name}\x1e{column.size}\x1e".encode() + content)
    return whole.hexdigest()


def _read(path: Path, data: Files) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise BadInput(
            "E-MODEL-DATA", "the file is not there", "Correct data.files, or give its folder with --data", path.name
        )
    kinds = [suffix.lower() for suffix in path.suffixes]
    if ".arff" in kinds:
        return _arff(path)
    if kinds and kinds[-1] in EXCEL:
        return _excel(path, data.sheet)
    return _arrow(path, kinds)


def _arrow(path: Path, kinds: Sequence[str]) -> dict[str, NDArray[Any]]:
    import duckdb

    place = str(path)
    try:
        with duckdb.connect() as database:
            if ".parquet" in kinds:
                table = database.read_parquet(place).to_arrow_table()
            elif {".json", ".jsonl", ".ndjson"} & set(kinds):
                table = database.read_json(place).to_arrow_table()
            else:
                table = database.read_csv(place, all_varchar=True, header=True).to_arrow_table()
    except duckdb.Error as error:
        raise BadInput("E-MODEL-DATA", f"the table cannot be read: {str(error).splitlines()[0][:200]}",
                       "Check the file; text files need a header row", path.name) from error  # fmt: skip
    return {name: _column(table, name) for name in table.column_names}


def _column(table: "pa.Table", name: str) -> NDArray[Any]:
    import pyarrow as pa

    column, kind = table[name], table[name].type
    if (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    return np.array([None if value is None else str(value) for value in column.to_pylist()], dtype=object)


def _arff(path: Path) -> dict[str, NDArray[Any]]:
    """Read the attributes' names from the head and the rest as comma separated cells (dense ARFF)."""
    import csv

    names: list[str] = []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, rest = line.strip().partition(" ")
            if word.lower() == "@attribute":
                names.append(next(csv.reader([rest.strip()], delimiter=" ", quotechar="'"))[0])
            if word.lower() == "@data":
                break
        rows = list(csv.reader((line for line in lines if line.strip() and line[0] != "%"), quotechar="'"))
    wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if not names or wrong is not None:
        raise BadInput(
            "E-MODEL-DATA", f"data row {wrong or 0} does not have {len(names)} cells", "Export dense ARFF", path.name
        )
    cells = np.array(rows, dtype=object).reshape(-1, len(names))
    return {name: cells[:, place] for place, name in enumerate(names)}


def _excel(path: Path, sheet: str | None) -> dict[str, NDArray[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        name = sheet or book.sheet_names[0]
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    except (CalamineError, IndexError) as error:
        raise BadInput("E-MODEL-DATA", "the sheet cannot be read", "Name it in data.sheet", path.name) from error
    if len(rows) < 2:
        raise BadInput(
            "E-MODEL-DATA", "the sheet has no rows below its header", "Name the right one in data.sheet", path.name
        )
    cells = np.array(rows[1:], dtype=object).reshape(len(rows) - 1, -1)
    return {str(head): np.array([None if cell == "" else str(cell) for cell in cells[:, place]], dtype=object)
            for place, head in enumerate(rows[0])}  # fmt: skip


def _typed(column: NDArray[Any], missing: frozenset[str]) -> NDArray[Any]:
    """Return figures when every cell that is not missing is a number, else texts."""
    if column.dtype != object:
        return np.where(np.isfinite(column), column, np.nan)
    cells = [None if cell is None or str(cell).strip() in missing else str(cell).strip() for cell in column.tolist()]
    try:
        figures = np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array(cells, dtype=object)
    return np.where(np.isfinite(figures), figures, np.nan)
