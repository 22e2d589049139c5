"""Files that are refused as a whole: each gives its code and names the place."""

import gzip
import io
import stat
import zipfile
from pathlib import Path

import pytest
from intake_extracts import HEADER, ROW, changed, mapping_text, simple_sheet, workbook

from riskreview.foundation.errors import BadInput
from riskreview.intake import file_guard

EXCEL = mapping_text("format: excel")


def zipped(entries: dict[str, bytes], **changes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = changes.get("mode", 0o100644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


GOOD = f"{HEADER}\n{ROW}\n".encode()


@pytest.mark.parametrize(
    ("content", "read", "extra", "code"),
    [
        (f"{HEADER.replace('customer_id', 'cust_id')}\n{ROW}\n".encode(), "", "", "E-SCHEMA"),
        (f"{ROW}\n{ROW}\n".encode(), "", "", "E-HEADER"),
        (f"{HEADER},amount\n{ROW},1\n".encode(), "", "", "E-HEADER-DUP"),
        (f"{HEADER},remark\n{ROW},1\n".encode(), "", "extra_columns: refuse", "E-SCHEMA-EXTRA"),
        (f"{HEADER}\n{changed(customer_id='客户')}\n".encode("gbk"), "", "", "E-ENCODING"),
        (GOOD.decode().encode("utf-16"), "", "", "E-ENCODING"),
        (f"{HEADER}\n{changed(customer_id='客户一客户二')}\n".encode(), "encoding: gb18030", "", "E-ENCODING"),
        (GOOD.replace(b"C1", b"C\x001"), "", "", "E-CHAR-NUL"),
        (f"{HEADER}\n{ROW}\n{changed(invoice_id=chr(34) + 'INV2')}\n{ROW}\n".encode(), "", "", "E-CSV-QUOTE"),
        (GOOD.replace(b",", b";"), "", "", "E-DELIMITER"),
        (GOOD.replace(b",", b"\t"), "", "", "E-DELIMITER"),
        (zipped({"../../x.csv": GOOD}), "", "", "E-ARCHIVE-PATH"),
        (lambda: zipped({"x.csv": b"0" * (80 << 20)}), "", "", "E-ARCHIVE-RATIO"),
        (lambda: gzip.compress(b"0" * (80 << 20)), "", "", "E-ARCHIVE-RATIO"),
        (lambda: zipped({f"{number}": b"" for number in range(1001)}), "", "", "E-ARCHIVE-LIMIT"),
        (zipped({"a.zip": zipped({"x.csv": GOOD})}), "", "", "E-ARCHIVE-LIMIT"),
        (zipped({"a.csv": GOOD, "b.csv": GOOD}), "", "", "E-ARCHIVE-LIMIT"),
        (zipped({"x.csv": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), "", "", "E-ARCHIVE-LINK"),
        (workbook(simple_sheet), "", "", "E-FILE-TYPE"),
        (GOOD, "format: excel", "", "E-FILE-TYPE"),
        (GOOD, "format: parquet", "", "E-FILE-TYPE"),
        (b"PAR1 damaged", "format: parquet", "", "E-FILE-TYPE"),
        (gzip.compress(GOOD)[:-12], "", "", "E-FILE-TYPE"),
        (b"<html><table></table></html>", "", "", "E-FILE-TYPE"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("E-") else "",
)
def test_a_bad_file_is_refused_with_its_code(stage, content, read, extra, code):
    given = content() if callable(content) else content
    with pytest.raises(BadInput) as caught:
        stage(given, mapping_text(read, extra))

    assert caught.value.code == code
    assert caught.value.source == "receivables_20260630.csv"
    assert caught.value.repair


def test_a_misspelled_column_is_hinted_at_with_the_nearest_name(stage):
    with pytest.raises(BadInput, match="Did you mean cust_id") as caught:
        stage(f"{HEADER.replace('customer_id', 'cust_id')}\n{ROW}\n".encode())

    assert (caught.value.line, caught.value.column) == (1, "customer_id")


def test_the_offset_of_the_first_wrong_byte_and_the_likely_encoding_are_named(stage):
    text = f"{HEADER}\n{changed(customer_id='客户')}\n"
    with pytest.raises(BadInput) as caught:
        stage(text.encode("gbk"))

    assert f"byte {text.index('客')} " in str(caught.value)
    assert "gb18030" in caught.value.repair


def test_an_unclosed_quote_is_refused_with_the_line_where_it_opens(stage):
    with pytest.raises(BadInput) as caught:
        stage([HEADER, ROW, changed(invoice_id='"INV2'), ROW, ROW])

    assert caught.value.line == 3


def test_a_file_ending_at_a_spreadsheets_limit_is_suspected_of_truncation_unless_a_manifest_confirms_it(stage):
    lines = [HEADER, *(changed(invoice_id=f"I{number}") for number in range(65_536))]
    with pytest.raises(BadInput, match="E-TRUNCATED-SUSPECT"):
        stage(lines)

    assert stage(lines, manifest={"rows": 65_536}).staged.records == 65_536


def test_a_manifest_with_another_row_count_refuses_the_file(stage):
    with pytest.raises(BadInput, match="E-MANIFEST"):
        stage(GOOD, manifest={"rows": 2})


def test_an_encrypted_zip_is_refused(stage):
    content = bytearray(zipped({"x.csv": GOOD}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadInput, match="E-ARCHIVE-ENCRYPTED"):
        stage(bytes(content))


def test_a_workbook_with_two_filled_sheets_needs_a_named_one(stage):
    def two(book) -> None:
        simple_sheet(book, name="A")
        simple_sheet(book, name="B")

    with pytest.raises(BadInput, match="E-XLSX-SHEET"):
        stage(workbook(two), EXCEL)
    assert stage(workbook(two), mapping_text("format: excel, sheet: B")).staged.records == 1
    with pytest.raises(BadInput, match="E-XLSX-SHEET"):
        stage(workbook(two), mapping_text("format: excel, sheet: C"))


def test_a_workbook_with_a_merged_header_is_refused(stage):
    with pytest.raises(BadInput, match="E-XLSX-SHEET"):
        stage(workbook(lambda book: simple_sheet(book).merge_range(0, 7, 0, 9, "more")), EXCEL)


def test_a_formula_without_a_calculated_value_is_refused_with_its_cell(stage):
    with pytest.raises(BadInput, match="E-XLSX-FORMULA") as caught:
        stage(workbook(lambda book: simple_sheet(book).write_formula(1, 6, "=1+1", value="")), EXCEL)

    assert (caught.value.line, caught.value.column) == (2, "G")


def test_a_workbook_declaring_xml_entities_is_refused(stage):
    buffer = io.BytesIO(workbook(simple_sheet))
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/extra.xml", bomb)
    with pytest.raises(BadInput, match="E-XML-ENTITY"):
        stage(buffer.getvalue(), EXCEL)


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "a;b.csv", "a\0b.csv", "x" * 300, "../a.csv", ".hidden", "-rf", "a\u202eb.csv", "a$(b).csv"]
)
def test_a_dangerous_file_name_is_refused_and_not_repeated(name):
    with pytest.raises(BadInput, match="E-FILENAME") as caught:
        file_guard.check_name(name)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "name", ["receivables_20260630.csv", "应收单 2026-06.xlsx", "A (1).csv", "x+y=z.csv", "客户（正式）.csv"]
)
def test_an_ordinary_file_name_passes(name):
    file_guard.check_name(name)


def test_a_link_a_pipe_and_an_empty_file_are_refused(tmp_path: Path):
    import os

    (tmp_path / "target").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()

    for name, code in (
        ("link", "E-FILE-KIND"),
        ("pipe", "E-FILE-KIND"),
        ("empty", "E-FILE-EMPTY"),
        ("gone", "E-FILE-KIND"),
    ):
        with pytest.raises(BadInput, match=code):
            file_guard.check_kind(tmp_path / name)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"invoice_id": "A", "invoice_id": "B"}', "a key stands twice"),
        ('{"invoice_id": NaN}', "NaN"),
        ('{"invoice_id": "A"', "no complete JSON object"),
        ("[1]", "no JSON object"),
        ("[" * 5000, "no complete JSON object"),
    ],
)
def test_a_broken_json_line_refuses_the_file_with_its_line(stage, line, found):
    good = '{"invoice_id": "A", "customer_id": "C"}'
    with pytest.raises(BadInput, match="E-JSON") as caught:
        stage([good, line], mapping_text("format: jsonl"))

    assert caught.value.line == 2
    assert found in str(caught.value)
