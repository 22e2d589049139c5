"""Erasing a customer takes it out of raw deliveries, quarantine and every version of the facts; others, their replays and every proof stay."""

import gzip
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from tests.facts.test_facts_in_object_storage import as_folder, store_of
from tests.s3_place import S3Place

from riskreview.audit.verification import verify_whole
from riskreview.doctor.use_cases import examine
from riskreview.evidence.replay_batches import replay_batch
from riskreview.facts import delta_tables
from riskreview.facts.compaction import compact
from riskreview.facts.files import FactFiles
from riskreview.facts.use_cases import current_pins, publish_batch
from riskreview.foundation import failpoints
from riskreview.foundation.services import Services
from riskreview.intake.use_cases import land_inbox
from riskreview.privacy.erasing import erase
from riskreview.privacy.masking import Form, Sought, without
from riskreview.validation.use_cases import validate_batch

WHY = "The person asked to be forgotten"
PERSON = ("王小明", "DE811128135", "Lindenweg 7", "+49 170 5550101")
OTHERS = "B,Beta GmbH,DE222,Hafen 1,+49 40 1\r\n"
MAPPING = """source: accounts
system: erp
stage: crm
title: {en: "Accounts", zh: "账户"}
read: {path: "accounts*", encoding: gb18030}
datasets: {customers: {columns: {customer_id: id, name: name, tax_id: tax, address: street, phone: phone}}}
"""


def deliver(services: Services, day: str, content: str) -> int:
    """Bring a delivery as far as the facts."""
    (Path(services.instance.inbox) / f"accounts_{day}.csv").write_bytes(content.encode("gb18030"))
    (batch,) = land_inbox(services)
    validate_batch(
        services, batch_id=batch.batch_id, known_accounts=pa.table({"account_id": pa.array([], pa.string())})
    )
    publish_batch(services, batch_id=batch.batch_id)
    return batch.batch_id


@pytest.fixture
def delivered(services: Services) -> Services:
    """A person in two deliveries, once among refused rows too, and in a version of the facts that was compacted away."""
    return deliver_all(services)


def deliver_all(services: Services) -> Services:
    (services.instance.home / "mappings" / "accounts.yaml").write_text(MAPPING, encoding="utf-8")
    head = "id,name,tax,street,phone\r\n"
    name, tax, street, phone = PERSON
    deliver(services, "20260629", f'{head}A,"{name}",{tax},"{street},\n{name}",{phone}\r\n{OTHERS}')
    deliver(services, "20260630", f"{head}{OTHERS}A,{name},{tax},{street},{phone}\r\n,{name},{tax},{street},{phone}\r\n")  # fmt: skip
    compact(services, dataset="customers", at_least=2)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET customer_id = account_id FROM account WHERE account.customer_key = customer.customer_key"))  # fmt: skip
    return services


def kept(services: Services) -> bytes:
    """Everything the instance keeps of deliveries, facts and refused rows, as one would search it."""
    home = services.instance.home
    found = [searchable(home / folder) for folder in ("raw", "facts", "staging")]
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT coalesce(string_agg(row_to_json(q)::text, ''), '') FROM quarantine_row AS q")).scalar_one()  # fmt: skip
    return b"".join([*found, str(rows).encode()])


