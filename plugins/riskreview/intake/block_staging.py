"""Owns staging an extract's blocks in several threads: what each one came to, in the order of the extract."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from riskreview.intake.dataset_staging import DatasetStager, StagedRows
from riskreview.intake.statements import ExtractPlan
from riskreview.intake.text_table import Block, BlockReader
from riskreview.intake.totals import Sums, TotalsReader
from riskreview.intake.typing_session import TypingSession


@dataclass(frozen=True, slots=True)
class StagedBlock:
    """What a block came to: its records, its rows by dataset.

    :param latest: the latest date in the column that dates the extract. :param sums: of the columns whose totals are checked.
    """

    records: int
    rows: tuple[StagedRows, ...]
    latest: date | None
    sums: tuple[Sums, ...]


class BlockStager:
    """Stages blocks with one connection, one block at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: ExtractPlan) -> None:
        session = TypingSession(connection)
        self._stagers = [DatasetStager(session, dataset) for dataset in plan.datasets]
        self._dating = None if plan.dating is None else DatasetStager(session, plan.dating)
        self._totals = TotalsReader(session, plan.totals, plan.source) if plan.totals and plan.totals.sums else None

    def stage(self, read: BlockReader) -> StagedBlock:
        """Read a block and stage its rows."""
        records = _numbered(read())
        rows = tuple(stager.stage(records) for stager in self._stagers)
        latest = None if self._dating is None else self._dating.latest(records)
        return StagedBlock(len(records), rows, latest, () if self._totals is None else self._totals.read(records))


def in_order(
    blocks: Iterator[BlockReader], make_stager: Callable[[], BlockStager], *, threads: int
) -> Generator[StagedBlock]:
    """Stage blocks in several threads, each with its own stager, and return them in their order."""
    waiting: deque[Future[StagedBlock]] = deque()
    stagers: list[BlockStager] = []
    pools: list[ThreadPoolExecutor] = []
    with ExitStack() as stack:
        for number, read in enumerate(blocks):
            if number < threads:
                stagers.append(make_stager())
                pools.append(stack.enter_context(ThreadPoolExecutor(max_workers=1)))
            waiting.append(pools[number % threads].submit(stagers[number % threads].stage, read))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _numbered(block: Block) -> pa.Table:
    """Return a block's records with their numbers from 1, lines and defects."""
    count = len(block.cells)
    defects = pa.nulls(count, pa.string()) if block.defects is None else block.defects
    numbered = {"source_row": pa.array(np.arange(1, count + 1)), "line": block.lines, "defect": defects}
    return pa.table(numbered | dict(zip(block.cells.column_names, block.cells.columns, strict=True)))
