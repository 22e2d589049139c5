"""Owns staging one dataset's rows of a block: each column typed by the cheapest of three ways that come to the same.

A column with few different texts is typed once per text. Texts whose bytes prove that they fit are staged as they stand. The rest is
typed cell by cell, with as little proof per cell as the column's bytes leave necessary.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from riskreview.foundation.errors import BadInput
from riskreview.intake.cells import Cell, arrow_type
from riskreview.intake.column_facts import facts_of
from riskreview.intake.column_memory import ColumnMemory, array_of
from riskreview.intake.statements import Plan, refused_rows, typed_cells, unpivoted
from riskreview.intake.typing_session import TypingSession
from riskreview.policy.datasets import Dataset
from riskreview.policy.mapping import NUMERIC

REFUSED = pa.schema([("source_row", pa.int64()), ("line", pa.int64()), ("column_name", pa.string()), ("code", pa.string()),
                     ("found", pa.string()), ("repair", pa.string()), ("record", pa.string())])  # fmt: skip
Flags = Any
"""An Arrow array of truth, which is untyped; None stands for true everywhere."""


@dataclass(frozen=True, slots=True)
class StagedRows:
    """One dataset's rows of a block, ``source_row`` counted from the block's first record; ``total`` counts rows of other kinds too."""

    accepted: pa.Table
    refused: pa.Table
    total: int


class DatasetStager:
    """Stages the rows of one dataset, block by block."""

    def __init__(self, session: TypingSession, plan: Plan) -> None:
        self._session, self._plan = session, plan
        self._memory = ColumnMemory(session, plan.cells)

    def stage(self, block: pa.Table) -> StagedRows:
        """Return the accepted and the refused rows of a block's numbered records."""
        records = self._session.ask(unpivoted(self._plan), records=block) if self._plan.given.unpivot else block
        kept, fits, values = self._typed(records)
        schema = staged_schema(self._plan.dataset)
        columns = [value.cast(kind) for value, kind in zip(values, schema.types[1:], strict=True)]
        accepted = pa.table([records.column("source_row"), *columns], schema=schema)
        wanted = _all_of([kept, fits])
        wrong = None if fits is None else records.filter(pc.invert(fits) if kept is None else pc.and_not(kept, fits))
        return StagedRows(accepted if wanted is None else accepted.filter(wanted), self._refused(wrong), len(records))

    def latest(self, records: pa.Table) -> Any:  # a value of any kind
        """Return the largest value of the dataset's first column, None where it has none."""
        _, _, values = self._typed(records)
        return pc.max(values[0]).as_py()

    def _typed(self, records: pa.Table) -> tuple[Flags, Flags, list[Any]]:
        """Return which records are of the dataset, which fit, and the values of the dataset's columns."""
        remembered = self._memory.typed(records)
        left = [
            self._shortened(number, records)
            for number, cell in enumerate(self._plan.cells)
            if cell.column.name not in remembered
        ]
        asked = [cell for cell in left if not cell.is_taken]
        values = {name: column.values for name, column in remembered.items()}
        values |= {cell.column.name: array_of(records, cell.text) for cell in left if cell.is_copied}
        kept, fits = None, [column.fits for column in remembered.values()]
        if asked or self._plan.filters:
            facts = {name: facts_of(array_of(records, name)) for name in self._plan.filter_sources}
            answer = self._session.ask(typed_cells(asked, self._plan.kept(facts)), records=records)
            values |= {name: array_of(answer, name) for name in answer.column_names}
            kept, fits = values["kept"], [*fits, values["fits"]]
        fits.append(pc.is_null(array_of(records, "defect")))
        return _all_of([kept]), _all_of(fits), [values[column.name] for column in self._plan.dataset.columns]

    def _shortened(self, number: int, records: pa.Table) -> Cell:
        """Return a column's expressions with as little proof as what is known of the block leaves necessary."""
        cell = self._plan.cells[number]
        point = self._plan.source.read.decimal if cell.column.kind in NUMERIC else None
        return self._plan.cell(number, {name: facts_of(array_of(records, name), point=point) for name in cell.sources})

    def _refused(self, wrong: pa.Table | None) -> pa.Table:
        if not wrong:
            return REFUSED.empty_table()
        refused = self._session.ask(refused_rows(self._plan), wrong=wrong).cast(REFUSED)
        if len(refused) != len(wrong):
            raise BadInput("E-COUNT", f"{len(wrong)} rows do not fit, {len(refused)} were refused", "Report this as a defect",
                           self._plan.source.table.name)  # fmt: skip
        return refused


def staged_schema(dataset: Dataset) -> pa.Schema:
    """Return the columns of a dataset's staged rows."""
    columns = [
        pa.field(column.name, arrow_type(column.kind), nullable=not column.required) for column in dataset.columns
    ]
    return pa.schema([pa.field("source_row", pa.int64(), nullable=False), *columns])


def _all_of(flags: Iterable[Flags]) -> Flags:
    given = [item for item in flags if item is not None and not pc.all(item).as_py()]
    return reduce(pc.and_, given) if given else None
