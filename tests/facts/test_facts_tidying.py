"""Staged rows go once they are facts for long enough, never while something of their delivery waits; losing them loses no row."""

import os
import shutil
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.torture.portfolio import AS_OF, write_portfolio

from riskreview.facts.tidying import tidy_staging
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.orchestration import stages
from riskreview.validation.quarantine import discard, list_rows, redrive_found

pytestmark = pytest.mark.database
LATER = timedelta(days=8)


@pytest.fixture
def ingested(services: Services) -> Services:
    """Three deliveries as facts, one of which has rows in quarantine: a date that is none, and an unknown customer's."""
    write_portfolio(services.instance.home, smtp_port=1)
    stages.ingest(services, as_of=AS_OF, triggered_by="test")
    return services


def staged(services: Services) -> list[str]:
    """The sources whose rows are staged, and what else lies there."""
    with services.engine.connect() as connection:
        sources = {str(row.batch_id): row.source_id for row in connection.execute(text("SELECT batch_id, source_id FROM batch"))}  # fmt: skip
    return sorted(sources.get(path.name, path.name) for path in services.instance.staging.iterdir())


def run_statement(services: Services, statement: str) -> None:
    with services.engine.begin() as connection:
        connection.execute(text(statement))


def facts(services: Services) -> int:
    with services.engine.connect() as connection:
        return int(connection.execute(text("SELECT sum(rows_appended) FROM fact_batch WHERE source_id = 'erp_invoices'")).scalar_one())  # fmt: skip


def test_rows_go_a_week_after_they_became_facts_and_stay_while_something_of_their_delivery_waits(
    ingested: Services, clock: FixedClock
) -> None:
    everything = ["crm_accounts", "erp_customers", "erp_invoices"]
    assert (tidy_staging(ingested), staged(ingested)) == (0, everything)
    clock.moment += LATER
    run_statement(ingested, "UPDATE batch SET state = 'held' WHERE source_id = 'crm_accounts'")
    assert (tidy_staging(ingested), staged(ingested)) == (1, ["crm_accounts", "erp_invoices"])
    run_statement(ingested, "UPDATE batch SET state = 'published' WHERE source_id = 'crm_accounts'")
    discard(ingested, ids=[row.quarantine_id for row in list_rows(ingested)], actor="tom.berger", reason="Asked the sender, nothing lost")  # fmt: skip
    assert (tidy_staging(ingested), staged(ingested)) == (1, ["erp_invoices"]), "somebody decided about it just now"
    clock.moment += LATER
    assert (tidy_staging(ingested), staged(ingested)) == (1, [])


def test_what_a_killed_process_left_goes_by_its_age(ingested: Services, clock: FixedClock) -> None:
    for name, age in (("redrive-1-invoices", LATER), ("replay-2", timedelta(days=1))):
        folder = ingested.instance.staging / name
        folder.mkdir()
        os.utime(folder, (when := (clock.now() - age).timestamp(), when))

    tidy_staging(ingested)

    assert [name for name in staged(ingested) if "-" in name] == ["replay-2"]


def test_rows_let_through_by_somebody_who_was_stopped_are_published_by_the_next_ingest_also_without_the_others(
    ingested: Services,
) -> None:
    before = facts(ingested)
    run_statement(ingested, "INSERT INTO account (account_key, system, account_id, customer_key, known_at) SELECT customer_key * 256 + 7, 'erp', 'K999',"
                            " customer_key, now() FROM customer ORDER BY customer_key LIMIT 1")  # fmt: skip
    found = [row for row in list_rows(ingested) if row.code == "R-ORPHAN"]
    shutil.rmtree(ingested.instance.staging / str(found[0].batch_id))
    redrive_found(ingested, ids=[row.quarantine_id for row in found])
    assert facts(ingested) == before

    counts: dict[str, Any] = dict(stages.ingest(ingested, as_of=AS_OF, triggered_by="test").counts)

    assert (counts["batches_completed"], facts(ingested)) == (1, before + len(found))
    again = stages.ingest(ingested, as_of=AS_OF, triggered_by="test").counts
    assert (again["batches_completed"], facts(ingested)) == (0, before + len(found))
