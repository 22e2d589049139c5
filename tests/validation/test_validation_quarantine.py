"""What people do with refused rows, on a file landed for real."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from tests.validation.staging import accounts

from riskreview.foundation import failpoints
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.intake.use_cases import land_inbox
from riskreview.validation.quarantine import discard, found_orphans, list_rows, redrive, redrive_found, release
from riskreview.validation.use_cases import validate_batch

pytestmark = pytest.mark.database
WHY = "checked with the customer by phone"
MAPPING = """
source: erp
system: erp
stage: finance
title: {en: "Receivables", zh: "应收"}
read: {path: "erp_*.csv", dates: ["%Y-%m-%d"], THOUSANDSempty: ["-"]}
delivery: {kind: movement, as_of: {from_name: "_(\\\\d{8})"}, every_days: 1, grace_days: 1}
datasets:
  invoices:
    columns:
      invoice_id: id
      customer_id: who
      doc_type: {constant: invoice}
      issue_date: issued
      due_date: due
      currency: {constant: CNY}
      amount: amount
      open_amount: open
"""
TEAM = """
persons:
  - {id: wang, name: W, roles: [data_engineer]}
  - {id: kim, name: K, roles: [sales]}
final_duty_role: data_engineer
"""
HEAD = "id,who,issued,due,amount,open"
GOOD = [f"I{n},C{n % 5 + 1},2026-01-05,2026-02-05,100,50" for n in range(1, 13)]
BAD = [
    'I20,C1,2026-01-05,2026-02-05,"1,234.50",50',  # R-NUMBER until the mapping knows thousands
    "I21,C2,2026-01-05,2026-02-05,100,150",  # R-RANGE
    "I22,C3,2026-01-05,2026-02-05,100,1",  # R-DUP-CONFLICT with the next
    "I22,C3,2026-01-05,2026-02-05,100,2",
    "I23,N9,2026-01-05,2026-02-05,100,1",  # R-ORPHAN until the account is known
]


def write_mapping(services, *, thousands: bool) -> None:
    text_of = MAPPING.replace("THOUSANDS", 'thousands: ",", ' if thousands else "")
    (services.instance.home / "mappings" / "erp.yaml").write_text(text_of, encoding="utf-8")


@pytest.fixture
def batch_id(services):
    (services.instance.home / "policies" / "team.yaml").write_text(TEAM, encoding="utf-8")
    write_mapping(services, thousands=False)
    inbox = Path(services.instance.inbox)
    (inbox / "erp_20260630.csv").write_text("\n".join([HEAD, *GOOD, *BAD]) + "\n", encoding="utf-8")
    [landed] = land_inbox(services)
    verdict = validate_batch(services, batch_id=landed.batch_id, known_accounts=accounts("C1", "C2", "C3", "C4", "C5"))
    assert (verdict.state, verdict.accepted, verdict.quarantined) == ("validated", {"invoices": 12}, {"invoices": 5})
    with services.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO account (account_key, system, account_id, customer_key, known_at) "
                "SELECT 256 * n, 'erp', 'C' || n, n, now() FROM generate_series(1, 5) AS n"
            )
        )
    return landed.batch_id


def ids(services, *codes: str) -> list[int]:
    return [row.quarantine_id for row in list_rows(services) if row.code in codes]


def let_through(services, batch_id) -> list[str]:
    path = services.instance.staging / str(batch_id) / "invoices.redriven.parquet"
    return sorted(pq.read_table(path).column("invoice_id").to_pylist()) if path.exists() else []


def states(services) -> dict[str, int]:
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT state, count(*) FROM quarantine_row GROUP BY 1")).all()
    return dict(rows)  # type: ignore[arg-type]


def test_a_readable_row_is_released_with_a_reason(services, batch_id):
    done = release(services, ids=ids(services, "R-RANGE"), actor="wang", reason=WHY)

    assert (done.batch_ids, done.passed, done.failed) == ((batch_id,), {"invoices": 1}, 0)
    assert let_through(services, batch_id) == ["I21"]
    [row] = list_rows(services, state="released")
    assert (row.reason, row.code) == (WHY, "R-RANGE")


def test_of_two_conflicting_rows_one_may_be_released(services, batch_id):
    first, second = ids(services, "R-DUP-CONFLICT")

    with pytest.raises(RuleViolation, match="have the key"):
        release(services, ids=[first, second], actor="wang", reason=WHY)
    release(services, ids=[second], actor="wang", reason=WHY)
    with pytest.raises(RuleViolation, match="have the key"):
        release(services, ids=[first], actor="wang", reason=WHY)

    assert let_through(services, batch_id) == ["I22"]
    assert discard(services, ids=[first], actor="wang", reason=WHY) == 1
    assert states(services) == {"quarantined": 3, "released": 1, "discarded": 1}


@pytest.mark.parametrize("code", ["R-NUMBER", "R-ORPHAN"])
def test_a_row_nobody_could_read_or_place_is_not_released(services, batch_id, code):
    with pytest.raises(RuleViolation, match="read it again"):
        release(services, ids=ids(services, code), actor="wang", reason=WHY)

    assert states(services) == {"quarantined": 5}


def test_redriving_takes_the_current_mapping_and_the_accounts_known_now(services, batch_id):
    write_mapping(services, thousands=True)
    with services.engine.begin() as connection:
        connection.execute(text("INSERT INTO account (account_key, system, account_id, customer_key, known_at) "
                                "VALUES (2560, 'erp', 'N9', 10, now())"))  # fmt: skip

    done = redrive(services, batch_id=batch_id, actor="wang")

    assert (done.passed, done.failed) == ({"invoices": 2}, 3)
    assert let_through(services, batch_id) == ["I20", "I23"]
    assert states(services) == {"quarantined": 3, "redriven": 2}
    again = redrive(services, batch_id=batch_id, actor="wang")
    assert (again.passed, again.failed, let_through(services, batch_id)) == ({"invoices": 0}, 3, ["I20", "I23"])


def test_rows_of_a_customer_who_came_after_them_are_found_and_read_again_without_a_person(services, batch_id):
    with services.engine.begin() as connection:
        connection.execute(text("INSERT INTO account (account_key, system, account_id, customer_key, known_at) "
                                "VALUES (2560, 'erp', 'N9', 10, now()), (2816, 'elsewhere', 'N8', 11, now())"))  # fmt: skip
    assert found_orphans(services) == {}, "nothing of the batch is published yet"
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'published'"))

    found, orphans = found_orphans(services), ids(services, "R-ORPHAN")
    done = redrive_found(services, ids=found[batch_id])

    assert (found, done.passed) == ({batch_id: orphans}, {"invoices": 1})
    assert let_through(services, batch_id) == ["I23"]
    assert (found_orphans(services), states(services)) == ({}, {"quarantined": 4, "redriven": 1})


def test_release_adds_to_what_was_redriven_before(services, batch_id):
    write_mapping(services, thousands=True)
    redrive(services, ids=ids(services, "R-NUMBER"), actor="wang")
    release(services, ids=ids(services, "R-RANGE"), actor="wang", reason=WHY)

    assert let_through(services, batch_id) == ["I20", "I21"]


def test_a_stop_before_the_commit_lets_nothing_through_by_itself(services, batch_id, monkeypatch):
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", "validation.let_through:1:raise")
    failpoints._hits.clear()
    with pytest.raises(failpoints.InjectedFault):
        release(services, ids=ids(services, "R-RANGE"), actor="wang", reason=WHY)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")
    assert states(services) == {"quarantined": 5}

    release(services, ids=ids(services, "R-DUP-CONFLICT")[:1], actor="wang", reason=WHY)

    assert let_through(services, batch_id) == ["I22"]


def test_only_the_engineer_decides_and_says_why(services, batch_id):
    row = ids(services, "R-RANGE")

    for actor, reason in (("kim", WHY), ("nobody", WHY), ("system:ingest", WHY), ("wang", "ok")):
        with pytest.raises(RuleViolation):
            release(services, ids=row, actor=actor, reason=reason)
    with pytest.raises(RuleViolation):
        redrive(services, ids=row, actor="kim")
    with pytest.raises(NotFound):
        release(services, ids=[10**9], actor="wang", reason=WHY)


def test_decisions_are_in_the_event_log_without_values(services, batch_id):
    discard(services, ids=ids(services, "R-RANGE", "R-ORPHAN"), actor="wang", reason=WHY)

    with services.engine.connect() as connection:
        body = connection.execute(text("SELECT body FROM audit_event ORDER BY seq DESC LIMIT 1")).scalar_one()
    assert b'"rows":2' in bytes(body)
    assert b"I21" not in bytes(body)


def test_published_facts_gain_the_rows_let_through_and_no_other(services, batch_id):
    from riskreview.facts.use_cases import publish_batch

    first = publish_batch(services, batch_id=batch_id)
    release(services, ids=ids(services, "R-RANGE"), actor="wang", reason=WHY)

    second = publish_batch(services, batch_id=batch_id)
    third = publish_batch(services, batch_id=batch_id)

    assert (first.appended["invoices"], second.appended["invoices"], third.appended["invoices"]) == (12, 1, 0)
