"""Every bad input of an extract, 1 to 53, as the bytes that arrive: which code and which line it gets, and what is kept.

Numbers are those of the table in docs/reference/bad-inputs.md's origin; a row code means the rest of the file is used.
"""

import io
import os
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter
from tests.validation.staging import accounts

from riskreview.foundation.errors import BadInput
from riskreview.intake.check import check_file
from riskreview.intake.use_cases import land_file
from riskreview.policy.mapping_checks import load_mapping
from riskreview.validation.bad_inputs import BY_CODE, KINDS, reference_page
from riskreview.validation.quarantine import list_rows
from riskreview.validation.use_cases import validate_batch

pytestmark = pytest.mark.long

HEAD = "invoice_id,customer_id,issue_date,due_date,currency,amount,level,note,observed_at"
MAPPING = """
source: erp
system: erp
stage: finance
title: {en: "Receivables", zh: "应收"}
read: {path: "erp/*", READ}
delivery: {kind: KIND, as_of: {from_name: "_(\\\\d{8})"}, every_days: 1}
EXTRA
datasets:
  invoices:
    columns:
      invoice_id: invoice_id
      customer_id: customer_id
      invoice_no: note
      doc_type: {constant: invoice}
      issue_date: issue_date
      due_date: due_date
      currency: currency
      amount: amount
      dunning_level: level
"""


def row(number: int = 1, **changes: str) -> str:
    cells = {
        "invoice_id": f"I{number}", "customer_id": f"C{number % 5 + 1}", "issue_date": "2026-01-05", "due_date": "2026-02-05",
        "currency": "CNY", "amount": str(100 + number), "level": "0", "note": "n", "observed_at": "2026-01-05 08:00",
    }  # fmt: skip
    return ",".join({**cells, **changes}.values())


def file(*rows: str, head: str = HEAD, count: int = 20) -> bytes:
    """A file of good rows (lines 2 to count + 1) followed by the given ones."""
    return "\n".join([head, *(row(n) for n in range(1, count + 1)), *rows, ""]).encode()


BAD = 22
"""The line of the first row after twenty good ones."""


@dataclass(frozen=True)
class Case:
    """One bad input; ``code`` None means that it is accepted as it is."""

    number: str
    content: bytes
    code: str | None
    line: int | None = None
    read: str = ""
    extra: str = ""
    name: str = "erp_20260630.csv"
    manifest: str = ""


