"""A file of the facts that is not what was published is named, whoever altered it and whatever else they altered with it."""

import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.facts.batches import customer, invoice, publish

from riskreview.facts import delta_tables
from riskreview.facts.compaction import compact
from riskreview.facts.files import FactFiles
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database
DAY, LATER = date(2025, 3, 31), date(2025, 4, 30)


def wrong(services: Services, versions: dict[str, int] | None = None) -> tuple[set[str], str]:
    """The files that are named, and what is said of some versions, else the current ones."""
    with services.engine.connect() as connection:
        files = FactFiles(services, connection)
    return set(files.altered()), files.problem(versions or current_pins(services).versions)


@pytest.fixture
def old(services: Services) -> dict[str, int]:
    """Two deliveries, of which the first is in a version that a compaction replaced; returns that version."""
    bills = [{"invoices": [invoice(f"I{n}", "A", issued=DAY)]} for n in range(2)]
    publish(services, {"customers": [customer("A")], **bills[0]}, as_of=DAY)
    then = dict(current_pins(services).versions)
    publish(services, bills[1], as_of=LATER)
    compact(services, dataset="invoices", at_least=2)
    assert wrong(services) == (set(), "")
    assert wrong(services, then) == (set(), "")
    return then


def first_file(services: Services) -> Path:
    return min((Path(services.instance.facts) / "invoices").glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


def test_an_altered_file_of_an_old_version_is_named(services: Services, old: dict[str, int]) -> None:
    path = first_file(services)
    path.write_bytes(path.read_bytes().replace(b"I0", b"I9"))

    named, said = wrong(services, old)

    assert named == {f"invoices/{path.name}"}
    assert f"the file {path.name} of the fact table invoices was altered" in said
    assert wrong(services)[1] == "", "the current version has none of it"


def test_altering_what_was_kept_of_the_file_as_well_shows_by_the_event_log(
    services: Services, old: dict[str, int]
) -> None:
    path = first_file(services)
    path.write_bytes(path.read_bytes() + b" ")
    with services.engine.begin() as connection:
        connection.execute(
            text("UPDATE fact_file SET sha256 = encode(sha256(:body), 'hex'), size_bytes = length(:body) WHERE path = :path"),
            {"body": path.read_bytes(), "path": path.name},
        )  # fmt: skip

    assert "not those that were published" in wrong(services, old)[1]


def test_a_file_that_is_gone_and_a_row_that_came_into_the_tables_log_are_named(
    services: Services, old: dict[str, int]
) -> None:
    log = Path(services.instance.facts) / "customers" / "_delta_log" / f"{0:020d}.json"
    told = log.read_text(encoding="utf-8")
    added = next(line for line in told.splitlines() if line.startswith('{"add"'))
    log.write_text(f"{told.rstrip()}\n{added.replace('part-00000', 'part-00009')}\n", encoding="utf-8")
    assert "not those that were published" in wrong(services)[1]
    log.write_text(told, encoding="utf-8")

    first_file(services).unlink()

    assert "is gone" in wrong(services, old)[1]


def test_a_version_of_long_ago_is_opened_after_hundreds_of_commits(services: Services) -> None:
    publish(services, {"invoices": [invoice("I0", "A", issued=DAY)], "customers": [customer("A")]}, as_of=DAY)
    log = Path(services.instance.facts) / "invoices" / "_delta_log"
    commits = sorted(log.glob("*.json"))
    for number in range(len(commits), 99):
        commits.append(log / f"{number:020}.json")
        commits[-1].write_text('{"commitInfo": {"operation": "WRITE"}}\n', encoding="utf-8")
    for commit in commits:
        os.utime(commit, (0, 0))

    publish(services, {"invoices": [invoice("I1", "A", issued=DAY)]}, as_of=LATER)

    assert current_pins(services).versions["invoices"] == 99
    assert list(log.glob("*.checkpoint.parquet"))
    first = delta_tables.open_table(services.instance, "invoices", 0)
    assert first is not None
    assert len(delta_tables.files_of(first)) == 1
