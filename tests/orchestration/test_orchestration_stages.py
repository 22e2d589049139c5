"""Stages: what they count, in which order batches are taken, what they announce, what they record."""

import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.foundation.parting import part_for_a_worker
from tests.reviews.portfolio import add_customers
from tests.torture.portfolio import write_portfolio

from riskreview.assessment.store import Head, write_head
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.intake.results import BatchState, DatasetCounts, LandedBatch
from riskreview.orchestration import passes, stages
from riskreview.orchestration.batches import load_order
from riskreview.orchestration.loop import ORDER, run_loop
from riskreview.policy.datasets import DATASETS
from riskreview.validation.feeds import feed_states

AS_OF = date(2026, 6, 30)


@dataclass(frozen=True)
class Result:
    scored: int
    by_class: dict[str, int] = field(default_factory=dict)
    run_id: int = 7
    problems: tuple[str, ...] = ("a sentence",)


@pytest.fixture
def filled(services: Services) -> Services:
    """Services on an instance with a dozen customers' extracts in the inbox."""
    write_portfolio(services.instance.home, smtp_port=1)
    return services


def _batch(batch_id: int, *datasets: str, as_of: date = AS_OF) -> LandedBatch:
    counts = tuple(DatasetCounts(name, 1, 1, 0, 0) for name in datasets)
    return LandedBatch(batch_id, f"s{batch_id}", "erp", "finance", as_of, BatchState.LANDED, counts)


def test_counts_are_numbers_only_and_classes_are_named() -> None:
    found = stages.counts_of(Result(10, {"high": 3, "low": 7}))

    assert found == {"scored": 10, "class_high": 3, "class_low": 7}


def test_a_room_that_returns_no_counts_is_refused() -> None:
    with pytest.raises(TypeError, match="int holds no counts"):
        stages.counts_of(7)


def test_batches_are_taken_customers_first_and_older_before_newer() -> None:
    newer = _batch(1, "customers", as_of=date(2026, 7, 1))
    batches = [
        _batch(2, "payments", "invoices"),
        _batch(3, "invoices"),
        newer,
        _batch(4, "customers"),
        _batch(5, "orders"),
    ]

    order = [batch.batch_id for batch in sorted(batches, key=load_order)]

    assert order == [4, 1, 2, 3, 5]


def test_every_data_set_has_a_place_in_the_order() -> None:
    ranks = [load_order(_batch(1, name))[0] for name in DATASETS]

    assert ranks == sorted(set(ranks))


@pytest.mark.database
def test_a_loop_runs_every_stage_in_order_and_a_second_one_adds_nothing(
    filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = part_for_a_worker(filled, monkeypatch)
    first = run_loop(worker, as_of=AS_OF)
    state = _state(filled)

    second = run_loop(worker, as_of=AS_OF)

    assert tuple(first) == tuple(second) == ORDER
    assert (first["ingest"]["published"], first["ingest"]["tables_compacted"]) == (3, 0)
    assert second["ingest"]["published"] == 0
    assert (
        second["open_due_reviews"]["opened"]
        == second["activate_playbooks"]["activated"]
        == second["watch"]["opened"]
        == 0
    )
    assert _state(filled) == state


def _state(services: Services) -> dict[str, Any]:
    with services.engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608  names from this file
            for table in ("batch", "quarantine_row", "customer", "account", "signal", "review", "activation", "step", "duty", "outbox_event")
        }  # fmt: skip


@pytest.mark.database
def test_a_reminder_goes_out_with_the_pass_that_raised_it(filled: Services, clock: FixedClock) -> None:
    left, reminders = [], 0
    run_loop(filled, as_of=AS_OF)
    for _ in range(3):
        stages.escalate(filled)
        stages.deliver(filled)
        clock.moment += timedelta(hours=2)
        with filled.engine.connect() as connection:
            left.append(
                connection.execute(text("SELECT count(*) FROM outbox_event WHERE expanded_at IS NULL")).scalar_one()
            )
            reminders = connection.execute(
                text("SELECT count(*) FROM outbox_event WHERE kind = 'duty_reminder'")
            ).scalar_one()
    assert left == [0, 0, 0]
    assert reminders > 0


@pytest.mark.database
def test_an_ingest_is_news_until_an_assessment_has_seen_its_facts(filled: Services, clock: FixedClock) -> None:
    first = stages.ingest(filled, stage="crm")
    repeated = stages.ingest(filled, stage="crm")  # as after a kill between publishing and announcing
    stages.recompute_risk(filled, as_of=AS_OF)
    assessed = stages.ingest(filled, stage="crm")
    asked_for = stages.ingest(filled, stage="crm", as_of=AS_OF)

    assert (first.is_news, repeated.is_news, assessed.is_news, asked_for.is_news) == (True, True, False, True)
    assert first.as_of == AS_OF, "the newest date of the extracts is handed on"
    assert assessed.as_of == stages.business_today(filled)

    later = AS_OF + timedelta(days=9)
    clock.moment += timedelta(days=9)
    same = Path(filled.instance.inbox) / "crm_accounts_20260630.csv"
    shutil.copy2(same, same.with_name(f"crm_accounts_{later:%Y%m%d}.csv"))
    unchanged = stages.ingest(filled, stage="crm")
    states = {item.source_id: (item.state, item.last_good_as_of) for item in feed_states(filled, as_of=later)}

    assert (unchanged.counts["unchanged"], unchanged.counts["published"]) == (1, 0)
    assert (unchanged.is_news, unchanged.as_of) == (True, later), "who was held for data is judged again"
    assert states["crm_accounts"] == ("fresh", later)


