"""Events are judged beside an assessment of everybody, which never takes back what they said; what they judged calls for no other."""

import json
import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import text
from tests.events.mappings import customer_file, event_source
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.events.receiving import Message, receive
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.services import Services
from riskreview.indicators import compute
from riskreview.orchestration import stages
from riskreview.orchestration.continuous import watch_events
from riskreview.orchestration.news import facts_wait

pytestmark = pytest.mark.database
DAY = date(2026, 6, 30)


@pytest.fixture
def assessed(services: Services, clock: FixedClock) -> Services:
    """Services on an instance whose customers were assessed once."""
    clock.moment = midnight_utc(DAY)
    event_source(services)
    customer_file(services, "K1", "K2", "K3")
    stages.ingest(services, as_of=DAY)
    stages.recompute_risk(services, as_of=DAY)
    return services


def insolvent(services: Services, client: str, key: str) -> None:
    body = json.dumps({"id": key, "client": client, "type": "insolvency", "day": str(DAY), "weight": 90}).encode()
    receive(services, Message("bureau", key, body, "application/json", "command"))


def during_a_recompute(services: Services, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Recompute everybody, and do something in another thread when the run has begun; once."""
    whole, begun = compute.compute_indicators, threading.Event()

    def computing(*args: object, **given: object) -> object:
        if "some" not in given and not begun.is_set():
            begun.set()
            thread = threading.Thread(target=act)
            thread.start()
            thread.join(timeout=60)
            assert not thread.is_alive(), "it waits for the run over everybody"
        return whole(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(compute, "compute_indicators", computing)
    stages.recompute_risk(services, as_of=DAY)
    assert begun.is_set()


def classes(services: Services) -> dict[str, int]:
    with services.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT customer_id, risk_class FROM current_assessment JOIN customer USING (customer_key)")
        )
        return {row.customer_id: row.risk_class for row in rows}


def test_what_an_event_says_while_everybody_is_assessed_stands(
    assessed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = classes(assessed)

    def event() -> None:
        insolvent(assessed, "K2", "m1")
        watch_events(assessed, as_of=DAY)

    during_a_recompute(assessed, monkeypatch, event)
    beside = classes(assessed)
    waits = facts_wait(assessed)
    stages.recompute_risk(assessed, as_of=DAY)

    assert beside["K2"] != before["K2"]
    assert {name: beside[name] for name in ("K1", "K3")} == {name: before[name] for name in ("K1", "K3")}
    assert not waits, "the run over everybody does not know it, but the event was judged"
    assert classes(assessed) == beside


def test_facts_that_events_judged_call_for_no_assessment_of_everybody(assessed: Services) -> None:
    insolvent(assessed, "K1", "m1")
    watch_events(assessed, as_of=DAY)

    judged = stages.ingest(assessed)
    with assessed.engine.begin() as connection:
        changed = text("UPDATE fact_batch SET added_version = version + :more WHERE dataset = 'external_signals'")
        connection.execute(changed, {"more": 1})
        connection.execute(text("UPDATE fact_table SET version = version + 1 WHERE dataset = 'external_signals'"))
    released = facts_wait(assessed)
    with assessed.engine.begin() as connection:
        connection.execute(changed, {"more": 0})
        connection.execute(text("UPDATE fact_table SET version = version - 1 WHERE dataset = 'external_signals'"))
    customer_file(assessed, "K1", "K2", "K3", "K4", day="20260701")
    published = stages.ingest(assessed)

    assert (judged.is_news, released, published.is_news) == (False, True, True)


def test_the_list_of_events_says_what_each_waits_for_or_which_rules_its_refused_rows_break(
    assessed: Services, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKREVIEW_HOME", str(assessed.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    notice = {"id": "N", "client": "K1", "type": "insolvency", "day": str(DAY), "weight": 90}
    broken = [{**notice, "id": "N2", "day": "2026-31-12"}, {**notice, "id": "N3"}]
    for key, said in (
        ("good", [notice]),
        ("early", [{**notice, "client": "K9"}]),
        ("all", broken[:1]),
        ("part", broken),
    ):
        receive(assessed, Message("bureau", key, json.dumps(said).encode(), "application/json", "command"))
    watch_events(assessed, as_of=DAY)

    listed = CliRunner().invoke(app, ["events", "list", "--json"], catch_exceptions=False)
    rows = {row["event_key"]: row for row in json.loads(listed.stdout)}

    assert {key: row["state"] for key, row in rows.items()} == {
        "good": "evaluated",
        "early": "received",
        "all": "quarantined",
        "part": "evaluated",
    }
    assert {key: row["waits_for"] for key, row in rows.items() if row["waits_for"]} == {"early": ["K9"]}
    assert (
        rows["early"]["problem"] == "waits until 2026-07-07 for an account that is not known: K9; deliver its customer"
    )
    assert [rows[key]["problem"] for key in ("good", "all", "part")] == [
        None,
        *(
            f"R-DATE day (quarantined); riskreview quarantine list --batch {rows[key]['batch_id']}"
            for key in ("all", "part")
        ),
    ]


def test_an_event_overtaken_by_a_run_over_everybody_is_judged_on_top_of_it(
    assessed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    insolvent(assessed, "K1", "m1")
    some, overtaken = compute.compute_indicators, threading.Event()

    def computing(*args: object, **given: object) -> object:
        found = some(*args, **given)  # type: ignore[arg-type]
        if "some" in given and not overtaken.is_set():
            overtaken.set()
            with assessed.engine.begin() as connection:
                connection.execute(text("UPDATE assessment_head SET result_digest = repeat('0', 64)"))
        return found

    monkeypatch.setattr(compute, "compute_indicators", computing)
    result = watch_events(assessed, as_of=DAY)

    assert overtaken.is_set()
    assert result.counts["judged"] == 1
    assert classes(assessed)["K1"] == 5


RENAMES = """
source: renames
system: erp
stage: finance
title: {en: "Renamed customers", zh: "客户更名"}
read: {events: true}
delivery: {as_of: {received: true}}
datasets:
  customers: {columns: {customer_id: code, name: name}}
"""


def test_who_is_named_anew_by_an_event_is_compared_with_the_lists_before_it_is_judged(assessed: Services) -> None:
    listed = assessed.instance.home / "lists" / "own"
    listed.mkdir(parents=True)
    (listed / "own.csv").write_text("id,name\n1,Golden Dragon Heavy Machinery Co Ltd\n", encoding="utf-8")
    stages.recompute_risk(assessed, as_of=DAY)
    (assessed.instance.home / "mappings" / "renames.yaml").write_text(RENAMES, encoding="utf-8")
    body = json.dumps({"code": "K2", "name": "Golden Dragon Heavy Machinery"}).encode()
    receive(assessed, Message("renames", "m1", body, "application/json", "command"))

    counts = watch_events(assessed, as_of=DAY).counts

    assert counts["screening_found"] == 1
    with assessed.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT customer_id, c1 FROM current_assessment JOIN customer USING (customer_key)")
        )
        assert {row.customer_id: row.c1 for row in rows} == {"K1": 0, "K2": 1, "K3": 0}
