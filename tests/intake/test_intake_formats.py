"""Every format gives the same rows, and a mapping's verbs do what they say."""

import gzip
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_extracts import HEADER, ROW, changed, mapping_text, simple_sheet, workbook

from riskreview.foundation.errors import BadInput
from riskreview.intake import text_pieces

pytestmark = pytest.mark.long

TEXT = f"{HEADER}\n{changed(customer_id='客户1')}\n{changed(invoice_id='INV2')}\n"
EXPECTED = [("INV1", "客户1", Decimal("100.00"), date(2026, 5, 1)), ("INV2", "C1", Decimal("100.00"), date(2026, 5, 1))]


def as_zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("folder/x.csv", content)
        archive.writestr("__MACOSX/x.csv", b"")
    return buffer.getvalue()


def as_parquet() -> bytes:
    rows = [line.split(",") for line in TEXT.splitlines()]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    columns["amount"] = pa.array([100.0, 100.0])
    columns["issue_date"] = pa.array([date(2026, 5, 1)] * 2)
    columns["due_date"] = pa.array([datetime(2026, 5, 31)] * 2)
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def as_json_lines() -> bytes:
    rows = [line.split(",") for line in TEXT.splitlines()]
    records = [dict(zip(rows[0], row, strict=True)) | {"amount": 100.00, "extra": {"a": [1]}} for row in rows[1:]]
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def as_workbook() -> bytes:
    def build(book) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        rows = [line.split(",") for line in TEXT.splitlines()][1:]
        sheet = simple_sheet(book, rows)
        for number in (1, 2):
            sheet.write_datetime(number, 3, datetime(2026, 5, 1), day)
            sheet.write_number(number, 6, 100)
        book.add_worksheet("empty")
        simple_sheet(book, name="hidden").hide()

    return workbook(build)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        pytest.param(TEXT.encode(), "", id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "", id="utf-8 with mark"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), "", id="windows line ends"),
        pytest.param(TEXT.replace("\n", "\r").encode(), "", id="lone carriage returns"),
        pytest.param(TEXT.rstrip("\n").encode(), "", id="no last line end"),
        pytest.param(TEXT.encode("gb18030"), "encoding: gb18030", id="gb18030"),
        pytest.param(TEXT.encode("utf-16"), "encoding: utf-16", id="utf-16"),
        pytest.param(
            TEXT.replace(",", "\t").encode("utf-16"), "encoding: utf-16, format: tsv", id="excel unicode text"
        ),
        pytest.param(TEXT.replace(",", ";").encode(), 'delimiter: ";"', id="semicolon"),
        pytest.param(TEXT.replace(",", "|").encode(), 'delimiter: "|"', id="bar"),
        pytest.param(("List of\nprinted, today\n" + TEXT).encode(), "header_row: 3", id="preamble"),
        pytest.param(('"List\nof",x\n' + TEXT).encode(), "header_row: 3", id="quoted preamble"),
        pytest.param(TEXT.partition("\n")[2].encode(), f"header_row: 0, columns: [{HEADER}]", id="no header"),
        pytest.param(gzip.compress(TEXT.encode()), "", id="gzip"),
        pytest.param(as_zip(TEXT.encode()), "", id="zip"),
        pytest.param(as_parquet(), "format: parquet", id="parquet"),
        pytest.param(as_json_lines(), "format: jsonl", id="json lines"),
        pytest.param(gzip.compress(as_json_lines()), "format: jsonl", id="packed json lines"),
        pytest.param(as_workbook(), "format: excel", id="excel"),
    ],
)
def test_every_format_gives_the_same_rows(stage, content, read):
    outcome = stage(content, mapping_text(read))

    assert outcome.refused() == []
    assert [
        (row["invoice_id"], row["customer_id"], row["amount"], row["issue_date"]) for row in outcome.accepted()
    ] == EXPECTED


def test_windows_1252_is_read_strictly(stage):
    content = f"{HEADER}\n{changed(customer_id='Müller')}\n".encode("cp1252")
    (row,) = stage(content, mapping_text("encoding: cp1252")).accepted()

    assert row["customer_id"] == "Müller"


def test_excel_keeps_zeros_refuses_serials_and_shows_errors(stage):
    def build(book) -> None:
        sheet = simple_sheet(book, [changed(customer_id="007").split(","), ROW.split(","), ROW.split(",")])
        sheet.write_number(2, 3, 46000)
        sheet.write_formula(3, 6, "=1/0", value="#DIV/0!")

    outcome = stage(workbook(build), mapping_text("format: excel"))

    assert [row["customer_id"] for row in outcome.accepted()] == ["007"]
    assert [(row["line"], row["code"]) for row in outcome.refused()] == [(3, "R-DATE"), (4, "R-NUMBER")]
    assert json.loads(outcome.refused()[1]["record"])["amount"] == "#DIV/0!"


