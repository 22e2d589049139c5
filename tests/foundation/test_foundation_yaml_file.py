"""Reading YAML that people edit: every refusal names the line and the repair."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.plain_yaml import UNSURE, read_plain
from riskreview.foundation.yaml_file import StrictModel, _read_with_care, load_yaml


class Line(StrictModel):
    warning: float
    alarm: float


class Document(StrictModel):
    threshold: int
    country: str
    lines: list[Line] = []


def read(tmp_path: Path, text: str) -> Document:
    path = tmp_path / "document.yaml"
    path.write_text(text, encoding="utf-8")
    return load_yaml(path, Document)


def test_norway_stays_text(tmp_path: Path):
    assert read(tmp_path, "threshold: 3\ncountry: NO\n").country == "NO"


def test_a_leading_zero_is_a_decimal_number(tmp_path: Path):
    assert read(tmp_path, "threshold: 010\ncountry: DE\n").threshold == 10


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("threshold: 3\ncountry: DE\nthreshold: 4\n", "E-YAML-DUPKEY", 3),
        ("a: &x 1\nb: *x\n", "E-YAML-ALIAS", 1),
        ("threshold: 3\ncountry: [DE\n", "E-YAML-SYNTAX", 3),
        ("threshold: 3\ncountry: DE\ntreshold: 4\n", "E-POLICY-KEY", 3),
        ("threshold: many\ncountry: DE\n", "E-POLICY-TYPE", 1),
        ("threshold: 3\ncountry: DE\n2026: x\n", "E-POLICY-TYPE", 3),
        ("threshold: 3\ncountry: DE\nlines:\n  - {warning: 1, alarm: x}\n", "E-POLICY-TYPE", 4),
        ("threshold: !!python/object/apply:os.system [ls]\ncountry: DE\n", "E-YAML-TAG", 1),
    ],
)
def test_a_bad_document_is_refused_at_its_line(tmp_path: Path, text: str, code: str, line: int | None):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, text)

    assert refused.value.code == code
    assert refused.value.line == line
    assert "document.yaml" in str(refused.value) or line is None


def test_a_misspelt_key_gets_the_nearest_name(tmp_path: Path):
    with pytest.raises(BadInput, match="Did you mean threshold"):
        read(tmp_path, "treshold: 3\ncountry: DE\n")


def test_another_encoding_is_named(tmp_path: Path):
    path = tmp_path / "document.yaml"
    path.write_bytes("country: 中国".encode("gb18030"))

    with pytest.raises(BadInput, match="E-ENCODING"):
        load_yaml(path, Document)


PIECES = ("a", "1", "0", "9", "-", "- ", ".", "e", "_", ": ", "\n", "\n  ", "\n- ", "[", "]", "{", "}", ", ", "'", '"', " #", "|\n  x\n  y\n", ">-\n  x\n\n  y\n",
          "true", "NO", "~", "2026-01-02", "? ", "<<", "&x ", "*x", "!", "%", "\t", "\\n", "公司", ".inf", "0x1F", "0o17", "1e3", "key: ", "---")  # fmt: skip


def told(node: Any) -> Any:  # a document of any shape
    """A document's values with their types, and the lines its keys and filled items stand on."""
    if isinstance(node, dict):
        return [(told(key), node.lc.key(key)[0], told(value)) for key, value in node.items()]
    if isinstance(node, list):
        return [(value is None or node.lc.item(place)[0], told(value)) for place, value in enumerate(node)]
    kind = next((kind for kind in (bool, int, float, str) if isinstance(node, kind)), None)
    return (type(node).__name__, node) if kind is None else (kind.__name__, repr(kind(node)))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.sampled_from(("", "key: ")))
def test_what_the_quick_reader_takes_the_careful_one_reads_alike(text: str, before: str):
    quick = read_plain(before + text)
    if quick is not UNSURE:
        assert told(quick) == told(_read_with_care(Path("x.yaml"), before + text))


@pytest.mark.parametrize("folder", ["policies", "playbooks", "mappings", "models", "calendars"])
def test_every_shipped_file_is_read_quickly_and_as_the_careful_reader_would(folder: str):
    for path in (PACKAGED / folder).glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        quick = read_plain(text)

        assert quick is not UNSURE, path.name
        if len(text) < 4000:
            assert told(quick) == told(_read_with_care(path, text)), path.name


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: &x 1\n", "a: !!str 1\n", "a:\t1\n", "a: 1\n---\nb: 2\n", "%YAML 1.1\n---\na: no\n", "<<: {a: 1}\n", "a: 010\n", "[" * 5000, ""]
)  # fmt: skip
def test_what_the_readers_could_see_differently_is_left_to_the_careful_one(text: str):
    assert read_plain(text) is UNSURE
