"""F26: work that needs more memory than it may have says so, publishes nothing half, and the same work goes through once it has enough."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from sqlalchemy import text
from tests.torture.portfolio import AS_OF, write_portfolio

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import open_instance
from riskreview.foundation.no_room import said_when_no_room
from riskreview.foundation.services import Services
from riskreview.orchestration import stages

ACCEPTED = "SELECT sum(CAST(value ->> 'accepted' AS bigint)) FROM batch, jsonb_each(counts #> '{validation,datasets}')"
APPENDED = "SELECT coalesce(sum(rows_appended), 0) FROM fact_batch"


def with_memory(services: Services, memory: str) -> Services:
    path = services.instance.home / "settings.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("duckdb_memory")]
    path.write_text("\n".join([*lines, f'duckdb_memory: "{memory}"', ""]), encoding="utf-8")
    return replace(services, instance=open_instance(services.instance.home))


def one(services: Services, query: str) -> Any:  # whatever a column holds
    with services.engine.connect() as connection:
        return connection.execute(text(query)).scalar()


@pytest.mark.database
@pytest.mark.deep
def test_f26_a_batch_that_needs_more_memory_than_there_is_waits_whole_and_goes_through_later(
    services: Services, clock: FixedClock
) -> None:
    write_portfolio(services.instance.home, smtp_port=1)
    for memory in ("1KB", "1MB", "6MB"):
        with pytest.raises(Unavailable, match="the memory this work may use is used up"):
            stages.ingest(with_memory(services, memory), as_of=AS_OF, triggered_by="test")
        assert one(services, "SELECT count(*) FROM batch WHERE state IN ('held', 'refused', 'published')") == 0
        assert one(services, APPENDED) == 0
        assert "duckdb_memory" in one(services, "SELECT problem FROM run ORDER BY run_id DESC LIMIT 1")
        clock.moment += timedelta(hours=1)

    stages.ingest(with_memory(services, "1500MB"), as_of=AS_OF, triggered_by="test")

    assert one(services, APPENDED) == one(services, ACCEPTED) > 0


@pytest.mark.parametrize("error", [MemoryError(), duckdb.OutOfMemoryException("Out of Memory Error")])
def test_f26_whoever_runs_out_of_memory_it_is_said_in_one_sentence_and_worth_another_try(error: Exception) -> None:
    with pytest.raises(Unavailable, match="raise duckdb_memory"), said_when_no_room():
        raise error
