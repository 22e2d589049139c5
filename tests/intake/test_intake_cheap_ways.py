"""Whatever is read, typed or proven the cheap way comes to exactly what typing cell by cell and reading record by record come to."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_extracts import HEADER, ROW, changed, mapping_text
from tests.examples import few

from riskreview.foundation.errors import BadInput
from riskreview.intake import column_memory, csv_source, dataset_staging, text_pieces
from riskreview.intake.column_facts import UNKNOWN, Facts, facts_of
from riskreview.intake.expressions import NO_IDS
from riskreview.intake.number_cells import proven, usual
from riskreview.intake.text_pieces import Irregular
from riskreview.policy.mapping import Read

pytestmark = pytest.mark.long

MORE = """      open_amount: {column: open_amount, sign: absolute}
      dunning_level: dunning_level
      status: {column: status, map: {offen: open, Open: open}}
      cleared_date: cleared_date
      invoice_no: note
"""
NAMES = f"{HEADER},open_amount,dunning_level,status,cleared_date,note".split(",")
GOOD = {
    "doc_type": ["invoice", "credit_note"], "issue_date": ["2026-05-01", "2024-02-29"], "due_date": ["2026-05-31"],
    "currency": ["CNY", "EUR"], "amount": ["100.00", "7.50"], "open_amount": ["0.00", "7"], "dunning_level": ["0", "3"],
    "status": ["open", "offen", "Open", ""], "cleared_date": ["", "2026-06-01"], "note": ["bank"],
}  # fmt: skip
NUMBERS = ["1_000", "1e5", "0x10", "+5", "-0", "0.005", "12.3400", "(12.50)", "12.50-", "--5", ".", "-", ".5", "5.", "-.5", "¥12.50",
           "１２.５", "−5", "1,234.56", "1.234,56", "1\u00a0234", " 5", "5 5", "NaN", "1e400", "9" * 17, "9" * 38, "007", "30.5", "NULL", ""]  # fmt: skip
DATES = ["2026-02-30", "2026-5-1", "00000000", "9999-12-31", "03/04/2026", "46000", "0026-01-05", "2026-01-05 10:00", " 2026-05-01",
         "２０２６-05-01", "1899-12-31", "infinity", "2026/05/01", ""]  # fmt: skip
IDS = [
    "NULL",
    "Total",
    "合计",
    "C1 ",
    " C1",
    "C\u200b1",
    "Ｃ１",
    "客户1",
    "1E5",
    "C\t1",
    "C\u3000",
    "\u00a0C",
    "x" * 201,
    "   ",
    "a b",
    "C\x7f",
    "",
]
WORDS = [
    "",
    "Invoice",
    " invoice",
    "cny",
    "XXX",
    "EUR ",
    "a,b",
    'say "hi"',
    "two\nlines",
    "\u202eb",
    "\x07",
    "é",
    "\u3000",
    "\u00a0",
    "x" * 4001,
]
NASTY = {"invoice_id": IDS, "customer_id": IDS, "amount": NUMBERS, "open_amount": NUMBERS, "dunning_level": NUMBERS,
         "issue_date": DATES, "due_date": DATES, "cleared_date": DATES}  # fmt: skip
STYLES = ['decimal: "."', 'decimal: ".", thousands: ","', 'decimal: ",", thousands: "."', 'decimal: ","', 'empty: ["-", "NULL"]',
          "totals: {column: invoice_id, values: [Total]}"]  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, str]]:
    """Records of which some columns are good everywhere, and the others nasty here and there."""
    count, nasty = draw(st.integers(1, 40)), draw(st.sets(st.sampled_from(NAMES), max_size=6))
    rolls = draw(st.randoms(use_true_random=False))
    ids = {
        "invoice_id": [f"INV{number}" for number in range(count)],
        "customer_id": [f"C{number}" for number in range(9)],
    }

    def cell(name: str) -> str:
        is_nasty = name in nasty and rolls.random() < 0.2
        return rolls.choice(NASTY.get(name, WORDS) if is_nasty else (GOOD | ids)[name])

    return [{name: cell(name) for name in NAMES} for _ in range(count)]


def as_text(rows: list[dict[str, str]], *, quotes_all: bool, line_end: str, extra: str) -> bytes:
    """Return CSV, with ``extra`` lines after the first record."""

    def field(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if quotes_all or set(cell) & set(',"\n') else cell

    lines = [",".join(NAMES), *(",".join(map(field, row.values())) for row in rows)]
    return line_end.join([*lines[:2], *([extra] if extra else []), *lines[2:], ""]).encode()


@pytest.fixture
def both_ways(stage: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stage bytes in small pieces with everything that is cheap, then without all of it, and compare."""

    def run(content: bytes, mapping: str, *, piece: int = 2000) -> None:
        with monkeypatch.context() as cheap:
            cheap.setattr(text_pieces, "PIECE", piece)
            cheap.setattr(column_memory, "SAMPLE", 4)
            cheap.setattr(column_memory, "FEW", 12)
            found = came_to(stage, content, mapping)
        with monkeypatch.context() as exact:
            exact.setattr(dataset_staging, "facts_of", lambda *_, **__: UNKNOWN)
            exact.setattr(column_memory, "SAMPLE", 1 << 40)
            exact.setattr(csv_source, "read_pieces", irregular)
            assert found == came_to(stage, content, mapping)

    return run


