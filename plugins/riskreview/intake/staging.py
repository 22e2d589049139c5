"""Owns staging: from an extract's bytes to typed Parquet of accepted rows and Parquet of refused rows, in a folder it is given.

Knows no database: landing, checking and reading rows again all stage the same way.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from riskreview.foundation.errors import BadInput
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.instance import Instance
from riskreview.intake.affected import affected_part
from riskreview.intake.archives import unpack
from riskreview.intake.as_of import from_name
from riskreview.intake.csv_source import check_truncation, read_csv, read_csv_slowly
from riskreview.intake.encoding import as_utf8
from riskreview.intake.excel_source import read_excel
from riskreview.intake.file_guard import check_manifest, check_type
from riskreview.intake.other_sources import read_jsonl, read_parquet
from riskreview.intake.results import DatasetCounts
from riskreview.intake.statements import (
    Plan,
    accepted_rows,
    all_records,
    latest_date,
    make_plan,
    no_refusals,
    record_counts,
    refused_rows,
    sums_of,
)
from riskreview.intake.text_table import TextTable
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping import Mapping

STAGED = register("intake.staged", "the rows are staged in a working folder, the batch is not recorded")
WORK = ".work"
NEEDLESS = "in_clause,filter_pushdown,filter_pullup,statistics_propagation,join_order,common_subplan"
"""Optimizers that staging is slower with: short lists become joins, typed cells are computed twice, planning takes longer than rows."""


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract to stage: its bytes, the name it came under, the day it was received, and its manifest."""

    path: Path
    name: str
    received_on: date
    manifest: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging came to."""

    as_of: date
    records: int
    datasets: tuple[DatasetCounts, ...]


def stage_extract(instance: Instance, mapping: Mapping, extract: Extract, folder: Path) -> Staged:
    """Stage every dataset of an extract into ``folder``, which is emptied first.

    :raises BadInput: with an ``E-`` code when the extract as a whole is refused.
    """
    shutil.rmtree(folder, ignore_errors=True)
    work = folder / WORK
    work.mkdir(parents=True)
    try:
        text, mark = text_of(mapping, extract, work)
        table = table_of(instance, mapping, extract, text, mark, work)
        with open_duckdb(instance, work, table) as connection:
            try:
                staged = _stage_all(instance, mapping, extract, table, connection, folder)
            except duckdb.InvalidInputException as error:
                if mapping.read.format not in {"csv", "tsv"}:
                    raise
                staged = _stage_slowly(instance, mapping, extract, (text, mark), folder, error)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    reach(STAGED)
    return staged


@contextmanager
def open_duckdb(instance: Instance, work: Path, table: TextTable | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB within the instance's limits; it spills into ``work``."""
    settings: dict[str, str | bool | int | float | list[str]] = {"memory_limit": instance.settings.duckdb_memory, "threads": instance.settings.duckdb_threads,
                "preserve_insertion_order": False, "temp_directory": str(work), "autoinstall_known_extensions": False}  # fmt: skip
    connection = duckdb.connect(config=settings)
    try:
        connection.execute(f"SET disabled_optimizers = '{NEEDLESS}'")
        if table is not None and table.filesystem is not None:
            connection.register_filesystem(table.filesystem)
        yield connection
    finally:
        connection.close()


def text_of(mapping: Mapping, extract: Extract, work: Path) -> tuple[Path, int]:
    """Return the unpacked bytes, text as UTF-8, and the length of its byte-order mark."""
    plain = unpack(extract.path, extract.name, work)
    check_type(plain, extract.name, mapping.read.format)
    if mapping.read.format in {"excel", "parquet"}:
        return plain, 0
    return as_utf8(plain, extract.name, mapping.read.encoding, work)


def table_of(instance: Instance, mapping: Mapping, extract: Extract, path: Path, mark: int, work: Path) -> TextTable:
    """Return an extract as text cells, read in the format of its mapping."""
    match mapping.read.format:
        case "excel":
            kind = check_type(path, extract.name, "excel")
            return read_excel(mapping, path, extract.name, work, is_xlsx=kind == "xlsx")
        case "parquet":
            return read_parquet(mapping, path, extract.name)
        case "jsonl":
            return read_jsonl(mapping, path, extract.name, work)
        case _:
            return read_csv(mapping, path, extract.name, mark=mark, threads=instance.settings.duckdb_threads)


