"""The verdict on a batch, stored in PostgreSQL, with Great Expectations and Data Docs for real."""

import json
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from sqlalchemy import text
from tests.validation.staging import AS_OF, FIVE, accounts, customer, invoice, land

from riskreview.foundation import failpoints
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.validation.quarantine import count_rows, list_rows
from riskreview.validation.use_cases import validate_batch

pytestmark = pytest.mark.database
FORTY = [invoice(n) for n in range(40)]


def publish(services, batch_id):
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'published' WHERE batch_id = :b"), {"b": batch_id})


def everything(services):
    """What must not change when a stage runs again."""
    with services.engine.connect() as connection:
        return [
            connection.execute(text(statement)).all()
            for statement in (
                "SELECT batch_id, state, problem, counts::text FROM batch ORDER BY 1",
                "SELECT * FROM quarantine_row ORDER BY 1",
                "SELECT seq, action FROM audit_event ORDER BY seq",
                "SELECT event_key FROM outbox_event ORDER BY 1",
            )
        ]


def column(services, statement):
    with services.engine.connect() as connection:
        return connection.execute(text(statement)).scalars().all()


def test_a_first_delivery_is_validated_with_counts_that_add_up(services):
    rows = [*FORTY, invoice(1), invoice(50, dunning_level=-3), invoice(51, dunning_level=12)]
    number = land(
        services,
        invoices=rows,
        refused={"invoices": [{"source_row": 99, "code": "R-NUMBER", "line": 101, "found": "a\x00b"}]},
    )

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert (verdict.state, verdict.problems) == ("validated", ())
    assert (verdict.accepted, verdict.quarantined, verdict.duplicates) == (
        {"invoices": 40},
        {"invoices": 3},
        {"invoices": 1},
    )
    stored = column(services, "SELECT counts FROM batch")[0]["validation"]["datasets"]["invoices"]
    assert stored["rows_in"] == 44 == stored["accepted"] + stored["quarantined"] + stored["duplicates"]
    found = {row.source_row: (row.code, row.rule, row.line) for row in list_rows(services)}
    assert found == {42: ("R-RANGE", None, None), 43: ("R-RULE", "invoices_dunning", None), 99: ("R-NUMBER", None, 101)}
    assert json.loads(list_rows(services, code="R-RANGE")[0].record)["invoice_id"] == "I0050"
    assert count_rows(services) == {("erp", "invoices", code): 1 for code in ("R-NUMBER", "R-RANGE", "R-RULE")}


def test_data_docs_are_published_with_an_index(services):
    number = land(services, invoices=[*FORTY, invoice(50, due_date=date(2025, 1, 1))])

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert verdict.warnings == {"invoices_due_after_issue": 1}
    docs = services.instance.docs
    assert "erp/index.html" in (docs / "index.html").read_text(encoding="utf-8")
    pages = list((docs / "erp").glob("validations/**/*.html"))
    assert len(pages) == 1
    assert "invoices" in pages[0].read_text(encoding="utf-8")
    assert not [path for path in docs.iterdir() if path.name.startswith(".")]


def test_data_docs_show_no_values_of_customers(services):
    number = land(services, invoices=[*FORTY, invoice(50, amount=Decimal("9876543219876.54"))])

    validate_batch(services, batch_id=number, known_accounts=FIVE)

    shown = "".join(path.read_text(encoding="utf-8") for path in (services.instance.docs / "erp").rglob("*.html"))
    assert "98765432198" not in shown


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "E-BATCH-EMPTY"),
        (FORTY[:20], "E-ROW-COUNT"),
        ([*FORTY, *[invoice(n) for n in range(40, 80)]], "E-ROW-COUNT"),
        ([invoice(n, open_amount=Decimal(0)) for n in range(40)], "E-DISTRIBUTION"),
        ([invoice(n, amount=Decimal(1_000_000)) for n in range(40)], "E-DISTRIBUTION"),
        ([invoice(n, status=None) for n in range(40)], "E-DISTRIBUTION"),
        ([invoice(n, customer_id="X") for n in range(40)], "E-REFERENTIAL"),
    ],
    ids=["empty", "halved", "doubled", "balances all zero", "unit", "cells emptied", "orphans"],
)
def test_a_delivery_that_differs_too_much_is_held_and_the_engineer_told_once(services, rows, code):
    first = land(services, invoices=FORTY)
    validate_batch(services, batch_id=first, known_accounts=FIVE)
    publish(services, first)
    second = land(services, invoices=rows)

    verdict = validate_batch(services, batch_id=second, known_accounts=FIVE)
    after = everything(services)
    again = validate_batch(services, batch_id=second, known_accounts=FIVE)

    assert (verdict.state, again.state) == ("held", "held")
    assert code in {problem.split(" ")[0] for problem in verdict.problems}
    assert everything(services) == after
    assert column(services, "SELECT event_key FROM outbox_event") == [f"batch_held:{second}"]
    assert column(services, "SELECT state FROM batch ORDER BY batch_id") == ["published", "held"]
    assert column(services, "SELECT held_batch FROM feed") == [second]