def came_to(stage: Callable[..., Any], content: bytes, mapping: str) -> tuple[object, ...]:
    """Return everything that was staged, or why nothing was."""
    try:
        outcome = stage(content, mapping)
    except BadInput as error:
        return error.code, error.line
    return outcome.staged, outcome.accepted(), outcome.refused()


def irregular(*_: object, **__: object) -> None:
    raise Irregular


@pytest.mark.deep
@settings(max_examples=few(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=records(), style=st.sampled_from(STYLES), quotes_all=st.booleans(), line_end=st.sampled_from(["\n", "\r\n"]),
    extra=st.sampled_from(["", "", "", "," * 11, "  ,\u3000", "one,two", '"open', "a\rb"]),
)  # fmt: skip
def test_cheap_and_exact_ways_stage_the_same_rows_and_refuse_the_same(
    both_ways, rows, style, quotes_all, line_end, extra
):
    both_ways(as_text(rows, quotes_all=quotes_all, line_end=line_end, extra=extra), mapping_text(style, more=MORE))


@pytest.mark.parametrize("column", ["amount", "dunning_level"])
@pytest.mark.parametrize("style", ["", 'decimal: ",", thousands: "."'])
def test_every_writing_of_a_number_is_read_the_same_both_ways(both_ways, column, style):
    texts = ["".join(signs) for size in (1, 2, 3) for signs in itertools.product("05.,-", repeat=size)]
    rows = [
        {name: GOOD.get(name, [f"I{number}"])[0] for name in NAMES} | {column: text}
        for number, text in enumerate(texts)
    ]

    both_ways(as_text(rows, quotes_all=True, line_end="\n", extra=""), mapping_text(style, more=MORE), piece=5000)


@pytest.mark.parametrize(
    ("kind", "decimals"), [("DECIMAL(18,2)", 2), ("DECIMAL(24,6)", None), ("DOUBLE", None), ("DECIMAL(20,2)", 0)]
)
def test_a_proven_number_is_cast_exactly_where_the_usual_writing_is_matched(kind, decimals):
    texts = ["".join(signs) for size in (1, 2, 3, 4, 5) for signs in itertools.product("017.-", repeat=size)]
    known = [text for text in texts if proven(facts_of(pa.array([text]), point="."), decimals)]
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"t": known}))
        differ = f"(TRY_CAST(t AS {kind}) IS NOT NULL) <> regexp_full_match(t, '{usual(Read(path='x'), decimals)}')"
        assert connection.execute(f"SELECT t FROM given WHERE {differ}").fetchall() == []  # noqa: S608  our own text
    assert "1.1" in known or decimals == 0
    assert not {"1.017", "0.001"} & set(known) or decimals is None


