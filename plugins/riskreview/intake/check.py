"""Owns telling what a file would load and refuse before anything is stored."""

import fnmatch
import hashlib
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.intake import file_guard
from riskreview.intake.propose import propose_mapping
from riskreview.intake.results import CellProblem, ColumnFinding, FileReport
from riskreview.intake.staging import Extract, Staged, local_day, open_duckdb, stage_extract
from riskreview.intake.statements import empty_cells
from riskreview.intake.use_cases import load_mappings
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping

SHOWN = 100


def check_file(instance: Instance, path: Path, mapping: Mapping | Path | None = None) -> FileReport:
    """Return what landing ``path`` would load and refuse, by line and column.

    Without a mapping the instance's own mappings are tried by name, then one is proposed.
    """
    today = local_day(instance, datetime.now(tz=UTC))
    empty = FileReport(path.name, "", None, (), (), ())
    with tempfile.TemporaryDirectory(prefix="riskreview-check-") as name:
        folder = Path(name)
        try:
            file_guard.check_name(path.name)
            file_guard.check_kind(path)
            chosen, proposed = _chosen(instance, path, mapping, folder)
            empty = replace(empty, source_id=chosen.source, proposed=proposed)
            manifest = file_guard.read_manifest(path)
            file_guard.check_manifest(manifest, path.name, sha256=_digest(path) if manifest else None)
            extract = Extract(path, path.name, today, manifest)
            staged = stage_extract(instance, chosen, extract, folder / "staged")
        except BadInput as error:
            return replace(empty, problem=str(error))
        if not staged.records:
            nothing = BadInput(
                "E-BATCH-EMPTY", "the file has a header and no rows", "Check the export's filter", path.name
            )
            return replace(empty, problem=str(nothing))
        return _report(instance, empty, chosen, staged, folder / "staged")


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _chosen(instance: Instance, path: Path, mapping: Mapping | Path | None, folder: Path) -> tuple[Mapping, bool]:
    if isinstance(mapping, Path):
        return load_mapping(mapping), False
    if mapping is not None:
        return mapping, False
    for known in load_mappings(instance):
        if known.read.path and fnmatch.fnmatch(path.name, Path(known.read.path).name):
            return known, False
    target = folder / "proposed.yaml"
    target.write_text(propose_mapping(path, currency=instance.settings.reporting_currency).yaml, encoding="utf-8")
    return load_mapping(target), True


def _report(instance: Instance, report: FileReport, mapping: Mapping, staged: Staged, folder: Path) -> FileReport:
    columns: list[ColumnFinding] = []
    problems: list[CellProblem] = []
    for counts in staged.datasets:
        columns += _columns(instance, mapping, counts.dataset, folder)
        problems += _problems(instance, counts.dataset, folder)
    return replace(report, as_of=staged.as_of, datasets=staged.datasets, columns=tuple(columns),
                   problems=tuple(problems[:SHOWN]))  # fmt: skip


def _columns(instance: Instance, mapping: Mapping, dataset: str, folder: Path) -> list[ColumnFinding]:
    given = mapping.datasets[dataset].columns
    names = [column.name for column in DATASETS[dataset].columns if column.name in given]
    staged, refused = (str(folder / f"{dataset}{end}.parquet") for end in ("", ".refused"))
    with open_duckdb(instance, folder) as connection:
        counts = connection.execute(empty_cells(names, staged)).fetchone() or ()
        wrong = dict(connection.execute(sql("intake", "refusals_by_column"), {"path": refused}).fetchall())
    labels = {
        name: given[name].column or " · ".join(given[name].sources) or f"always {given[name].constant}"
        for name in names
    }
    return [
        ColumnFinding(dataset, name, labels[name], int(empty), int(wrong.get(given[name].column or name, 0)))
        for name, empty in zip(names, counts, strict=True)
    ]


def _problems(instance: Instance, dataset: str, folder: Path) -> list[CellProblem]:
    with open_duckdb(instance, folder) as connection:
        path = str(folder / f"{dataset}.refused.parquet")
        rows = connection.execute(sql("intake", "first_refusals"), {"path": path, "shown": SHOWN}).fetchall()
    return [CellProblem(dataset, *row) for row in rows]
