"""Owns proposing a mapping for a file nobody has described yet."""

import csv
import io
import itertools
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.intake import file_guard
from riskreview.intake.archives import unpack
from riskreview.intake.encoding import detect
from riskreview.intake.excel_source import choose_sheet, read_rows, visible_sheets
from riskreview.intake.guess import (
    Row,
    choose_dataset,
    guess_dates,
    guess_decimal,
    header_row,
    known_values,
    looks_like,
    match_columns,
    statement_items,
    totals_column,
)
from riskreview.intake.header import clean_header
from riskreview.policy.datasets import DATASETS, Column, Kind

SAMPLE_BYTES, SAMPLE_ROWS = 1 << 20, 2000
CALENDAR, NUMERIC = (Kind.DATE, Kind.TIMESTAMP), (Kind.MONEY, Kind.NUMBER, Kind.INTEGER)
DATED = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{6,}")
CRM = frozenset({"customers", "contacts", "orders"})


@dataclass(frozen=True, slots=True)
class ProposedMapping:
    """A commented mapping and how sure each guess is.

    :param yaml: text that loads, with a comment on every guess.
    :param notes: what a person has to look at, most doubtful first.
    """

    source_id: str
    dataset: str
    yaml: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class Sample:
    """A file's head as text, and the lines of ``read`` that say how it was got."""

    rows: list[Row]
    read: list[str]
    has_iso_dates: bool = False
    first_row: int | None = None
    notes: list[str] = field(default_factory=list)


def propose_mapping(path: Path, *, currency: str) -> ProposedMapping:
    """Read a file's head and propose how to map it.

    :param currency: of a file that names none: the one the instance reports in.

    :raises BadInput: when the file cannot be read at all or has no header.
    """
    file_guard.check_kind(path)
    with tempfile.TemporaryDirectory(prefix="riskreview-propose-") as name:
        sample = _sample(unpack(path, path.name, Path(name)), path.name)
    top = sample.first_row or header_row(sample.rows)
    header = clean_header(sample.rows[top - 1]) if sample.rows else ()
    if not header:
        raise BadInput("E-HEADER", "no header was found", "Export with a header line", path.name)
    body = [row for row in sample.rows[top:] if any(row)]
    dataset, found = choose_dataset(header, path.name)
    source = re.sub(r"[^a-z0-9]+", "_", DATED.sub("", path.name.partition(".")[0].lower())).strip("_")
    source = source if re.match(r"[a-z].", source) else f"source_{source}".strip("_")
    style = _style(dataset, header, found, body, sample)
    lines = _head(source[:60], path, dataset, [*sample.read, *_top(top), *style])
    lines += _datasets(dataset, header, found, sample, body, currency)
    sample.notes.append(f"It was taken for {dataset}; check that first.")
    return ProposedMapping(source[:60], dataset, "\n".join(lines) + "\n", tuple(sample.notes))


def _sample(path: Path, name: str) -> Sample:
    kind = file_guard.sniff(path)
    if kind == "parquet":
        return _parquet_sample(path)
    if kind in {"zip", "ole"}:
        return _excel_sample(path, name)
    if kind != "text":
        raise BadInput("E-FILE-TYPE", f"the content is {kind}", "Export as CSV, Excel, Parquet or JSON lines", name)
    encoding = detect(path)
    if encoding is None:
        raise BadInput("E-ENCODING", "the text is in no known encoding", "Save it as UTF-8", name)
    with path.open("rb") as file:
        data = file.read(SAMPLE_BYTES)
    text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "ignore")
    if "\0" in text:
        raise BadInput("E-CHAR-NUL", "the text holds NUL bytes", "Export as text", name)
    sample = _json_sample(text) if text.lstrip().startswith("{") else _csv_sample(text)
    if encoding != "utf-8":
        sample.read.append(f"  encoding: {encoding}   # found by its bytes")
        sample.notes.append(f"The text was read as {encoding}; check a few names.")
    return sample


def _csv_sample(text: str) -> Sample:
    delimiter = _delimiter(text)
    rows: list[Row] = list(
        itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_ROWS)
    )
    if len(text) >= SAMPLE_BYTES // 4 and len(rows) > 1:
        rows.pop()
    shown = json.dumps(delimiter)
    return Sample(rows, ["  format: csv", f"  delimiter: {shown}"])


