"""Builds staged Parquet the way intake does, with only the telling values given."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import text

from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.foundation.yaml_file import load_yaml
from riskreview.policy.datasets import DATASETS, Kind
from riskreview.validation.rules import ValidationPolicy

TYPES = {
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.BOOLEAN: pa.bool_(),
}
AS_OF = date(2026, 6, 30)


@cache
def shipped_policy() -> ValidationPolicy:
    """The shipped validation.yaml, read once."""
    return load_yaml(PACKAGED / "policies" / "validation.yaml", ValidationPolicy)


def invoice(number: int, **changes: object) -> dict[str, object]:
    """A good invoice of customer C1..C5."""
    row: dict[str, object] = {
        "invoice_id": f"I{number:04d}", "customer_id": f"C{number % 5 + 1}", "doc_type": "invoice", "issue_date": date(2026, 1, 5),
        "due_date": date(2026, 2, 5), "currency": "CNY", "amount": Decimal(100 + number), "open_amount": Decimal(50), "status": "open",
    }  # fmt: skip
    return row | changes


def customer(number: int, **changes: object) -> dict[str, object]:
    """A good customer."""
    row: dict[str, object] = {
        "customer_id": f"C{number}", "name": f"Firm {number}", "country": "CN", "segment": "key" if number % 2 else "small",
    }  # fmt: skip
    return row | changes


def write_staged(folder: Path, dataset: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as intake stages them; source_row counts from 1 unless a row gives its own."""
    fields = [pa.field("source_row", pa.int64())]
    fields += [pa.field(c.name, TYPES.get(c.kind, pa.string())) for c in DATASETS[dataset].columns]
    numbered = [{"source_row": n, **row} for n, row in enumerate(rows, start=1)]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dataset}.parquet"
    pq.write_table(pa.Table.from_pylist(numbered, schema=pa.schema(fields)), path)
    return path


REFUSED = pa.schema([
    ("source_row", pa.int64()), ("line", pa.int64()), ("column_name", pa.string()), ("code", pa.string()),
    ("found", pa.string()), ("repair", pa.string()), ("record", pa.string()),
])  # fmt: skip


def write_refused(folder: Path, dataset: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows that intake refused."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=REFUSED), folder / f"{dataset}.refused.parquet")


def land(
    services: Services, source_id: str = "erp", *, as_of: date = AS_OF, received_at: datetime | None = None, refused: Mapping[str, object] | None = None,
    **datasets: Sequence[Mapping[str, object]],
) -> int:  # fmt: skip
    """Record a landed batch with staged rows and return its id."""
    with services.engine.begin() as connection:
        number = connection.execute(
            text(
                "INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, "
                "state, counts) VALUES (:s, 'erp', 'finance', md5(random()::text) || md5(random()::text), 'f.csv', 1, :digest, "
                ":as_of, :at, 'landed', '{}') RETURNING batch_id"
            ),
            {"s": source_id, "as_of": as_of, "at": received_at or datetime(2026, 7, 1, tzinfo=UTC), "digest": "a" * 64},
        ).scalar_one()
    folder = services.instance.staging / str(number)
    for name, rows in datasets.items():
        write_staged(folder, name, rows)
        write_refused(folder, name, (refused or {}).get(name, ()))  # type: ignore[call-overload, attr-defined]
    return int(number)


def accounts(*names: str) -> pa.Table:
    """Known accounts."""
    return pa.table({"account_id": pa.array(names, pa.string())})


FIVE = accounts("C1", "C2", "C3", "C4", "C5")
