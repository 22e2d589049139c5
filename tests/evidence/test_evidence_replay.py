"""Everything that was ever judged can be judged once more to the same byte; what was altered since is named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from tests.evidence.season import DAY, day, live
from tests.facts.batches import customer, invoice, publish
from tests.reviews.working import decided, proposed, review

from riskreview.assessment import history
from riskreview.assessment.recording import RECORDED
from riskreview.assessment.use_cases import assess_portfolio
from riskreview.evidence.replay import replay_assessment, replay_run, replay_sample
from riskreview.evidence.replay_reviews import replay_decision, replay_pack
from riskreview.facts.use_cases import current_pins
from riskreview.foundation import failpoints
from riskreview.foundation.services import Services
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database


@pytest.mark.deep
def test_a_random_sample_of_a_season_is_replayed_to_the_byte(services, clock):
    seed = int(os.environ.get("RISKREVIEW_SEED", "7"))
    live(services, clock, seed)

    sample = replay_sample(services, size=12, seed=seed)
    whole = [found for run in (2, 200) for found in replay_run(services, run_id=run)]

    assert [found.sentence() for found in (*sample, *whole) if not found.is_equal] == []
    assert (len(sample), len(whole)) == (12, 2)
    assert what_spoke(services) == {"late data", "an opinion", "another model", "a taken over customer", "a look back"}


def what_spoke(services) -> set[str]:
    """What the stored assessments rest on, so that the season proves what it is meant to."""
    rows = history.open_history(services.instance).to_pyarrow_dataset().to_table().to_pylist()
    with services.engine.connect() as connection:
        bodies = [bytes(body).decode() for body in connection.execute(text("SELECT body FROM grounds")).scalars()]
    found = {
        "late data": any(row["late_data"] for row in rows), "an opinion": any(row["opinion_id"] for row in rows),
        "another model": len({row["model_digest"] for row in rows}) > 1,
        "a taken over customer": any('"inherited":[]' not in body for body in bodies),
        "a look back": any('"is_past":true' in body for body in bodies),
    }  # fmt: skip
    return {name for name, seen in found.items() if seen}


@pytest.fixture
def judged(services) -> Services:
    """Two customers, judged once."""
    publish(
        services, {"customers": [customer("A", tax_id="TAX-A-00001"), customer("B", tax_id="TAX-B-00001")]}, as_of=DAY
    )
    bills = [invoice(f"I-{name}", name, issued=day(-120), status="open", open_amount=100) for name in ("A", "B")]
    publish(services, {"invoices": bills}, as_of=DAY)
    assess_portfolio(services, as_of=DAY, run_id=1, pins=current_pins(services))
    return services


@contextmanager
def altered(services, table, *, column, value) -> Iterator[None]:
    """Write another value into every row of a table, in the file itself, and put the old bytes back afterwards."""
    folder = Path(services.instance.facts) / table
    kept = {path: path.read_bytes() for path in folder.glob("**/*.parquet")}
    for path, old in kept.items():
        rows = pq.read_table(path)
        place = rows.column_names.index(column)
        values = pa.array([value] * len(rows), rows.schema.field(column).type)
        pq.write_table(rows.set_column(place, rows.schema.field(column), values), path)
        agree_with_log(folder, path, len(old))
    yield
    for path, content in kept.items():
        size = path.stat().st_size
        path.write_bytes(content)
        agree_with_log(folder, path, size)


def agree_with_log(folder, path, size) -> None:
    """Let the table's own log tell the size of the file, as somebody who alters it would."""
    for entry in (folder / "_delta_log").glob("*.json"):
        lines = entry.read_text(encoding="utf-8").splitlines()
        told = [
            line.replace(f'"size":{size}', f'"size":{path.stat().st_size}') if path.name in line else line
            for line in lines
        ]
        entry.write_text("\n".join(told), encoding="utf-8")


