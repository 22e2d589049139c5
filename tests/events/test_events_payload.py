"""The body of an event: read strictly, kept exactly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.events.payload import JSON_TYPE, LINES_TYPE, as_lines, read_records
from riskreview.foundation.errors import BadInput
from riskreview.policy.monitoring_policy import EventLimits

LIMITS = EventLimits(body_kb=1, rows=3, depth=3)


def read(body, content_type=JSON_TYPE, limits=LIMITS):
    return read_records(body if isinstance(body, bytes) else body.encode(), content_type, limits, "bureau")


def test_one_object_a_list_and_lines_are_the_same_rows():
    rows = ({"id": "1", "amount": "10.10"}, {"id": "2", "amount": "1E5"})

    assert read('{"id": "1", "amount": 10.10}') == rows[:1]
    assert read('[{"id": "1", "amount": 10.10}, {"id": 2, "amount": 1E5}]') == rows
    assert read('{"id": "1", "amount": 10.10}\n\n{"id": 2, "amount": 1E5}\n', LINES_TYPE) == rows


def test_numbers_stay_as_they_are_written_and_truth_is_a_word():
    assert read('{"a": 007.0}'.replace("007.0", "7.00"))[0]["a"] == "7.00"
    assert read('{"a": 12345678901234567890123456789012345678, "b": true, "c": {"d": null}}')[0] == {
        "a": "12345678901234567890123456789012345678", "b": "true", "c.d": None}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), [
    ("", "E-JSON"), ("{", "E-JSON"), ('{"a": 1} x', "E-JSON"), ('{"a": 1, "a": 2}', "E-JSON"), ("7", "E-JSON"), ('["x"]', "E-JSON"),
    ('{"a": {"b": {"c": {"d": 1}}}}', "E-JSON"), ("[" * 100_000, "E-EVENT-SIZE"), ('{"a": NaN}', "E-EVENT-NUMBER"),
    ('{"a": 1e400}', "E-EVENT-NUMBER"), ('{"a": -Infinity}', "E-EVENT-NUMBER"), ('{"a": "\\u0000"}', "E-CHAR-NUL"), (b'{"a": "\xff"}', "E-ENCODING"),
    ("[]", "E-BATCH-EMPTY"), ("[{},{},{},{}]", "E-EVENT-ROWS"), (json.dumps({"a": "x" * 1100}), "E-EVENT-SIZE"),
])  # fmt: skip
def test_a_broken_body_gets_its_code(body, code):
    with pytest.raises(BadInput, match=code):
        read(body)


def test_deep_nesting_is_refused_before_it_can_hurt():
    with pytest.raises(BadInput, match="E-JSON"):
        read("[" * 50_000 + "]" * 50_000, limits=EventLimits(body_kb=1024))


@pytest.mark.parametrize("kind", ["text/plain", "", "application/xml", "multipart/form-data"])
def test_another_content_type_is_refused(kind):
    with pytest.raises(BadInput, match="E-EVENT-TYPE"):
        read("{}", kind)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "other"]), st.text().filter(lambda t: "\x00" not in t)),
        min_size=1,
        max_size=5,
    )
)
def test_lines_hold_the_mapped_columns_exactly(rows):
    text = json.dumps(rows, ensure_ascii=True)
    records = read(text, limits=EventLimits(body_kb=10_000))

    again = read(as_lines(records, ("a", "b")), LINES_TYPE, EventLimits(body_kb=10_000))

    assert again == tuple({k: v for k, v in row.items() if k in "ab" and v is not None} for row in records)