@settings(max_examples=120, deadline=None)
@given(
    texts=st.lists(
        st.none() | st.sampled_from(["", "C1", "1.25", "-7", "7.", ".5", "a b"])
        | st.text(st.sampled_from("a1.,- \t\x7f\u00a0\u3000é客　0"), max_size=6), min_size=1, max_size=8,
    ),
    offset=st.integers(0, 3),
)  # fmt: skip
def test_what_is_known_of_a_column_holds_for_each_of_its_texts(texts, offset):
    known = facts_of(pa.array([*["9"] * offset, *texts], pa.string())[offset:], point=".")

    filled = [text for text in texts if text]
    blanks = " \t\r\n\u3000\u00a0"
    assert known.has_null or None not in texts
    assert known.has_empty or "" not in texts
    assert not known.is_ascii or all(text.isascii() for text in filled)
    assert known.has_control or not any(sign < " " or sign == "\x7f" for text in filled for sign in text)
    assert known.has_edge_blanks or all(text == text.strip(blanks) for text in filled)
    assert not known.ends_in_digits or all(text[-1] in "0123456789" for text in filled)
    assert known.longest == max((len(text.encode()) for text in filled), default=0)
    assert known.has_minus or not any("-" in text for text in filled)
    if known.decimals is not None:
        assert all(re.fullmatch(r"[0-9.-]*", text) for text in filled)
        assert known.decimals >= max((len(text) - text.index(".") - 1 for text in filled if "." in text), default=0)


def test_nothing_is_known_unless_it_is_looked_at():
    assert Facts() == UNKNOWN
    assert not UNKNOWN.is_clean


def test_no_text_that_stands_for_no_id_ends_in_a_digit():
    assert not [word for word in NO_IDS if word[-1].isdigit()]


def test_texts_that_mean_the_same_stay_apart_from_others_when_typed_once(stage, monkeypatch):
    monkeypatch.setattr(column_memory, "SAMPLE", 4)
    mapping = mapping_text().replace(
        "doc_type: doc_type", "doc_type: {column: doc_type, map: {R: invoice, F: invoice, G: credit_note}}"
    )
    kinds = ["R", "F", "G", "other", "F", "G", "", "R"] * 4
    outcome = stage(
        [HEADER, *(changed(invoice_id=f"I{number}", doc_type=kind) for number, kind in enumerate(kinds))], mapping
    )

    meant = {"R": "invoice", "F": "invoice", "G": "credit_note", "other": "other"}
    assert [row["doc_type"] for row in outcome.accepted()] == [meant[kind] for kind in kinds if kind]
    assert [row["code"] for row in outcome.refused()] == ["R-REQUIRED"] * 4


def test_rows_of_other_kinds_are_skipped_and_not_refused(stage):
    mapping = mapping_text().replace("    columns:", "    where: [{column: doc_type, equals: invoice}]\n    columns:")
    lines = [changed(invoice_id=f"I{number}") for number in range(20)]
    outcome = stage([HEADER, *lines, changed(doc_type="other"), changed(amount="x")], mapping)

    assert [row["source_row"] for row in outcome.refused()] == [22]
    assert [(c.rows_in, c.accepted, c.refused, c.skipped) for c in outcome.staged.datasets] == [(21, 20, 1, 1)]


@pytest.mark.parametrize("blank", ["," * 6, " , ,,,,,", '"","",,,,,', ""])
@pytest.mark.parametrize("bad", ["INV9,C1", changed(amount="x")])
def test_a_record_of_blanks_is_none_whichever_way_the_rest_is_read(stage, blank, bad):
    outcome = stage([HEADER, ROW, blank, bad, changed(invoice_id="INV2")])

    assert [(row["source_row"], row["line"]) for row in outcome.refused()] == [(2, 4)]
    assert [row["source_row"] for row in outcome.accepted()] == [1, 3]


def test_a_nul_byte_far_into_a_text_is_named_with_its_place(stage, monkeypatch):
    monkeypatch.setattr(text_pieces, "PIECE", 200)
    content = "\n".join([HEADER, *[ROW] * 50]).encode()
    with pytest.raises(BadInput, match=f"byte {len(content)} is NUL") as caught:
        stage(content + b"\0\n")

    assert (caught.value.code, caught.value.line) == ("E-CHAR-NUL", 51)
