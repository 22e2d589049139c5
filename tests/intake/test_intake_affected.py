"""Only the lines that were not accepted are read again; their numbers, lines and cells are those of a whole read."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_extracts import HEADER, changed, mapping_text

from riskreview.intake import staging
from riskreview.intake.affected import line_bounds


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_bad_rows_are_the_same_whether_picked_or_read_whole(stage, monkeypatch, end):
    bad = {1, 57, 58, 100}
    lines = [changed(invoice_id=f"I{number}", amount="x" if number in bad else "1.00") for number in range(1, 101)]
    content = ((end or "\n").join([HEADER, *lines]) + end).encode()

    picked = stage(content).refused()
    monkeypatch.setattr(staging, "affected_part", lambda *_: None)
    whole = stage(content).refused()

    assert picked == whole
    assert [(row["source_row"], row["line"]) for row in picked] == [(number, number + 1) for number in sorted(bad)]
    assert json.loads(picked[1]["record"])["invoice_id"] == "I57"


def test_rows_of_other_kinds_are_not_refused_when_they_are_read_again(stage):
    mapping = mapping_text().replace("    columns:", "    where: [{column: doc_type, equals: invoice}]\n    columns:")
    lines = [changed(invoice_id=f"I{number}") for number in range(20)]
    outcome = stage([HEADER, *lines, changed(doc_type="other"), changed(amount="x")], mapping)

    assert [row["source_row"] for row in outcome.refused()] == [22]
    assert [(c.rows_in, c.accepted, c.refused, c.skipped) for c in outcome.staged.datasets] == [(21, 20, 1, 1)]


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text("ab,", max_size=5), min_size=1, max_size=30), data=st.data(), closed=st.booleans())
def test_the_bounds_of_any_lines_are_found(tmp_path_factory, texts, data, closed):
    path = tmp_path_factory.mktemp("lines") / "text"
    texts[-1] += "z"
    path.write_text("head\n" + "\n".join(texts) + ("\n" if closed else ""), encoding="utf-8")
    rows = sorted(data.draw(st.sets(st.integers(1, len(texts)), min_size=1)))

    begins, ends = line_bounds(path, 5, np.array(rows, dtype=np.int64))

    content = path.read_text(encoding="utf-8")
    assert [content[begin:end] for begin, end in zip(begins, ends, strict=True)] == [texts[row - 1] for row in rows]
