"""Rows that are refused while the file goes on: code, line, column, masked value, repair; nothing is lost or guessed."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_extracts import HEADER, ROW, changed, mapping_text

from riskreview.foundation.errors import BadInput

pytestmark = pytest.mark.long

MORE = """
      open_amount: {column: open_amount}
      dunning_level: dunning_level
      cleared_date: cleared_date
"""


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"invoice_id": "TOTAL"}, "R-ID-FORMAT", "invoice_id"),
        ({"invoice_id": "合计"}, "R-ID-FORMAT", "invoice_id"),
        ({"customer_id": "NULL"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "NA"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": ""}, "R-REQUIRED", "customer_id"),
        ({"customer_id": "   "}, "R-REQUIRED", "customer_id"),
        ({"customer_id": "C1 "}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": " C1"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "C\u200b1"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "\uff23\uff11"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "C\u202e1"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "C\x071"}, "R-ID-FORMAT", "customer_id"),
        ({"customer_id": "C" * 201}, "R-TOO-LONG", "customer_id"),
        ({"amount": '"1,234.56"'}, "R-NUMBER", "amount"),
        ({"amount": '"1.234,56"'}, "R-NUMBER", "amount"),
        ({"amount": "12 pieces"}, "R-NUMBER", "amount"),
        ({"amount": "NaN"}, "R-NUMBER-NONFINITE", "amount"),
        ({"amount": "-Infinity"}, "R-NUMBER-NONFINITE", "amount"),
        ({"amount": "1e400"}, "R-NUMBER-NONFINITE", "amount"),
        ({"amount": "9" * 38}, "R-NUMBER-RANGE", "amount"),
        ({"amount": "0x10"}, "R-NUMBER", "amount"),
        ({"amount": ""}, "R-REQUIRED", "amount"),
        ({"currency": "cny"}, "R-CURRENCY", "currency"),
        ({"currency": "RMB"}, "R-CURRENCY", "currency"),
        ({"currency": ""}, "R-CURRENCY", "currency"),
        ({"issue_date": "2026-02-30"}, "R-DATE", "issue_date"),
        ({"issue_date": "03/04/2026"}, "R-DATE-AMBIGUOUS", "issue_date"),
        ({"issue_date": "46000"}, "R-DATE", "issue_date"),
        ({"issue_date": "2026-01-05 10:00"}, "R-DATE", "issue_date"),
        ({"issue_date": "0026-01-05"}, "R-DATE", "issue_date"),
        ({"issue_date": "00000000"}, "R-DATE", "issue_date"),
        ({"due_date": "9999-12-31"}, "R-DATE", "due_date"),
        ({"doc_type": "bill"}, "R-CHOICE", "doc_type"),
        ({"doc_type": "Invoice"}, "R-CHOICE", "doc_type"),
    ],
)
def test_a_bad_cell_refuses_its_row_alone(stage, cells, code, column):
    outcome = stage([HEADER, ROW, changed(**({"invoice_id": "INV2"} | cells)), changed(invoice_id="INV3")])

    (refused,) = outcome.refused()
    assert (refused["code"], refused["column_name"], refused["source_row"], refused["line"]) == (code, column, 2, 3)
    assert refused["repair"]
    assert [row["invoice_id"] for row in outcome.accepted()] == ["INV1", "INV3"]
    assert [row["source_row"] for row in outcome.accepted()] == [1, 3]


@pytest.mark.parametrize("cell", ["007", "1E5", "0", "4500012345.0", "=HYPERLINK(1)", "客户1", "a b", "null-7"])
def test_an_id_is_taken_exactly_as_it_stands(stage, cell):
    (row,) = stage([HEADER, changed(customer_id=cell)]).accepted()

    assert row["customer_id"] == cell


@pytest.mark.parametrize(
    "name", ["=HYPERLINK('x')", "<script>alert(1)</script>", "{{7*7}}", "Ünïcode 公司", "'; DROP TABLE x"]
)
def test_a_hostile_name_is_kept_as_text(stage, name):
    mapping = mapping_text().replace("invoice_id: invoice_id", "invoice_id: invoice_id\n      invoice_no: doc_type").replace(
        "doc_type: doc_type", "doc_type: {constant: invoice}")  # fmt: skip
    (row,) = stage([HEADER, changed(doc_type=name)], mapping).accepted()

    assert row["invoice_no"] == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 4001, "R-TOO-LONG"),
        ("x" * 1_000_000, "R-TOO-LONG"),
        ("a\u202eb", "R-CHAR-CONTROL"),
        ("a\x1bb", "R-CHAR-CONTROL"),
    ],
)
def test_a_text_too_long_or_with_control_characters_is_refused(stage, name, code):
    mapping = mapping_text().replace("invoice_id: invoice_id", "invoice_id: invoice_id\n      invoice_no: doc_type").replace(
        "doc_type: doc_type", "doc_type: {constant: invoice}")  # fmt: skip
    (row,) = stage([HEADER, changed(doc_type=name)], mapping).refused()

    assert row["code"] == code
    assert len(row["found"]) <= 60


def test_too_few_and_too_many_fields_are_refused_with_their_lines_and_nothing_is_lost(stage):
    outcome = stage([HEADER, ROW, "INV2,C1", ROW + ",surplus,more", "", changed(invoice_id="INV5")])

    assert [(row["line"], row["code"], row["found"]) for row in outcome.refused()] == [
        (3, "R-FIELDCOUNT", "2 fields instead of 7"),
        (4, "R-FIELDCOUNT", "9 fields instead of 7"),
    ]
    assert "surplus,more" in json.loads(outcome.refused()[1]["record"])["amount"]
    assert [row["invoice_id"] for row in outcome.accepted()] == ["INV1", "INV5"]


def test_lines_stay_exact_after_quoted_line_breaks_and_empty_lines(stage):
    lines = [HEADER, changed(invoice_id='"INV 1\nsecond line"'), "", changed(invoice_id="INV2", amount="x")]

    outcome = stage(lines)

    assert [(row["line"], row["column_name"]) for row in outcome.refused() if row["code"] == "R-NUMBER"] == [
        (5, "amount")
    ]


def test_the_found_value_shows_its_shape_and_not_its_content(stage):
    (amount,) = stage([HEADER, changed(amount='"1,234.56"')]).refused()
    (customer,) = stage([HEADER, changed(customer_id="Müller-77 ")]).refused()
    (day,) = stage([HEADER, changed(issue_date="2026-02-30")]).refused()

    assert amount["found"] == "9,999.99"
    assert customer["found"] == "x□xxxx-99 "
    assert day["found"] == "2026-02-30"


def test_the_whole_record_is_kept_as_text(stage):
    (row,) = stage([HEADER, changed(amount="007x")]).refused()

    assert json.loads(row["record"]) == dict(zip(HEADER.split(","), changed(amount="007x").split(","), strict=True))


def test_the_first_problem_of_a_row_is_named_once(stage):
    (row,) = stage([HEADER, changed(customer_id="", amount="x", currency="cny")]).refused()

    assert row["code"] == "R-REQUIRED"


@pytest.mark.parametrize("cell", ["00000000", "0000-00-00", "00.00.0000", "9999-12-31", ""])
def test_an_optional_date_that_means_none_is_empty(stage, cell):
    mapping = mapping_text(more="      cleared_date: cleared\n")
    (row,) = stage([HEADER + ",cleared", ROW + "," + cell], mapping).accepted()

    assert row["cleared_date"] is None


def test_a_date_that_reads_both_ways_is_refused_when_the_mapping_allows_both(stage):
    mapping = mapping_text('dates: ["%d/%m/%Y", "%m/%d/%Y"]')
    outcome = stage([HEADER, changed(issue_date="03/04/2026", due_date="31/05/2026"),
                     changed(issue_date="25/04/2026", due_date="05/31/2026"), changed(issue_date="04/04/2026", due_date="30/05/2026")], mapping)  # fmt: skip

    assert [(row["line"], row["code"]) for row in outcome.refused()] == [(2, "R-DATE-AMBIGUOUS")]
    assert outcome.accepted()[0]["issue_date"] == date(2026, 4, 25)


@pytest.mark.parametrize(
    ("style", "cell", "value"),
    [
        ('decimal: "."', "1234.56", "1234.56"),
        ('decimal: "."', "-0.05", "-0.05"),
        ('decimal: "."', "(12.50)", "-12.50"),
        ('decimal: "."', "12.50-", "-12.50"),
        ('decimal: "."', "¥12.50", "12.50"),
        ('decimal: "."', "１２.５", "12.50"),
        ('decimal: ".", thousands: ","', "1,234,567.89", "1234567.89"),
        ('decimal: ".", thousands: ","', "1234567.89", "1234567.89"),
        ('decimal: ",", thousands: "."', "1.234,56", "1234.56"),
        ('decimal: ",", thousands: "."', "1.234", "1234.00"),
        ('decimal: ",", thousands: "."', "1.234,56-", "-1234.56"),
        ('decimal: ",", thousands: " "', "1\u00a0234,56", "1234.56"),
        ('decimal: ".", thousands: "\'"', "1'234.56", "1234.56"),
        ('decimal: ","', "1234,5", "1234.50"),
    ],
)
def test_a_number_is_read_in_the_files_style(stage, style, cell, value):
    (row,) = stage([HEADER, changed(amount=f'"{cell}"')], mapping_text(style)).accepted()

    assert row["amount"] == Decimal(value)


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        ('decimal: ",", thousands: "."', "1.23"),
        ('decimal: ",", thousands: "."', "1,234.56"),
        ('decimal: ",", thousands: "."', "12.34.567"),
        ('decimal: ","', "1.234"),
        ('decimal: ".", thousands: ","', "1,23"),
        ('decimal: ".", thousands: ","', "12,34.5"),
    ],
)
def test_a_number_in_another_style_is_refused_and_never_guessed(stage, style, cell):
    (row,) = stage([HEADER, changed(amount=f'"{cell}"')], mapping_text(style)).refused()

    assert row["code"] == "R-NUMBER"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=2), min_size=1, max_size=60))
def test_every_amount_of_two_places_comes_back_exactly_in_every_style(stage, amounts):
    for point, group in ((".", ""), (".", ","), (",", "."), (",", "")):
        texts = [f"{amount:,.2f}".translate(str.maketrans({",": group, ".": point})) for amount in amounts]
        lines = [HEADER, *(changed(invoice_id=f"I{number}", amount=f'"{text}"') for number, text in enumerate(texts))]
        rows = stage(lines, mapping_text(f'decimal: "{point}", thousands: "{group}"')).accepted()

        assert [row["amount"] for row in rows] == amounts


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30), min_size=1, max_size=10
    )
)
def test_whatever_a_cell_holds_every_record_is_accepted_or_refused(stage, cells):
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    lines = [HEADER, *(changed(customer_id=cell, invoice_id=f"I{number}") for number, cell in enumerate(quoted))]
    outcome = stage(("\n".join(lines) + "\n").encode())

    numbers = [row["source_row"] for row in (*outcome.accepted(), *outcome.refused())]
    assert sorted(numbers) == list(range(1, len(cells) + 1))
    for row in outcome.accepted():
        assert row["customer_id"] == cells[row["source_row"] - 1]


def test_an_extract_without_rows_lands_with_none(stage):
    outcome = stage([HEADER])

    assert (outcome.staged.records, outcome.accepted(), outcome.refused()) == (0, [], [])


def test_a_file_name_without_the_promised_date_is_refused(stage):
    mapping = mapping_text(extra='delivery: {as_of: {from_name: "_(\\\\d{8})", format: "%Y%m%d"}}')

    assert stage([HEADER, ROW], mapping).staged.as_of == date(2026, 6, 30)
    with pytest.raises(BadInput, match="E-ASOF"):
        stage([HEADER, ROW], mapping, name="receivables.csv")
    with pytest.raises(BadInput, match="E-ASOF-FUTURE"):
        stage([HEADER, ROW], mapping, name="receivables_20270101.csv")
