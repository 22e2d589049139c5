"""From files to rows: formats, derived columns, labels, histories without a look ahead, and splits that keep rows apart."""

import gzip
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput, NotFound, RuleViolation
from riskreview.foundation.instance import PACKAGED
from riskreview.models.dataset import build_dataset, read_dataset
from riskreview.models.definition import Files, ModelDefinition, find_definition, load_definition
from riskreview.models.formulas import compute, panel_of
from riskreview.models.payment_history import Invoices, history_of
from riskreview.models.splits import earliest, folds
from riskreview.models.tables import read_tables

NAN = float("nan")
MEANING = {"en": "bad", "zh": "坏"}


def definition(**more):
    given = {"name": "drawn", "title": MEANING, "data": {"files": ["rows.csv"]}, "label": {"column": "bad", "bad": ["1"], "meaning": MEANING}}  # fmt: skip
    return ModelDefinition.model_validate({**given, **more})


def computed(formula, *, identifier=None, time=None, **columns):
    arrays = {name: np.array(column, dtype=np.float64) for name, column in columns.items()}
    rows = len(next(iter(arrays.values())))
    panel = panel_of(
        None if identifier is None else np.array(identifier), None if time is None else np.array(time), rows
    )
    return compute(formula, arrays, panel, name="found", source="a.yaml").tolist()


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("(a - b) / a", [0.5, 1.5, NAN, NAN]),
        ("a / 0", [NAN] * 4),
        ("log(a)", [np.log(2), NAN, NAN, NAN]),
        ("a > b", [1, 0, 0, NAN]),
        ("most(a, b, 0)", [2, 1, 0, NAN]),
        ("least(a, 1)", [1, -2, 0, NAN]),
        ("count(a > 0, b > 0)", [2, 1, 0, NAN]),
        ("average(a, b)", [1.5, -0.5, 0, NAN]),
        ("-a * 2 + 1", [-3, 5, 1, NAN]),
        ("abs(a) == 2", [1, 1, 0, NAN]),
    ],
)
def test_a_formula_is_computed_row_by_row_and_missing_stays_missing(formula, wanted):
    found = computed(formula, a=[2, -2, 0, NAN], b=[1, 1, 0, 1])

    assert found == pytest.approx(wanted, nan_ok=True)


def test_a_panel_formula_sees_only_earlier_rows_of_the_same_identifier():
    rows = {"identifier": ["y", "x", "x", "y", "x"], "time": [1, 3, 1, 2, 2], "a": [10.0, 3.0, 1.0, 30.0, NAN]}

    assert computed("before(a)", **rows) == pytest.approx([NAN, NAN, NAN, 10, 1], nan_ok=True)
    assert computed("before(a, 2)", **rows) == pytest.approx([NAN, 1, NAN, NAN, NAN], nan_ok=True)
    assert computed("own_most(a)", **rows) == pytest.approx([10, 3, 1, 30, 1], nan_ok=True)
    assert computed("own_least(a)", **rows) == pytest.approx([10, 1, 1, 10, 1], nan_ok=True)
    assert computed("own_total(a)", **rows) == pytest.approx([10, 4, 1, 40, 1], nan_ok=True)
    assert computed("own_average(a)", **rows) == pytest.approx([10, 2, 1, 20, 1], nan_ok=True)
    assert computed("own_deviation(a)", **rows) == pytest.approx([NAN, np.sqrt(2), NAN, np.sqrt(200), NAN], nan_ok=True)


def test_a_rank_is_among_the_rows_of_the_same_time():
    found = computed("rank(a)", a=[5, 1, 3, 7, NAN, 7], time=[1, 1, 1, 2, 2, 2])

    assert found == pytest.approx([5 / 6, 1 / 6, 3 / 6, 0.5, NAN, 0.5], nan_ok=True)


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')", "a.__class__", "a if a else a", "[a]", "lambda: a", "a ** 9999", "open('x')", "'text'", "a and a",
        "c + 1", "before(a, a, a)", "a < 1 < 2", "log()", "log(a, a)", "(a := 1)", "a +", "True", "a" * 3000, "f'{a}'", "words + 1",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_by_name(formula):
    arrays = {"a": np.ones(2), "words": np.array(["x", None], dtype=object)}

    with pytest.raises(BadInput, match=r"E-MODEL-FORMULA a\.yaml, column found"):
        compute(formula, arrays, panel_of(None, None, 2), name="found", source="a.yaml")


