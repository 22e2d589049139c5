"""The rules: the policy file, and that DuckDB and Great Expectations mean the same by each."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from tests.examples import few
from tests.validation.staging import FIVE, invoice, shipped_policy, write_staged

from riskreview.foundation.errors import BadInput, Unavailable
from riskreview.foundation.yaml_file import load_yaml
from riskreview.policy.datasets import DATASETS, INVOICES
from riskreview.validation.expectations import frame_of, run_rules
from riskreview.validation.rules import ValidationPolicy
from riskreview.validation.staged import open_staged

pytestmark = pytest.mark.long


def test_the_shipped_policy_covers_every_dataset_and_gives_reasons():
    policy = shipped_policy()

    assert set(policy.rules) == set(DATASETS)
    assert len(policy.rules["invoices"]) == 25


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{id: abc, check: between, column: amount, severity: warn, REASON}", "E-POLICY-RULE"),
        ("{id: abc, check: between, column: amuont, min: 0, severity: warn, REASON}", "E-POLICY-RULE"),
        ("{id: abc, check: row_count, min: 1, severity: quarantine, REASON}", "E-POLICY-RULE"),
        (
            "{id: abc, check: between, column: amount, min: 0, mostly: 0.5, severity: quarantine, REASON}",
            "E-POLICY-RULE",
        ),
        ("{id: abc, check: regex, column: invoice_id, regex: '(a+)+$', severity: warn, REASON}", "E-POLICY-REGEX"),
        ("{id: abc, check: regex, column: invoice_id, regex: '(', severity: warn, REASON}", "E-POLICY-REGEX"),
        ("{id: abc, check: not_null, colum: invoice_id, severity: warn, REASON}", "E-POLICY-KEY"),
        ("{id: abc, check: not_null, column: invoice_id, severity: loud, REASON}", "E-POLICY-TYPE"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_code(tmp_path: Path, line, code):
    path = tmp_path / "validation.yaml"
    text = line.replace("REASON", "reason: {en: because, zh: 因为}")
    path.write_text(f"contract: {{}}\nbreaker: {{}}\nrules:\n  invoices:\n    - {text}\n", encoding="utf-8")

    with pytest.raises(BadInput) as caught:
        load_yaml(path, ValidationPolicy)

    assert caught.value.code == code


def outcomes(instance, rows, *, pandas_rows_max: int) -> dict[str, bool]:
    policy = shipped_policy().model_copy(update={"pandas_rows_max": pandas_rows_max})
    write_staged(instance.staging / "3", "invoices", rows)
    with open_staged(instance, batch_id=3, policy=policy, known_accounts=FIVE) as staged:
        frame = frame_of(staged, INVOICES, policy)
        assert frame is not None
        assert frame.counted == (len(rows) > pandas_rows_max)
        return {item.rule.id: item.passed for item in run_rules([frame])}


DAYS = st.sampled_from([None, date(1800, 1, 1), date(2026, 1, 1), date(2026, 2, 1), date(2150, 1, 1)])
ROWS = st.lists(
    st.builds(
        lambda **values: invoice(1, **values),
        invoice_id=st.sampled_from(["I1", "", "x" * 65, None]),
        invoice_no=st.sampled_from([None, "n", "n" * 129]),
        doc_type=st.sampled_from(["invoice", "bill", None]),
        status=st.sampled_from(["open", "lost", None]),
        currency=st.sampled_from(["CNY", "cny", "人民币", None]),
        amount=st.sampled_from([Decimal(1), Decimal("2e12"), None]),
        open_amount=st.sampled_from([Decimal(1), Decimal("-2e12"), None]),
        issue_date=DAYS,
        due_date=DAYS,
        cleared_date=DAYS,
        dunning_level=st.sampled_from([None, 0, 9, 10]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.deep
@settings(
    max_examples=few(6),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS)
def test_counting_in_duckdb_and_checking_rows_in_pandas_come_to_the_same(instance, rows):
    assert outcomes(instance, rows, pandas_rows_max=0) == outcomes(instance, rows, pandas_rows_max=100)


def test_pages_of_a_second_batch_are_rendered_without_compiling_their_templates_again(
    instance, tmp_path: Path, monkeypatch
):
    write_staged(instance.staging / "3", "invoices", [invoice(1)])
    with open_staged(instance, batch_id=3, policy=shipped_policy(), known_accounts=FIVE) as staged:
        frame = frame_of(staged, INVOICES, shipped_policy())
    assert frame is not None
    run_rules([frame], docs=tmp_path / "first")
    compiled: list[object] = []
    monkeypatch.setattr(Environment, "_compile", lambda *_: compiled.append(1))

    run_rules([frame], docs=tmp_path / "second")

    assert compiled == []
    pages = [sorted(path.name for path in (tmp_path / name).rglob("*.html")) for name in ("first", "second")]
    assert len(pages[0]) == len(pages[1]) > 1


def test_no_rows_give_no_frame_so_that_an_empty_batch_cannot_pass(instance):
    write_staged(instance.staging / "3", "invoices", [])
    with open_staged(instance, batch_id=3, policy=shipped_policy(), known_accounts=FIVE) as staged:
        assert frame_of(staged, INVOICES, shipped_policy()) is None


def test_a_full_disk_is_no_verdict(instance, tmp_path):
    write_staged(instance.staging / "3", "invoices", [invoice(1)])
    with open_staged(instance, batch_id=3, policy=shipped_policy(), known_accounts=FIVE) as staged:
        frame = frame_of(staged, INVOICES, shipped_policy())
    assert frame is not None
    (tmp_path / "no folder").touch()

    with pytest.raises(Unavailable, match="could not be evaluated"):
        run_rules([frame], docs=tmp_path / "no folder" / "docs")


def test_a_rule_that_raises_is_broken_and_not_passed(instance):
    write_staged(instance.staging / "3", "invoices", [invoice(1)])
    with open_staged(instance, batch_id=3, policy=shipped_policy(), known_accounts=FIVE) as staged:
        frame = frame_of(staged, INVOICES, shipped_policy())
    assert frame is not None

    found = run_rules([replace(frame, data=frame.data.drop(columns=["amount"]))])

    broken = {item.rule.id for item in found if item.broken}
    assert {"invoices_amount", "invoices_amount_size"} <= broken
    assert not any(item.passed for item in found if item.rule.id in broken)
