"""Owns writing staged rows: one Parquet file of accepted and one of refused rows per dataset, numbered as the extract's records come."""

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskreview.intake.dataset_staging import REFUSED, StagedRows, staged_schema
from riskreview.intake.results import DatasetCounts
from riskreview.intake.statements import Plan


class StagedFiles:
    """The two files of one dataset, written block by block."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        name, schema = plan.dataset.name, staged_schema(plan.dataset)
        few = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        self._name, self._records, self._items = name, 0, max(1, len(plan.given.unpivot))
        self._accepted = pq.ParquetWriter(
            folder / f"{name}.parquet", schema, compression="lz4", use_dictionary=few,
            column_encoding={"source_row": "DELTA_BINARY_PACKED"}, write_statistics=False, store_schema=False,
            store_decimal_as_integer=True,
        )  # fmt: skip
        self._refused = pq.ParquetWriter(folder / f"{name}.refused.parquet", REFUSED)
        self._counts = [0, 0, 0]

    def add(self, rows: StagedRows, *, records: int) -> None:
        """Write a block's rows; ``records`` came before it."""
        for number, (writer, table) in enumerate([(self._accepted, rows.accepted), (self._refused, rows.refused)]):
            self._counts[number] += len(table)
            if len(table):
                writer.write_table(_numbered_from(table, records * self._items))
        self._counts[2] += rows.total

    @property
    def counts(self) -> DatasetCounts:
        """What was written."""
        accepted, refused, total = self._counts
        return DatasetCounts(self._name, accepted + refused, accepted, refused, total - accepted - refused)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._accepted.close()
        self._refused.close()


def _numbered_from(table: pa.Table, before: int) -> pa.Table:
    place = table.schema.get_field_index("source_row")
    return table.set_column(place, table.schema.field(place), pc.add(table.column(place), before))