ROWS = [("7", "1.5", "own", "0"), ("8", "?", "rent", "1"), ("9", "-2", "", "0")]


def write(folder: Path, kind: str) -> str:
    name = f"rows.{kind}"
    text = "id,figure,word,bad\n" + "".join(",".join(row) + "\n" for row in ROWS)
    if kind == "csv":
        (folder / name).write_text(text, encoding="utf-8")
    elif kind == "csv.gz":
        (folder / name).write_bytes(gzip.compress(text.encode()))
    elif kind == "arff":
        head = "@relation x\n% a comment\n@attribute id numeric\n@ATTRIBUTE figure numeric\n@attribute word {own,rent}\n@attribute bad {0,1}\n\n@data\n"
        (folder / name).write_text(
            head + "\n".join(",".join(cell or "?" for cell in row) for row in ROWS), encoding="utf-8"
        )
    elif kind == "xlsx":
        with xlsxwriter.Workbook(folder / name) as book:
            sheet = book.add_worksheet("rows")
            for place, row in enumerate([("id", "figure", "word", "bad"), *ROWS]):
                sheet.write_row(place, 0, row)
    else:
        cells = "(7, 1.5, 'own', 0), (8, NULL, 'rent', 1), (9, -2, NULL, 0)"
        duckdb.sql(f"COPY (SELECT * FROM (VALUES {cells}) AS t(id, figure, word, bad)) TO '{folder / name}'")  # noqa: S608  ours
    return name


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "arff", "xlsx", "parquet", "json"])
def test_any_table_gives_the_same_rows(tmp_path, kind):
    found = read_dataset(definition(data={"files": [write(tmp_path, kind)]}, identifier="id"), tmp_path)

    assert found.columns["figure"].tolist() == pytest.approx([1.5, NAN, -2.0], nan_ok=True)
    assert found.columns["word"].tolist() == ["own", "rent", None]
    assert found.bad.tolist() == [0, 1, 0]
    assert set(found.columns) == {"figure", "word"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["nowhere.csv"], "the file is not there"),
        (["a.csv", "b.csv"], "the column y is not in all files"),
        (["bad.arff"], "cells"),
        (["ragged.csv"], r"Line: 3 Expected Number of Columns: 2 Found: 1"),
        (["twice.csv"], "the name x twice"),
        (["empty.csv"], "the file is empty"),
        (["head.csv"], "no rows below its header"),
        (["picture.csv"], "no text table|cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_one_sentence(tmp_path, files, words):
    (tmp_path / "a.csv").write_text("x,bad\n1,0\n")
    (tmp_path / "b.csv").write_text("x,y,bad\n1,2,0\n")
    (tmp_path / "ragged.csv").write_text("x,bad\n1,0\n2\n")
    (tmp_path / "twice.csv").write_text("x,x\n1,0\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "head.csv").write_text("x,bad\n")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00binary\xff")
    (tmp_path / "bad.arff").write_text("@attribute x numeric\n@attribute bad {0,1}\n@data\n1,0\n1\n")

    with pytest.raises(BadInput, match=words):
        read_dataset(definition(data={"files": files}), tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_chinese_columns_and_grouped_thousands_are_read_in_any_usual_encoding(tmp_path, encoding, sign):
    lines = [
        ("营业额", "行业", "批次", ""),
        ('"1,234.50"', "制造业", "2024_01", "1"),
        ('"-12,000"', "批发", "2024_02", "2"),
        ("N/A", "", "2024_03", "3"),
    ]
    text = "".join(sign.join(line) + "\r\n" for line in lines)
    (tmp_path / "rows.csv").write_bytes(text.encode(encoding))

    found = read_tables(Files(files=("rows.csv",)), tmp_path)

    assert found["营业额"].tolist() == pytest.approx([1234.5, -12000, NAN], nan_ok=True)
    assert found["行业"].tolist() == ["制造业", "批发", None]
    assert found["批次"].tolist() == ["2024_01", "2024_02", "2024_03"], "a code with an underscore is no number"
    assert found["column_4"].tolist() == [1, 2, 3]


def built(columns, **more):
    arrays = {
        name: np.array(column, dtype=object if isinstance(column[0], str) else np.float64)
        for name, column in columns.items()
    }
    return build_dataset(definition(**more), arrays)


def test_rows_that_are_neither_good_nor_bad_are_left_out():
    label = {"column": "state", "bad": ["default"], "good": ["paid"], "meaning": MEANING}

    found = built({"state": ["paid", "default", "late", "paid"], "x": [1, 2, 3, 4]}, label=label)

    assert found.bad.tolist() == [0, 1, 0]
    assert found.columns["x"].tolist() == [1, 2, 4]


def test_a_figure_above_a_number_may_be_what_is_bad():
    found = built({"late": [0, 5, 40], "x": [1, 2, 3]}, label={"column": "late", "above": 4.5, "meaning": MEANING})

    assert found.bad.tolist() == [0, 1, 1]
    assert set(found.columns) == {"x"}


def test_one_row_per_identifier_is_its_last_one_with_what_went_before():
    more = {
        "identifier": "firm",
        "time": {"column": "year"},
        "keep": "last",
        "derive": [{"name": "growth", "formula": "x - before(x)"}],
    }

    found = built({"firm": ["a", "b", "a"], "year": [2, 5, 1], "x": [7, 1, 4], "bad": [1, 0, 1]}, **more)

    assert found.columns["growth"].tolist() == pytest.approx([3, NAN], nan_ok=True)
    assert found.bad.tolist() == [1, 0]


def test_what_is_dropped_or_is_the_outcome_never_reaches_the_model():
    found = built(
        {"x": [1, 2], "leak": [0, 1], "day": ["1/2/2026", "2/2/2026"], "who": ["a", "b"], "bad": [0, 1]},
        drop={"leak": "known later"}, identifier="who", time={"column": "day", "format": "%d/%m/%Y"},
    )  # fmt: skip

    assert set(found.columns) == {"x"}
    assert np.diff(found.time).tolist() == [1]


def test_the_day_an_outcome_was_known_is_no_figure_and_stays_with_its_row():
    found = built(
        {"firm": ["a", "a", "b"], "year": [1, 2, 5], "x": [7, 1, 4], "seen": [2, 9, 6], "bad": [1, 0, 1]},
        label={"column": "bad", "bad": ["1"], "known_on": "seen", "meaning": MEANING},
        identifier="firm", time={"column": "year"}, keep="last",
    )  # fmt: skip

    assert set(found.columns) == {"x"}
    assert found.known_on.tolist() == [9, 6]
    assert found.known_after(date.fromordinal(6)).columns["x"].tolist() == [1]
    with pytest.raises(RuleViolation, match="no outcome became known since"):
        found.known_after(date.fromordinal(9))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"drop": {"nowhere": "gone"}}, "nowhere"),
        ({"identifier": "nobody"}, "nobody"),
        ({"time": {"column": "word"}}, "own is no date"),
        ({"features": [{"name": "y"}]}, "no such column"),
        (
            {"label": {"column": "bad", "bad": ["yes"], "meaning": MEANING}},
            r"no row has yes; the column holds 0 \(1\), 1 \(1\)",
        ),
        ({"label": {"column": "word", "above": 0, "meaning": MEANING}}, "where figures are needed"),
        ({"time": {"column": "gap"}}, "1 of 2 rows have no time"),
    ],
)
def test_a_column_that_does_not_fit_is_named(more, words):
    with pytest.raises(BadInput, match=words):
        built({"word": ["own", "rent"], "gap": [3, NAN], "bad": [0, 1]}, **more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"keep": "last"}, "an identifier and a time"),
        ({"split": {"earliest_pct": 70}}, "needs a time"),
        ({"label": {"column": "bad", "meaning": MEANING}}, "say what is bad"),
        ({"features": [{"name": "x"}], "drop": {"x": "leak"}}, "both used and dropped"),
        ({"data": {"files": []}}, "either files"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(more, words):
    with pytest.raises(ValueError, match=words):
        definition(**more)


def test_every_shipped_definition_is_sound_and_found_by_its_name():
    shipped = sorted((PACKAGED / "models").rglob("*.yaml"))

    assert len(shipped) >= 5
    assert all(load_definition(find_definition(None, path.stem)).name == path.stem for path in shipped)
    with pytest.raises(NotFound, match="german_credit"):
        find_definition(None, "nothing")


days = st.integers(0, 60)
invoice = st.tuples(st.sampled_from("ab"), days, st.integers(0, 30), st.integers(1, 90), st.integers(1, 100))


@settings(max_examples=40, deadline=None)
@given(st.lists(invoice, min_size=1, max_size=15), st.integers(0, 60))
def test_the_history_of_an_invoice_never_knows_what_came_later(drawn, today):
    who, issued, terms, settled_after, amount = (np.array(column) for column in zip(*drawn, strict=True))
    due, settled = issued + terms.astype(float), issued + settled_after.astype(float)

    whole = history_of(Invoices(who, issued.astype(float), due, settled, amount.astype(float)))

    known = issued <= today
    as_it_was = np.where(settled[known] < today, settled[known], NAN)
    then = history_of(
        Invoices(who[known], issued[known].astype(float), due[known], as_it_was, amount[known].astype(float))
    )
    now = issued[known] == today
    for name, column in whole.items():
        assert column[known][now].tolist() == pytest.approx(then[name][now].tolist(), nan_ok=True), name


def test_only_invoices_settled_before_the_day_count_as_paid():
    invoices = Invoices(np.array(["a"] * 3), np.array([0.0, 0.0, 10.0]), np.array([5.0, 5.0, 20.0]), np.array([9.0, 10.0, 30.0]), np.array([100.0, 50.0, 1.0]))  # fmt: skip

    found = {name.removeprefix("history_"): column[2] for name, column in history_of(invoices).items()}

    assert (found["paid_count"], found["paid_late_count"], found["open_count"], found["open_amount"]) == (1, 1, 1, 50)
    assert (found["paid_days_late"], found["overdue_days"], found["overdue_amount_share"]) == (4, 5, 1)
    assert history_of(invoices)["history_paid_count"][0] == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=10, max_size=60), st.integers(0, 5))