def _stage_slowly(
    instance: Instance, mapping: Mapping, extract: Extract, text: tuple[Path, int], folder: Path, error: duckdb.Error
) -> Staged:
    """Stage an irregular text record by record; what neither way can read is refused as a whole."""
    work = folder / WORK
    table = read_csv_slowly(mapping, text[0], extract.name, mark=text[1], folder=work)
    with open_duckdb(instance, work) as connection:
        try:
            return _stage_all(instance, mapping, extract, table, connection, folder)
        except duckdb.InvalidInputException:
            raise BadInput(
                "E-CSV-QUOTE", "the text cannot be cut into fields", "Export it again", extract.name
            ) from error


def _stage_all(
    instance: Instance,
    mapping: Mapping,
    extract: Extract,
    table: TextTable,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
) -> Staged:
    zone = instance.settings.time_zone
    plans = [make_plan(mapping, dataset, table, zone) for name, dataset in DATASETS.items() if name in mapping.datasets]
    records = table.records if table.records is not None else _records(connection, table)
    check_manifest(extract.manifest, extract.name, rows=records)
    check_truncation(records, extract.name, is_confirmed="rows" in (extract.manifest or {}))
    _check_totals(mapping, table, connection, zone)
    counts = [
        _stage_dataset(connection, plan, folder, records, bool(mapping.datasets[plan.dataset.name].unpivot))
        for plan in plans
    ]
    if not table.is_exact and any(count.refused for count in counts):
        raise duckdb.InvalidInputException("refused rows need exact lines")
    return Staged(_as_of(mapping, extract, table, connection, zone), records, tuple(counts))


def _check_totals(mapping: Mapping, table: TextTable, connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Compare each column's totals rows with its rows: one of them is the whole sum, or they are subtotals that add up to it.

    Where a cell is no amount its row is refused for that, and nothing is compared. An extract without totals rows has none to check.

    :raises BadInput: E-TOTALS naming the column and both sums.
    """
    totals = mapping.read.totals
    if totals is None:
        return
    for column in totals.sums:
        found = connection.execute(sums_of(mapping, totals, column, table, zone)).fetchone()
        whole, given, unread = found or (0, None, 0)
        if given and not unread and whole not in given and sum(given) != whole:
            said = ", ".join(str(value) for value in given[:5])
            raise BadInput("E-TOTALS", f"the rows of {column} sum to {whole}, the totals rows say {said}",
                           "Export it again; rows are missing or doubled", table.name, None, column)  # fmt: skip


def _records(connection: duckdb.DuckDBPyConnection, table: TextTable) -> int:
    return int(_one(connection, all_records(table)))


def _stage_dataset(
    connection: duckdb.DuckDBPyConnection, plan: Plan, folder: Path, records: int, unpivots: bool  # noqa: FBT001  private
) -> DatasetCounts:  # fmt: skip
    name = plan.dataset.name
    accepted = int(_one(connection, accepted_rows(plan, str(folder / f"{name}.parquet"))))
    total, kept = (records, records) if not plan.filters and not unpivots else _counted(connection, plan)
    target = folder / f"{name}.refused.parquet"
    refused = 0
    if accepted == kept:
        connection.execute(no_refusals(str(target)))
    else:
        refused = int(_one(connection, refused_rows(_narrowed(plan, folder, records), str(target))))
    if accepted + refused != kept:
        raise BadInput(
            "E-COUNT",
            f"{kept} rows were read, {accepted} accepted and {refused} refused",
            "Report this as a defect",
            plan.table.name,
        )
    return DatasetCounts(name, kept, accepted, refused, total - kept)


def _narrowed(plan: Plan, folder: Path, records: int) -> Plan:
    """Return a plan that reads only the records that were not accepted, where their lines can be told."""
    if plan.table.plain is None or not all(part.is_counted for part in plan.parts):
        return plan
    part = affected_part(plan.table.plain, folder / f"{plan.dataset.name}.parquet", records, folder / WORK)
    return plan if part is None else replace(plan, parts=(part,))


def _counted(connection: duckdb.DuckDBPyConnection, plan: Plan) -> tuple[int, int]:
    row = connection.execute(record_counts(plan)).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _as_of(
    mapping: Mapping, extract: Extract, table: TextTable, connection: duckdb.DuckDBPyConnection, zone: str
) -> date:
    rule = mapping.delivery.as_of
    if rule.from_name is not None:
        return from_name(rule, extract.name, extract.received_on)
    if rule.column is None:
        return extract.received_on
    found = _one(connection, latest_date(mapping, rule.column, table, zone))
    if found is None:
        raise BadInput(
            "E-ASOF", f"the column {rule.column} holds no date", "Correct as_of or dates in the mapping", extract.name
        )
    return date.fromisoformat(str(found))


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> Any:  # one value of any type
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def local_day(instance: Instance, moment: datetime) -> date:
    """Return the day a moment falls on where the instance lives."""
    return moment.astimezone(ZoneInfo(instance.settings.time_zone)).date()