def searchable(folder: Path) -> bytes:
    """All files below a folder, tables as text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False).encode() if path.suffix == ".parquet" else path.read_bytes()
                    for path in files)  # fmt: skip


def named(services: Services) -> set[str]:
    """What of the person is still found, in any encoding in use."""
    return named_in(kept(services))


def named_in(content: bytes) -> set[str]:
    return {value for value in PERSON if value.encode() in content or value.encode("gb18030") in content}


def erased_by_two(services: Services) -> int:
    for person in ("xu.ning", "guo.qiang"):
        done = erase(services, customer="A", actor=person, reason=WHY)
    return done.files


def broken(services: Services) -> set[str]:
    with services.engine.connect() as connection:
        assert verify_whole(connection).problem == ""
    return {item.invariant.id for item in examine(services, as_of=services.today).broken}


@pytest.mark.database
def test_no_file_and_no_refused_row_names_an_erased_customer_and_others_stay_as_they_were(delivered: Services) -> None:
    versions = dict(current_pins(delivered).versions)
    assert named(delivered) == set(PERSON)
    before = broken(delivered)

    assert erased_by_two(delivered) == 5, "two deliveries and three files of facts"

    assert named(delivered) == set()
    assert kept(delivered).count(b"Beta GmbH") >= 3
    assert broken(delivered) == before
    for version in range(versions["customers"] + 1):
        table = delta_tables.open_table(delivered.instance, "customers", version)
        assert table is not None
        rows = delta_tables.rows_of(delivered.instance, table).sort_by("account_key").to_pylist()
        assert {row["name"] for row in rows} == {"[erasure 1]", "Beta GmbH"}, "every version is read as before"
        with delivered.engine.connect() as connection:
            assert FactFiles(delivered, connection).problem({"customers": version}) == ""
    said = replay_batch(delivered, batch_id=1).problem
    assert said.startswith("erasure 1 took a customer out of its bytes")


@pytest.mark.database
def test_in_object_storage_no_object_and_no_copy_of_one_on_this_machine_names_an_erased_customer(
    services: Services, s3_place: S3Place, tmp_path: Path
) -> None:
    remote = deliver_all(replace(services, instance=s3_place.on(services.instance)))
    before, objects = broken(remote), {item["path"] for item in store_of(s3_place).list().collect()}
    assert named_in(searchable(remote.instance.cache)) != set(), "copies were made"

    assert erased_by_two(remote) == 5, "two deliveries and three files of facts"

    stays = as_folder(remote, s3_place, tmp_path / "bucket").instance
    left = {item["path"] for item in store_of(s3_place).list().collect()}
    assert {name for name in left ^ objects if name.startswith("facts")} == set(), "a file keeps its name"
    assert named_in(searchable(tmp_path / "bucket")) == set()
    assert searchable(Path(stays.facts)).count(b"Beta GmbH") >= 3
    assert named_in(searchable(remote.instance.cache)) == set()
    assert broken(remote) == before


@pytest.mark.database
def test_an_erasure_that_was_stopped_is_named_and_gone_on_with(delivered: Services) -> None:
    facts = delivered.instance.home / "facts" / "customers"
    before = {path: path.read_bytes() for path in facts.glob("*.parquet")}
    erased_by_two(delivered)
    path, content = min(before.items())
    path.write_bytes(content)
    assert {"facts_unaltered"} <= broken(delivered), "a file that still says it is no file that was published"
    with delivered.engine.begin() as connection:
        connection.execute(text("UPDATE erasure SET files_erased_at = NULL"))
    assert {"erasure_done"} <= broken(delivered)

    erase(delivered, customer="A", actor="guo.qiang", reason=WHY)

    assert named(delivered) == set()
    assert not {"erasure_done", "facts_unaltered"} & broken(delivered)


@pytest.mark.database
def test_an_erasure_that_is_stopped_at_every_step_comes_to_the_end_it_would_have_had(
    delivered: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = broken(delivered)
    erase(delivered, customer="A", actor="xu.ning", reason=WHY)
    for point in ("privacy.forgotten", *["privacy.recorded", "privacy.rewritten"] * 5, "privacy.cleaned"):
        monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{point}:1:raise")
        failpoints._hits.clear()
        with pytest.raises(failpoints.InjectedFault):
            erase(delivered, customer="A", actor="guo.qiang", reason=WHY)
        assert "erasure_done" in broken(delivered)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")

    done = erase(delivered, customer="A", actor="guo.qiang", reason=WHY)

    assert (done.files, named(delivered), broken(delivered)) == (5, set(), before)


@pytest.mark.database
def test_a_file_altered_under_the_name_of_an_erasure_is_named(delivered: Services) -> None:
    erased_by_two(delivered)
    path = min((delivered.instance.home / "facts" / "customers").glob("*.parquet"))
    path.write_bytes(path.read_bytes() + b" ")
    with delivered.engine.begin() as connection:
        connection.execute(text("UPDATE erased_file SET sha256 = :now, size_bytes = size_bytes + 1 WHERE name LIKE :name"),
                           {"now": hashlib.sha256(path.read_bytes()).hexdigest(), "name": f"%{path.name}"})  # fmt: skip

    assert "facts_unaltered" in broken(delivered)
    assert "knows of no erasure 1 that did it" in replay_batch(delivered, batch_id=1).problem


SOUGHT = Sought(frozenset({"A"}), frozenset({"Hans Beispiel", "DE8"}), frozenset({"DE8"}), "[erasure 1]")


def test_json_lines_lose_the_texts_of_the_record_and_keep_codes_numbers_and_others() -> None:
    others = '{"id": "B", "name": "Anna Muster", "mail": "b@x.de"}'
    data = f'{{"id": "A", "name": "Hans B.", "mail": "h@x.de", "class": "low", "n": 3, "in": {{"note": "met him"}}}}\n{others}\n'

    told = without(data.encode(), SOUGHT, Form("jsonl"))

    assert told is not None
    first, second, _ = told.decode().split("\n")
    assert json.loads(first) == {"id": "A", "name": "[erasure 1]", "mail": "[erasure 1]", "class": "low", "n": 3, "in": {"note": "[erasure 1]"}}  # fmt: skip
    assert second == others


def test_of_items_only_the_cells_go_that_name_the_person_so_that_they_are_read_as_before() -> None:
    data = b'no;id;name;amount;by\r\n1;A;Hans Beispiel;"1,50";h@x.de\r\n2;B;Hans Beispiel;2,50;b@x.de\r\n'

    told = without(data, SOUGHT, Form("csv", separator=";"))

    assert told == b'no;id;name;amount;by\r\n1;A;[erasure 1];"1,50";[erasure 1]\r\n2;B;Hans Beispiel;2,50;b@x.de\r\n', (
        "a namesake keeps his name"
    )


def test_a_workbook_and_a_parquet_file_lose_the_cells_that_name_the_person() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, ["A", "Hans Beispiel", 1.5])
    rows = pa.table({"id": ["A", "B"], "name": ["Hans Beispiel", "Anna"]})
    parquet = io.BytesIO()
    pq.write_table(rows, parquet)

    book_told, rows_told = (
        without(stream.getvalue(), SOUGHT, Form("excel")),
        without(parquet.getvalue(), SOUGHT, Form("parquet")),
    )

    assert book_told is not None
    assert rows_told is not None
    assert CalamineWorkbook.from_filelike(io.BytesIO(book_told)).get_sheet_by_index(0).to_python() == [["A", "[erasure 1]", 1.5]]  # fmt: skip
    assert pq.read_table(io.BytesIO(rows_told)).to_pylist() == [{"id": "A", "name": "[erasure 1]"}, {"id": "B", "name": "Anna"}]  # fmt: skip


def test_what_cannot_be_read_for_sure_is_not_kept_and_what_does_not_name_the_person_stays() -> None:
    assert without(b"\xff\xfe\x00", SOUGHT, Form("csv")) is None
    assert without(b"one line", SOUGHT, Form("csv")) is None
    assert without(gzip.compress(b"id,name\nA,Hans Beispiel\n"), SOUGHT, Form("csv")) is None
    for plain in (b"id;name\nB;Anna Muster\n", gzip.compress(b"id;name\nB;Anna Muster\n")):
        assert without(plain, SOUGHT, Form("csv", separator=";")) == plain
