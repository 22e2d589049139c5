"""Owns reading delimited text: whole by DuckDB where every line is a record, record by record where something is irregular."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.intake.byte_ranges import PROTOCOL, ByteRanges
from riskreview.intake.header import check_header, clean_header
from riskreview.intake.scan import Traits, scan_text
from riskreview.intake.text_table import Part, PlainText, TextTable, TextWriter, is_blank, literal, written_table
from riskreview.policy.mapping import Mapping

HEAD_BYTES = 1 << 20
MAX_FIELD = 64 << 20
MIN_PART = 24 << 20
LIMITS = frozenset({65_535, 65_536, 1_048_575, 1_048_576})


def read_csv(mapping: Mapping, path: Path, name: str, *, mark: int, threads: int) -> TextTable:
    """Return delimited UTF-8 text as a table that DuckDB reads in place; nothing is parsed here but the header.

    :param mark: length of the byte-order mark. :param threads: pieces that are read at the same time.
    :raises BadInput: E-CHAR-NUL, E-HEADER and the other header codes.
    """
    traits = scan_text(path)
    if traits.nul_at is not None:
        raise BadInput("E-CHAR-NUL", f"byte {traits.nul_at} is NUL", "Export as text; the file is damaged or binary", name,
                       _line_at(path, traits.nul_at))  # fmt: skip
    header, start = read_header(mapping, path, mark)
    check_header(mapping, header, name)
    lines = max(0, traits.lines - _lines_before(path, start))
    is_plain = traits.is_plain and len(header) > 1
    ranges = _ranges(traits, start, lines, threads if is_plain else 1, path)
    files = ByteRanges(path, [(begin, end) for begin, end, _ in ranges])
    skipped = traits.lines - lines
    plain = PlainText(path, start, skipped, mapping.read.separator, len(header)) if is_plain else None
    parts = tuple(
        Part(
            _scan(index, mapping.read.separator, len(header)),
            f"row_number() OVER () + {before}",
            f"source_row + {skipped}",
            is_counted=True,
        )
        for index, (_, _, before) in enumerate(ranges)
    )
    return TextTable(name, header, parts, lines if is_plain else None, traits.is_ascii, traits.has_control, traits.has_space,
                     is_exact=is_plain, filesystem=files, plain=plain)  # fmt: skip


def read_csv_slowly(mapping: Mapping, path: Path, name: str, *, mark: int, folder: Path) -> TextTable:
    """Return the same text cut record by record, so that every irregular record is found with its exact line.

    :raises BadInput: E-CSV-QUOTE with the line where a quote opens and never closes.
    """
    header, _ = read_header(mapping, path, mark)
    check_header(mapping, header, name)
    target = folder / "records.parquet"
    with TextWriter(target, len(header)) as writer:
        for line, cells in _records(path, mapping, name):
            if line > mapping.read.header_row and not (len(header) > 1 and is_blank(cells)):
                writer.add(line, [cell or None for cell in cells], separator=mapping.read.separator)
    return written_table(name, target, header, writer.records)


def read_header(mapping: Mapping, path: Path, mark: int) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns and the offset of the first byte after the header line."""
    with path.open("rb") as file:
        file.seek(mark)
        head = file.read(HEAD_BYTES).decode("utf-8", "ignore")
    if mapping.read.header_row == 0:
        return mapping.read.columns, mark
    stream = io.StringIO(head, newline="")
    lines = [stream.readline() for _ in range(mapping.read.header_row - 1)]
    before = stream.tell()
    reader = csv.reader(stream, delimiter=mapping.read.separator)
    cells = next(reader, [])
    taken = "".join(head[before:].splitlines(keepends=True)[: max(1, reader.line_num)])
    return clean_header(cells), mark + len(("".join(lines) + taken).encode())


def check_truncation(records: int, name: str, *, is_confirmed: bool) -> None:
    """Refuse a file that ends exactly where a spreadsheet's sheet ends.

    :param is_confirmed: a manifest confirmed the number of rows.
    :raises BadInput: E-TRUNCATED-SUSPECT.
    """
    if records in LIMITS and not is_confirmed:
        raise BadInput("E-TRUNCATED-SUSPECT", f"the file has exactly {records} rows, the limit of a spreadsheet",
                       "Export in smaller pieces, or send a manifest with the number of rows", name)  # fmt: skip


def _scan(index: int, separator: str, width: int) -> str:
    columns = ", ".join(f"'c{number + 1}': 'VARCHAR'" for number in range(width))
    return (
        f"read_csv('{PROTOCOL}://extract/{index}.csv', auto_detect=false, header=false, delim={literal(separator)}, quote='\"', "
        f"escape='\"', new_line='\\n', columns={{{columns}}}, strict_mode=true)"
    )


def _ranges(traits: Traits, start: int, lines: int, threads: int, path: Path) -> list[tuple[int, int, int]]:
    size = path.stat().st_size
    wanted = max(1, min(threads, (size - start) // MIN_PART))
    skipped = traits.lines - lines
    cuts = [(cut.offset, cut.lines_before - skipped) for cut in traits.cuts if cut.offset > start]
    bounds = [(start, 0)]
    for number in range(1, wanted):
        target = start + (size - start) * number // wanted
        nearest = min(cuts, key=lambda cut: abs(cut[0] - target), default=None)
        if nearest and nearest[0] > bounds[-1][0]:
            bounds.append(nearest)
    ends = [offset for offset, _ in bounds[1:]] + [size]
    return [(begin, end, before) for (begin, before), end in zip(bounds, ends, strict=True)]


def _lines_before(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        data = file.read(offset)
    return data.count(b"\n") + int(bool(data) and not data.endswith(b"\n"))


def _line_at(path: Path, offset: int) -> int:
    seen = 1
    with path.open("rb") as file:
        while offset > 0 and (data := file.read(min(offset, HEAD_BYTES))):
            seen, offset = seen + data.count(b"\n"), offset - len(data)
    return seen


def _records(path: Path, mapping: Mapping, name: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        before = [file.readline() for _ in range(max(0, mapping.read.header_row - 1))]
        reader = csv.reader(file, delimiter=mapping.read.separator, strict=True)
        line = first = len(before) + 1
        try:
            for cells in reader:
                yield line, cells
                line = first + reader.line_num
        except csv.Error as error:
            raise BadInput("E-CSV-QUOTE", f"a quote opens here and is not closed rightly ({error})",
                           "Double the quotes inside a field, or export again", name, line) from error  # fmt: skip