@pytest.mark.database
def test_an_ingest_that_was_waited_for_hands_its_day_on_through_the_one_that_waited(
    filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "somebody_waits", lambda _services, _lock: True)
    silent = stages.ingest(filled, stage="crm", as_of=AS_OF)
    monkeypatch.setattr(stages, "somebody_waits", lambda _services, _lock: False)
    for path in Path(filled.instance.inbox).rglob("*"):
        if path.is_file():
            path.unlink()
    empty_handed = stages.ingest(filled, stage="finance")

    assert (silent.is_news, empty_handed.is_news) == (False, True)
    assert f"published {silent.counts['published']}" in silent.why_nothing_starts
    assert silent.why_nothing_starts.endswith("another ingest waits behind this one and hands the day on")
    assert empty_handed.as_of == AS_OF


@pytest.mark.database
def test_a_ledger_that_came_before_its_customers_is_taken_with_them_whatever_their_stages(filled: Services) -> None:
    mapping = filled.instance.home / "mappings" / "erp_customers.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("stage: finance", "stage: crm"), encoding="utf-8")

    early = stages.ingest(filled, stage="finance")
    shutil.rmtree(filled.instance.staging)
    customers = stages.ingest(filled, stage="crm")
    states = {item.source_id: item.state for item in feed_states(filled, as_of=AS_OF)}

    assert (early.counts["held"], early.counts["published"]) == (1, 0)
    assert (customers.counts["held"], customers.counts["published"]) == (0, 3), (
        "both lists of customers, and the ledger"
    )
    assert states["erp_invoices"] == "fresh"
    assert stages.ingest(filled, stage="finance").counts["published"] == 0, "nothing is left to take"


@pytest.mark.database
def test_a_day_somebody_asked_for_is_not_lost_when_nothing_is_new(
    filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages.ingest(filled)
    stages.recompute_risk(filled, as_of=AS_OF)
    later = AS_OF + timedelta(days=1)
    monkeypatch.setattr(stages, "somebody_waits", lambda _services, _lock: True)
    stages.ingest(filled, stage="crm", as_of=later)
    monkeypatch.setattr(stages, "somebody_waits", lambda _services, _lock: False)

    waited = stages.ingest(filled, stage="finance")

    assert (waited.is_news, waited.as_of) == (True, later)


@pytest.mark.database
def test_extracts_dated_before_the_current_assessment_are_assessed_as_of_its_day(filled: Services) -> None:
    today = AS_OF + timedelta(days=1)
    stages.recompute_risk(filled, as_of=today)  # by the clock, before the extracts of the night arrive

    late = stages.ingest(filled)

    assert (late.is_news, late.as_of) == (True, today)


@pytest.mark.database
def test_a_run_is_recorded_with_its_counts_and_pins(filled: Services) -> None:
    stages.ingest(filled, as_of=AS_OF)
    result = stages.recompute_risk(filled, as_of=AS_OF, triggered_by="somebody")

    with filled.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM run WHERE run_id = :run_id"), {"run_id": result.run_id}).one()

    assert (row.stage, row.state, row.as_of, row.triggered_by) == ("recompute_risk", "finished", AS_OF, "somebody")
    assert row.counts == dict(result.counts)
    assert row.pins["facts"]["customers"] >= 0


@pytest.mark.database
def test_a_failed_stage_is_recorded_with_its_sentence_and_frees_its_lock(filled: Services) -> None:
    def refuse(_run: object) -> object:
        raise BadInput("E-POLICY-KEY", "the key warnin is not known", "Did you mean warning?")

    for _ in range(2):
        with pytest.raises(BadInput):
            passes.run_pass(filled, "watch", stages.Lock.WATCH, refuse, AS_OF, "test", stages.WATCHED)

    with filled.engine.connect() as connection:
        rows = connection.execute(text("SELECT state, problem FROM run WHERE stage = 'watch'")).all()
    assert [row.state for row in rows] == ["failed", "failed"]
    assert "Did you mean warning?" in rows[0].problem


@pytest.mark.database
def test_a_run_whose_process_was_killed_is_closed_by_the_next_one(filled: Services) -> None:
    with filled.engine.begin() as connection:
        connection.execute(text("""INSERT INTO run (stage, business_key, state, code_version, triggered_by, started_at)
            VALUES ('ingest_finance', 'x', 'running', '0', 'killed', now()), ('watch', 'x', 'running', '0', 'alive', now())"""))  # fmt: skip

    stages.ingest(filled, stage="crm")

    with filled.engine.connect() as connection:
        rows = connection.execute(text("SELECT triggered_by, state FROM run WHERE business_key = 'x'")).all()
    assert {row.triggered_by: row.state for row in rows} == {"killed": "failed", "alive": "running"}


@pytest.mark.parametrize(
    ("triggered_by", "assessed_on", "told"),
    [("cli", AS_OF, True), ("backfill:dag:run", AS_OF, False), ("cli", AS_OF + timedelta(days=90), False)],
)
def test_a_pass_that_looks_back_opens_reviews_and_tells_nobody(
    services: Services, triggered_by: str, assessed_on: date, *, told: bool
) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 3}], as_of=AS_OF)
    with services.engine.begin() as connection:
        write_head(connection, Head(assessed_on, 1, "1", "d", "r", 1), at=services.clock.now())

    result = stages.open_reviews(services, as_of=AS_OF, triggered_by=triggered_by)

    assert result.counts["opened"] == 1
    with services.engine.connect() as connection:
        reasons = connection.execute(text("SELECT suppressed_reason FROM outbox_event")).scalars().all()
    assert reasons
    assert all((reason is None) is told for reason in reasons)
