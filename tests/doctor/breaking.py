"""Puts rows into tables that none of our code would write: constraints and triggers are taken away first."""

from typing import Any

from sqlalchemy import Connection, text

HARMLESS: dict[str, Any] = {"bigint": 1, "integer": 1, "smallint": 1, "numeric": 1, "real": 1.0, "double precision": 1.0, "text": "x",
                            "boolean": False, "date": "2026-07-01", "timestamp with time zone": "2026-07-01 00:00+00", "jsonb": "{}",
                            "bytea": "", "uuid": "00000000-0000-0000-0000-000000000000", "ARRAY": "{x}"}  # fmt: skip
TABLES = ("review", "activation", "step", "outbox_event", "duty", "message", "message_attempt", "message_item", "measure", "fact_batch",
          "current_assessment", "class_change", "batch", "run", "event", "assessment_head", "customer", "account", "signal", "erasure",
          "review_approval", "measure_approval")  # fmt: skip


def take_constraints_away(connection: Connection) -> None:
    """Let any row into the tables; only that a column may not be empty still holds."""
    found = connection.execute(text(
        "SELECT conrelid::regclass::text AS name, conname FROM pg_constraint WHERE contype IN ('c', 'f', 'u', 'p')"
        " AND conrelid::regclass::text = ANY(:tables) ORDER BY contype = 'p'"), {"tables": list(TABLES)}).all()  # fmt: skip
    for name, constraint in found:
        connection.execute(text(f'ALTER TABLE {name} DROP CONSTRAINT IF EXISTS "{constraint}" CASCADE'))
    for name in TABLES:
        connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    for (index,) in connection.execute(text(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indrelid::regclass::text = ANY(:tables)"),
        {"tables": list(TABLES)}).all():  # fmt: skip
        connection.execute(text(f"DROP INDEX {index}"))


def plant(connection: Connection, name: str, **values: Any) -> None:
    """Insert a row with the columns given; those that may not be empty get something harmless."""
    columns = connection.execute(text(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :name AND is_nullable = 'NO'"
        " AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"), {"name": name}).all()  # fmt: skip
    row = {column: HARMLESS[kind] for column, kind in columns} | values
    marks = ", ".join(f":{column}" for column in row)
    statement = f"INSERT INTO {name} ({', '.join(row)}) OVERRIDING SYSTEM VALUE VALUES ({marks})"  # noqa: S608  names of our schema
    connection.execute(text(statement), row)