def test_a_batch_held_for_unknown_customers_is_judged_again_once_they_arrive(services):
    number = land(services, invoices=FORTY)
    assert validate_batch(services, batch_id=number, known_accounts=accounts()).state == "held"
    people = land(services, "crm", customers=[customer(n) for n in range(1, 6)])

    validate_batch(services, batch_id=people, known_accounts=accounts())

    assert column(services, "SELECT state FROM batch ORDER BY batch_id") == ["landed", "validated"]
    assert validate_batch(services, batch_id=number, known_accounts=FIVE).accepted == {"invoices": 40}


def test_an_older_movement_is_accepted_and_marked_late(services):
    first = land(services, invoices=FORTY)
    validate_batch(services, batch_id=first, known_accounts=FIVE)
    publish(services, first)
    older = land(services, as_of=date(2026, 5, 31), invoices=FORTY)

    verdict = validate_batch(services, batch_id=older, known_accounts=FIVE)

    assert (verdict.state, verdict.late) == ("validated", True)
    assert column(services, "SELECT last_good_as_of FROM feed") == [AS_OF]


def test_a_batch_of_customers_and_invoices_needs_no_known_accounts(services):
    number = land(services, customers=[customer(n) for n in range(1, 6)], invoices=FORTY)

    assert validate_batch(services, batch_id=number, known_accounts=accounts()).accepted == {
        "customers": 5,
        "invoices": 40,
    }


def test_a_rule_of_severity_fail_holds_the_batch(services):
    number = land(services, invoices=[*FORTY, invoice(50, due_date=None)])

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert [problem.split(":")[0] for problem in verdict.problems] == ["E-RULE erp"]
    assert "invoices_due" in verdict.problems[0]


def test_a_batch_of_which_every_row_is_refused_is_held(services):
    number = land(services, invoices=[invoice(n, dunning_level=12) for n in range(40)])

    assert "E-BATCH-EMPTY" in validate_batch(services, batch_id=number, known_accounts=FIVE).problems[0]


def test_rules_that_cannot_be_evaluated_hold_the_batch(services, monkeypatch):
    import great_expectations as gx

    monkeypatch.setattr(gx.ValidationDefinition, "run", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("broken")))
    number = land(services, invoices=FORTY)

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert verdict.state == "held"
    assert "E-RULES-BROKEN" in verdict.problems[0]


def test_no_results_are_no_success(services, monkeypatch):
    import great_expectations as gx

    class Nothing:
        results = ()
        success = True

    monkeypatch.setattr(gx.ValidationDefinition, "run", lambda *_, **__: Nothing())
    number = land(services, invoices=FORTY)

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert "E-RULES-BROKEN" in verdict.problems[0]


@pytest.mark.parametrize(
    "point",
    [name for name in failpoints.REGISTERED if name.startswith("validation.") and name != "validation.let_through"],
)
def test_a_stop_at_any_point_and_another_run_end_like_an_undisturbed_run(services, monkeypatch, point):
    rows = [*FORTY, invoice(1), invoice(50, dunning_level=-3)]
    number = land(services, invoices=rows)
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{point}:1:raise")
    failpoints._hits.clear()
    with pytest.raises(failpoints.InjectedFault):
        validate_batch(services, batch_id=number, known_accounts=FIVE)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)
    after = everything(services)

    assert (verdict.state, verdict.accepted, verdict.quarantined) == ("validated", {"invoices": 40}, {"invoices": 1})
    assert [action for _, action in after[2]] == ["batch:validated"]
    assert len(after[1]) == 1
    assert validate_batch(services, batch_id=number, known_accounts=FIVE) == verdict
    assert everything(services) == after


def test_lost_staging_files_are_written_again(services):
    number = land(services, invoices=[*FORTY, invoice(50, dunning_level=-3)])
    validate_batch(services, batch_id=number, known_accounts=FIVE)
    path = services.instance.staging / str(number) / "invoices.failed.parquet"
    path.unlink()

    validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert duckdb.read_parquet(str(path)).project("code").fetchall() == [("R-RANGE",)]


def test_a_hundred_thousand_refused_rows_go_into_quarantine_in_bulk(services):
    refused = [
        {"source_row": n, "line": n + 1, "code": "R-REQUIRED", "found": "", "record": '{"a": "\\\\N, \\"x\\""}'}
        for n in range(100, 108_100)
    ]
    number = land(services, invoices=FORTY, refused={"invoices": refused})

    verdict = validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert verdict.quarantined == {"invoices": 108_000}
    assert column(services, "SELECT count(*) FROM quarantine_row") == [108_000]
    assert list_rows(services, limit=1)[0].record == refused[0]["record"]


def test_unknown_and_refused_batches_are_not_validated(services):
    number = land(services, invoices=FORTY)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'refused', problem = 'E-ENCODING'"))

    with pytest.raises(NotFound):
        validate_batch(services, batch_id=999, known_accounts=FIVE)
    with pytest.raises(RuleViolation):
        validate_batch(services, batch_id=number, known_accounts=FIVE)
