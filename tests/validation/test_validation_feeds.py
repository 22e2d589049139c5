from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from tests.validation.staging import AS_OF, FIVE, invoice, land

from riskreview.policy.mapping_checks import load_mapping
from riskreview.validation.feeds import feed_states, never_delivered, report_feeds, state_of
from riskreview.validation.use_cases import validate_batch

MAPPING = """
source: erp
system: erp
stage: finance
title: {en: "Receivables", zh: "应收"}
read: {path: "erp/*.csv"}
delivery: {kind: KIND, as_of: {received: true}, every_days: 1, grace_days: 1}
datasets:
  invoices:
    columns: {invoice_id: a, customer_id: b, doc_type: {constant: invoice}, issue_date: c, due_date: d, currency: {constant: CNY}, amount: e}
"""


def add_mapping(home: Path, *, source: str = "erp", kind: str = "movement") -> Path:
    path = home / "mappings" / f"{source}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(MAPPING.replace("KIND", kind).replace("source: erp", f"source: {source}"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("good", "held", "age", "state"),
    [
        (None, None, 0, "never"),
        (AS_OF, None, 0, "fresh"),
        (AS_OF, None, 2, "fresh"),
        (AS_OF, None, 3, "stale"),
        (AS_OF, AS_OF, 0, "held"),
        (AS_OF, AS_OF + timedelta(days=1), 1, "held"),
        (AS_OF, AS_OF - timedelta(days=1), 1, "fresh"),
        (None, AS_OF, 1, "held"),
    ],
)
def test_the_state_of_a_feed(tmp_path, good, held, age, state):
    row = SimpleNamespace(last_good_as_of=good, held_as_of=held, held_problem="E-BATCH-EMPTY" if held else None)
    mapping = load_mapping(add_mapping(tmp_path))

    found = state_of(mapping, row if good or held else None, as_of=AS_OF + timedelta(days=age))

    assert (found.state, found.last_good_as_of, found.datasets) == (state, good, ("invoices",))


@pytest.mark.database
def test_the_engineer_is_told_once_of_a_feed_that_went_silent(services):
    add_mapping(services.instance.home)
    add_mapping(services.instance.home, source="bank")
    number = land(services, invoices=[invoice(n) for n in range(40)])
    validate_batch(services, batch_id=number, known_accounts=FIVE)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'published'"))

    report_feeds(services, as_of=AS_OF + timedelta(days=9))
    report_feeds(services, as_of=AS_OF + timedelta(days=10))

    with services.engine.connect() as connection:
        keys = connection.execute(text("SELECT event_key FROM outbox_event ORDER BY 1")).scalars().all()
    assert keys == ["feed_never:bank:None", f"feed_stale:erp:{AS_OF}"]
    (services.instance.home / "mappings" / "torn.yaml").write_text("source: [", encoding="utf-8")
    assert [item.source_id for item in never_delivered(services, as_of=AS_OF)] == ["bank"]


@pytest.mark.database
def test_a_held_delivery_marks_its_feed_and_a_run_of_an_earlier_day_does_not_see_it(services):
    add_mapping(services.instance.home)
    number = land(services, invoices=[])

    validate_batch(services, batch_id=number, known_accounts=FIVE)

    assert [item.state for item in feed_states(services, as_of=AS_OF)] == ["held"]
    assert feed_states(services, as_of=AS_OF)[0].problem.startswith("E-BATCH-EMPTY")
    assert [item.state for item in feed_states(services, as_of=date(2026, 1, 1))] == ["never"]


@pytest.mark.database
def test_an_old_snapshot_is_held(services):
    add_mapping(services.instance.home, kind="snapshot")
    first = land(services, invoices=[invoice(n) for n in range(40)])
    validate_batch(services, batch_id=first, known_accounts=FIVE)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'published'"))
    older = land(services, as_of=date(2026, 5, 31), invoices=[invoice(n) for n in range(40)])

    verdict = validate_batch(services, batch_id=older, known_accounts=FIVE)

    assert verdict.problems[0].startswith("E-ASOF-OLD erp")
    assert [item.state for item in feed_states(services, as_of=AS_OF)] == ["fresh"]
