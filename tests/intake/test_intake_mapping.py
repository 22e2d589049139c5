"""The mapping model: what is wrong in it is named by line, key and repair."""

import pytest
from intake_extracts import mapping_text

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.policy.codes import COUNTRIES, CURRENCIES
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping_checks import load_mapping


@pytest.mark.parametrize(
    ("change", "to", "code", "says"),
    [
        ("      amount: amount", "      amuont: amount", "E-POLICY-KEY", "Did you mean amount?"),
        ("  invoices:", "  invoice:", "E-POLICY-KEY", "Did you mean invoices?"),
        ("      amount: amount\n", "", "E-POLICY-KEY", "required column amount"),
        ("source: receivables", "source: Receivables", "E-POLICY-TYPE", "source"),
        ("stage: finance", "stage: sales", "E-POLICY-TYPE", "stage"),
        ('path: "receivables*"', 'path: "../receivables*"', "E-POLICY-TYPE", "outside the inbox"),
        ('path: "receivables*"', 'path: "a*", query: {connection: A, sql: SELECT 1}', "E-POLICY-TYPE", "one of path, query, crm and events"),
        ('path: "receivables*"', 'path: "a*", encoding: klingon', "E-POLICY-TYPE", "klingon"),
        ('path: "receivables*"', 'path: "a*", dates: ["%d.%m"]', "E-POLICY-TYPE", "%d.%m"),
        ('path: "receivables*"', 'path: "a*", decimal: ",", thousands: ","', "E-POLICY-TYPE", "same sign"),
        ('path: "receivables*"', 'path: "a*", header_row: 0', "E-POLICY-TYPE", "columns"),
        ('path: "receivables*"', 'path: "a*", delimeter: ";"', "E-POLICY-KEY", "Did you mean delimiter?"),
        ("currency: currency", "currency: {constant: RMB}", "E-POLICY-TYPE", "RMB"),
        ("doc_type: doc_type", "doc_type: {constant: invoices}", "E-POLICY-TYPE", "Did you mean invoice?"),
        ("doc_type: doc_type", "doc_type: {column: t, map: {R: bill}}", "E-POLICY-TYPE", "cannot be bill"),
        ("doc_type: doc_type", "doc_type: {column: t, default: bill}", "E-POLICY-TYPE", "cannot be bill"),
        ("amount: amount", "amount: {unit: 10}", "E-POLICY-TYPE", "no origin"),
        ("amount: amount", "amount: {column: a, constant: '1'}", "E-POLICY-TYPE", "one of column"),
        ("issue_date: issue_date", "issue_date: {column: d, unit: 10}", "E-POLICY-TYPE", "no number"),
        ("amount: amount", "amount: {column: a, add_days: 3}", "E-POLICY-TYPE", "no date"),
        ("  invoices:\n", "  invoices:\n    where: [{column: a, in: [b], equals: c}]\n", "E-POLICY-TYPE", "one of in"),
        ("  invoices:\n", "  invoices:\n    unpivot: {x: cash}\n", "E-POLICY-KEY", "no items"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_mapping_is_named_with_its_repair(make_mapping, change, to, code, says):
    with pytest.raises(BadInput) as caught:
        make_mapping(mapping_text().replace(change, to, 1))

    assert caught.value.code == code
    assert says in str(caught.value)


def test_an_unknown_column_is_found_by_its_line(make_mapping):
    text = mapping_text().replace("      amount: amount", "      amount: amount\n      ammount: x")
    with pytest.raises(BadInput) as caught:
        make_mapping(text)

    assert caught.value.line == text[: text.index("ammount")].count("\n") + 1
    assert caught.value.column == "datasets.invoices.columns.ammount"


@pytest.mark.parametrize(
    "as_of",
    ['{from_name: "_(\\\\d{8})", column: d}', "{received: false}", '{from_name: "no group"}', '{from_name: "("}', "{}"],
)
def test_the_business_date_has_exactly_one_origin(make_mapping, as_of):
    with pytest.raises(BadInput, match=r"E-POLICY-(TYPE|REGEX)"):
        make_mapping(mapping_text(extra=f"delivery: {{as_of: {as_of}}}"))


def test_the_digest_follows_the_meaning_and_not_the_comments(make_mapping):
    plain = make_mapping(mapping_text())

    assert make_mapping("# said\n" + mapping_text()).digest == plain.digest
    assert make_mapping(mapping_text().replace("system: erp", "system: crm")).digest != plain.digest


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("mappings/**/*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_loads(path):
    assert load_mapping(path).datasets.keys() <= DATASETS.keys()


def test_the_code_lists_hold_well_formed_codes():
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES)
    assert {"CNY", "EUR", "USD"} < CURRENCIES
    assert "RMB" not in CURRENCIES
    assert len(COUNTRIES) == 250
