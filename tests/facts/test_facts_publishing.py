"""Publishing batches on a real PostgreSQL and real Delta tables."""

import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from tests.facts.batches import START, customer, invoice, publish, snapshot_mapping, stage, write_rejected

from riskreview.facts import delta_tables
from riskreview.facts.accounts import known_accounts
from riskreview.facts.compaction import compact, compact_crowded
from riskreview.facts.reading import open_facts
from riskreview.facts.results import Pins
from riskreview.facts.use_cases import current_pins, publish_batch
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database
D1, D2, D3 = date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)
ISSUED = date(2025, 3, 1)


def pinned(services: Services) -> Pins:
    """Pins of a moment after everything that was received."""
    return current_pins(services)


def invoices(services: Services, as_of: date, pins: Pins | None = None) -> list[tuple[Any, ...]]:
    """The invoices a run sees, by business ids."""
    with services.engine.connect() as connection:
        accounts = {
            row.account_key: f"{row.system}/{row.account_id}"
            for row in connection.execute(text("SELECT * FROM account"))
        }
    with open_facts(services, pins=pins or pinned(services), as_of=as_of) as facts:
        rows = facts.database.sql(
            "SELECT account_key, invoice_id, amount, open_amount, status, as_of, absent_on FROM invoices ORDER BY invoice_id"
        ).fetchall()
    return [(accounts[row[0]], *row[1:]) for row in rows]


def test_a_published_batch_is_read_back_with_its_account_and_dates(services: Services) -> None:
    publish(services, {"customers": [customer("007")], "invoices": [invoice("I1", "007", issued=ISSUED)]}, as_of=D1)
    assert invoices(services, D1) == [("erp/007", "I1", Decimal("100.00"), None, None, D1, None)]
    assert known_accounts(services, system="erp").column("account_id").to_pylist() == ["007"]
    assert known_accounts(services, system="crm").num_rows == 0


def test_publishing_again_adds_nothing(services: Services) -> None:
    batch = publish(services, {"customers": [customer("A")], "invoices": [invoice("I1", "A", issued=ISSUED)]}, as_of=D1)
    before = current_pins(services).versions
    assert publish_batch(services, batch_id=batch).appended == {"customers": 0, "invoices": 0}
    assert current_pins(services).versions == before
    with services.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM audit_event WHERE action = 'batch:published'")).scalar_one()
            == 1
        )


def test_only_validated_batches_become_facts(services: Services) -> None:
    held = stage(services, {"customers": [customer("A")]}, as_of=D1, state="held")
    with pytest.raises(RuleViolation, match="held"):
        publish_batch(services, batch_id=held)
    with pytest.raises(NotFound):
        publish_batch(services, batch_id=held + 1)


def test_rejected_rows_stay_out_and_released_rows_come_in_later(services: Services) -> None:
    rows = [invoice(f"I{n}", "A", issued=ISSUED) for n in range(1, 4)]
    batch = stage(services, {"customers": [customer("A")], "invoices": rows}, as_of=D1)
    folder = services.instance.staging / str(batch)
    write_rejected(folder, "invoices", "failed", [(2, "{}")])
    write_rejected(folder, "invoices", "dropped", [(3, "{}")])
    publish_batch(services, batch_id=batch)
    assert [row[1] for row in invoices(services, D1)] == ["I1"]
    before = current_pins(services)
    (folder / "invoices.failed.parquet").unlink()
    assert publish_batch(services, batch_id=batch).appended["invoices"] == 1
    assert [row[1] for row in invoices(services, D1)] == ["I1", "I2"]
    assert [row[1] for row in invoices(services, D1, before)] == ["I1"], "what was pinned before stays as it was"


def test_the_newest_extract_up_to_the_date_counts_although_an_older_one_comes_later(services: Services) -> None:
    told = {D1: 100, D2: 40, D3: 0}
    for day in (D3, D1, D2):
        row = invoice("I1", "A", issued=ISSUED, open_amount=told[day])
        publish(services, {"customers": [customer("A")], "invoices": [row]}, as_of=day)
    assert [float(invoices(services, day)[0][3]) for day in told] == [100.0, 40.0, 0.0]


def test_a_correction_of_the_same_day_wins_and_the_pinned_past_stays(services: Services) -> None:
    publish(
        services, {"customers": [customer("A")], "invoices": [invoice("I1", "A", issued=ISSUED, amount=100)]}, as_of=D1
    )
    before = current_pins(services)
    publish(services, {"invoices": [invoice("I1", "A", issued=ISSUED, amount=80)]}, as_of=D1)
    assert invoices(services, D1)[0][2] == Decimal("80.00")
    assert invoices(services, D1, before)[0][2] == Decimal("100.00")


