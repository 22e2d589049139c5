"""Owns staging: from an extract's bytes to typed Parquet of accepted rows and Parquet of refused rows, in a folder it is given.

Knows no database: landing, checking and reading rows again all stage the same way.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from riskreview.foundation.errors import BadInput
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.instance import Instance
from riskreview.intake.archives import unpack
from riskreview.intake.arrival import Arrival, whole
from riskreview.intake.as_of import from_name
from riskreview.intake.block_staging import BlockStager, in_order
from riskreview.intake.csv_source import check_truncation, read_csv, read_csv_slowly
from riskreview.intake.encoding import HEAD, as_utf8, check_utf8, head_mark, is_utf8
from riskreview.intake.excel_source import read_excel
from riskreview.intake.file_guard import check_manifest, check_type, sniff
from riskreview.intake.other_sources import read_jsonl, read_parquet
from riskreview.intake.results import DatasetCounts
from riskreview.intake.staged_files import StagedFiles
from riskreview.intake.statements import plan_extract
from riskreview.intake.text_pieces import Irregular
from riskreview.intake.text_table import TextTable
from riskreview.intake.totals import check_totals
from riskreview.policy.mapping import Mapping

STAGED = register("intake.staged", "the rows are staged in a working folder, the batch is not recorded")
WORK = ".work"


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract to stage: its bytes, the name it came under, the day it was received, its manifest, and how far it has arrived."""

    path: Path
    name: str
    received_on: date
    manifest: dict[str, object] | None = None
    arrival: Arrival = field(default_factory=whole)


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
        table = table_of(mapping, extract, text, mark, work)
        try:
            staged = _stage_all(instance, mapping, extract, table, folder)
        except Irregular:
            extract.arrival.wait()
            check_utf8(text, extract.name)
            table = read_csv_slowly(mapping, text, extract.name, mark=mark, folder=work)
            staged = _stage_all(instance, mapping, extract, table, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    reach(STAGED)
    return staged


@contextmanager
def open_duckdb(instance: Instance, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB within the instance's limits; it spills into ``work``."""
    settings: dict[str, str | bool | int | float | list[str]] = {"memory_limit": instance.settings.duckdb_memory, "threads": instance.settings.duckdb_threads,
                "temp_directory": str(work), "autoinstall_known_extensions": False}  # fmt: skip
    connection = duckdb.connect(config=settings)
    try:
        yield connection
    finally:
        connection.close()


def text_of(mapping: Mapping, extract: Extract, work: Path) -> tuple[Path, int]:
    """Return the unpacked bytes, text as UTF-8, and the length of its byte-order mark.

    Of delimited UTF-8 text only the head has arrived and was checked; who reads on waits and checks.
    """
    extract.arrival.wait(HEAD)
    is_read_on = (
        mapping.read.format in {"csv", "tsv"} and is_utf8(mapping.read.encoding) and sniff(extract.path) == "text"
    )
    if not is_read_on:
        extract.arrival.wait()
    plain = unpack(extract.path, extract.name, work)
    check_type(plain, extract.name, mapping.read.format)
    if mapping.read.format in {"excel", "parquet"}:
        return plain, 0
    if is_read_on:
        return plain, head_mark(plain, extract.name, mapping.read.encoding)
    return as_utf8(plain, extract.name, mapping.read.encoding, work)


def table_of(mapping: Mapping, extract: Extract, path: Path, mark: int, work: Path) -> TextTable:
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
            return read_csv(mapping, path, extract.name, mark=mark, arrival=extract.arrival)


def _stage_all(instance: Instance, mapping: Mapping, extract: Extract, table: TextTable, folder: Path) -> Staged:
    plan = plan_extract(mapping, table, instance.settings.time_zone)
    records, latest, sums = 0, None, []
    with ExitStack() as stack:

        def stager() -> BlockStager:
            return BlockStager(stack.enter_context(open_duckdb(instance, folder / WORK)), plan)

        files = [stack.enter_context(StagedFiles(folder, dataset)) for dataset in plan.datasets]
        staged = in_order(table.blocks(), stager, threads=instance.settings.duckdb_threads)
        for block in stack.enter_context(closing(staged)):
            for file, rows in zip(files, block.rows, strict=True):
                file.add(rows, records=records)
            records += block.records
            latest = max(filter(None, [latest, block.latest]), default=None)
            sums.append(block.sums)
    check_manifest(extract.manifest, extract.name, rows=records)
    check_truncation(records, extract.name, is_confirmed="rows" in (extract.manifest or {}))
    if mapping.read.totals is not None:
        check_totals(mapping.read.totals, sums, extract.name)
    return Staged(_as_of(mapping, extract, latest), records, tuple(file.counts for file in files))


def _as_of(mapping: Mapping, extract: Extract, latest: date | None) -> date:
    rule = mapping.delivery.as_of
    if rule.from_name is not None:
        return from_name(rule, extract.name, extract.received_on)
    if rule.column is None:
        return extract.received_on
    if latest is None:
        raise BadInput(
            "E-ASOF", f"the column {rule.column} holds no date", "Correct as_of or dates in the mapping", extract.name
        )
    return latest


def local_day(instance: Instance, moment: datetime) -> date:
    """Return the day a moment falls on where the instance lives."""
    return moment.astimezone(ZoneInfo(instance.settings.time_zone)).date()
