"""Owns which account belongs to which customer: resolution by registration number, set-based, in PostgreSQL."""

import csv as text_csv
import io
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, text

from riskreview.facts.merging import refresh_customers, regroup_changed
from riskreview.facts.register import next_version
from riskreview.facts.registration import UNKNOWN, read_number
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

if TYPE_CHECKING:
    import duckdb

ATTRIBUTES = ("name", "tax_id", "country", "industry_code", "group_id", "owner_user", "status", "segment",
              "payment_terms_days", "currency", "onboarded_on", "kyc_review_due_on", "ubo_verified_pct", "address", "phone",
              "website")  # fmt: skip


def known_accounts(services: Services, *, system: str) -> pa.Table:
    """Return the accounts of a source system as a table with one text column ``account_id``, in order."""
    buffer = io.BytesIO()
    with services.engine.begin() as connection:
        connection.execute(text(sql("facts", "known_accounts")), {"system": system})
        _copy(connection, "COPY known_account TO STDOUT (FORMAT csv)", buffer)
    return _text_table(buffer.getvalue(), ("account_id",))


def which_known(services: Services, system: str, accounts: Collection[str]) -> frozenset[str]:
    """Return which of some accounts of a source system are known."""
    given = {"system": system, "accounts": sorted(accounts)}
    with services.engine.connect() as connection:
        return frozenset(connection.execute(text(sql("facts", "which_known")), given).scalars())


def resolve_accounts(
    connection: Connection, database: "duckdb.DuckDBPyConnection", *, system: str, batch_id: int, as_of: date,
    known_at: datetime, folder: Path, at: datetime,
) -> None:  # fmt: skip
    """Make every account of ``incoming_account`` (DuckDB) known and give DuckDB the table ``account_keys``.

    Runs in the caller's transaction; repeating it changes nothing. Accounts that are known and only referred to cost one read.
    Readers see what changed when ``show_changes`` moves the pointer.

    :param known_at: when the batch was received.
    """
    connection.execute(text(sql("facts", "known_keys")), {"system": system})
    _fetch_keys(connection, database, folder, "known_key")
    database.execute(sql("facts", "forget_known"))
    if not database.sql("SELECT 1 FROM incoming_account LIMIT 1").fetchall():
        return
    _load_incoming(connection, database, folder)
    stamp = {"system": system, "as_of": as_of, "known_at": known_at, "batch_id": batch_id,
             "version": next_version(connection)}  # fmt: skip
    _read_numbers(connection, system)
    for name in ("note_numbers", "list_changed", "update_accounts", "insert_accounts"):
        statement = sql("facts", name)
        connection.execute(text(statement), {key: stamp[key] for key in stamp if f":{key}" in statement})
    regroup_changed(connection, reference=f"batch:{batch_id}", at=at)
    connection.execute(text(sql("facts", "list_touched")), {"system": system})
    refresh_customers(connection, known_at=known_at)
    connection.execute(text(sql("facts", "refresh_statistics")))
    connection.execute(text(sql("facts", "known_keys")), {"system": system})
    _fetch_keys(connection, database, folder, "known_key")


def _load_incoming(connection: Connection, database: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    connection.execute(text(sql("facts", "create_incoming")))
    path = folder / "incoming_account.csv"
    database.sql("FROM incoming_account").write_csv(str(path), header=False, quoting="ALL", na_rep="\\N")
    columns = ", ".join(("account_id", "is_described", *ATTRIBUTES))
    forced = f"FORCE_NULL ({', '.join(ATTRIBUTES)})"
    with path.open("rb") as stream:
        _copy(connection, f"COPY incoming_account ({columns}) FROM STDIN (FORMAT csv, NULL '\\N', {forced})", stream)
    connection.execute(text("ANALYZE incoming_account"))
    path.unlink()


def _read_numbers(connection: Connection, system: str) -> None:
    """Say of every registration number that is new to its account what it is; the others are as they were read before."""
    connection.execute(text(sql("facts", "create_numbers")))
    rows = connection.execute(text(sql("facts", "unread_numbers")), {"system": system}).all()
    buffer = io.StringIO()
    writer = text_csv.writer(buffer)
    for row in rows:
        found = read_number(row.tax_id, row.country)
        valid = None if found is None else found.is_valid
        key = None if found is None or valid is False else found.key
        writer.writerow([row.tax_id, row.country, key, UNKNOWN if found is None else found.kind, valid])
    _copy(connection, "COPY read_number FROM STDIN (FORMAT csv)", io.BytesIO(buffer.getvalue().encode()))
    connection.execute(text("ANALYZE read_number"))


def _fetch_keys(connection: Connection, database: "duckdb.DuckDBPyConnection", folder: Path, table: str) -> None:
    path = folder / f"{table}.csv"
    with path.open("wb") as stream:
        _copy(connection, f"COPY {table} TO STDOUT (FORMAT csv, FORCE_QUOTE (account_id))", stream)
    database.execute(sql("facts", "read_keys"), {"path": str(path)})
    path.unlink()


def _copy(connection: Connection, statement: str, stream: io.BufferedIOBase | io.BytesIO) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.copy_expert(statement, stream)
    finally:
        cursor.close()


def _text_table(data: bytes, names: tuple[str, ...]) -> pa.Table:
    types = {name: pa.string() for name in names}
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    return csv.read_csv(
        pa.BufferReader(data), read_options=csv.ReadOptions(column_names=list(names)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False, null_values=[]),
    )  # fmt: skip
