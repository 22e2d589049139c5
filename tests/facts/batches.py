"""Staging batches by hand, as intake and validation would leave them."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
from sqlalchemy import text

from riskreview.facts.statements import TYPES
from riskreview.facts.use_cases import publish_batch
from riskreview.foundation.services import Services
from riskreview.policy.datasets import DATASETS

Row = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
REFUSED_COLUMNS = (
    "source_row BIGINT, line BIGINT, column_name VARCHAR, code VARCHAR, found VARCHAR, repair VARCHAR, record VARCHAR"
)


def write_staged(folder: Any, dataset: str, rows: list[Row]) -> None:
    """Write typed rows with every canonical column."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = DATASETS[dataset].columns
    with duckdb.connect() as database:
        shape = ", ".join(f'"{column.name}" {TYPES[column.kind]}' for column in columns)
        database.execute(f"CREATE TABLE t (source_row BIGINT, {shape})")
        names = {column.name for column in columns} | {"source_row"}
        assert not (unknown := {key for row in rows for key in row} - names), unknown
        values = [
            [row.get("source_row", n), *(row.get(c.name) for c in columns)] for n, row in enumerate(rows, start=1)
        ]
        if values:
            database.executemany(f"INSERT INTO t VALUES ({', '.join('?' for _ in values[0])})", values)  # noqa: S608  question marks
        database.sql("SELECT * FROM t").write_parquet(str(folder / f"{dataset}.parquet"))


def write_rejected(folder: Any, dataset: str, kind: str, rows: list[tuple[int, str]]) -> None:
    """Write a refused, failed or dropped file: source row and record."""
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE t ({REFUSED_COLUMNS})")
        for source_row, record in rows:
            database.execute("INSERT INTO t VALUES (?, 1, 'x', 'R-NUMBER', 'x', 'x', ?)", [source_row, record])
        database.sql("SELECT * FROM t").write_parquet(str(folder / f"{dataset}.{kind}.parquet"))


def stage(
    services: Services, datasets: dict[str, list[Row]], *, as_of: date, system: str = "erp", source: str = "erp_feed",
    received: datetime | None = None, state: str = "validated",
) -> int:  # fmt: skip
    """Stage a batch and return its id."""
    with services.engine.begin() as connection:
        number = connection.execute(text("SELECT count(*) FROM batch")).scalar_one()
        moment = received or START + timedelta(hours=number)
        batch_id = connection.execute(
            text("""INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of,
                 received_at, state) VALUES (:source, :system, 'finance', :sha, 'x.csv', 1, 'd', :as_of, :at, :state)
                 RETURNING batch_id"""),
            {"source": source, "system": system, "sha": hashlib.sha256(f"{source}{number}".encode()).hexdigest(),
             "as_of": as_of, "at": moment, "state": state},
        ).scalar_one()  # fmt: skip
    for dataset, rows in datasets.items():
        write_staged(services.instance.staging / str(batch_id), dataset, rows)
    return int(batch_id)


def publish(services: Services, datasets: dict[str, list[Row]], **more: Any) -> int:
    """Stage and publish a batch."""
    batch_id = stage(services, datasets, **more)
    publish_batch(services, batch_id=batch_id)
    return batch_id


def snapshot_mapping(services: Services, source: str = "erp_feed") -> None:
    """Let a source deliver snapshots."""
    (services.instance.home / "mappings" / f"{source}.yaml").write_text(
        f"""source: {source}
system: erp
stage: finance
title: {{en: "open items", zh: "未清项"}}
read: {{path: "x_*.csv", format: csv}}
delivery: {{kind: snapshot, as_of: {{received: true}}}}
datasets:
  invoices:
    columns: {{invoice_id: a, customer_id: b, doc_type: {{constant: invoice}}, issue_date: c, due_date: d, currency: e, amount: f}}
""",
        encoding="utf-8",
    )


def customer(name: str, **more: Any) -> Row:
    return {"customer_id": name, "name": more.pop("company", f"Company {name}"), **more}


def invoice(name: str, owner: str, *, issued: date, amount: float = 100.0, **more: Any) -> Row:
    return {
        "invoice_id": name, "customer_id": owner, "doc_type": "invoice", "issue_date": issued,
        "due_date": more.pop("due", issued + timedelta(days=30)), "currency": more.pop("currency", "CNY"), "amount": amount, **more,
    }  # fmt: skip


def publish_frames(services: Services, frames: dict[str, Any], *, as_of: date) -> None:
    """Publish pandas frames with canonical columns, one batch for each data set, in loading order."""
    for name in sorted(frames, key=list(DATASETS).index):
        batch_id = stage(services, {}, as_of=as_of, source=f"bench_{name}")
        folder = services.instance.staging / str(batch_id)
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as database:
            database.register("given", frames[name])
            typed = [
                f'"{c.name}"::{TYPES[c.kind]} AS "{c.name}"'
                if c.name in frames[name]
                else f'NULL::{TYPES[c.kind]} AS "{c.name}"'
                for c in DATASETS[name].columns
            ]
            rows = database.sql(f"SELECT row_number() OVER () AS source_row, {', '.join(typed)} FROM given")  # noqa: S608  our own names
            rows.write_parquet(str(folder / f"{name}.parquet"))
        publish_batch(services, batch_id=batch_id)
