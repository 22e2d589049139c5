"""Landing on a real database: one batch per content, nothing lost, the same end wherever the process is killed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from intake_extracts import HEADER, ROW, changed, mapping_text, read_rows
from sqlalchemy import text

from riskreview.audit import log
from riskreview.foundation.errors import BadInput, NotFound, RuleViolation
from riskreview.foundation.failpoints import REGISTERED
from riskreview.foundation.services import Services
from riskreview.intake.inbox import InboxFile, is_complete, root_of
from riskreview.intake.results import BatchState, PassedOver, batch_folder, refused_path, stage_path
from riskreview.intake.use_cases import add_source, find_mapping, land_file, land_inbox, restage_rows

pytestmark = pytest.mark.database
ROOT = Path(__file__).resolve().parents[2]


ACCOUNTS = """
source: accounts
system: erp
stage: crm
title: {en: "Accounts", zh: "账户"}
read: {path: "accounts*"}
datasets: {customers: {columns: {customer_id: id, name: name}}}
"""


def install(services: Services, mapping: str | None = None, *, name: str = "receivables") -> None:
    (services.instance.home / "mappings" / f"{name}.yaml").write_text(mapping or mapping_text(), encoding="utf-8")


def deliver(services: Services, lines: list[str], *, name: str = "receivables_20260630.csv") -> Path:
    path = Path(services.instance.inbox) / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.utime(path, (1, 1))
    return path


def rows(services: Services, statement: str) -> list[tuple[object, ...]]:
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def set_state(services: Services, batch_id: int, state: str) -> None:
    with services.engine.begin() as connection:
        connection.execute(
            text("UPDATE batch SET state = :state WHERE batch_id = :id"), {"state": state, "id": batch_id}
        )


def test_a_file_lands_with_its_bytes_its_rows_and_its_event(services):
    install(services)
    path = deliver(services, [HEADER, ROW, changed(amount="x")])

    (batch,) = land_inbox(services)

    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (services.instance.home / "raw" / sha[:2] / sha).read_bytes() == path.read_bytes()
    assert (batch.source_id, batch.system, batch.stage, batch.state, batch.as_of) == (
        "receivables",
        "erp",
        "finance",
        BatchState.LANDED,
        date(2026, 7, 1),
    )
    assert [(c.dataset, c.rows_in, c.accepted, c.refused, c.skipped) for c in batch.datasets] == [
        ("invoices", 2, 1, 1, 0)
    ]
    assert len(read_rows(stage_path(services.instance, batch.batch_id, "invoices"))) == 1
    assert len(read_rows(refused_path(services.instance, batch.batch_id, "invoices"))) == 1
    assert rows(services, "SELECT action, subject_id, actor FROM audit_event") == [
        ("batch:landed", str(batch.batch_id), "system:intake")
    ]
    assert sorted(p.name for p in services.instance.staging.iterdir()) == [str(batch.batch_id)]


def test_the_same_bytes_twice_are_one_batch_and_their_feed_delivered_on_both_days(services, clock):
    install(services)
    deliver(services, [HEADER, ROW])
    first = land_inbox(services)
    deliver(services, [HEADER, ROW], name="receivables_again.csv")
    same_day, later = PassedOver(), PassedOver()

    assert land_inbox(services, passed_over=same_day) == first
    clock.moment += timedelta(days=3)
    deliver(services, [HEADER, ROW], name="receivables_later.csv")
    assert land_inbox(services, passed_over=later) == first

    mapping = find_mapping(services.instance, "receivables")
    assert land_file(services, mapping=mapping, path=deliver(services, [HEADER, ROW])) == first[0]
    assert (same_day, later) == (PassedOver(unchanged=1), PassedOver(unchanged=1))
    assert rows(services, "SELECT count(*) FROM batch") == [(1,)]
    assert rows(services, "SELECT as_of, file_name FROM batch_unchanged") == [
        (date(2026, 7, 4), "receivables_later.csv")
    ]
    assert rows(services, "SELECT action FROM audit_event ORDER BY seq") == [("batch:landed",), ("batch:unchanged",)]


def test_the_day_of_an_unchanged_extract_is_the_one_its_name_tells(services):
    dated = r"delivery: {as_of: {from_name: '_(\d{8})', format: '%Y%m%d'}}"
    install(services, mapping_text(extra=dated))
    for name in ("receivables_20260615.csv", "receivables_20260620.csv", "receivables_20260601.csv", "receivables.csv"):
        deliver(services, [HEADER, ROW], name=name)
        (batch,) = land_inbox(services)

    assert batch.as_of == date(2026, 6, 15)
    assert rows(services, "SELECT as_of FROM batch_unchanged") == [(date(2026, 6, 20),)]


def test_a_source_that_goes_back_to_what_it_said_before_is_heard(services):
    install(services, mapping_text(extra=r"delivery: {as_of: {from_name: '_(\d{8})', format: '%Y%m%d'}}"))
    other = ROW.replace("2026", "2025", 1)
    said = {"15": ROW, "16": other, "17": ROW, "10": other, "18": ROW, "19": other}
    for day, row in said.items():
        deliver(services, [HEADER, row], name=f"receivables_202606{day}.csv")
        land_inbox(services)
        land_inbox(services)

    landed = rows(services, "SELECT as_of, after_batch FROM batch ORDER BY batch_id")
    assert [(day.day, after) for day, after in landed] == [(15, 0), (16, 0), (17, 2), (19, 3)]
    assert rows(services, "SELECT batch_id, as_of FROM batch_unchanged") == [(3, date(2026, 6, 18))]


def test_an_unpublished_batch_is_returned_until_it_is_published(services):
    install(services)
    deliver(services, [HEADER, ROW])
    (batch,) = land_inbox(services)
    set_state(services, batch.batch_id, "validated")

    assert [(b.batch_id, b.state) for b in land_inbox(services)] == [(batch.batch_id, BatchState.VALIDATED)]
    set_state(services, batch.batch_id, "published")
    assert land_inbox(services) == []


def test_staged_rows_that_are_gone_are_staged_again_from_the_raw_bytes(services):
    install(services)
    path = deliver(services, [HEADER, ROW])
    (batch,) = land_inbox(services)
    shutil.rmtree(services.instance.staging)
    path.unlink()

    assert land_inbox(services) == [batch]
    assert len(read_rows(stage_path(services.instance, batch.batch_id, "invoices"))) == 1
    shutil.rmtree(services.instance.staging)
    shutil.rmtree(services.instance.home / "raw")
    with pytest.raises(NotFound, match="raw zone"):
        land_inbox(services)


def test_a_refused_file_is_recorded_told_once_and_moved_away_while_others_land(services):
    install(services)
    path = deliver(services, [HEADER.replace("amount", "amnt"), ROW], name="receivables_bad.csv")
    content = path.read_bytes()
    deliver(services, [HEADER, ROW])

    passed_over = PassedOver()
    (batch,) = land_inbox(services, passed_over=passed_over)

    assert batch.state is BatchState.LANDED
    assert passed_over.files_refused == 1
    assert not path.exists()
    assert [p.read_bytes() for p in (services.instance.home / "refused").iterdir()] == [content]
    ((state, problem),) = rows(services, "SELECT state, problem FROM batch WHERE state = 'refused'")
    assert (state, problem.split()[0]) == ("refused", "E-SCHEMA")
    assert [row[0] for row in rows(services, "SELECT kind FROM outbox_event")] == ["batch_refused"]
    path.write_bytes(content)
    os.utime(path, (1, 1))
    land_inbox(services)
    assert rows(services, "SELECT count(*) FROM outbox_event") == [(1,)]
    assert rows(services, "SELECT count(*) FROM batch") == [(2,)]


def test_a_refused_file_lands_as_the_same_batch_once_the_mapping_is_corrected(services):
    install(services, mapping_text('delimiter: ";"'))
    deliver(services, [HEADER, ROW])
    assert land_inbox(services) == []
    ((batch_id,),) = rows(services, "SELECT batch_id FROM batch")

    install(services)
    deliver(services, [HEADER, ROW])

    assert [(b.batch_id, b.state) for b in land_inbox(services)] == [(batch_id, BatchState.LANDED)]
    assert rows(services, "SELECT problem FROM batch") == [(None,)]


def test_a_link_in_the_inbox_is_moved_aside_and_never_followed(services, tmp_path):
    install(services)
    secret = tmp_path / "secret.csv"
    secret.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    link = Path(services.instance.inbox) / "receivables_link.csv"
    link.symlink_to(secret)

    assert land_inbox(services) == []
    assert not link.exists()
    assert secret.exists()
    assert rows(services, "SELECT count(*) FROM batch") == [(0,)]


def test_a_manifest_is_checked_against_bytes_and_rows(services):
    install(services)
    path = deliver(services, [HEADER, ROW])
    manifest = path.with_name(path.name + ".manifest.json")
    manifest.write_text(json.dumps({"rows": 1, "sha256": "0" * 64}), encoding="utf-8")
    with pytest.raises(BadInput, match="E-MANIFEST"):
        land_file(services, mapping=find_mapping(services.instance, "receivables"), path=path)

    manifest.write_text(
        json.dumps({"rows": 1, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}), encoding="utf-8"
    )
    assert len(land_inbox(services)) == 1


def test_a_growing_file_waits_and_one_announced_as_done_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr("riskreview.intake.inbox.STABLE_SECONDS", 60.0)
    path = tmp_path / "receivables.csv"
    path.write_text("a", encoding="utf-8")
    seen = InboxFile(path, path.name, 1, path.stat().st_mtime_ns)

    assert is_complete(seen, sleep=lambda _: None)
    assert not is_complete(seen, sleep=lambda _: path.write_text("ab", encoding="utf-8") and None)
    path.with_name("receivables.csv.done").touch()
    assert is_complete(seen, sleep=lambda _: pytest.fail("waited"))


def test_stage_and_source_choose_what_lands_and_customers_come_first(services):
    install(services)
    install(services, ACCOUNTS, name="zz_accounts")
    deliver(services, [HEADER, ROW])
    deliver(services, ["id,name", "C1,One"], name="accounts.csv")

    assert [b.source_id for b in land_inbox(services, stage="finance")] == ["receivables"]
    assert [b.source_id for b in land_inbox(services, sources=["accounts"])] == ["accounts"]
    assert [b.source_id for b in land_inbox(services)] == ["accounts", "receivables"]


def test_rows_are_read_again_with_the_corrected_mapping(services):
    install(services)
    deliver(
        services, [HEADER, ROW, changed(invoice_id="INV2", currency="RMB"), changed(invoice_id="INV3", currency="XXX")]
    )
    (batch,) = land_inbox(services)
    install(services, mapping_text().replace("currency: currency", "currency: {column: currency, map: {RMB: CNY}}"))

    folder = restage_rows(services, batch_id=batch.batch_id, dataset="invoices", source_rows=[2, 3])

    assert [(row["source_row"], row["currency"]) for row in read_rows(folder / "invoices.parquet")] == [(2, "CNY")]
    assert [row["source_row"] for row in read_rows(folder / "invoices.refused.parquet")] == [3]
    assert len(read_rows(stage_path(services.instance, batch.batch_id, "invoices"))) == 1
    with pytest.raises(NotFound):
        restage_rows(services, batch_id=batch.batch_id, dataset="orders", source_rows=[1])


def test_a_query_is_a_source_like_any_other(services, database_url, monkeypatch):
    install(
        services,
        mapping_text().replace(
            'path: "receivables*"',
            "query: {connection: erp_db, sql: SELECT * FROM erp_invoice ORDER BY 1}",
        ),
    )
    monkeypatch.setenv("AIRFLOW_CONN_ERP_DB", database_url.replace("postgresql+psycopg2", "postgres"))
    with services.engine.begin() as connection:
        connection.execute(text("CREATE TABLE erp_invoice AS SELECT '007' AS invoice_id, 'C1' AS customer_id, 'invoice' AS doc_type, "
                                "DATE '2026-05-01' AS issue_date, DATE '2026-05-31' AS due_date, 'CNY' AS currency, 12.30::numeric AS amount"))  # fmt: skip

    (batch,) = land_inbox(services)

    (row,) = read_rows(stage_path(services.instance, batch.batch_id, "invoices"))
    assert (row["invoice_id"], str(row["amount"]), row["issue_date"]) == ("007", "12.30", date(2026, 5, 1))
    assert land_inbox(services) == [batch]
    with services.engine.begin() as connection:
        connection.execute(text("DROP TABLE erp_invoice"))
    install(services, ACCOUNTS, name="accounts")
    (Path(services.instance.inbox) / "accounts.csv").write_text("id,name\nC1,Known\n", encoding="utf-8")
    os.utime(Path(services.instance.inbox) / "accounts.csv", (1, 1))
    for unset in (False, True):
        if unset:
            monkeypatch.delenv("AIRFLOW_CONN_ERP_DB")
        passed_over = PassedOver()
        assert {b.source_id for b in land_inbox(services, passed_over=passed_over)} == {"receivables", "accounts"}
        assert passed_over == PassedOver(files_refused=0, sources_unreachable=1)
    assert rows(services, "SELECT kind, subject_id FROM outbox_event") == [("feed_unreachable", "receivables")]
    assert rows(services, "SELECT count(*) FROM audit_event WHERE action = 'feed:unreachable'") == [(1,)]


def test_a_query_for_what_changed_begins_before_the_newest_published_read_and_loses_nothing(
    services, database_url, monkeypatch
):
    query = ("query: {connection: erp_db, since: {first: 2026-01-01, overlap_days: 2}, sql: 'SELECT invoice_id, customer_id, doc_type,"
             " issue_date, due_date, currency, amount FROM erp_invoice WHERE changed_on >= :since ORDER BY 1'}")  # fmt: skip
    install(services, mapping_text().replace('path: "receivables*"', query))
    monkeypatch.setenv("erp_db", database_url)
    columns = "'C1' AS customer_id, 'invoice' AS doc_type, DATE '2026-05-01' AS issue_date, DATE '2026-05-31' AS due_date, 'CNY' AS currency, 1.00::numeric AS amount"
    with services.engine.begin() as connection:
        connection.execute(
            text(f"CREATE TABLE erp_invoice AS SELECT 'I1' AS invoice_id, DATE '2026-02-01' AS changed_on, {columns}")
        )

    def change(name: str, day: str) -> None:
        with services.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO erp_invoice SELECT '{name}', DATE '{day}', {columns}"))

    def read() -> tuple[int, list[str]]:
        batch = land_inbox(services)[-1]
        staged = read_rows(stage_path(services.instance, batch.batch_id, "invoices"))
        return batch.batch_id, [row["invoice_id"] for row in staged]

    first, found = read()
    assert found == ["I1"]
    change("I2", "2026-03-01")
    assert read()[1] == ["I1", "I2"]  # the first was landed and never published
    for batch_id in (first, first + 1):
        set_state(services, batch_id, "published")
    assert land_inbox(services) == []  # nothing changed since
    change("I3", "2026-06-29")
    assert read()[1] == ["I3"]


def test_an_inbox_and_a_raw_zone_in_object_storage_serve_as_well(services, s3_place):
    from dataclasses import replace

    there = s3_place.on(services.instance)
    settings = there.settings.model_copy(update={"inbox_url": f"{s3_place.url}/inbox"})
    remote = replace(services, instance=replace(there, settings=settings))
    install(remote)
    (root_of(remote.instance) / "receivables_1.csv").write_bytes(f"{HEADER}\n{ROW}\n".encode())

    (batch,) = land_inbox(remote)

    assert len(read_rows(stage_path(remote.instance, batch.batch_id, "invoices"))) == 1
    shutil.rmtree(remote.instance.cache)
    shutil.rmtree(remote.instance.staging)
    assert land_inbox(remote) == [batch]


def test_bytes_that_were_altered_in_the_raw_zone_are_not_staged(services):
    install(services)
    deliver(services, [HEADER, ROW])
    land_inbox(services)
    (kept,) = [path for path in (services.instance.home / "raw").rglob("*") if path.is_file()]
    kept.write_text(kept.read_text().replace("100.00", "900.00"))
    shutil.rmtree(services.instance.staging)

    with pytest.raises(RuleViolation, match="holds other bytes"):
        land_inbox(services)


def test_object_storage_that_does_not_answer_is_passed_over_and_told_once(services, monkeypatch):
    import socket
    from dataclasses import replace

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    remote = replace(services, instance=replace(services.instance, settings=services.instance.settings.model_copy(
        update={"inbox_url": nobody})))  # fmt: skip
    install(remote)

    for _ in range(2):
        passed_over = PassedOver()
        assert land_inbox(remote, passed_over=passed_over) == []
        assert passed_over.sources_unreachable == 1
    assert rows(services, "SELECT kind FROM outbox_event") == [("feed_unreachable",)]


def test_a_source_is_added_once_and_a_second_file_of_it_is_refused(services, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(mapping_text(), encoding="utf-8")

    assert add_source(services.instance, path).source == "receivables"
    assert add_source(services.instance, path).source == "receivables"
    install(services, name="other")
    with pytest.raises(BadInput, match="E-SOURCE-TWICE"):
        land_inbox(services)
    with pytest.raises(BadInput, match="E-SOURCE-TWICE"):
        add_source(services.instance, path)


KILL = """
import sys
from pathlib import Path
from sqlalchemy import create_engine
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.instance import open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.intake.use_cases import land_inbox
from datetime import date, timedelta
home, url = sys.argv[1:]
land_inbox(Services(open_instance(Path(home)), create_engine(url), FixedClock(midnight_utc(date(2026, 7, 1))), LogProgress()))
"""


@pytest.mark.parametrize("failpoint", sorted(name for name in REGISTERED if name.startswith("intake.")))
def test_killed_anywhere_and_run_again_landing_ends_the_same(services, database_url, failpoint):
    install(services)
    deliver(services, [HEADER, ROW, changed(invoice_id="INV2", amount="x")])
    environment = os.environ | {"RISKREVIEW_FAILPOINT": f"{failpoint}:1:kill", "PYTHONPATH": str(ROOT / "plugins")}
    killed = subprocess.run(
        [sys.executable, "-c", KILL, str(services.instance.home), database_url],
        env=environment,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -9

    (batch,) = land_inbox(services)

    assert land_inbox(services) == [batch]
    assert [(c.rows_in, c.accepted, c.refused) for c in batch.datasets] == [(2, 1, 1)]
    assert rows(services, "SELECT count(*), min(state) FROM batch") == [(1, "landed")]
    assert rows(services, "SELECT count(*) FROM audit_event WHERE action = 'batch:landed'") == [(1,)]
    assert len(list(services.instance.home.glob("raw/??/*"))) == 1
    assert len(read_rows(stage_path(services.instance, batch.batch_id, "invoices"))) == 1
    assert batch_folder(services.instance, batch.batch_id).exists()
    with services.engine.connect() as connection:
        assert log.verify(connection).first_bad is None
