"""A run tells a person of every source whose newest delivery was not taken, and why."""

from datetime import date

import pytest
from rich.console import Console
from sqlalchemy import text

from riskreview.cli import output
from riskreview.cli.output import statement_rows
from riskreview.cli.run_told import RunTold, _ahead, _alone, render_run
from riskreview.cli.source import _grouped
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.intake.results import CellProblem

BATCH = text(
    "INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, problem)"
    " VALUES (:source, 'erp', 'finance', :sha, :file, 1, :digest, '2026-10-01', now(), :state, :problem)"
)

MESSAGE = text(
    "INSERT INTO message (ref, event_key, recipient, channel, kind, urgency, items, state, next_at, nonce, problem, created_at)"
    " VALUES (:number, :number, 'anna', 'mail', 'digest', 'low', 1, :state, now(), :number, :problem, now())"
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

    counts = [("ingest", "files", 1), ("ingest", "held", 0)]
    render_run(RunTold(date(2026, 10, 1), counts, [problem], ["A sentence with [red]."], {}))

    assert "Held: orders, a.csv" in (shown := capsys.readouterr().out)
    assert "the cell [red] is no date" in shown
    assert "A sentence with [red]." in shown
    assert "files" in shown


@pytest.mark.database
def test_a_run_says_which_channel_did_not_take_its_messages_and_why(services: Services):
    with services.engine.begin() as connection:
        for number, problem in enumerate(("no answer", "no answer", None)):
            state = "refused" if problem else "queued"
            connection.execute(MESSAGE, {"number": str(number), "state": state, "problem": problem})
        found = statement_rows(connection, "undelivered")

    assert found == [{"channel": "mail", "problem": "no answer", "messages": 2}]


def test_no_id_is_cut_in_a_narrow_window(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    narrow = Console(width=30)
    monkeypatch.setattr(output, "console", narrow)

    output.table("People", ("id", "since"), [("anna.bergmann-lindner", date(2026, 10, 1))])

    cells = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert "".join(line[1].strip() for line in cells) == "anna.bergmann-lindner"
    assert "".join(line[2].strip() for line in cells) == "2026-10-01"


def test_a_name_that_reads_as_markup_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    names = ["airflow:watch:run", "[red]ACME", "Smith [/b] Sons"]
    monkeypatch.setattr(output, "console", Console(emoji=False, width=60))
    monkeypatch.setattr(output, "errors", Console(emoji=False, stderr=True, width=120))

    output.table("Called [so]", ("name",), [(name,) for name in names])
    output.report_error(RuleViolation(f"there is no customer {names[2]}"), as_json=False)

    printed = capsys.readouterr()
    assert [name for name in (*names, "Called [so]") if name not in printed.out] == []
    assert names[2] in printed.err


def test_customers_that_one_system_alone_knows_are_told_with_the_command():
    told = _alone([{"system": "crm", "customers": 1200, "waiting": 3}, {"system": "erp", "customers": 7, "waiting": 3}])

    assert "crm 1,200, erp 7" in told[0]
    assert "3 proposals" in told[0]
    assert "riskreview identity list" in told[0]
    assert _alone([]) == []


@pytest.mark.database
def test_a_customer_counts_as_alone_only_beside_another_system(services: Services):
    account = text(
        "INSERT INTO account (account_key, system, account_id, customer_key, known_at) VALUES (:n, :system, :n, :customer, now())"
    )
    alone = []
    for number, system, customer in ((256, "erp", 1), (512, "erp", 2), (768, "crm", 2)):
        with services.engine.begin() as connection:
            connection.execute(account, {"n": number, "system": system, "customer": customer})
            alone.append([(row["system"], row["customers"]) for row in statement_rows(connection, "systems_alone")])

    assert alone == [[], [], [("erp", 1)]]


@pytest.mark.database
def test_a_run_for_a_day_before_all_that_was_delivered_says_what_it_could_not_know(services: Services):
    batch = text(
        """INSERT INTO fact_batch (batch_id, dataset, source_id, system, kind, as_of, known_at, version, rows_appended, published_at)
        VALUES (:n, 'invoices', :source, 'erp', 'snapshot', :as_of, now(), :n, 1, now())"""
    )
    days = (("later", date(2026, 11, 26)), ("both", date(2026, 10, 31)), ("both", date(2026, 11, 26)))
    with services.engine.begin() as connection:
        connection.execute(batch, [{"n": n, "source": source, "as_of": day} for n, (source, day) in enumerate(days)])
        told = _ahead(statement_rows(connection, "delivered_ahead", as_of=date(2026, 10, 31)), date(2026, 10, 31))
        at_last = _ahead(statement_rows(connection, "delivered_ahead", as_of=date(2026, 11, 26)), date(2026, 11, 26))

    assert "than 2026-10-31: later (2026-11-26)." in told[0]
    assert "--as-of 2026-11-26" in told[0]
    assert at_last == []


def test_the_same_refusal_of_many_rows_is_one_row_with_its_count_and_first_lines():
    rows = [CellProblem("invoices", n, n + 1, "due_on", "R-DATE", "31.02.", "Write a date") for n in range(40)]
    rows.append(CellProblem("invoices", 41, 42, "amount", "R-NUMBER", "x", "Write a number"))

    assert [(row[0], row[1], row[5]) for row in _grouped(rows)] == [
        (40, "due_on", "1, 2, 3, 4, 5 …"),
        (1, "amount", "42"),
    ]
