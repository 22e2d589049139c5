# ruff: noqa: S608, DTZ007  our own paths; dates without time
"""The shipped mappings on the real files they were written for."""

import csv
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from intake_extracts import Outcome

from riskreview.foundation.instance import PACKAGED
from riskreview.intake.staging import Extract, stage_extract
from riskreview.policy.mapping_checks import load_mapping

pytestmark = pytest.mark.real_data


def staged(instance, name, path):
    folder = instance.staging / name
    mapping = load_mapping(PACKAGED / "mappings" / f"{name}.yaml")
    return Outcome(stage_extract(instance, mapping, Extract(path, path.name, date(2026, 7, 1)), folder), folder)


def test_the_receivables_sample_loads_as_customers_invoices_payments_and_disputes(instance, real_data):
    path = real_data / "ibm_ar" / "accounts_receivable.csv"
    outcome = staged(instance, "ibm_ar", path)

    with path.open(encoding="utf-8") as file:
        source = list(csv.DictReader(file))
    invoices, payments = outcome.accepted("invoices"), outcome.accepted("payments")
    assert len(invoices) == len(payments) == len(source) == 2466
    assert len({row["customer_id"] for row in outcome.accepted("customers")}) == 100
    assert sum(row["amount"] for row in invoices) == sum(Decimal(row["InvoiceAmount"]) for row in source)
    assert [row["payment_date"] for row in payments] == [
        datetime.strptime(row["SettledDate"], "%m/%d/%Y").date() for row in source
    ]
    assert all((row["open_amount"], row["cleared_date"], row["status"]) == (None, None, None) for row in invoices)
    assert len(outcome.accepted("disputes")) == sum(row["Disputed"] == "Yes" for row in source)
    assert [row["opened_on"] for row in outcome.accepted("disputes")] == [
        row["resolved_on"] for row in outcome.accepted("disputes")
    ]
    assert not any(counts.refused for counts in outcome.staged.datasets)
    assert outcome.staged.as_of == max(row["payment_date"] for row in payments)


@pytest.mark.long
def test_the_web_shop_loads_and_lines_without_customer_wait_in_quarantine(instance, real_data):
    path = real_data / "online_retail" / "online_retail_II_2009-2010.parquet"
    outcome = staged(instance, "online_retail", path)

    counts = {counts.dataset: counts for counts in outcome.staged.datasets}
    assert (counts["orders"].rows_in, counts["orders"].accepted, counts["orders"].refused) == (
        525_461,
        417_534,
        107_927,
    )
    with duckdb.connect() as connection:
        orders = f"read_parquet('{outcome.folder}/orders.parquet')"
        refused = f"read_parquet('{outcome.folder}/orders.refused.parquet')"
        found = connection.execute(
            f"SELECT count(DISTINCT customer_id), bool_and(regexp_full_match(customer_id, '[0-9]{{5}}')), sum(amount) FROM {orders}"
        ).fetchone()
        raw = connection.execute(
            f"SELECT sum(CAST(Quantity * CAST(Price AS DECIMAL(18,6)) AS DECIMAL(18,2))) FROM '{path}' WHERE \"Customer ID\" IS NOT NULL"
        ).fetchone()
        codes = connection.execute(f"SELECT DISTINCT code, column_name FROM {refused}").fetchall()
    assert found == (4383, True, raw[0])
    assert codes == [("R-REQUIRED", "Customer ID")]
