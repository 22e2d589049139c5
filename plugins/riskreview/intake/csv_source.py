"""Owns reading delimited text: piece by piece where it is regular, record by record where it is not."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.intake.arrival import Arrival
from riskreview.intake.header import check_header, clean_header
from riskreview.intake.text_pieces import TextLayout, nul_byte, read_pieces
from riskreview.intake.text_table import TextTable, TextWriter, is_blank, written_table
from riskreview.policy.mapping import Mapping

HEAD_BYTES = 1 << 20
MAX_FIELD = 64 << 20
LIMITS = frozenset({65_535, 65_536, 1_048_575, 1_048_576})


def read_csv(mapping: Mapping, path: Path, name: str, *, mark: int, arrival: Arrival) -> TextTable:
    """Return delimited UTF-8 text as a table read piece by piece; nothing is parsed here but the header.

    Its blocks raise ``Irregular`` where only ``read_csv_slowly`` tells what is wrong.

    :param mark: length of the byte-order mark. :param arrival: how far the text has arrived; its head has.
    :raises BadInput: E-HEADER and the other header codes.
    """
    header, fields, start = read_header(mapping, path, mark)
    check_header(mapping, header, name)
    layout = TextLayout(
        path, name, start, _lines_before(path, start), mapping.read.separator, len(header), fields, arrival
    )
    return TextTable(name, header, lambda: read_pieces(layout))


def read_csv_slowly(mapping: Mapping, path: Path, name: str, *, mark: int, folder: Path) -> TextTable:
    """Return the same text cut record by record, so that every irregular record is found with its exact line.

    :raises BadInput: E-CSV-QUOTE with the line where a quote opens and never closes, E-CHAR-NUL.
    """
    header, _, _ = read_header(mapping, path, mark)
    check_header(mapping, header, name)
    target = folder / "records.parquet"
    with TextWriter(target, len(header)) as writer:
        for line, cells in _records(path, mapping, name):
            if line > mapping.read.header_row and not is_blank(cells):
                writer.add(line, [cell or None for cell in cells], separator=mapping.read.separator)
    return written_table(name, target, header)


def read_header(mapping: Mapping, path: Path, mark: int) -> tuple[tuple[str, ...], int, int]:
    """Return the names of the columns, how many fields the header line has, and the offset of the first byte after it."""
    with path.open("rb") as file:
        file.seek(mark)
        head = file.read(HEAD_BYTES).decode("utf-8", "ignore")
    if mapping.read.header_row == 0:
        return mapping.read.columns, len(mapping.read.columns), mark
    stream = io.StringIO(head, newline="")
    lines = [stream.readline() for _ in range(mapping.read.header_row - 1)]
    before = stream.tell()
    reader = csv.reader(stream, delimiter=mapping.read.separator)
    cells = next(reader, [])
    taken = "".join(head[before:].splitlines(keepends=True)[: max(1, reader.line_num)])
    return clean_header(cells), len(cells), mark + len(("".join(lines) + taken).encode())


def check_truncation(records: int, name: str, *, is_confirmed: bool) -> None:
    """Refuse a file that ends exactly where a spreadsheet's sheet ends.

    :param is_confirmed: a manifest confirmed the number of rows.
    :raises BadInput: E-TRUNCATED-SUSPECT.
    """
    if records in LIMITS and not is_confirmed:
        raise BadInput("E-TRUNCATED-SUSPECT", f"the file has exactly {records} rows, the limit of a spreadsheet",
                       "Export in smaller pieces, or send a manifest with the number of rows", name)  # fmt: skip


def _lines_before(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        data = file.read(offset)
    return data.count(b"\n") + int(bool(data) and not data.endswith(b"\n"))


def _records(path: Path, mapping: Mapping, name: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        before = [file.readline() for _ in range(max(0, mapping.read.header_row - 1))]
        line = first = len(before) + 1
        reader = csv.reader(_without_nul(file, name, first), delimiter=mapping.read.separator, strict=True)
        try:
            for cells in reader:
                yield line, cells
                line = first + reader.line_num
        except csv.Error as error:
            raise BadInput("E-CSV-QUOTE", f"a quote opens here and is not closed rightly ({error})",
                           "Double the quotes inside a field, or export again", name, line) from error  # fmt: skip


def _without_nul(lines: Iterable[str], name: str, first: int) -> Iterator[str]:
    for line, text in enumerate(lines, start=first):
        if "\0" in text:
            raise nul_byte(name, line)
        yield text
