"""Facts in object storage: the same answers as in a folder, two writers at once, and a storage that fails on the way. A real S3 server."""

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from obstore.store import from_url
from tests.facts.batches import customer, invoice, publish, stage
from tests.facts.test_facts_publishing import invoices
from tests.s3_place import KEYS, S3Place

from riskreview.facts import delta_tables
from riskreview.facts.affected import customers_of
from riskreview.facts.compaction import compact
from riskreview.facts.use_cases import current_pins, publish_batch
from riskreview.foundation.errors import NotFound, Unavailable
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services

D1, D2 = date(2025, 3, 31), date(2025, 4, 30)
FIRST = {
    "customers": [customer("A"), customer("B")],
    "invoices": [invoice("I1", "A", issued=D1), invoice("I2", "B", issued=D1)],
}


@pytest.fixture
def remote(services: Services, s3_place: S3Place) -> Services:
    return replace(services, instance=s3_place.on(services.instance))


def store_of(s3_place: S3Place) -> Any:  # obstore's stores have no common type
    keys = {name: value for name, value in KEYS.items() if name != "aws_allow_http"}
    config: Any = {**keys, "aws_endpoint_url": s3_place.server}
    return from_url(s3_place.url, config=config, client_options={"allow_http": True})


def as_folder(services: Services, s3_place: S3Place, folder: Path) -> Services:
    """Bring what is in the bucket to a folder, as somebody who moves the instance does."""
    store = store_of(s3_place)
    for item in store.list().collect():
        target = folder / item["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bytes(store.get(item["path"]).bytes()))
    settings = services.instance.settings.model_copy(update={"storage_url": str(folder)})
    return replace(services, instance=replace(services.instance, settings=settings))


def test_facts_answer_alike_in_object_storage_and_in_a_folder(remote: Services, s3_place: S3Place, tmp_path: Path):
    pins = []

    def pin() -> None:
        pins.append(current_pins(remote))

    publish(remote, FIRST, as_of=D1)
    pin()
    batch = publish(remote, {"invoices": [invoice("I1", "A", issued=D1, open_amount=80, currency="EUR")]}, as_of=D2)
    pin()
    about = customers_of(remote, [batch])
    assert compact(remote, dataset="invoices", at_least=2) is not None
    pin()

    folder = as_folder(remote, s3_place, tmp_path / "moved")
    seen = [[invoices(where, day, known) for day in (D1, D2) for known in pins] for where in (remote, folder)]
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[0][-1]
    assert list(customers_of(folder, [batch])) == list(about) != []


def test_two_who_append_at_once_without_the_lock_both_do(remote: Services):
    def append(number: int) -> None:
        for batch in range(number, number + 3):
            rows = pa.table({"batch_id": pa.array([batch], pa.int64())}).to_reader()
            delta_tables.append(remote.instance, "t", rows, batch_id=batch)

    append(0)
    writers = [threading.Thread(target=append, args=(number,)) for number in (10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    table = delta_tables.open_table(remote.instance, "t")
    assert table is not None
    found = delta_tables.rows_of(remote.instance, table)["batch_id"].to_pylist()
    assert sorted(found) == [0, 1, 2, 10, 11, 12, 20, 21, 22]


def test_the_log_of_a_version_is_read_once_unless_somebody_wants_to_look_again(remote: Services, s3_place: S3Place):
    for batch in (1, 2):
        rows = pa.table({"batch_id": pa.array([batch], pa.int64())}).to_reader()
        newest = delta_tables.append(remote.instance, "t", rows, batch_id=batch)
    pinned = [delta_tables.open_table(remote.instance, "t", version) for version in (newest - 1, newest)]
    s3_place.mend()

    again = [delta_tables.open_table(remote.instance, "t", version) for version in (newest - 1, newest)]
    assert (again, s3_place.mend()) == (pinned, {})
    assert delta_tables.open_table(remote.instance, "t", newest, look_again=True) is not None
    assert s3_place.mend()
    assert [len(delta_tables.names_of(table)) for table in again if table is not None] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("503", {"path": "/facts/invoices/part"}),
        ("503", {"path": "/facts/invoices/_delta_log", "method": "PUT"}),
        ("slow", {"path": "/facts/invoices/_delta_log/", "method": "PUT"}),
        ("cut", {"path": "/facts/customers", "method": "GET"}),
    ],
    ids=["rows", "commit", "commit arrives late", "reading breaks off"],
)
def test_a_publication_that_the_storage_broke_off_is_whole_after_a_rerun(
    remote: Services, s3_place: S3Place, kind: str, where: dict[str, str]
):
    publish(remote, FIRST, as_of=D1)
    before = current_pins(remote)
    batch = stage(remote, {"customers": [customer("A")], "invoices": [invoice("I3", "A", issued=D1)]}, as_of=D2)

    s3_place.strike(kind, **where)
    impatient = replace(remote, instance=s3_place.on(remote.instance, impatient=True))
    with pytest.raises(Unavailable, match="the object storage s3://place"):
        publish_batch(impatient, batch_id=batch)
    s3_place.mend()
    assert current_pins(remote).versions == before.versions
    publish_batch(remote, batch_id=batch)

    assert [row[1] for row in invoices(remote, D2)] == ["I1", "I2", "I3"]
    table = delta_tables.open_table(remote.instance, "invoices")
    assert table is not None
    assert delta_tables.rows_of(remote.instance, table).num_rows == 3


@pytest.mark.parametrize("lost", ["facts/invoices/", "facts/invoices/part"], ids=["the table", "a file"])
def test_facts_that_are_gone_stop_a_run_instead_of_looking_like_none(remote: Services, s3_place: S3Place, lost: str):
    publish(remote, FIRST, as_of=D1)
    store = store_of(s3_place)
    store.delete([item["path"] for item in store.list().collect() if item["path"].startswith(lost)])

    with pytest.raises(NotFound, match="invoices"):
        invoices(remote, D1)


def test_facts_that_are_gone_from_a_folder_stop_a_run_too(services: Services):
    publish(services, FIRST, as_of=D1)
    table = Path(services.instance.facts) / "invoices"
    table.rename(table.with_name("away"))

    with pytest.raises(NotFound, match="the fact table invoices is gone from /"):
        invoices(services, D1)


def test_a_file_that_was_cut_short_is_named_and_stops_a_run(remote: Services, s3_place: S3Place):
    publish(remote, FIRST, as_of=D1)
    store = store_of(s3_place)
    (path,) = [item["path"] for item in store.list("facts/invoices/").collect() if item["path"].endswith(".parquet")]
    store.put(path, bytes(store.get(path).bytes())[:-100])

    with pytest.raises(
        NotFound, match=r"the file part-.* of the fact table invoices was altered: .* restore it from a backup"
    ):
        invoices(remote, D1)


def test_a_place_that_was_never_written_has_no_tables(instance: Instance, s3_place: S3Place):
    assert delta_tables.open_table(s3_place.on(instance), "invoices") is None
