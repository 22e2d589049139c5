"""Puts customers, assessments and signals into a test database, as the rooms before reviews would."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection, Engine, event, text

from riskreview.facts.merging import merge_customers
from riskreview.foundation.services import Services

POINTS = ("index_points", "payment_points", "financial_points", "transaction_points", "industry_points", "compliance_points",
          "relationship_points")  # fmt: skip


def add_customers(engine: Engine, customers: Sequence[Mapping[str, object]], *, as_of: date) -> None:
    """Insert customers with their assessment; each mapping has customer_key, risk_class and what else differs from the usual."""
    rows = [
        {"customer_key": c["customer_key"], "customer_id": f"C{c['customer_key']:06d}", "owner_user": c.get("owner_user"),
         "risk_class": c["risk_class"], "class_since": c.get("class_since", as_of), "exposure": c.get("exposure", 1000.0),
         "as_of": as_of} for c in customers
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO customer (customer_key, customer_id, name, country, owner_user, known_at)"
            " SELECT r.customer_key, r.customer_id, 'Invented Co', 'CN', r.owner_user, now()"
            " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (customer_key bigint, customer_id text, owner_user text)"),
            {"rows": _json(rows)})  # fmt: skip
        assess(connection, rows)


def assess(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Make these rows the current assessment of their customers; columns of other rooms get a harmless value."""
    columns = connection.execute(text(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = 'current_assessment' AND is_nullable = 'NO'")).all()  # fmt: skip
    given = ("customer_key", "as_of", "risk_class", "class_since", "exposure", "valid_until")
    other = [c.column_name for c in columns if c.column_name not in given]
    names = ", ".join([*given, *other])
    values = ", ".join(
        [
            "r.customer_key",
            "r.as_of",
            "r.risk_class",
            "r.class_since",
            "r.exposure",
            "r.as_of + 3650",
            *("0" for _ in other),
        ]
    )
    connection.execute(text(
        f"INSERT INTO current_assessment ({names}) SELECT {values}"  # noqa: S608  columns come from the catalog
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r"
        " (customer_key bigint, as_of date, risk_class smallint, class_since date, exposure float8)"
        " ON CONFLICT (customer_key) DO UPDATE SET risk_class = excluded.risk_class, class_since = excluded.class_since,"
        " as_of = excluded.as_of, exposure = excluded.exposure"),
        {"rows": _json(rows)})  # fmt: skip


def change_class(engine: Engine, customer_key: int, *, old: int, new: int, on: date) -> None:
    """Record a change of class and make it current."""
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO class_change (customer_key, as_of, run_id, old_class, new_class, rule_code)"
            " VALUES (:key, :on, 1, :old, :new, 0)"), {"key": customer_key, "on": on, "old": old, "new": new})  # fmt: skip
        assess(
            connection,
            [{"customer_key": customer_key, "as_of": on, "risk_class": new, "class_since": on, "exposure": 1000.0}],
        )


def raise_signal(engine: Engine, customer_key: int, rule: str, *, on: date, severity: str = "emergency") -> int:
    """Open a signal and return its id."""
    with engine.begin() as connection:
        return int(connection.execute(text(
            "INSERT INTO signal (subject_type, subject_id, customer_key, rule_id, severity, state, opened_on, last_seen_on, evidence)"
            " VALUES ('customer', :subject, :key, :rule, :severity, 'triggered', :on, :on, '{}') RETURNING signal_id"),
            {"subject": f"C{customer_key:06d}", "key": customer_key, "rule": rule, "severity": severity, "on": on},
        ).scalar_one())  # fmt: skip


def merge(services: Services, one: int, other: int) -> None:
    """Let a person accept that two customers are one; the one with the smaller key lives on."""
    with services.engine.begin() as connection:
        merge_customers(connection, [(one, other)], basis="accepted_proposal", reference="proposal:1", actor="li.wei",
                        at=services.clock.now())  # fmt: skip


def rows(engine: Engine, statement: str, **values: object) -> list[Mapping[str, object]]:
    """Return the rows of a query as mappings."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(statement), values).mappings()]


@contextmanager
def counted_statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements sent to the database, so that a test can tell set-based work from row by row."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def _json(value: object) -> str:
    return json.dumps(value, default=str)