def test_what_was_altered_since_is_named(judged):
    outcome = partial(replay_assessment, judged, customer_key=1, as_of=DAY)

    assert outcome().is_equal
    with altered(judged, "assessments", column="risk_class", value=1):
        assert outcome().difference.path == "risk_class"
        assert outcome().difference.stored == 1
    with altered(judged, "invoices", column="open_amount", value=Decimal("50.00")):
        assert outcome().difference.path in {"alarms", "e4", "exposure", "overdue"}
        assert "of the fact table invoices was altered" in outcome().problem
    tamper(judged, ("UPDATE policy_version SET content = replace(content, '\"bound\":1', '\"bound\":2')",))
    assert "policy version" in outcome().problem
    tamper(judged, ("UPDATE policy_version SET content = replace(content, '\"bound\":2', '\"bound\":1')", *REWRITTEN))
    assert "what it rested on was altered" in outcome().problem


def test_a_payment_on_somebody_elses_item_counts_for_nobody_so_that_one_is_judged_as_in_a_run_over_all(judged):
    paid = {
        "payment_id": "P-1",
        "customer_id": "B",
        "invoice_id": "I-A",
        "payment_date": day(-1),
        "amount": 100,
        "currency": "CNY",
    }
    publish(judged, {"payments": [paid]}, as_of=day(1))
    assess_portfolio(judged, as_of=day(1), run_id=2, pins=current_pins(judged))

    found = [replay_assessment(judged, customer_key=key, as_of=day(1)) for key in (1, 2)]

    assert [item.sentence() for item in found if not item.is_equal] == []


REWRITTEN = (
    "ALTER TABLE grounds DISABLE TRIGGER grounds_are_kept",
    "ALTER TABLE grounds DROP CONSTRAINT grounds_check",
    "UPDATE grounds SET body = convert_to(replace(convert_from(body, 'UTF8'), '\"unreviewed\":[]', '\"unreviewed\":[1]'), 'UTF8')",
    "UPDATE grounds SET sha256 = encode(sha256(body), 'hex')",
)


def tamper(services, statements) -> None:
    with services.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_what_a_killed_run_stored_is_replayed_once_the_next_run_made_it_current(judged, monkeypatch):
    publish(judged, {"invoices": [invoice("I-new", "A", issued=day(-200), status="open", open_amount=100)]}, as_of=DAY)
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{RECORDED}:1:raise")
    failpoints._hits.clear()
    with pytest.raises(failpoints.InjectedFault):
        assess_portfolio(judged, as_of=day(1), run_id=2, pins=current_pins(judged))
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")

    assess_portfolio(judged, as_of=day(1), run_id=3, pins=current_pins(judged))
    assess_portfolio(judged, as_of=day(2), run_id=4, pins=current_pins(judged))

    found = [replay_assessment(judged, customer_key=1, as_of=day(number)) for number in (1, 2)]
    assert [item.sentence() for item in found if not item.is_equal] == []


def approved(services) -> int:
    """Open a review of a customer who was judged, and have it approved by everybody it takes."""
    open_due_reviews(services, as_of=day(1), run_id=2)
    found = review(services)
    proposed(services, actor=found["owner"])
    while review(services)["state"] == "in_approval":
        with services.engine.connect() as connection:
            asked = connection.execute(text("SELECT asked FROM review_approval WHERE state = 'open'")).scalar_one()
        decided(services, "approve", asked)
    return int(found["review_id"])


def test_a_pack_and_a_decision_are_checked_again_and_what_was_altered_is_named(judged):
    number = approved(judged)
    pack, decision = (act(judged, review_id=number) for act in (replay_pack, replay_decision))

    assert pack.is_equal, pack.sentence()
    assert pack.checks["assessment"].endswith("equal to the byte")
    assert decision.is_equal, decision.sentence()
    assert decision.checks["states"].endswith("events, approved at version " + str(review(judged)["version"]))
    tamper(
        judged,
        (
            "ALTER TABLE review DISABLE TRIGGER USER",
            "UPDATE review SET decided_by = 'somebody' WHERE decided_by IS NOT NULL",
        ),
    )
    assert replay_decision(judged, review_id=number).difference.path == "decided_by"
    tamper(judged, ("UPDATE review SET recommendation = 'Raise it.'",))
    assert "what was approved was" in replay_decision(judged, review_id=number).problem
    with altered(judged, "assessments", column="exposure", value=1):
        assert replay_pack(judged, review_id=number).difference.path == "assessment.exposure"
