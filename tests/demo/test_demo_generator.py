import csv
import io
import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from riskreview.crm.emulator.fxiaoke_fields import OBJECTS
from riskreview.crm.emulator.keeping import read_records
from riskreview.crm.emulator.zoho_fields import MODULES
from riskreview.demo.behavior import make_behavior
from riskreview.demo.generator import GeneratedPortfolio, generate
from riskreview.demo.population import CASES, make_population
from riskreview.demo.statements import ITEMS, make_statements
from riskreview.demo.texts import day_number
from riskreview.demo.trade import make_invoices, make_orders, make_receipts

pytestmark = pytest.mark.long

AS_OF = date(2026, 10, 30)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GeneratedPortfolio]:
    folder = tmp_path_factory.mktemp("generated")
    portfolio = generate(
        target=folder / "inbox", expected_path=folder / "expected.json", customers=150, seed=3, as_of=AS_OF
    )
    return folder, portfolio


def ledger(folder: Path, day: str, name: str) -> list[dict[str, str]]:
    path = folder / "inbox" / day / f"{name}_{day.replace('-', '')}.csv"
    lines = path.read_bytes().decode("gb18030").splitlines()
    return [row for row in csv.DictReader(io.StringIO("\n".join(lines[3:]))) if row[next(iter(row))] != "合计"]