def _delimiter(text: str) -> str:
    import clevercsv

    head = "\n".join(text.splitlines()[:200])
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return declared[1]
    counts = {sign: min(line.count(sign) for line in lines) for sign in ",;\t|" if (lines := head.splitlines()[:20])}
    best = max(counts, key=lambda sign: counts[sign], default=",")
    if counts.get(best, 0) > 0 and sum(number > 0 for number in counts.values()) == 1:
        return best
    try:
        dialect = clevercsv.Sniffer().sniff(head[:20_000], delimiters=[",", ";", "\t", "|"])
    except clevercsv.Error:
        return best
    found = getattr(dialect, "delimiter", None)
    return str(found) if found else best


def _json_sample(text: str) -> Sample:
    from riskreview.intake.strict_json import flat_record

    records = []
    for line in text.splitlines()[:SAMPLE_ROWS]:
        try:
            records.append(flat_record(json.loads(line, parse_float=str, parse_int=str)))
        except ValueError:
            break
    names = list(dict.fromkeys(key for record in records for key in record))
    rows: list[Row] = [names, *([record.get(name) for name in names] for record in records)]
    return Sample(rows, ["  format: jsonl"], first_row=1)


def _parquet_sample(path: Path) -> Sample:
    import pyarrow.parquet as pq

    table = next(pq.ParquetFile(path).iter_batches(batch_size=SAMPLE_ROWS), None)
    names = pq.read_schema(path).names
    body = [] if table is None else [[None if v is None else str(v) for v in row.values()] for row in table.to_pylist()]
    return Sample([names, *body], ["  format: parquet"], has_iso_dates=True, first_row=1)


def _excel_sample(path: Path, name: str) -> Sample:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise BadInput(
            "E-FILE-TYPE", "the content is neither text nor a readable workbook", "Export again", name
        ) from error
    filled = [sheet for sheet in visible_sheets(workbook) if workbook.get_sheet_by_name(sheet).height > 0]
    sheet = filled[0] if len(filled) > 1 else choose_sheet(workbook, None, name)
    rows: list[Row] = list(itertools.islice(read_rows(workbook.get_sheet_by_name(sheet)), SAMPLE_ROWS))
    notes = [f"The workbook has {len(filled)} filled sheets; {sheet} was taken."] if len(filled) > 1 else []
    return Sample(
        rows, ["  format: excel", f"  sheet: {json.dumps(sheet, ensure_ascii=False)}"], has_iso_dates=True, notes=notes
    )


def _top(row: int) -> list[str]:
    return [f"  header_row: {row}   # rows above are a preamble"] if row > 1 else []


def _head(source: str, path: Path, dataset: str, read: list[str]) -> list[str]:
    pattern = DATED.sub("*", path.name)
    dated = re.search(r"(20\d{6})", path.name)
    as_of = (
        '{from_name: "(20\\\\d{6})", format: "%Y%m%d"}   # the date in the name'
        if dated
        else "{received: true}   # the day it is received"
    )
    stage = "crm" if dataset in CRM else "finance"
    title = path.name.partition(".")[0].replace('"', "")
    return [
        f"# Proposed for {path.name}. Check the lines marked CHECK, then take it in with: riskreview source add",
        f"source: {source}", f"system: {source}   # CHECK: the system whose customer ids these are; the same in all files with the same ids",
        f"stage: {stage}", f"title: {{en: {json.dumps(title, ensure_ascii=False)}, zh: {json.dumps(title, ensure_ascii=False)}}}",
        "read:", f"  path: {json.dumps(pattern, ensure_ascii=False)}", *read, "delivery:", "  kind: movement   # CHECK: snapshot for a list of open items", f"  as_of: {as_of}",
        "extra_columns: allow",
    ]  # fmt: skip


