"""Reading YAML that people edit: every refusal names the line and the repair."""

from pathlib import Path

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.yaml_file import StrictModel, load_yaml


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
