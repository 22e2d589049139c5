"""The business date of a run: entered, handed on by an asset event, rehearsed, or told by the clock."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

ZONE = "Asia/Shanghai"
EVENING_UTC = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # already 1 July in Shanghai


@dataclass
class Run:
    run_after: datetime = EVENING_UTC
    logical_date: datetime | None = None


@dataclass
class Event:
    extra: dict[str, Any] = field(default_factory=dict)


def context(
    *, as_of: str | None = None, events: Mapping[str, list[Event]] | None = None, run: Run | None = None
) -> dict[str, Any]:
    return {"params": {"as_of": as_of}, "triggering_asset_events": events, "dag_run": run or Run()}


def business_date(found: Mapping[str, Any], **more: Any) -> date:
    from riskreview.orchestration.runtime import business_date as under_test

    return under_test(found, time_zone=ZONE, **more)


def test_an_entered_date_wins_over_everything() -> None:
    found = context(as_of="2026-01-31", events={"facts": [Event({"as_of": "2026-02-28"})]})

    assert business_date(found, rehearsed=date(2026, 3, 31)) == date(2026, 1, 31)


def test_the_newest_date_handed_on_counts_and_events_without_one_do_not_disturb() -> None:
    events = {"facts": [Event({"as_of": "2026-02-28"}), Event(), Event({"as_of": "2026-03-01"})], "other": [Event({})]}

    assert business_date(context(events=events)) == date(2026, 3, 1)


def test_the_clock_is_read_in_the_time_zone_of_the_instance() -> None:
    assert business_date(context()) == date(2026, 7, 1)


def test_a_backfill_stands_for_its_logical_date() -> None:
    run = Run(logical_date=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))

    assert business_date(context(run=run)) == date(2026, 4, 1)


def test_a_rehearsal_stands_in_for_the_clock_only() -> None:
    assert business_date(context(), rehearsed=date(2026, 10, 30)) == date(2026, 10, 30)
    assert business_date(context(events={"f": [Event({"as_of": "2026-10-29"})]}), rehearsed=date(2026, 10, 30)) == date(
        2026, 10, 29
    )


def test_a_missing_logical_date_and_missing_events_are_no_problem() -> None:
    found = {"params": {}, "dag_run": Run()}

    assert business_date(found) == date(2026, 7, 1)


def test_log_lines_of_a_try_are_found_from_airflows_side(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from structlog.contextvars import get_contextvars

    from riskreview.orchestration import runtime

    run = SimpleNamespace(
        dag_id="watch", run_id="manual__1", run_type="manual", run_after=EVENING_UTC, logical_date=None
    )
    found = {**context(), "dag_run": run, "ti": SimpleNamespace(task_id="raise_signals", try_number=2)}
    services = SimpleNamespace(instance=SimpleNamespace(settings=SimpleNamespace(time_zone=ZONE)))
    monkeypatch.setattr(runtime, "get_current_context", lambda: found)
    monkeypatch.setattr(runtime, "open_services", lambda: nullcontext(services))

    with runtime.task_run() as task:
        bound = get_contextvars()

    assert task.triggered_by == "airflow:watch:manual__1"
    assert bound == {"dag_id": "watch", "dag_run": "manual__1", "task_id": "raise_signals", "try_number": 2}
    assert get_contextvars() == {}


def test_a_task_that_starts_nothing_leaves_what_it_did_and_why_it_reads_as_skipped() -> None:
    from types import SimpleNamespace

    from airflow.sdk.exceptions import AirflowSkipException

    from riskreview.orchestration.passes import StageResult
    from riskreview.orchestration.runtime import TaskRun

    left: dict[str, object] = {}
    day = date(2026, 6, 30)
    services: Any = None  # not asked for anything
    task = TaskRun(services, {"ti": SimpleNamespace(xcom_push=left.__setitem__)}, None, day, "airflow:ingest_crm:1")
    counts = {"files": 2, "held": 0, "rows_published": 40}

    with pytest.raises(
        AirflowSkipException, match=r"^ingest_crm: files 2, rows published 40; another ingest waits behind this one"
    ):
        task.finish(StageResult("ingest_crm", 1, day, counts, is_news=False, announced_by_next=True))
    with pytest.raises(AirflowSkipException, match=r"^ingest_crm: nothing new to assess$"):
        task.finish(StageResult("ingest_crm", 2, day, is_news=False))
    assert left == {"return_value": counts}
