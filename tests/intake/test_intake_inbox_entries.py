"""What is no honest file is recorded and told once, nothing is lost, and the other files land; leftovers of a kill go."""

import os
import time
from pathlib import Path

import pytest
from intake_extracts import HEADER, ROW, mapping_text
from sqlalchemy import text

from riskreview.intake import raw_zone
from riskreview.intake.arrival import Arrival
from riskreview.intake.leftovers import OWNER
from riskreview.intake.use_cases import land_inbox

pytestmark = pytest.mark.database


@pytest.fixture
def inbox(services) -> Path:
    (services.instance.home / "mappings" / "receivables.yaml").write_text(mapping_text(), encoding="utf-8")
    folder = Path(services.instance.inbox)
    put(folder / "receivables_20260630.csv", f"{HEADER}\n{ROW}\n".encode())
    return folder


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (1, 1))


def rows(services, statement: str) -> list[tuple[object, ...]]:
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_links_pipes_empty_files_and_bad_names_are_told_kept_and_stop_nothing(services, inbox, tmp_path):
    put(tmp_path / "secret", b"secret")
    (inbox / "receivables_link.csv").symlink_to(tmp_path / "secret")
    os.mkfifo(inbox / "receivables_pipe.csv")
    put(inbox / "receivables_empty.csv", b"")
    put(inbox / "receivables;rm.csv", f"{HEADER}\n{ROW}\n".encode())
    put(Path(os.fsdecode(os.fsencode(inbox) + b"/receivables_\xff.csv")), f"{HEADER}\n".encode())

    assert len(land_inbox(services)) == 1
    land_inbox(services)

    assert [path.name for path in inbox.iterdir()] == ["receivables_20260630.csv"]
    kept = list((services.instance.home / "refused").iterdir())
    assert len(kept) == 5
    assert sum(path.is_symlink() for path in kept) == sum(path.is_fifo() for path in kept) == 1
    assert rows(services, "SELECT count(*) FROM audit_event WHERE action = 'file:refused'") == [(5,)]
    told = rows(services, "SELECT facts->>'code' FROM outbox_event WHERE kind = 'batch_refused' ORDER BY 1")
    assert [code for (code,) in told] == ["E-FILE-EMPTY", "E-FILE-KIND", "E-FILE-KIND", "E-FILENAME", "E-FILENAME"]


def test_leftovers_of_a_killed_landing_are_removed_and_other_sources_are_not_touched(services, inbox):
    staging = services.instance.staging
    mine, other, working = staging / "990001", staging / "990002", staging / "landing-receivables"
    for folder, owner in ((mine, "receivables"), (other, "another"), (working, "receivables")):
        folder.mkdir(parents=True)
        (folder / OWNER).write_text(owner, encoding="utf-8")
    incoming = raw_zone.incoming_path(services.instance, "receivables")
    incoming.parent.mkdir(parents=True, exist_ok=True)
    incoming.write_bytes(b"half")

    land_inbox(services)

    assert [path.exists() for path in (mine, working, incoming, other)] == [False, False, False, True]


def test_a_file_that_changes_while_it_is_read_is_refused_left_in_place_and_landed_later(services, inbox, monkeypatch):
    path, grew = inbox / "receivables_20260630.csv", Arrival.grew

    def grow(arrival, size) -> None:
        grew(arrival, size)
        with path.open("ab") as file:
            file.write(b"more")

    content = path.read_bytes()
    monkeypatch.setattr(Arrival, "grew", grow)
    assert land_inbox(services) == []
    assert rows(services, "SELECT facts->>'code' FROM outbox_event") == [("E-MANIFEST",)]
    monkeypatch.undo()
    put(path, content)

    assert len(land_inbox(services)) == 1


def test_a_file_is_staged_while_it_arrives_and_its_last_bytes_are_waited_for(services, inbox, monkeypatch):
    path = inbox / "receivables_20260630.csv"
    header, _, rest = path.read_bytes().partition(b"\n")
    many = rest * (9_000_000 // len(rest) + 1)
    put(path, header + b"\n" + many)
    grew = Arrival.grew
    monkeypatch.setattr(Arrival, "grew", lambda arrival, size: (time.sleep(0.02), grew(arrival, size)))

    [batch] = land_inbox(services)

    assert sum(counts.rows_in for counts in batch.datasets if counts.dataset == "invoices") == many.count(b"\n")


def test_a_byte_that_is_not_utf8_far_behind_the_head_refuses_the_file_with_its_offset(services, inbox):
    path = inbox / "receivables_20260630.csv"
    header, _, rest = path.read_bytes().partition(b"\n")
    whole = header + b"\n" + rest * (10_000_000 // len(rest) + 1)
    at = whole.index(b"\n", 9_500_000) - 1
    put(path, whole[:at] + b"\xff" + whole[at + 1 :])

    assert land_inbox(services) == []
    [(problem,)] = rows(services, "SELECT problem FROM batch")
    assert f"E-ENCODING receivables_20260630.csv: byte {at} is not UTF-8" in problem


def test_staging_and_hash_see_the_same_bytes(services, inbox):
    with raw_zone.receive(services.instance, inbox / "receivables_20260630.csv", "receivables") as received:
        received.arrival.wait()
        put(inbox / "receivables_20260630.csv", b"other")
        staged_from = received.path.read_bytes()
        kept = received.keep()

    assert kept.local.read_bytes() == staged_from
    assert kept.sha256 == kept.local.name
    assert not received.path.exists()
