from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.examples import few
from tests.validation.staging import (
    AS_OF,
    FIVE,
    accounts,
    customer,
    invoice,
    shipped_policy,
    write_refused,
    write_staged,
)

from riskreview.foundation.instance import Instance
from riskreview.validation.contract import check_contract
from riskreview.validation.staged import open_staged

pytestmark = pytest.mark.long


def check(instance: Instance, known=FIVE, **datasets: list[dict[str, object]]):
    policy = shipped_policy()
    folder = instance.staging / "7"
    for name, rows in datasets.items():
        write_staged(folder, name, rows)
    with open_staged(instance, batch_id=7, policy=policy, known_accounts=known) as staged:
        problems = check_contract(staged, as_of=AS_OF, limits=policy.contract)
        staged.write_back()
        tallies = {dataset.name: staged.tally(dataset) for dataset in staged.datasets}
    return problems, {name: failed(folder, name) for name in datasets}, tallies


def failed(folder: Path, dataset: str) -> dict[int, str]:
    rows = duckdb.read_parquet(str(folder / f"{dataset}.failed.parquet")).project("source_row, code").fetchall()
    return dict(rows)


def dropped(instance: Instance, dataset: str) -> list[int]:
    path = instance.staging / "7" / f"{dataset}.dropped.parquet"
    return [row[0] for row in duckdb.read_parquet(str(path)).fetchall()]


def test_good_rows_pass(instance):
    problems, codes, tallies = check(instance, invoices=[invoice(n) for n in range(20)])

    assert (problems, codes["invoices"]) == ([], {})
    assert tallies["invoices"].accepted == 20


def test_exact_repetitions_are_dropped_and_counted_once_kept(instance):
    problems, codes, tallies = check(instance, invoices=[invoice(1), invoice(2), invoice(1), invoice(1)])

    assert (problems, codes["invoices"], dropped(instance, "invoices")) == ([], {}, [3, 4])
    assert (tallies["invoices"].accepted, tallies["invoices"].repeated) == (2, 2)


def test_same_key_with_other_values_quarantines_both_rows(instance):
    _, codes, _ = check(instance, invoices=[invoice(1), invoice(2), invoice(1, amount=Decimal(900))])

    assert codes["invoices"] == {1: "R-DUP-CONFLICT", 3: "R-DUP-CONFLICT"}


def test_a_repetition_of_a_conflicting_row_is_dropped_and_the_conflict_stays(instance):
    _, codes, tallies = check(instance, invoices=[invoice(1), invoice(1), invoice(1, amount=Decimal(900))])

    assert codes["invoices"] == {1: "R-DUP-CONFLICT", 3: "R-DUP-CONFLICT"}
    assert tallies["invoices"].repeated == 1


def test_keys_that_differ_by_case_quarantine_both_rows(instance):
    _, codes, _ = check(instance, invoices=[invoice(1, invoice_id="ab1"), invoice(1, invoice_id="AB1"), invoice(2)])

    assert codes["invoices"] == {1: "R-DUP-CASE", 2: "R-DUP-CASE"}


def test_a_row_without_known_customer_is_an_orphan(instance):
    rows = [invoice(n) for n in range(9)] + [invoice(9, customer_id="X9"), invoice(10, customer_id="c1")]

    problems, codes, _ = check(instance, invoices=rows)

    assert (problems, codes["invoices"]) == ([], {10: "R-ORPHAN", 11: "R-ORPHAN"})


def test_customers_of_the_same_batch_count_as_known_unless_they_were_refused(instance):
    _, codes, _ = check(
        instance, known=accounts(), customers=[customer(1), customer(2), customer(2, name="Other")],
        invoices=[invoice(0, customer_id="C1"), invoice(1, customer_id="C2")],
    )  # fmt: skip

    assert codes["customers"] == {2: "R-DUP-CONFLICT", 3: "R-DUP-CONFLICT"}
    assert codes["invoices"] == {2: "R-ORPHAN"}


@pytest.mark.parametrize(("known", "unknown", "said"), [(30, 20, "20 of 50"), (0, 3, "3 of 3")])
def test_too_many_orphans_hold_the_batch_and_so_do_few_that_are_all_there_is(instance, known, unknown, said):
    rows = [invoice(n, customer_id=f"C{n % 5 + 1}" if n < known else f"X{n}") for n in range(known + unknown)]

    problems, _, _ = check(instance, invoices=rows)

    assert [problem.code for problem in problems] == ["E-REFERENTIAL"]
    assert said in problems[0].found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dunning_level": -1}, "R-RANGE"),
        ({"amount": Decimal(100), "open_amount": Decimal(101)}, "R-RANGE"),
        ({"amount": Decimal(100), "open_amount": Decimal(-1)}, "R-RANGE"),
        ({"amount": Decimal(-100), "open_amount": Decimal(-101)}, "R-RANGE"),
        ({"amount": Decimal(-100), "open_amount": Decimal(-50)}, None),
        ({"amount": Decimal(100), "open_amount": None}, None),
        ({"issue_date": date(2026, 7, 1)}, "R-DATE-FUTURE"),
        ({"issue_date": AS_OF}, None),
        ({"due_date": date(2025, 1, 1)}, None),
    ],
)
def test_ranges_and_dates(instance, changes, code):
    _, codes, _ = check(instance, invoices=[invoice(1), invoice(2, **changes)])

    assert codes["invoices"] == ({2: code} if code else {})