def test_a_sheet_with_title_rows_a_left_margin_and_totals_loads(stage):
    def build(book) -> None:
        sheet = book.add_worksheet("账龄")
        sheet.write(0, 1, "应收账款")
        for number, row in enumerate([HEADER.split(","), ROW.split(","), ["合计", "", "", "", "", "", "100"]]):
            sheet.write_row(3 + number, 1, row)

    mapping = mapping_text("format: excel, header_row: 4, totals: {column: invoice_id, values: [合计]}")
    outcome = stage(workbook(build), mapping)

    assert [row["invoice_id"] for row in outcome.accepted()] == ["INV1"]
    assert (outcome.staged.datasets[0].rows_in, outcome.staged.datasets[0].skipped) == (1, 1)


def test_rows_that_begin_like_totals_are_left_out(stage):
    rows = [ROW, "Summe C1,,,,,,100", changed(invoice_id="Summer"), "Gesamt,,,,,,200"]
    mapping = mapping_text('totals: {column: invoice_id, values: [Gesamt], starts: ["Summe "], sums: [amount]}')

    outcome = stage(("\n".join([HEADER, *rows]) + "\n").encode(), mapping)

    assert [row["invoice_id"] for row in outcome.accepted()] == ["INV1", "Summer"]
    assert outcome.staged.datasets[0].skipped == 2


@pytest.mark.parametrize(
    ("totals", "is_refused"),
    [
        (["300"], False),
        (["100", "200"], False),
        (["100", "300"], False),
        (["299.99"], True),
        (["x"], False),
        ([], False),
    ],
)
def test_a_totals_row_must_say_what_the_rows_sum_to(stage, totals, is_refused):
    rows = [ROW, changed(invoice_id="INV2", amount="200"), *(f"合计,,,,,,{value}" for value in totals)]
    mapping = mapping_text("totals: {column: invoice_id, values: [合计], sums: [amount]}")
    text = "\n".join([HEADER, *rows]) + "\n"
    if is_refused:
        with pytest.raises(BadInput, match=r"E-TOTALS.*sum to 300\.00.*299\.99"):
            stage(text.encode(), mapping)
        return
    assert stage(text.encode(), mapping).staged.datasets[0].rows_in == 2


MANY = """
source: ledger
system: erp
stage: finance
title: {en: "Ledger", zh: "总账"}
read: {path: "ledger*", empty: ["-"], dates: ["%Y-%m-%d"]}
delivery: {as_of: {column: Day}}
datasets:
  invoices:
    where: [{column: Kind, in: [INV, CRN]}, {column: State, not_equals: draft}]
    columns:
      invoice_id: {join: [Company, No], separator: "-"}
      customer_id: Account
      doc_type: {column: Kind, map: {INV: invoice}, default: credit_note}
      issue_date: Day
      due_date: {column: Day, add_days: 30}
      currency: {constant: CNY}
      amount: {column: Sum, unit: 10000, sign: absolute}
      open_amount: {multiply: [Quantity, Price]}
      dunning_level: Level
      status: {column: State, map: {booked: open}}
  payments:
    where: [{column: Kind, equals: PAY}, {column: Paid, not_empty: true}]
    columns:
      payment_id: No
      customer_id: Account
      payment_date: Paid
      amount: {column: Sum, sign: negate}
      currency: {constant: CNY}
      is_reversal: Reversal
"""
LEDGER = [
    "Company,No,Account,Kind,Day,Sum,Quantity,Price,Level,State,Paid,Reversal",
    "1000,1,C1,INV,2026-05-01,-1.2345,3,0.333,2,booked,-,",
    "1000,2,C1,CRN,2026-06-30,0.5,-,1,-,booked,,",
    "1000,3,C1,INV,2026-05-03,1,1,1,1,draft,,",
    "1000,4,C1,PAY,2026-05-04,-70.10,,,,booked,2026-05-05,是",
    "1000,5,C1,PAY,2026-05-04,-70.10,,,,booked,-,是",
    "1000,6,C1,INV,2026-05-04,1,x,1,1.5,booked,,",
]