def test_folds_keep_groups_together_and_judge_every_row_once(rows, seed):
    group, bad = (np.array(column) for column in zip(*rows, strict=True))

    found = folds(bad.astype(float), group, count=3, seed=seed)

    assert sorted(np.concatenate([fold.judge for fold in found]).tolist()) == list(range(len(rows)))
    assert all(not set(group[fold.learn]) & set(group[fold.judge]) for fold in found)
    again = folds(bad.astype(float), group, count=3, seed=seed)
    assert all(np.array_equal(one.judge, two.judge) for one, two in zip(found, again, strict=True))


def test_a_split_in_time_learns_only_what_was_known_at_its_border():
    time = np.array([1.0, 2, 3, 4, 5, 6, 6, 7, 8, 9])
    known = time + np.array([0, 9, 1, 1, 1, 0, 0, 0, 0, 0])

    fold = earliest(time, known, share_pct=55)

    assert time[fold.judge].tolist() == [6, 6, 7, 8, 9]
    assert time[fold.learn].tolist() == [1, 3, 4]


def test_figures_among_which_texts_stand_are_refused_and_codes_are_not(tmp_path):
    def rows(cells) -> Path:
        lines = [f"{number % 2},{cell}" for number, cell in enumerate(cells)]
        (tmp_path / "rows.csv").write_text("\n".join(["bad,odd", *lines]), encoding="utf-8")
        return tmp_path

    figures = [f"{number / 7:.3f}" for number in range(90)]
    with pytest.raises(
        BadInput,
        match=r"10 of 100 cells are texts such as n/a among figures\. List what means nothing",
    ):
        read_dataset(definition(), rows([*figures, *["n/a"] * 9, "-"]))

    cleaned = definition(data={"files": ["rows.csv"], "missing": ["", "n/a", "-"]})
    assert read_dataset(cleaned, tmp_path).columns["odd"].dtype == np.float64
    with pytest.raises(BadInput, match="no column is left to learn from"):
        read_dataset(definition(drop={"odd": "noted by hand"}), tmp_path)
    codes = read_dataset(definition(), rows(["1", "2", "3", "A"] * 25)).columns["odd"]
    names = read_dataset(definition(), rows([*figures, *[f"Unit {number}" for number in range(100)]])).columns["odd"]
    assert (codes.dtype, names.dtype) == (object, object)