def test_what_was_received_after_a_moment_is_not_known_at_it(services: Services) -> None:
    services.clock.moment = START  # type: ignore[attr-defined]  # the fixed clock of the tests
    publish(
        services,
        {"customers": [customer("A")], "invoices": [invoice("I1", "A", issued=ISSUED)]},
        as_of=D1,
        received=START,
    )
    services.clock.moment = START + timedelta(days=9)  # type: ignore[attr-defined]
    publish(services, {"invoices": [invoice("I2", "A", issued=ISSUED)]}, as_of=D1, received=START + timedelta(days=9))
    now = current_pins(services)
    assert [row[1] for row in invoices(services, D1, Pins(now.versions, START + timedelta(days=1)))] == ["I1"]
    assert [row[1] for row in invoices(services, D1, now)] == ["I1", "I2"]


def test_what_is_published_is_seen_although_the_clock_went_back(services: Services) -> None:
    later = START + timedelta(hours=1)
    services.clock.moment = later  # type: ignore[attr-defined]  # the fixed clock of the tests
    publish(
        services,
        {"customers": [customer("A")], "invoices": [invoice("I1", "A", issued=ISSUED)]},
        as_of=D1,
        received=later,
    )
    services.clock.moment = START  # type: ignore[attr-defined]
    assert [row[1] for row in invoices(services, D1)] == ["I1"]
    assert current_pins(services).known_at == later


def test_an_item_missing_from_the_next_snapshot_was_cleared_that_day(services: Services) -> None:
    snapshot_mapping(services)
    publish(
        services,
        {
            "customers": [customer("A")],
            "invoices": [invoice("I1", "A", issued=ISSUED), invoice("I2", "A", issued=ISSUED)],
        },
        as_of=D1,
    )
    publish(services, {"invoices": [invoice("I2", "A", issued=ISSUED)]}, as_of=D2)
    publish(services, {"invoices": [invoice("I2", "A", issued=ISSUED), invoice("I1", "A", issued=ISSUED)]}, as_of=D3)
    absent = {day: [row[6] for row in invoices(services, day)] for day in (D1, D2, D3)}
    assert absent == {D1: [None, None], D2: [D2, None], D3: [None, None]}


def test_an_item_named_in_a_refused_row_of_a_snapshot_was_not_cleared(services: Services) -> None:
    snapshot_mapping(services)
    rows = [invoice(f"I{n}", "A", issued=ISSUED) for n in (1, 2, 3, 4)]
    publish(services, {"customers": [customer("A")], "invoices": rows}, as_of=D1)
    second = stage(
        services, {"invoices": [invoice("I2", "A", issued=ISSUED), invoice("I3", "A", issued=ISSUED)]}, as_of=D2
    )
    folder = services.instance.staging / str(second)
    write_rejected(folder, "invoices", "failed", [(2, "{}")])
    write_rejected(folder, "invoices", "refused", [(9, '{"单据编号": "I4", "金额": "x"}')])
    publish_batch(services, batch_id=second)
    assert {row[1]: row[6] for row in invoices(services, D2)} == {"I1": D2, "I2": None, "I3": None, "I4": None}
    publish(services, {"invoices": [invoice("I2", "A", issued=ISSUED)]}, as_of=D3)
    assert {row[1]: row[6] for row in invoices(services, D3)} == {"I1": D2, "I2": None, "I3": D3, "I4": D3}


BATCHES = (
    ({"customers": [customer("A", tax_id="91-0001-XY"), customer("B")], "invoices": [invoice("I1", "A", issued=ISSUED, open_amount=100)]}, D1, 0),
    ({"customers": [customer("A", tax_id="91-0001-XY"), customer("B")], "invoices": [invoice("I1", "A", issued=ISSUED, open_amount=60), invoice("I2", "B", issued=ISSUED)]}, D2, 1),
    ({"customers": [customer("A", tax_id="91-0001-XY"), customer("B")], "invoices": [invoice("I2", "B", issued=ISSUED, amount=70)]}, D2, 2),
    ({"customers": [customer("A", tax_id="91-0001-XY"), customer("B")], "invoices": [invoice("I1", "A", issued=ISSUED, open_amount=0)]}, D3, 3),
)  # fmt: skip


