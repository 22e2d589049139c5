"""Company names: spellings of one name are alike, names of two companies are not, whatever script they are written in."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.identity.measure import measure_files
from riskreview.identity.names import normalize, similarity, weigh

ONE_COMPANY = 0.8

SAME = [
    ("Siemens AG", "SIEMENS Aktiengesellschaft"),
    ("ＨＵＡＷＥＩ　Ｃｏ．，Ｌｔｄ．", "Huawei Company Limited"),
    ("Müller & Söhne GmbH", "Mueller und Soehne Gesellschaft mbH"),
    ("Smith Bros Mfg Co", "Smith Brothers Manufacturing Company"),
    ("Acme Intl Trading", "Trading International Acme Ltd"),
    ("A.B.C. Ltd", "ABC Limited"),
    ("J. P. Morgan Chase", "JPMorgan Chase & Co"),
    ("Hettinger PLC", "HettingerPLC"),
    ("Caf\ufffd Noir SARL", "Café Noir Sàrl"),
    ("ООО «Ромашка»", "Romashka LLC"),
    ("Κρόνος Α.Ε.", "Kronos AE"),
    ("華為技術有限公司", "华为技术有限公司"),
    ("华为技术（深圳）有限公司", "深圳市华为技术有限公司"),
    ("上海宏达贸易有限公司", "Shanghai Hongda Trading Co., Ltd."),
    ("株式会社トヨタ自動車", "トヨタ自動車(株)"),
    ("주식회사 삼성전자", "삼성전자(주)"),
    ("PT Astra International Tbk", "Astra Intl"),
]

OTHER = [
    ("Alpha Industries GmbH", "Beta Industries GmbH"),
    ("Northern Trust", "Southern Trust"),
    ("Acme Trading Ltd", "Acme Logistics Ltd"),
    ("Deutsche Bank AG", "Deutsche Bahn AG"),
    ("Hotel 21", "Hotel 22"),
    ("上海宏达贸易有限公司", "上海宏远贸易有限公司"),
    ("上海宏达贸易有限公司", "上海恒达贸易有限公司"),
    ("上海宏达贸易有限公司", "北京宏达贸易有限公司"),
    ("华为技术有限公司", "华威技术有限公司"),
    ("Klein GmbH", "Gross GmbH"),
]


@pytest.mark.parametrize(("first", "other"), SAME)
def test_two_spellings_of_one_name_are_alike(first: str, other: str):
    assert similarity(normalize(first), normalize(other)) >= ONE_COMPANY


@pytest.mark.parametrize(("first", "other"), OTHER)
def test_names_of_two_companies_are_not_alike(first: str, other: str):
    assert similarity(normalize(first), normalize(other)) < ONE_COMPANY


@pytest.mark.parametrize("name", ["", "   ", "!!!", "\u200b"])
def test_a_name_of_nothing_is_like_no_other_and_not_like_itself(name: str):
    assert similarity(normalize(name), normalize(name)) == 0.0
    assert similarity(normalize(name), normalize("Acme")) == 0.0


def test_a_name_of_nothing_but_a_legal_form_is_a_name():
    assert normalize("Limited").core != ()
    assert similarity(normalize("Limited"), normalize("Plc")) < ONE_COMPANY


def test_a_legal_form_is_set_apart_and_one_that_contradicts_makes_names_less_alike():
    assert normalize("Bartell PLC").core == normalize("Bartell LLC").core == ("bartell",)
    assert similarity(normalize("Bartell PLC"), normalize("Bartell LLC")) < similarity(
        normalize("Bartell PLC"), normalize("Bartell")
    )


def test_initials_are_found_but_never_certain():
    found = similarity(normalize("IBM Corp"), normalize("International Business Machines"))

    assert similarity(normalize("XYZ"), normalize("International Business Machines")) < found < ONE_COMPANY


def test_words_frequent_in_the_portfolio_tell_less():
    names = normalize("Kronos Wega"), normalize("Kronos Altair")

    assert similarity(*(weigh(name, {"kronos": 0.2}) for name in names)) < similarity(*names)


WORDS = st.sampled_from("Acme Trading 上海 宏达 有限公司 Müller GmbH Intl LLC ООО Ромашка 21 S. A. de Bank".split())
NAMES = st.one_of(st.lists(WORDS, max_size=5).map(" ".join), st.text(max_size=20))


@settings(max_examples=150, deadline=None)
@given(NAMES, NAMES)
def test_similarity_is_within_bounds_and_the_same_both_ways(first: str, other: str):
    one, two = normalize(first), normalize(other)

    assert 0.0 <= similarity(one, two) <= 1.0
    assert similarity(one, two) == similarity(two, one)
    assert similarity(one, one) == (1.0 if one.words else 0.0)


@pytest.mark.long
def test_the_comparison_reaches_its_bar_on_altered_names(real_data: Path):
    folder = real_data / "company_names"

    found = measure_files(folder / "dnb_test_names.csv", folder / "dnb_adjusted_test_names.csv", column="company_name")

    assert found.right_first >= 0.98
    assert found.f1 >= 0.95


def test_files_whose_rows_do_not_belong_together_are_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text("name\nAcme\nBeta\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("name\nAcme\n", encoding="utf-8")

    with pytest.raises(BadInput, match="rows belong together"):
        measure_files(tmp_path / "a.csv", tmp_path / "b.csv", column="name")
    with pytest.raises(BadInput, match="no column title"):
        measure_files(tmp_path / "a.csv", tmp_path / "a.csv", column="title")
