"""The metrics say what is in the database, name nobody, and are written as collectors read them."""

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from tests.metrics.stating import MAPPING, insert_run

from riskreview.foundation.services import Services
from riskreview.metrics.exposition import exposition, write_file
from riskreview.metrics.families import FAMILIES, PREFIX
from riskreview.metrics.reading import read_metrics

FORBIDDEN = ("customer", "person", "owner", "recipient", "name", "account", "user")
"""What no label may stand for."""


@pytest.fixture
def furnished(services: Services) -> Services:
    """An instance with a mapping, one that cannot be read, and something of most kinds."""
    folder = services.instance.home / "mappings"
    (folder / "ledger.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "broken.yaml").write_text("source: [", encoding="utf-8")
    now = services.clock.now()
    with services.engine.begin() as connection:
        insert_run(connection, "escalate", "finished", ended_at=now - timedelta(minutes=20))
        insert_run(connection, "escalate", "failed", ended_at=now - timedelta(minutes=5))
        insert_run(connection, "recompute_risk", "running", started_at=now - timedelta(minutes=7))
        connection.execute(text("""INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state)
            VALUES ('ledger', 'erp', 'finance', repeat('a', 64), 'a.csv', 1, 'x', :day, :now, 'published')"""),
                           {"day": services.today - timedelta(days=9), "now": now - timedelta(days=9)})  # fmt: skip
    return services


def found(services: Services, name: str) -> dict[tuple[str, ...], float]:
    return {item.labels: item.value for item in read_metrics(services) if item.family.name == name}


def test_a_feed_is_measured_against_what_its_mapping_promises(furnished: Services):
    assert found(furnished, "feed_last_good_age_days") == {("ledger",): 9}
    assert found(furnished, "feed_late_days") == {("ledger",): 6}  # every 2 days, 1 of grace
    assert found(furnished, "feed_state")["ledger", "stale"] == 1
    assert sum(found(furnished, "feed_state").values()) == 1


def test_a_mapping_that_cannot_be_read_is_counted_and_hides_no_other(furnished: Services):
    assert found(furnished, "mappings_refused") == {(): 1}


def test_the_last_finished_run_counts_though_a_later_one_failed(furnished: Services):
    now = furnished.clock.now().timestamp()

    assert found(furnished, "run_last_finished_timestamp_seconds") == {
        ("escalate",): now - 1200,
        ("recompute_risk",): 0,
    }
    assert found(furnished, "run_last_failed") == {("escalate",): 1, ("recompute_risk",): 0}
    assert found(furnished, "run_running_seconds") == {("escalate",): 0, ("recompute_risk",): 420}


def test_the_text_is_read_back_by_a_collector_with_every_metric_and_meaning(furnished: Services, tmp_path: Path):
    samples = read_metrics(furnished)
    parsed = {item.name: item for item in text_string_to_metric_families(exposition(samples).decode())}

    assert set(parsed) == {PREFIX + family.name for family in FAMILIES}
    assert all(item.documentation and item.type == "gauge" for item in parsed.values())
    assert sum(len(item.samples) for item in parsed.values()) == len(samples)
    write_file(tmp_path / "riskreview.prom", samples)
    assert (tmp_path / "riskreview.prom").read_bytes() == exposition(samples)
    assert [path.name for path in tmp_path.glob("*prom*")] == ["riskreview.prom"]


def test_no_label_can_name_a_customer_or_a_person():
    assert [family.name for family in FAMILIES for label in family.labels if label in FORBIDDEN] == []


def test_reading_writes_nothing_and_works_on_an_empty_database(services: Services):
    with services.engine.connect() as connection:
        before = connection.execute(text("SELECT pg_current_xact_id_if_assigned(), count(*) FROM audit_event")).one()

    read = {item.family.name for item in read_metrics(services)}

    assert {"info", "written_timestamp_seconds", "audit_events", "database_size_bytes", "exhausted_duties"} <= read
    with services.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT pg_current_xact_id_if_assigned(), count(*) FROM audit_event")).one()
            == before
        )