def test_one_file_feeds_several_datasets_through_every_verb_of_the_mapping(stage):
    outcome = stage(LEDGER, MANY)

    first, second = outcome.accepted("invoices")
    assert (first["invoice_id"], first["doc_type"], first["amount"], first["open_amount"]) == (
        "1000-1",
        "invoice",
        Decimal("12345.00"),
        Decimal("1.00"),
    )
    assert (first["due_date"], first["dunning_level"], first["status"]) == (date(2026, 5, 31), 2, "open")
    assert (second["doc_type"], second["open_amount"], second["dunning_level"]) == ("credit_note", None, None)
    (payment,) = outcome.accepted("payments")
    assert (payment["amount"], payment["is_reversal"], payment["payment_date"]) == (
        Decimal("70.10"),
        True,
        date(2026, 5, 5),
    )
    assert [(row["line"], row["column_name"], row["code"]) for row in outcome.refused("invoices")] == [
        (7, "open_amount", "R-NUMBER")
    ]
    assert [(c.dataset, c.rows_in, c.accepted, c.refused, c.skipped) for c in outcome.staged.datasets] == [
        ("invoices", 3, 2, 1, 3), ("payments", 1, 1, 0, 5)]  # fmt: skip
    assert outcome.staged.as_of == date(2026, 6, 30)


STATEMENTS = """
source: statements
system: erp
stage: finance
title: {en: "Statements", zh: "报表"}
read: {path: "s*"}
datasets:
  financial_statements:
    unpivot: {货币资金: cash, 资产总计: total_assets, 净利润: net_income}
    columns:
      customer_id: 客户
      period_end: 期末
      period_type: {constant: FY}
      scope: {constant: consolidated}
      currency: {constant: CNY}
      value: {unit: 10000}
"""


def test_columns_become_rows_and_empty_ones_are_left_out(stage):
    outcome = stage(["客户,期末,货币资金,资产总计,净利润", "C1,2025-12-31,1.5,20,-3", "C2,2025-12-31,,x,4"], STATEMENTS)

    assert [(row["source_row"], row["customer_id"], row["item"], row["value"]) for row in outcome.accepted("financial_statements")] == [
        (1, "C1", "cash", Decimal("15000.00")), (2, "C1", "total_assets", Decimal("200000.00")),
        (3, "C1", "net_income", Decimal("-30000.00")), (6, "C2", "net_income", Decimal("40000.00"))]  # fmt: skip
    (refused,) = outcome.refused("financial_statements")
    assert (refused["source_row"], refused["line"], refused["code"], refused["column_name"]) == (
        5,
        3,
        "R-NUMBER",
        "value",
    )


def test_parquet_floats_that_are_whole_become_plain_ids(stage):
    columns = {name: [value] for name, value in zip(HEADER.split(","), ROW.split(","), strict=True)}
    columns |= {"customer_id": pa.array([13085.0]), "amount": pa.array([6.95])}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    (row,) = stage(buffer.getvalue(), mapping_text("format: parquet")).accepted()

    assert (row["customer_id"], row["amount"]) == ("13085", Decimal("6.95"))


def test_json_numbers_keep_their_digits_and_nested_keys_can_be_mapped(stage):
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"owner": {"id": "C1"}, "amount": 0.1}
    record = json.dumps(cells | {"invoice_id": 12345678901234567890}).replace("0.1}", "0.10}").replace("0.1,", "0.10,")
    mapping = mapping_text("format: jsonl").replace("customer_id: customer_id", "customer_id: owner.id")
    (row,) = stage([record], mapping).accepted()

    assert (row["invoice_id"], row["customer_id"], row["amount"]) == ("12345678901234567890", "C1", Decimal("0.10"))


def test_pieces_read_at_the_same_time_number_records_as_one_reader_would(stage, monkeypatch):
    monkeypatch.setattr(text_pieces, "PIECE", 700)
    lines = [changed(invoice_id=f"INV{number}", amount="x" if number % 97 == 0 else "1") for number in range(1, 2001)]
    outcome = stage([HEADER, *lines])

    assert [(row["source_row"], row["invoice_id"]) for row in outcome.accepted()] == [
        (n, f"INV{n}") for n in range(1, 2001) if n % 97
    ]
    assert [(row["source_row"], row["line"]) for row in outcome.refused()] == [(n, n + 1) for n in range(97, 2001, 97)]


def test_a_delimiter_at_the_end_of_every_line_is_no_field_too_many(stage):
    outcome = stage([HEADER + ",", ROW + ",", ROW + ",more"])

    assert [row["invoice_id"] for row in outcome.accepted()] == ["INV1"]
    assert [row["found"] for row in outcome.refused()] == ["8 fields instead of 7"]