def zipped(entries: dict[str, bytes], *, mode: int = 0o100644, encrypted: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    packed = bytearray(buffer.getvalue())
    if encrypted:
        packed[6] |= 1
        packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        fill(book)
    return buffer.getvalue()


def sheet(book: xlsxwriter.Workbook, name: str = "A", *, formula: bool = False) -> None:
    page = book.add_worksheet(name)
    page.write_row(0, 0, HEAD.split(","))
    for line in range(1, 4):
        page.write_row(line, 0, row(line).split(","))
    if formula:
        page.write_formula(3, 5, "=1+1", None, "")


def two_sheets(book: xlsxwriter.Workbook) -> None:
    sheet(book, "A")
    sheet(book, "B")


def with_entities() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(sheet))) as source, zipfile.ZipFile(packed, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename.endswith("sheet1.xml"):
                content = content.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
            target.writestr(item, content)
    return packed.getvalue()


XLSX = {"read": "format: excel", "name": "erp_20260630.xlsx"}
CASES = [
    Case("1 zero bytes", b"", "E-FILE-EMPTY"),
    Case("3 no header", "\n".join(row(n) for n in range(5)).encode(), "E-HEADER"),
    Case("4 column twice", file(head=HEAD.replace("note", "amount")), "E-HEADER-DUP"),
    Case("5 misspelled column", file(head=HEAD.replace("customer_id", "cust_id")), "E-SCHEMA", 1),
    Case("6 extra column", file(), "E-SCHEMA-EXTRA", extra="extra_columns: refuse"),
    Case("7 GBK under UTF-8", file(row(21, note="客户")).decode().encode("gbk"), "E-ENCODING"),
    Case("8 UTF-16", file().decode().encode("utf-16"), "E-ENCODING"),
    Case("9 NUL", file(row(21, note="a\x00b")), "E-CHAR-NUL", BAD),
    Case("10 unclosed quote", file(row(21, note='"open'), row(22)), "E-CSV-QUOTE", BAD),
    Case("11 semicolons", file().replace(b",", b";"), "E-DELIMITER"),
    Case("12 too few fields", file("I21,C1"), "R-FIELDCOUNT", BAD),
    Case("12 too many fields", file(row(21) + ",x"), "R-FIELDCOUNT", BAD),
    Case("13 trailing total", file("TOTAL,TOTAL ,2026-01-05,2026-02-05,CNY,9,0,n,"), "R-ID-FORMAT", BAD),
    Case("14 id 007", file(row(21, invoice_id="007")), None),
    Case("15 id 1E5", file(row(21, invoice_id="1E5")), None),
    Case("16 id NULL", file(row(21, customer_id="NULL")), "R-ID-FORMAT", BAD),
    Case("16 id NA", file(row(21, customer_id="NA")), "R-ID-FORMAT", BAD),
    Case("17 blank id", file(row(21, customer_id="")), "R-REQUIRED", BAD),
    Case("18 zero-width in id", file(row(21, customer_id="C\u200b1")), "R-ID-FORMAT", BAD),
    Case("18 full-width id", file(row(21, customer_id="Ｃ１")), "R-ID-FORMAT", BAD),
    Case("18 space after id", file(row(21, customer_id="C1 ")), "R-ID-FORMAT", BAD),
    Case("22 thousands undeclared", file(row(21, amount='"1,234.56"')), "R-NUMBER", BAD),
    Case("23 decimal comma", file(row(21, amount='"1.234,56"')), "R-NUMBER", BAD),
    Case("24 NaN", file(row(21, amount="NaN")), "R-NUMBER-NONFINITE", BAD),
    Case("24 Infinity", file(row(21, amount="Infinity")), "R-NUMBER-NONFINITE", BAD),
    Case("24 1e400", file(row(21, amount="1e400")), "R-NUMBER-NONFINITE", BAD),
    Case("25 38 digits", file(row(21, amount="9" * 38)), "R-NUMBER-RANGE", BAD),
    Case("27 lower-case currency", file(row(21, currency="cny")), "R-CURRENCY", BAD),
    Case("27 RMB", file(row(21, currency="RMB")), "R-CURRENCY", BAD),
    Case("27 blank currency", file(row(21, currency="")), "R-CURRENCY", BAD),
    Case("29 no such day", file(row(21, issue_date="2026-02-30")), "R-DATE", BAD),
    Case("30 ambiguous date", file(row(21, issue_date="03/04/2026")), "R-DATE-AMBIGUOUS", BAD),
    Case("31 serial", file(row(21, issue_date="46000")), "R-DATE", BAD),
    Case("36 formula", file(row(21, note='"=HYPERLINK(""http://x"",""y"")"')), None),
    Case("37 script", file(row(21, note="<script>alert(1)</script>")), None),
    Case("38 template", file(row(21, note="{{7*7}}")), None),
    Case("39 a megabyte", file(row(21, note="x" * 1_000_000)), "R-TOO-LONG", BAD),
    Case("40 control", file(row(21, note="a\x07b")), "R-CHAR-CONTROL", BAD),
    Case("40 bidi", file(row(21, note="a\u202eb")), "R-CHAR-CONTROL", BAD),
    Case("41 65 536 rows", file(count=65_536), "E-TRUNCATED-SUSPECT"),
    Case("42 path", zipped({"../../x": file()}), "E-ARCHIVE-PATH"),
    Case("43 ratio", zipped({"x.csv": b"0" * (80 << 20)}), "E-ARCHIVE-RATIO"),
    Case("44 entries", zipped({str(n): b"" for n in range(1_100)}), "E-ARCHIVE-LIMIT"),
    Case("44 nested", zipped({"a.zip": zipped({"x.csv": file()})}), "E-ARCHIVE-LIMIT"),
    Case("45 link", zipped({"x.csv": b"/etc/passwd"}, mode=0o120777), "E-ARCHIVE-LINK"),
    Case("46 encrypted", zipped({"x.csv": file()}, encrypted=True), "E-ARCHIVE-ENCRYPTED"),
    Case("47 entities", with_entities(), "E-XML-ENTITY", **XLSX),
    Case("48 xlsx named csv", workbook(sheet), "E-FILE-TYPE"),
    Case("49 two sheets", workbook(two_sheets), "E-XLSX-SHEET", **XLSX),
    Case("50 formula without value", workbook(lambda book: sheet(book, formula=True)), "E-XLSX-FORMULA", **XLSX),
    Case("51 manifest", file(), "E-MANIFEST", manifest='{"rows": 999}'),
    Case("51 manifest of other bytes", file(), "E-MANIFEST", manifest='{"sha256": "' + "0" * 64 + '"}'),
    Case("52 newline in name", file(), "E-FILENAME", name="erp_\n20260630.csv"),
    Case("52 semicolon in name", file(), "E-FILENAME", name="erp;_20260630.csv"),
    Case("52 long name", file(), "E-FILENAME", name="e" * 230 + "_20260630.csv"),
]


def mapping(folder: Path, *, read: str = "", extra: str = "", kind: str = "movement"):
    path = folder / "erp.yaml"
    shaped = read or 'dates: ["%Y-%m-%d"]'
    path.write_text(MAPPING.replace("READ", shaped).replace("EXTRA", extra).replace("KIND", kind), encoding="utf-8")
    return load_mapping(path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_a_bad_file_or_row_gets_its_code_and_line(instance, tmp_path, case):
    path = tmp_path / case.name
    path.write_bytes(case.content)
    if case.manifest:
        path.with_name(case.name + ".manifest.json").write_text(case.manifest, encoding="utf-8")

    report = check_file(instance, path, mapping(tmp_path, read=case.read, extra=case.extra))

    if case.code is None:
        assert (report.problem, report.problems, report.datasets[0].accepted) == ("", (), 21)
    elif case.code.startswith("E-"):
        assert report.problem.startswith(case.code + " ")
        assert case.line is None or f"line {case.line}" in report.problem
    else:
        assert report.problem == ""
        assert [(item.code, item.line) for item in report.problems] == [(case.code, case.line)]
        assert report.datasets[0].accepted == 20


@pytest.mark.parametrize("kind", ["symlink", "fifo"])
def test_53_what_is_no_plain_file_is_refused(instance, tmp_path, kind):
    path = tmp_path / "erp_20260630.csv"
    if kind == "symlink":
        path.symlink_to("/etc/passwd")
    else:
        os.mkfifo(path)

    assert check_file(instance, path, mapping(tmp_path)).problem.startswith("E-FILE-KIND ")


@pytest.mark.parametrize(("moment", "code"), [("2026-03-29 02:30:00", "R-TIME"), ("2026-03-29 03:30:00", None)])
def test_34_a_local_time_the_clock_skipped_is_refused(moment, code):
    import duckdb

    from riskreview.intake.cells import Source
    from riskreview.intake.date_cells import timestamp
    from riskreview.intake.text_table import TextTable
    from riskreview.policy.datasets import Column, Kind
    from riskreview.policy.mapping import Pick, Read

    read = Read(path="x", dates=("%Y-%m-%d %H:%M:%S",))
    source = Source(TextTable("x", ("seen",), (), None), read, "Europe/Berlin")
    cell = timestamp(Column("seen", Kind.TIMESTAMP), f"'{moment}'", Pick(column="seen"), source)
    expression = cell.code.replace("{p}", f"({cell.parsed})").replace("{t}", f"'{moment}'")

    assert duckdb.execute("SELECT " + expression).fetchall() == [(code,)]


def validated(services, tmp_path: Path, content: bytes, *, name: str = "erp_20260630.csv", kind: str = "movement"):
    given = mapping(tmp_path, kind=kind)
    (services.instance.home / "mappings" / "erp.yaml").write_text(
        (tmp_path / "erp.yaml").read_text("utf-8"), encoding="utf-8"
    )
    path = tmp_path / name
    path.write_bytes(content)
    landed = land_file(services, mapping=given, path=path)
    known = accounts("C1", "C2", "C3", "C4", "C5")
    return validate_batch(services, batch_id=landed.batch_id, known_accounts=known)


@pytest.mark.database
@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["19", row(21, invoice_id="x21"), row(21, invoice_id="X21")], [("R-DUP-CASE", BAD), ("R-DUP-CASE", BAD + 1)]),
        (["20", row(3), row(3)], []),
        (["21", row(21), row(21, amount="7")], [("R-DUP-CONFLICT", BAD), ("R-DUP-CONFLICT", BAD + 1)]),
        (["26", row(21, level="-3")], [("R-RANGE", BAD)]),
        (["26 minus zero", row(21, level="-0")], [("R-RANGE", BAD)]),
        (["32", row(21, issue_date="2026-07-01")], [("R-DATE-FUTURE", BAD)]),
        (["35", row(21, customer_id="N1")], [("R-ORPHAN", BAD)]),
    ],
    ids=lambda value: value[0] if value and isinstance(value[0], str) else "",
)
def test_a_row_without_sense_is_quarantined_with_code_and_line(services, tmp_path, rows, found):
    verdict = validated(services, tmp_path, file(*rows[1:]))

    assert verdict.state == "validated"
    assert sorted((item.code, item.line) for item in list_rows(services)) == found
    assert verdict.accepted["invoices"] == 20
    assert (
        verdict.accepted["invoices"] + verdict.quarantined["invoices"] + verdict.duplicates["invoices"]
        == 20 + len(rows) - 1
    )


