"""Owns reading tabular files into columns: CSV, ARFF, Parquet, Excel, JSON lines. A column is figures when all it holds are numbers."""

import csv
import gzip
import hashlib
import math
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import BadInput
from riskreview.intake.encoding import as_utf8, detect, utf8_problem
from riskreview.models.definition import Files

if TYPE_CHECKING:
    import pyarrow as pa

EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
DELIMITERS = (",", ";", "\t", "|")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
"""A number whose thousands are set apart by commas."""


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
    if not names or not sum(len(part[names[0]]) for part in parts):
        raise BadInput(
            "E-MODEL-DATA", "the table has no rows below its header", "Give a table with rows", data.files[0]
        )
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
    if not path.stat().st_size:
        raise BadInput("E-MODEL-DATA", "the file is empty", "Export it again", path.name)
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
        with duckdb.connect() as database, tempfile.TemporaryDirectory() as folder:
            if ".parquet" in kinds:
                table = database.read_parquet(place).to_arrow_table()
            elif {".json", ".jsonl", ".ndjson"} & set(kinds):
                table = database.read_json(place).to_arrow_table()
            else:
                text = path if ".gz" in kinds else _as_utf8(path, Path(folder))
                sign, names = _header(text, path.name)
                table = database.read_csv(str(text), header=True, sep=sign, quotechar='"', escapechar='"', auto_detect=False,
                                          columns=dict.fromkeys(names, "VARCHAR")).to_arrow_table()  # fmt: skip
    except duckdb.Error as error:
        said = [
            line for number, line in enumerate(str(error).splitlines()) if number == 0 or line.startswith("Expected")
        ]
        raise BadInput("E-MODEL-DATA", f"the table cannot be read: {' '.join(said).removeprefix('Invalid Input Error: ')[:200]}",
                       "Check the file; text files need a header row", path.name) from error  # fmt: skip
    return {name: _column(table, name) for name in table.column_names}


def _header(path: Path, name: str) -> tuple[str, list[str]]:
    """Return the delimiter that splits the header row into most columns, and the columns.

    :raises BadInput: when the first line is no text, or no header.
    """
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig") as lines
        ):
            head = lines.readline(1 << 20)
    except (UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise BadInput("E-MODEL-DATA", "the file is no text table", "Save it as UTF-8 text", name) from error
    if "\0" in head:
        raise BadInput(
            "E-MODEL-DATA", "the file is no text table", "Give CSV, Excel, Parquet, ARFF or JSON lines", name
        )
    cells = {sign: next(csv.reader([head], delimiter=sign), []) for sign in DELIMITERS}
    sign = max(DELIMITERS, key=lambda sign: len(cells[sign]))
    names = [cell.strip() or f"column_{number}" for number, cell in enumerate(cells[sign], start=1)]
    twice = next((cell for cell, times in Counter(names).items() if times > 1), None)
    if twice is not None or not names:
        raise BadInput("E-MODEL-DATA", "the first line is empty" if twice is None else f"the header has the name {twice} twice",
                       "Give every column a name of its own", name, 1)  # fmt: skip
    return sign, names


def _as_utf8(path: Path, folder: Path) -> Path:
    """Return a text file in UTF-8: the file itself, or its text in the encoding it was evidently saved in."""
    if utf8_problem(path) is None:
        return path
    found = detect(path)
    if found is None:
        raise BadInput("E-MODEL-DATA", "the encoding of the file is not clear", "Save it as UTF-8", path.name)
    return as_utf8(path, path.name, found, folder)[0]


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
    """Return figures when every cell that is not missing is a number, thousands set apart by commas or not; else texts."""
    if column.dtype != object:
        return np.where(np.isfinite(column), column, np.nan)
    cells = [None if cell is None or str(cell).strip() in missing else str(cell).strip() for cell in column.tolist()]
    try:
        figures = np.array([np.nan if cell is None else _number(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array(cells, dtype=object)
    return np.where(np.isfinite(figures), figures, np.nan)


def _number(cell: str) -> float:
    """Return the number of a cell.

    :raises ValueError: for anything else; a number with underscores is a code.
    """
    if "_" in cell:
        raise ValueError(cell)
    return float(cell.replace(",", "") if GROUPED.fullmatch(cell) else cell)


def is_number(cell: str) -> bool:
    """Tell whether a cell would be read as a number."""
    try:
        return math.isfinite(_number(cell))
    except ValueError:
        return False
