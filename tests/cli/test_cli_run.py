"""A run tells a person of every source whose newest delivery was not taken, and why."""

from datetime import date

import pytest
from sqlalchemy import text

from riskreview.cli.operate import _render_run
from riskreview.cli.output import statement_rows
from riskreview.foundation.services import Services

BATCH = text(
    "INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, problem)"
    " VALUES (:source, 'erp', 'finance', :sha, :file, 1, :digest, '2026-10-01', now(), :state, :problem)"
)


def deliver(services: Services, source: str, number: int, state: str, problem: str | None = None) -> None:
    values = {"source": source, "sha": f"{number:064x}", "digest": "0" * 64, "file": f"{source}_{number}.csv"}
    with services.engine.begin() as connection:
        connection.execute(BATCH, {**values, "state": state, "problem": problem})


@pytest.mark.database
def test_only_a_source_whose_newest_delivery_was_not_taken_is_named(services: Services):
    deliver(services, "bills", 1, "held", "E-ROW-COUNT bills: 3 rows")
    deliver(services, "bills", 2, "published")
    deliver(services, "orders", 3, "published")
    deliver(services, "orders", 4, "refused", "E-SCHEMA orders_4.csv line 1: a column is missing")

    with services.engine.connect() as connection:
        found = statement_rows(connection, "problem_deliveries")

    assert [(row["source_id"], row["state"], row["problem"]) for row in found] == [
        ("orders", "refused", "E-SCHEMA orders_4.csv line 1: a column is missing")
    ]


def test_the_reason_is_printed_as_written_even_with_brackets(capsys: pytest.CaptureFixture[str]):
    problem = {
        "source_id": "orders",
        "file_name": "a.csv",
        "state": "held",
        "problem": "E-DATE the cell [red] is no date",
    }

    _render_run(date(2026, 10, 1), [("ingest", "files", 1)], [problem])

    assert "Held: orders, a.csv" in (shown := capsys.readouterr().out)
    assert "the cell [red] is no date" in shown