def _style(dataset: str, header: Sequence[str], found: dict[str, str], body: list[Row], sample: Sample) -> list[str]:
    """Return the lines of ``read`` about numbers, dates and totals."""
    columns = {column.name: column for column in DATASETS[dataset].columns}

    def values(*kinds: Kind) -> list[str]:
        places = [header.index(name) for canonical, name in found.items() if columns[canonical].kind in kinds]
        return [str(row[place]) for row in body for place in places if place < len(row) and row[place]]

    total = totals_column(header, body)
    words = set(total.values) if total else set()
    lines: list[str] = []
    decimal, thousands, certain = guess_decimal(
        [value for value in values(Kind.MONEY, Kind.NUMBER) if value not in words]
    )
    if decimal != "." or thousands:
        lines += [f'  decimal: "{decimal}"', f'  thousands: "{thousands}"']
    if not certain:
        sample.notes.insert(0, "The decimal sign is not proved by the numbers; check decimal and thousands.")
    dates = guess_dates(values(*CALENDAR))
    if dates.formats:
        doubt = "" if dates.is_certain else "   # CHECK: the order of day and month"
        lines.append(f"  dates: {json.dumps(list(dates.formats), ensure_ascii=False)}{doubt}")
    if dates.formats and not dates.is_certain:
        sample.notes.insert(0, "Day and month could be swapped in the dates, or there are several formats.")
    if total and (total.values or total.starts):
        said = {"values": total.values, "starts": total.starts}
        parts = [f"{name}: {json.dumps(list(texts), ensure_ascii=False)}" for name, texts in said.items() if texts]
        lines.append(
            f"  totals: {{column: {_quoted(total.column)}, {', '.join(parts)}}}   # rows that sum up others are left out"
        )
        words_found = ", ".join(f"“{text.strip()}”" for text in (*total.values, *total.starts))
        sample.notes.append(f"Rows with {words_found} in {total.column} were taken for totals and are left out.")
    return lines


def _datasets(
    dataset: str, header: Sequence[str], found: dict[str, str], sample: Sample, body: list[Row], currency: str
) -> list[str]:
    lines = ["datasets:", f"  {dataset}:"]
    items = statement_items(header) if dataset == "financial_statements" and "value" not in found else {}
    if items:
        pairs = ", ".join(f"{_quoted(name)}: {item}" for name, item in items.items())
        lines.append(f"    unpivot: {{{pairs}}}")
    lines.append("    columns:")
    free = [name for name in header if name not in found.values()]
    for column in DATASETS[dataset].columns:
        if items and column.name in {"item", "value"}:
            continue
        if column.name in found:
            lines.append(f"      {column.name}: {_pick(column, found[column.name], header, body)}")
        elif column.required:
            lines.append(
                f"      {column.name}: {_fallback(column, found, _fitting(column, free, header, body), currency)}   # CHECK: required and not found"
            )
            sample.notes.insert(0, f"The required column {column.name} was not found in the header.")
    customers = _customers_too(dataset, header, found)
    lines += [f"      {name}: {_quoted(source)}" for name, source in customers.items()]
    if customers:
        lines[-len(customers) : -len(customers)] = [
            "  customers:   # CHECK: remove it when the customers come from another file",
            "    columns:",
        ]
    used = {*found.values(), *items, *customers.values()}
    unused = [name for name in header if name not in used]
    return lines + ([f"# not mapped: {', '.join(unused)}"] if unused else [])


def _customers_too(dataset: str, header: Sequence[str], found: dict[str, str]) -> dict[str, str]:
    """Return what the file tells of the customers themselves: rows whose customer nobody knows would be refused."""
    account = found.get(DATASETS[dataset].account or "")
    if account is None:
        return {}
    known = match_columns("customers", header)
    plain = {name: source for name, source in known.items() if name in {"name", "tax_id"}}
    return {"customer_id": account, "name": account, **plain}


def _pick(column: Column, source: str, header: Sequence[str], body: list[Row]) -> str:
    if column.kind is not Kind.CHOICE:
        return _quoted(source)
    place = header.index(source)
    values = [str(row[place]).strip() for row in body if place < len(row) and row[place]]
    known = ", ".join(f"{_quoted(value)}: {choice}" for value, choice in known_values(column.name, values).items())
    return (
        f"{{column: {_quoted(source)}, map: {{{known}}}}}   # CHECK: map its values to {', '.join(column.choices[:9])}"
    )


def _fitting(column: Column, free: list[str], header: Sequence[str], body: list[Row]) -> list[str]:
    """Return the columns nothing was found for that may hold what is wanted: no account number for an amount."""

    def values(name: str) -> list[str]:
        place = header.index(name)
        return [str(row[place]).strip() for row in body if place < len(row) and row[place]]

    return [name for name in free if (told := values(name)) and looks_like(column.kind, told)]


def _fallback(column: Column, found: dict[str, str], free: list[str], currency: str) -> str:
    if column.name == "due_date" and "issue_date" in found:
        return f"{{column: {_quoted(found['issue_date'])}, add_days: 30}}"
    constants = {
        Kind.CURRENCY: currency,
        Kind.CHOICE: column.choices[0] if column.choices else "",
        Kind.TEXT: "unknown",
    }
    if constants.get(column.kind):
        return f"{{constant: {constants[column.kind]}}}"
    return _quoted(free[0]) if free else _quoted(next(iter(found.values()), "?"))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
