"""Received events become batches like files: each row once, whatever is killed, whichever order they come in."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.events.mappings import event_source

from riskreview.events import taking
from riskreview.events.queue import collect
from riskreview.events.receiving import Message, receive
from riskreview.events.taking import take
from riskreview.foundation import failpoints
from riskreview.intake.results import stage_path

EVERYBODY = frozenset({"K1", "K2", "K3"})


def known(_system, accounts):
    return EVERYBODY & set(accounts)


def send(services, number, client="K1", *, key=None, source="bureau", day="2026-06-30", kind="litigation"):
    body = json.dumps({"id": f"S{number}", "client": client, "type": kind, "day": day, "weight": 50}).encode()
    return receive(services, Message(source, key or f"m{number}", body, "application/json", "command"))


def rows(services, query):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def states(services):
    return rows(services, "SELECT event_key, state, first_row, last_row FROM event ORDER BY event_id")


def staged(services, batch):
    import pyarrow.parquet as pq

    return (
        pq.read_table(stage_path(services.instance, batch.batch_id, "external_signals")).column("signal_id").to_pylist()
    )


@pytest.fixture(autouse=True)
def _source(services) -> None:
    event_source(services)


def test_waiting_events_land_as_one_batch_each_with_its_rows(services):
    send(services, 1)
    send(services, 2, "K2")

    (batch,) = take(services, known_accounts=known)

    assert staged(services, batch) == ["S1", "S2"]
    assert states(services) == [("m1", "landed", 1, 1), ("m2", "landed", 2, 2)]
    assert take(services, known_accounts=known) == (batch,)  # still to be published


def test_an_event_waits_for_the_account_it_names_but_not_for_ever(services, clock):
    send(services, 1, "K9")
    send(services, 2, "K1")

    assert [staged(services, batch) for batch in take(services, known_accounts=known)] == [["S2"]]
    assert states(services)[0][1] == "received"

    late = take(services, known_accounts=lambda _system, _accounts: {"K9"})[-1]
    assert staged(services, late) == ["S1"]

    send(services, 3, "K8")
    clock.moment += timedelta(days=8)
    assert len(take(services, known_accounts=known)) == 3


def test_a_second_word_on_an_item_is_a_batch_of_its_own_in_the_order_of_receipt(services):
    send(services, 1, kind="litigation")
    send(services, 1, key="m1-again", kind="insolvency")

    first, second = take(services, known_accounts=known)

    assert first.batch_id < second.batch_id
    assert [staged(services, batch) for batch in (first, second)] == [["S1"], ["S1"]]


def test_two_messages_that_say_the_very_same_are_the_same_rows(services):
    send(services, 1)
    send(services, 1, key="m1-again")

    batches = take(services, known_accounts=known)

    assert len({batch.batch_id for batch in batches}) == 1
    assert states(services) == [("m1", "landed", 1, 1), ("m1-again", "landed", 1, 1)]


@pytest.mark.parametrize("point", [taking.ASSIGNED, taking.LANDED, "intake.landed"])
def test_a_pass_that_was_interrupted_is_taken_up_with_the_same_bytes(services, monkeypatch, point):
    send(services, 1)
    send(services, 2)
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{point}:{failpoints._hits[point] + 1}:raise")
    with pytest.raises(failpoints.InjectedFault):
        take(services, known_accounts=known)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")
    send(services, 3)

    take(services, known_accounts=known)

    assert [state for _, state, _, _ in states(services)] == ["landed"] * 3
    landed = rows(
        services, "SELECT sum((counts -> 'external_signals' ->> 'accepted')::int) FROM batch WHERE state = 'landed'"
    )
    assert landed == [(3,)]


def test_a_message_that_cannot_be_dated_is_refused_and_disturbs_no_other(services):
    event_source(services, "dated", as_of="{column: day}")
    for number, day in ((1, "2026-06-30"), (2, "nonsense"), (3, "2026-06-30")):
        send(services, number, source="dated", day=day)

    (batch,) = take(services, known_accounts=known)

    assert staged(services, batch) == ["S1", "S3"]
    assert [(key, state) for key, state, _, _ in states(services)] == [
        ("m1", "landed"),
        ("m2", "refused"),
        ("m3", "landed"),
    ]
    assert "E-ASOF" in rows(services, "SELECT problem FROM event WHERE state = 'refused'")[0][0]


def test_events_of_a_source_without_mapping_are_refused(services):
    send(services, 1)
    (services.instance.home / "mappings" / "bureau.yaml").unlink()

    assert take(services, known_accounts=known) == ()
    assert states(services)[0][1] == "refused"


def test_queued_files_are_received_once_and_removed(services):
    folder = Path(services.instance.inbox) / "queue" / "bureau"
    folder.mkdir(parents=True)
    content = json.dumps({"id": "S1", "client": "K1", "type": "news", "day": "2026-06-30"})
    for name, body in (("a.json", content), ("b.json", "{"), ("c.txt", content), ("d.json.part", content)):
        (folder / name).write_text(body, encoding="utf-8")
        (folder / f"{name}.done").touch()
    (folder / "link.json").symlink_to(folder / "a.json")
    (folder / "link.json.done").touch()

    done = collect(services)

    assert (done.received, done.refused) == (1, 3)
    assert states(services) == [("a", "received", None, None)]
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".done")) == ["d.json.part"]
    assert len(list((services.instance.home / "refused").iterdir())) == 3
    assert rows(services, "SELECT DISTINCT kind FROM outbox_event") == [("batch_refused",)]
    assert collect(services).received == 0