@pytest.mark.parametrize(
    ("share", "code"), [(-0.5, "R-RANGE"), (-0.0, "R-RANGE"), (float("nan"), "R-RANGE"), (0.0, None), (85.0, None)]
)
def test_a_share_is_a_number_at_or_above_zero_and_never_minus_zero(instance, share, code):
    _, codes, _ = check(instance, customers=[customer(1), customer(2, ubo_verified_pct=share)])

    assert codes["customers"] == ({2: code} if code else {})


def statement(items: dict[str, int], *, row: int, who: str = "C1", **changes: object) -> list[dict[str, object]]:
    base = {
        "customer_id": who,
        "period_end": date(2025, 12, 31),
        "period_type": "FY",
        "scope": "parent",
        "currency": "CNY",
    }
    numbered = enumerate(items.items(), start=10 * row)
    return [base | {"item": item, "value": Decimal(value), "source_row": n} | changes for n, (item, value) in numbered]


def test_a_statement_that_does_not_balance_is_quarantined_as_a_whole(instance):
    good = {"total_assets": 1000, "total_liabilities": 600, "equity": 400, "cash": 5}
    bad = {"total_assets": 1000, "total_liabilities": 600, "equity": 500, "cash": 5}
    rows = statement(good, row=1) + statement(bad, row=2, who="C2") + statement({"total_assets": 9}, row=3, who="C3")

    _, codes, tallies = check(instance, financial_statements=rows)

    assert codes["financial_statements"] == dict.fromkeys(range(20, 24), "R-BALANCE")
    assert (tallies["financial_statements"].accepted, tallies["financial_statements"].failed) == (5, 4)


def test_rounding_to_thousands_keeps_a_statement(instance):
    rows = statement({"total_assets": 1_000_000, "total_liabilities": 600_000, "equity": 399_000}, row=1)

    _, codes, _ = check(instance, financial_statements=rows)

    assert codes["financial_statements"] == {}


def test_a_statement_item_given_twice_is_dropped_and_a_contradicting_one_refused(instance):
    rows = statement({"cash": 5, "inventories": 7}, row=1) + statement({"cash": 5, "inventories": 8}, row=2)

    _, codes, _ = check(instance, financial_statements=rows)

    assert (codes["financial_statements"], dropped(instance, "financial_statements")) == (
        {11: "R-DUP-CONFLICT", 21: "R-DUP-CONFLICT"}, [20],
    )  # fmt: skip


def test_rows_refused_by_intake_are_counted(instance):
    folder = instance.staging / "7"
    write_staged(folder, "invoices", [invoice(1)])
    write_refused(folder, "invoices", [{"source_row": 2, "code": "R-NUMBER"}])

    _, _, tallies = check(instance)

    assert tallies["invoices"].refused == 1


ROWS = st.lists(
    st.builds(
        lambda number, amount, case, who, level: invoice(
            number, invoice_id=f"i{number}" if case else f"I{number}", amount=Decimal(amount), open_amount=Decimal(1), customer_id=who,
            dunning_level=level,
        ),
        st.integers(0, 6), st.integers(1, 2), st.booleans(), st.sampled_from(["C1", "C2", "X"]), st.sampled_from([None, 0, -1]),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=few(12), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(rows=ROWS)
def test_no_row_is_lost_and_no_accepted_key_clashes(tmp_path_factory, rows):
    instance = _instance(tmp_path_factory)

    _, codes, tallies = check(instance, invoices=rows)

    gone = set(codes["invoices"]) | set(dropped(instance, "invoices"))
    kept = [row["invoice_id"].lower() for number, row in enumerate(rows, start=1) if number not in gone]
    tally = tallies["invoices"]
    assert tally.accepted + tally.failed + tally.repeated == len(rows)
    assert not set(codes["invoices"]) & set(dropped(instance, "invoices"))
    assert len(kept) == len(set(kept)) == tally.accepted


def _instance(factory: pytest.TempPathFactory) -> Instance:
    from riskreview.foundation.instance import create_instance

    return create_instance(factory.mktemp("home"))
