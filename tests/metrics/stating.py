"""Puts a database into states that tests of metrics and alerts need."""

from datetime import datetime

from sqlalchemy import Connection, text

MAPPING = """
source: ledger
system: erp
stage: finance
title: {en: "Ledger", zh: "台账"}
read: {path: "ledger*.csv"}
delivery: {kind: movement, as_of: {received: true}, every_days: 2, grace_days: 1}
datasets:
  invoices:
    columns: {invoice_id: a, customer_id: b, doc_type: {constant: invoice}, issue_date: c, due_date: d, currency: {constant: CNY}, amount: e}
"""


def insert_run(connection: Connection, stage: str, state: str, *, started_at: datetime | None = None, ended_at: datetime | None = None) -> None:  # fmt: skip
    """Add a run to the history."""
    values = {"stage": stage, "state": state, "started": started_at or ended_at, "ended": ended_at}
    connection.execute(text("""INSERT INTO run (stage, business_key, state, code_version, triggered_by, started_at, ended_at)
        VALUES (:stage, 'x', :state, '1', 'cli', :started, :ended)"""), values)  # fmt: skip