def test_the_same_arguments_give_the_same_bytes(written, tmp_path):
    folder, _ = written

    generate(target=tmp_path / "inbox", expected_path=tmp_path / "expected.json", customers=150, seed=3, as_of=AS_OF)

    files = {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert files == again


def test_another_seed_gives_another_portfolio(written, tmp_path):
    folder, _ = written

    generate(target=tmp_path / "inbox", expected_path=tmp_path / "expected.json", customers=150, seed=4, as_of=AS_OF)

    name = "inbox/2026-10-29/kingdee_receivables_20261029.csv"
    assert (folder / name).read_bytes() != (tmp_path / name).read_bytes()


def test_too_few_customers_for_the_planted_cases_are_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 120"):
        generate(target=tmp_path, expected_path=tmp_path / "e.json", customers=100)


def test_every_planted_case_is_in_the_expected_file(written):
    folder, portfolio = written

    cases = Counter(
        case["case"] for case in json.loads((folder / "expected.json").read_text(encoding="utf-8"))["cases"]
    )

    assert {name: cases[name] for name in CASES} == CASES
    assert cases["late_feed"] == cases["empty_extract"] == 1
    assert portfolio.planted == sum(cases.values())


def test_the_daily_export_repeats_every_open_item_with_the_amounts_of_that_day(written):
    folder, _ = written

    before = {row["单据编号"]: row for row in ledger(folder, "2026-10-29", "kingdee_receivables")}
    after = {row["单据编号"]: row for row in ledger(folder, "2026-10-30", "kingdee_receivables")}

    still_open = {number for number, row in before.items() if row["核销状态"] != "已核销"}
    assert still_open <= set(after)
    assert any(before[number]["核销状态"] != after[number]["核销状态"] for number in still_open)


def test_receipts_explain_every_settled_amount(written):
    folder, _ = written

    paid: Counter[str] = Counter()
    for row in ledger(folder, "2026-10-29", "kingdee_receipts"):
        sign = -1 if row["单据类型"] == "收款退款单" else 1
        paid[row["应收单号"]] += sign * round(float(row["实收金额"].replace(",", "")) * 100)

    for row in ledger(folder, "2026-10-29", "kingdee_receivables"):
        assert paid[row["单据编号"]] == round(float(row["已核销金额"]) * 100)


def test_a_reversal_names_the_receipt_it_takes_back(written):
    folder, _ = written
    rows = ledger(folder, "2026-10-29", "kingdee_receipts")
    known = {f"{row['单据编号']}-{row['行号']}": row for row in rows}

    reversals = [row for row in rows if row["单据类型"] == "收款退款单"]

    assert reversals
    assert all(known[row["原收款单号"]]["实收金额"] == row["实收金额"] for row in reversals)


def test_the_empty_extract_has_its_head_and_no_row(written):
    folder, portfolio = written
    name = "2026-10-30/finance_credit_limits_20261030.xlsx"

    rows = CalamineWorkbook.from_path(folder / "inbox" / name).get_sheet_by_name("信用额度").to_python()

    assert portfolio.rows[name] == 0
    assert rows[3][0] == "客户编码"
    assert len(rows) == 4


def test_one_registration_number_ties_the_records_of_all_systems(written):
    folder, _ = written
    here = {row["客户编码"]: row["统一社会信用代码"] for row in ledger(folder, "2026-10-29", "kingdee_customers")}
    accounts = [item.row for item in read_records(folder / "crm/fxiaoke.jsonl") if item.object == "AccountObj"]
    typed = {row["account_no"]: row["credit_code__c"] for row in accounts if row["account_no"]}

    assert len(accounts) - len(typed) == CASES["duplicate"]
    assert all(here[code] == number.replace(" ", "").upper() for code, number in typed.items())
    assert any(here[code] != number for code, number in typed.items()), "salespeople type it in their own way"


@pytest.mark.parametrize(("service", "shown"), [("fxiaoke", OBJECTS), ("zoho", MODULES)])
def test_what_a_crm_holds_fits_its_fields_and_its_references(written, service, shown):
    folder, _ = written
    records = list(read_records(folder / f"crm/{service}.jsonl"))
    accounts = {item.record_id for item in records if item.object in {"AccountObj", "Accounts"}}

    assert len({(item.object, item.record_id) for item in records}) == len(records)
    assert {item.object for item in records} - {"AccountObj", "Accounts"}, "not accounts alone"
    for item in records:
        assert item.row is not None
        assert set(item.row) - {"id", "_id", "Created_Time"} <= {field.name for field in shown[item.object]}
        links = [value["id"] if isinstance(value, dict) else value for name, value in item.row.items()
                 if name in {"What_Id", "Account_Name", "account_id", "account_id__c"} and item.object != "Accounts"]  # fmt: skip
        assert set(links) <= accounts


def test_statements_balance():
    people = make_population(300, np.random.default_rng(1), AS_OF)
    for statements in make_statements(people, np.random.default_rng(2), AS_OF):
        column = {item: statements.values[:, place] for place, item in enumerate(ITEMS.values())}

        assert (column["total_assets"] == column["total_liabilities"] + column["equity"]).all()
        assert (column["current_assets"] <= column["total_assets"]).all()
        assert (column["gross_profit"] == column["revenue"] - column["cost_of_sales"]).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_ordinary_customer_is_in_default_or_in_negative_equity(seed):
    people = make_population(400, np.random.default_rng(seed), AS_OF)
    rng = np.random.default_rng(seed + 100)
    behavior, today = make_behavior(people, rng), day_number(AS_OF)
    orders = make_orders(people, behavior, rng, today)
    invoices = make_invoices(people, behavior, orders, rng, today)
    receipts = make_receipts(invoices, behavior, rng, today)
    ordinary = people.case == ""

    late = np.where(invoices.open_cents(today) > 0, today - invoices.due, 0)
    worst = np.zeros(people.size, dtype=np.int64)
    np.maximum.at(worst, invoices.customer, late)
    first, _ = make_statements(people, rng, AS_OF)
    equity = first.values[:, list(ITEMS.values()).index("equity")]

    assert worst[ordinary].max() < 80
    assert worst[people.having("payment_default", "group_parent")].min() > 95
    assert (equity[ordinary[first.customer]] > 0).all()
    assert receipts.day.max() <= today


def test_weekends_see_no_order_invoice_or_receipt():
    people = make_population(200, np.random.default_rng(5), AS_OF)
    rng = np.random.default_rng(6)
    behavior, today = make_behavior(people, rng), day_number(AS_OF)
    orders = make_orders(people, behavior, rng, today)
    invoices = make_invoices(people, behavior, orders, rng, today)

    for days in (orders.day, invoices.issued, invoices.paid[invoices.paid < today]):
        assert (((days + 3) % 7) < 5).all()