@pytest.mark.parametrize("order", [(1, 3, 0, 2), (3, 2, 1, 0)])
def test_late_corrected_and_repeated_batches_give_the_facts_of_the_right_order(
    services: Services, order: tuple[int, ...]
) -> None:
    snapshot_mapping(services)
    for place in (*order, order[0]):
        datasets, day, hours = BATCHES[place]
        publish(services, datasets, as_of=day, received=START + timedelta(hours=hours))
    seen = {day: invoices(services, day) for day in (D1, D2, D3)}
    a, b = "erp/A", "erp/B"
    hundred, seventy = Decimal("100.00"), Decimal("70.00")
    assert seen[D1] == [(a, "I1", hundred, hundred, None, D1, None), (b, "I2", seventy, None, None, D2, None)]
    assert [row[:4] for row in seen[D2]] == [(a, "I1", hundred, Decimal("60.00")), (b, "I2", seventy, None)]
    assert [row[3] for row in seen[D3]] == [Decimal("0.00"), None]
    assert [row[6] for row in seen[D3]] == [None, D3]


def test_compaction_changes_no_fact_and_old_versions_stay(services: Services) -> None:
    for number in range(4):
        publish(
            services, {"customers": [customer("A")], "invoices": [invoice(f"I{number}", "A", issued=ISSUED)]}, as_of=D1
        )
    old, before = current_pins(services), invoices(services, D1)
    assert compact(services, dataset="invoices", at_least=9) is None
    assert compact_crowded(services, at_least=4) == 2
    assert compact_crowded(services, at_least=4) == 0
    assert current_pins(services).versions["invoices"] > old.versions["invoices"]
    assert len(delta_tables.files_of(delta_tables.open_table(services.instance, "invoices"))) == 1  # type: ignore[arg-type]
    assert invoices(services, D1) == before == invoices(services, D1, old)
    early = Pins(current_pins(services).versions, START + timedelta(minutes=90))
    services.clock.moment = START  # type: ignore[attr-defined]
    assert invoices(services, D1, early) == []  # nothing was published by then, although the file is one


@pytest.mark.parametrize(
    "failpoint",
    ["facts.resolved", "facts.table_appended:1", "facts.table_appended:2", "facts.appended", "facts.published"],
)
def test_a_kill_anywhere_and_a_rerun_end_like_an_undisturbed_run(services: Services, failpoint: str) -> None:
    batch = stage(services, {"customers": [customer("A")], "invoices": [invoice("I1", "A", issued=ISSUED)]}, as_of=D1)
    program = (
        "import sys; from pathlib import Path; from riskreview.foundation.services import open_services;"
        "from riskreview.facts.use_cases import publish_batch\n"
        "with open_services(Path(sys.argv[1])) as s: publish_batch(s, batch_id=int(sys.argv[2]))"
    )
    name, _, hit = failpoint.partition(":")
    url = services.engine.url.render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "RISKREVIEW_DATABASE_URL": url,
        "RISKREVIEW_FAILPOINT": f"{name}:{hit or 1}:kill",
        "PYTHONPATH": "plugins",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(services.instance.home), str(batch)], env=environment, check=False
    )
    assert done.returncode == -9
    services.clock.moment = START + timedelta(days=3650)  # type: ignore[attr-defined]  # the killed process had the real clock
    other = publish(services, {"customers": [customer("B")], "invoices": [invoice("I2", "B", issued=ISSUED)]}, as_of=D1)
    if name != "facts.published":
        assert [row[1] for row in invoices(services, D1)] == ["I2"]  # what was not published is not seen
    publish_batch(services, batch_id=batch)
    assert [row[1] for row in invoices(services, D1)] == ["I1", "I2"]
    with services.engine.connect() as connection:
        counted = connection.execute(
            text("SELECT sum(rows_appended) FROM fact_batch WHERE dataset = 'invoices'")
        ).scalar_one()
        events = connection.execute(
            text("SELECT count(*) FROM audit_event WHERE action = 'batch:published'")
        ).scalar_one()
    assert events == 2
    assert other > batch
    assert counted == 2


def test_two_sources_of_a_system_do_not_replace_what_the_other_says_of_a_customer(services: Services) -> None:
    publish(services, {"customers": [customer("C1", country="CN")]}, as_of=date(2026, 6, 1), source="ledger")
    publish(
        services,
        {"customers": [customer("C1", kyc_review_due_on=date(2026, 5, 1))]},
        as_of=date(2026, 6, 2),
        source="files",
    )
    publish(
        services,
        {"customers": [customer("C1", kyc_review_due_on=date(2026, 5, 9))]},
        as_of=date(2026, 6, 3),
        source="files",
    )

    with open_facts(services, pins=current_pins(services), as_of=date(2026, 6, 30)) as facts:
        said = facts.database.sql("SELECT country, kyc_review_due_on FROM customers ORDER BY as_of").fetchall()

    assert said == [("CN", None), (None, date(2026, 5, 9))]
