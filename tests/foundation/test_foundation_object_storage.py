"""Files in object storage: kept whole under a name, read as local files, and one clear sentence when the storage fails. A real S3 server."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.s3_place import KEYS, S3Place

from riskreview.foundation import named_connections
from riskreview.foundation.errors import BadInput, NotFound, Unavailable
from riskreview.foundation.instance import Instance, Settings
from riskreview.foundation.storage import Storage, open_storage, options_for

MANY = os.urandom(1 << 20) * 9
"""Larger than a part, so that it travels in several."""


def made(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "made"
    path.write_bytes(content)
    return path


@pytest.fixture
def remote(instance: Instance, s3_place: S3Place) -> Instance:
    return s3_place.on(instance)


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, instance: Instance) -> Storage:
    on = instance if request.param == "folder" else request.getfixturevalue("remote")
    return open_storage(on, on.evidence)


def test_a_folder_and_object_storage_keep_files_alike(storage: Storage):
    assert storage.find("a/b 客.bin") is None
    assert storage.read("a/b 客.bin") is None

    kept = storage.keep("a/b 客.bin", made(storage.aside, MANY))
    again = storage.keep("a/b 客.bin", made(storage.aside, MANY))

    assert kept.read_bytes() == again.read_bytes() == storage.read("a/b 客.bin") == MANY
    assert [path.read_bytes() for path in storage.files("a", ["b 客.bin"])] == [MANY]
    assert list(storage.aside.iterdir()) == []
    with pytest.raises(NotFound, match="gone"):
        storage.files("a", ["b 客.bin", "c.bin"])


def test_of_many_who_create_a_file_at_once_one_is_first(storage: Storage):
    won: list[int] = []
    writers = [
        threading.Thread(target=lambda n=n: storage.create("n/1", str(n).encode()) and won.append(n)) for n in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [str(number).encode() for number in won] == [storage.read("n/1")]
    storage.write("n/1", b"other")
    assert storage.read("n/1") == b"other"
    for _ in range(2):
        storage.remove("n/1")
    assert storage.find("n/1") is None


def test_what_was_fetched_is_not_fetched_again_unless_it_changed(remote: Instance, s3_place: S3Place):
    storage = open_storage(remote, remote.facts)
    for name in ("t/1.parquet", "t/2.parquet"):
        storage.write(name, name.encode())
    s3_place.mend()

    first = storage.files("t", ["1.parquet", "2.parquet"])
    assert s3_place.mend() == {"GET": 3}  # a list, and two files
    assert storage.files("t", ["1.parquet", "2.parquet"]) == first
    assert s3_place.mend() == {"GET": 1}
    storage.write("t/1.parquet", b"u/1.parquet")  # as long as before
    assert [path.read_bytes() for path in storage.files("t", ["1.parquet", "2.parquet"])] == [
        b"u/1.parquet",
        b"t/2.parquet",
    ]


def test_copies_stay_within_their_bound_and_those_of_today_stay(remote: Instance):
    small = replace(remote, settings=remote.settings.model_copy(update={"cache_gb": 25e-9}))
    storage = open_storage(small, small.facts)
    for number in range(3):
        storage.write(f"t/{number}", bytes(10))

    old, young = storage.files("t", ["0", "1"])
    os.utime(old, (1, 1))
    storage.files("t", ["2"])

    assert (old.exists(), young.exists()) == (False, True)
    assert storage.files("t", ["0"])[0].read_bytes() == bytes(10)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("503", "is out of order"),
        ("403", "does not let us in or not do this: repair the connection or its rights; nothing is lost"),
        ("slow", "does not answer in time"),
        ("cut", "broke off"),
    ],
)
def test_a_storage_that_fails_is_told_in_a_sentence_and_nothing_is_lost(
    remote: Instance, s3_place: S3Place, kind: str, said: str
):
    open_storage(remote, remote.raw).write("there", b"x" * 100_000)
    storage = open_storage(s3_place.on(remote, impatient=True), remote.raw)

    s3_place.strike(kind, method="GET")
    with pytest.raises(Unavailable, match=said):
        storage.read("there")
    s3_place.strike(kind, method="PUT")
    file = made(storage.aside, b"new")
    if kind != "cut":  # an answer to a write has nothing to cut
        with pytest.raises(Unavailable, match=said):
            storage.keep("new", file)
        assert file.read_bytes() == b"new"
    s3_place.mend()
    storage = open_storage(remote, remote.raw)
    assert storage.keep("new", file).read_bytes() == b"new"
    assert storage.find("there").read_bytes() == b"x" * 100_000  # type: ignore[union-attr]


def test_a_file_whose_parts_break_off_arrives_whole(remote: Instance, s3_place: S3Place):
    storage = open_storage(remote, remote.raw)
    storage.keep("large", made(storage.aside, MANY)).unlink()

    s3_place.strike("cut", method="GET", times=1)
    assert storage.find("large").read_bytes() == MANY  # type: ignore[union-attr]


def test_a_file_of_which_the_storage_kept_half_is_never_taken_for_kept(remote: Instance, s3_place: S3Place):
    storage = open_storage(remote, remote.raw)
    file = made(storage.aside, b"a whole delivery")

    s3_place.strike("half", method="PUT", times=1)
    with pytest.raises(NotFound, match="is not there as it was written"):
        storage.keep("delivery", file)

    assert storage.keep("delivery", file).read_bytes() == storage.read("delivery") == b"a whole delivery"


def test_a_bucket_that_is_not_there_is_not_an_empty_one(remote: Instance, s3_place: S3Place):
    elsewhere = open_storage(remote, "s3://no-such-bucket/raw")
    with pytest.raises(Unavailable, match="does not know this bucket"):
        elsewhere.read("x")


def test_one_url_places_all_that_outlives_a_machine_and_an_own_place_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    at_home = Instance(tmp_path, Settings())  # type: ignore[call-arg]  # all defaulted
    assert [at_home.raw, at_home.facts] == [str(tmp_path / "raw"), str(tmp_path / "facts")]

    monkeypatch.setenv("RISKREVIEW_STORAGE_URL", "s3://bucket/prefix/")
    own = Instance(tmp_path, Settings(checkpoints_url="s3://auditor/log"))  # type: ignore[call-arg]  # as above
    assert [own.raw, own.facts, own.evidence, own.checkpoints] == [
        "s3://bucket/prefix/raw", "s3://bucket/prefix/facts", "s3://bucket/prefix/evidence", "s3://auditor/log"
    ]  # fmt: skip
    with pytest.raises(BadInput, match="ftp:// is no storage we know"):
        _ = Instance(tmp_path, Settings(facts_url="ftp://host/facts")).facts  # type: ignore[call-arg]  # as above


AIRFLOW = {"conn_type": "aws", "login": "id", "password": "hidden",
           "extra": json.dumps({"region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:9000/"})}  # fmt: skip


@pytest.mark.parametrize("kept", ["runner", "environment", "file", "settings"])
def test_credentials_come_from_a_connection_wherever_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
):
    wanted = KEYS | {"aws_endpoint_url": "http://127.0.0.1:9000"}
    settings = Settings(storage_connection="store")  # type: ignore[call-arg]  # all defaulted
    if kept == "runner":
        monkeypatch.setattr(named_connections, "_asked", [])  # undone at the end
        named_connections.ask_first({"store": AIRFLOW}.get)
    elif kept == "environment":
        monkeypatch.setenv("AIRFLOW_CONN_STORE", json.dumps(AIRFLOW))
    elif kept == "file":
        path = tmp_path / "keys" / "storage" / "store.json"
        path.parent.mkdir(parents=True)
        path.touch(0o600)
        path.write_text(json.dumps({"access_key_id": "id", "secret_access_key": "hidden", "region": "us-east-1",
                                    "endpoint_url": "http://127.0.0.1:9000"}), encoding="utf-8")  # fmt: skip
    else:
        monkeypatch.setenv("RISK_SECRET", "hidden")
        given = {name.upper(): value for name, value in wanted.items()} | {"AWS_SECRET_ACCESS_KEY": "${RISK_SECRET}"}
        settings = Settings(storage_options=given)  # type: ignore[call-arg]  # all defaulted
    instance = Instance(tmp_path, settings)

    assert instance.storage_options() == wanted
    assert options_for(instance, "s3://bucket").items() >= wanted.items()
    assert options_for(instance, str(tmp_path)) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "there is no connection store"),
        ({"conn_type": "zoho"}, "its type is zoho, not aws"),
        ({"endpoint_url": "http://storage.example.com"}, "plain http to another machine"),
        ({"secret": "s3cr3t"}, "secret: Extra inputs"),
    ],
)
def test_a_connection_that_is_not_whole_is_refused_and_its_secret_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str] | None, said: str
):
    if given is not None:
        monkeypatch.setenv("STORE", json.dumps(given))

    with pytest.raises(BadInput, match=said) as caught:
        Instance(tmp_path, Settings(storage_connection="store")).storage_options()  # type: ignore[call-arg]  # defaulted
    assert "s3cr3t" not in str(caught.value)
