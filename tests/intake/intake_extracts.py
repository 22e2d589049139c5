"""Builds mappings and extracts for the intake tests: one small receivables file, changed in the one way a test is about."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from riskreview.intake.staging import Staged

HEADER = "invoice_id,customer_id,doc_type,issue_date,due_date,currency,amount"
ROW = "INV1,C1,invoice,2026-05-01,2026-05-31,CNY,100.00"
MAPPING = """
source: receivables
system: erp
stage: finance
title: {en: "Receivables", zh: "应收"}
read: {path: "receivables*"READ}
EXTRA
datasets:
  invoices:
    columns:
      invoice_id: invoice_id
      customer_id: customer_id
      doc_type: doc_type
      issue_date: issue_date
      due_date: due_date
      currency: currency
      amount: amount
"""


def mapping_text(read: str = "", extra: str = "", more: str = "") -> str:
    """Return the mapping of the small file with keys added to ``read``, to the mapping, and to the columns of invoices."""
    return MAPPING.replace("READ", f", {read}" if read else "").replace("EXTRA", extra) + more


def changed(**cells: str) -> str:
    """Return the good row with some cells replaced."""
    values = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | cells
    return ",".join(values.values())


def workbook(build: Callable[[Any], None]) -> bytes:
    """Return an xlsx that ``build`` fills."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    build(book)
    book.close()
    return buffer.getvalue()


def simple_sheet(book: Any, rows: list[list[object]] | None = None, *, name: str = "Data") -> Any:
    """Add a sheet with the small file's header and rows."""
    sheet = book.add_worksheet(name)
    for number, row in enumerate([HEADER.split(","), *(rows or [ROW.split(",")])]):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value) if isinstance(value, str) else sheet.write(number, column, value)
    return sheet


@dataclass(frozen=True)
class Outcome:
    """What staging came to, with its rows as dictionaries."""

    staged: Staged
    folder: Path

    def accepted(self, dataset: str = "invoices") -> list[dict[str, Any]]:
        return read_rows(self.folder / f"{dataset}.parquet")

    def refused(self, dataset: str = "invoices") -> list[dict[str, Any]]:
        return read_rows(self.folder / f"{dataset}.refused.parquet")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return a Parquet file's rows in the order of the source."""
    with duckdb.connect() as connection:
        cursor = connection.execute("SELECT * FROM read_parquet($path) ORDER BY source_row", {"path": str(path)})
        names = [item[0] for item in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