@pytest.mark.database
@pytest.mark.parametrize(
    ("content", "name", "kind", "code"),
    [
        (file(count=0), "erp_20260701.csv", "movement", "E-BATCH-EMPTY"),
        (file(count=20).replace(b",1", b",11111111"), "erp_20260701.csv", "movement", "E-DISTRIBUTION"),
        (file(row(21)), "erp_20260601.csv", "snapshot", "E-ASOF-OLD"),
        (file(*(row(n, customer_id=f"N{n}") for n in range(21, 36))), "erp_20260701.csv", "movement", "E-REFERENTIAL"),
        (file(count=9), "erp_20260701.csv", "movement", "E-ROW-COUNT"),
    ],
    ids=["2 header only", "28 unit", "33 older list", "35 too many orphans", "halved"],
)
def test_a_delivery_without_sense_is_held(services, tmp_path, content, name, kind, code):
    from sqlalchemy import text

    assert validated(services, tmp_path, file(), kind=kind).state == "validated"
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET state = 'published'"))

    verdict = validated(services, tmp_path, content, name=name, kind=kind)

    assert verdict.state == "held"
    assert code in {problem.split(" ")[0] for problem in verdict.problems}


@pytest.mark.database
def test_32_a_file_of_a_day_to_come_is_refused(services, tmp_path):
    with pytest.raises(BadInput, match="E-ASOF-FUTURE"):
        validated(services, tmp_path, file(), name="erp_20300101.csv")


def test_the_table_covers_every_number():
    elsewhere = {"2", "19", "20", "21", "26", "28", "32", "33", "34", "35", "53"}
    here = {case.number.split(" ")[0] for case in CASES} | elsewhere

    assert here == {str(number) for number in range(1, 54)}


def test_every_code_that_is_raised_is_in_the_table_and_on_the_page():
    root = Path(__file__).resolve().parents[2] / "plugins" / "riskreview"
    import re

    raised = {
        code
        for room in ("intake", "validation")
        for path in (root / room).rglob("*.py")
        for code in re.findall(r'"([ER]-[A-Z][A-Z-]+)"', path.read_text("utf-8"))
        if not code.startswith("E-POLICY")
    }
    page = reference_page()

    assert raised <= set(BY_CODE)
    assert all(f"| `{kind.code}` |" in page for kind in KINDS)
    assert len(BY_CODE) == len(KINDS)
    assert all((kind.en, kind.zh, kind.repair_en, kind.repair_zh) for kind in KINDS)


def test_the_header_of_the_zip_format_is_what_we_think():
    assert struct.unpack("<I", zipped({"x": b""})[:4]) == (0x04034B50,)
