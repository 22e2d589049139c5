"""Owns what landing gives to later rooms: the batch, its counts, and where its staged rows are. Reads and writes no rows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from riskreview.foundation.instance import Instance


class BatchState(StrEnum):
    """How far a batch has come; ``held`` waits for people, ``refused`` never entered."""

    LANDED = "landed"
    VALIDATED = "validated"
    HELD = "held"
    PUBLISHED = "published"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DatasetCounts:
    """Rows of one dataset in one batch: ``rows_in`` = accepted + refused; ``skipped`` rows are totals and filtered ones."""

    dataset: str
    rows_in: int
    accepted: int
    refused: int
    skipped: int


@dataclass(frozen=True, slots=True)
class LandedBatch:
    """One delivery of one source, staged for validation."""

    batch_id: int
    source_id: str
    system: str
    stage: str
    as_of: date
    state: BatchState
    datasets: tuple[DatasetCounts, ...]


@dataclass(slots=True)
class PassedOver:
    """What one pass over the inbox met that did not become a batch to validate."""

    files_refused: int = 0
    sources_unreachable: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ColumnFinding:
    """What reading a column came to: how many cells fit and the first that did not."""

    dataset: str
    column: str
    source_column: str
    empty: int
    refused: int


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One refused row: the first cell that does not fit."""

    dataset: str
    source_row: int
    line: int
    column: str
    code: str
    found: str
    repair: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What landing a file would load and refuse; nothing was stored.

    :param problem: the sentence of an ``E-`` error, empty when the file can be read.
    :param problems: the first refused rows, at most 100; the counts are complete.
    """

    file_name: str
    source_id: str
    as_of: date | None
    datasets: tuple[DatasetCounts, ...]
    columns: tuple[ColumnFinding, ...]
    problems: tuple[CellProblem, ...]
    problem: str = ""
    proposed: bool = False

    @property
    def is_loadable(self) -> bool:
        """Whether the file as a whole could be read."""
        return not self.problem


def batch_folder(instance: Instance, batch_id: int) -> Path:
    """Return the folder of a batch's staged rows."""
    return instance.staging / str(batch_id)


def stage_path(instance: Instance, batch_id: int, dataset: str) -> Path:
    """Return the Parquet file of accepted, typed rows: ``source_row`` and every canonical column."""
    return batch_folder(instance, batch_id) / f"{dataset}.parquet"


def refused_path(instance: Instance, batch_id: int, dataset: str) -> Path:
    """Return the Parquet file of rows that intake refused; it always exists beside the staged one."""
    return batch_folder(instance, batch_id) / f"{dataset}.refused.parquet"


def failed_path(instance: Instance, batch_id: int, dataset: str) -> Path:
    """Return the Parquet file of rows that validation refused."""
    return batch_folder(instance, batch_id) / f"{dataset}.failed.parquet"


def dropped_path(instance: Instance, batch_id: int, dataset: str) -> Path:
    """Return the Parquet file naming the duplicate rows that validation dropped."""
    return batch_folder(instance, batch_id) / f"{dataset}.dropped.parquet"
