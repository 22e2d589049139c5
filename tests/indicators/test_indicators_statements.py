"""Which statements of a customer the ratios rest on: the query run on small tables in DuckDB."""

import random
from datetime import date

import duckdb
import numpy as np
import pytest

from riskreview.facts.reading import _filled
from riskreview.foundation.sql import sql
from riskreview.indicators.ratios.figures import ANNUALIZED, FULL_YEAR, LAST_TWELVE_MONTHS
from riskreview.indicators.ratios.stated import Stated, read_stated
from riskreview.policy.ratio_models import IndexYear, RatioPolicy

AS_OF = date(2026, 10, 31)
POLICY = RatioPolicy(price_index=(IndexYear(year=2020, index=500.0),))
Row = tuple[int, date, str, str, str, float, str, date | None]


def row(end: str, item: str, value: float, *, kind: str = "FY", scope: str = "consolidated", currency: str = "CNY",
        published: str | None = None, customer: int = 1) -> Row:  # fmt: skip
    """One line of a statement."""
    return (
        customer,
        date.fromisoformat(end),
        kind,
        scope,
        item,
        value,
        currency,
        date.fromisoformat(published) if published else None,
    )


def load(database: duckdb.DuckDBPyConnection, rows: tuple[Row, ...], as_of: date, scope: str) -> None:
    """Make the statements of the lines, as a run does for a block of customers; a dollar costs 7 CNY."""
    database.execute("""CREATE TABLE financial_statements (customer_key BIGINT, account_key BIGINT, period_end DATE,
        period_type VARCHAR, scope VARCHAR, item VARCHAR, value DECIMAL(18, 2), currency VARCHAR, published_on DATE, rate DOUBLE)""")
    database.executemany(
        "INSERT INTO financial_statements VALUES ($1, $1 * 256, $2, $3, $4, $5, $6, $7, $8, 1.0)", list(rows)
    )
    database.execute("CREATE TABLE rates AS SELECT 'USD' AS currency, 7.0::DOUBLE AS rate")
    database.execute(
        sql("indicators", "statements"), {"low": 0, "high": 2**40, "as_of": as_of, "preferred_scope": scope}
    )


def stated(*rows: Row, as_of: date = AS_OF, scope: str = "consolidated",
           firms: tuple[tuple[int, str | None, str | None, str], ...] = ()) -> Stated:  # fmt: skip
    """What the query and its reader make of statement lines."""
    with duckdb.connect() as database:
        load(database, rows, as_of, scope)
        database.execute("""CREATE TABLE customers (customer_key BIGINT, account_key BIGINT, country VARCHAR, industry_code VARCHAR,
            segment VARCHAR, kyc_review_due_on DATE, ubo_verified_pct DOUBLE, as_of DATE, known_at TIMESTAMPTZ)""")
        for firm in firms:
            database.execute(
                "INSERT INTO customers VALUES ($1, $1 * 256, $2, $3, NULL, NULL, NULL, $4, $4::TIMESTAMPTZ)", list(firm)
            )
        database.execute("SET VARIABLE run_as_of = $day", {"day": as_of})
        database.execute(f"CREATE TABLE master AS {sql('indicators', 'master')}")
        found = database.execute(sql("indicators", "financial")).fetchnumpy()
        order = np.argsort(found["customer_key"])
        return read_stated({name: _filled(column)[order] for name, column in found.items()}, POLICY)


def test_the_newest_published_statement_counts_and_nothing_published_later() -> None:
    lines = [
        row("2024-12-31", "revenue", 100, published="2025-04-30"), row("2025-12-31", "revenue", 120, published="2026-04-30"),
        row("2026-06-30", "revenue", 90, kind="H1", published="2026-11-15"),
    ]  # fmt: skip
    found = stated(*lines)
    assert (found.accounts.year["revenue"][0], found.accounts.before["revenue"][0]) == (120, 100)
    assert stated(*lines, as_of=date(2026, 4, 29)).accounts.year["revenue"][0] == 100
    assert stated(*lines, as_of=date(2026, 11, 15)).accounts.year["revenue"][0] == 180


def test_a_half_year_becomes_twelve_months_with_the_year_between() -> None:
    lines = [
        row("2025-06-30", "revenue", 40, kind="H1"),
        row("2025-12-31", "revenue", 110),
        row("2026-06-30", "revenue", 70, kind="H1"),
    ]
    found = stated(*lines)
    assert (found.accounts.year["revenue"][0], found.accounts.basis[0]) == (140, LAST_TWELVE_MONTHS)
    other_scope = [*lines[:1], row("2025-12-31", "revenue", 110, scope="parent"), *lines[2:]]
    assert stated(*other_scope).accounts.basis[0] == ANNUALIZED


@pytest.mark.parametrize(
    ("kind", "end", "year"), [("Q1", "2026-03-31", 400), ("Q2", "2026-06-30", 200), ("Q3", "2026-09-30", 400 / 3)]
)
def test_quarters_count_from_the_start_of_the_year(kind: str, end: str, year: float) -> None:
    assert stated(row(end, "revenue", 100, kind=kind)).accounts.year["revenue"][0] == pytest.approx(year)


def test_a_ytd_statement_counts_from_the_last_financial_year_where_there_is_one() -> None:
    january = stated(row("2026-08-31", "revenue", 80, kind="YTD"))
    assert january.accounts.year["revenue"][0] == pytest.approx(120)  # eight months
    april = stated(row("2026-08-31", "revenue", 80, kind="YTD"), row("2026-03-31", "revenue", 150))
    assert april.accounts.year["revenue"][0] == pytest.approx(192)  # five months


def test_of_one_period_the_preferred_accounts_count_and_a_newer_period_always() -> None:
    both = [row("2025-12-31", "revenue", 10, scope="parent"), row("2025-12-31", "revenue", 30)]
    assert (stated(*both).accounts.year["revenue"][0], stated(*both).is_parent[0]) == (30, False)
    alone = stated(*both, scope="parent")
    assert (alone.accounts.year["revenue"][0], alone.is_parent[0]) == (10, True)
    newer = stated(*both, row("2026-06-30", "revenue", 4, scope="parent", kind="H1"))
    assert (newer.is_parent[0], newer.accounts.year["revenue"][0]) == (True, 8)


def test_other_currencies_are_neither_mixed_nor_compared() -> None:
    assert stated(row("2025-12-31", "revenue", 10), row("2025-12-31", "ebit", 1, currency="USD")).period_end.size == 0
    found = stated(row("2025-12-31", "revenue", 10), row("2024-12-31", "revenue", 10, currency="USD"))
    assert np.isnan(found.accounts.before["revenue"][0])


def test_assets_are_deflated_in_dollars() -> None:
    in_yuan = stated(row("2025-12-31", "total_assets", 7_000_000))
    in_dollars = stated(row("2025-12-31", "total_assets", 1_000_000, currency="USD"))
    assert in_yuan.accounts.year["deflated_assets"][0] == in_dollars.accounts.year["deflated_assets"][0] == 2000.0


def test_country_and_industry_are_those_told_last() -> None:
    firms = ((1, "CN", "c 33.1", "2026-01-01"), (1, None, "J66", "2026-02-01"))
    found = stated(row("2025-12-31", "revenue", 1), firms=firms)  # type: ignore[arg-type]  # DuckDB reads days from text
    assert (found.peers.country[0], found.peers.industry[0]) == ("CN", "J66")
    unknown = stated(row("2025-12-31", "revenue", 1))
    assert (unknown.peers.country[0], unknown.peers.industry[0]) == ("", "")


def test_the_history_holds_the_same_period_of_the_years_before() -> None:
    lines = [row(f"{year}-06-30", "revenue", year - 2000, kind="H1") for year in (2021, 2023, 2024, 2025, 2026)]
    lines += [row("2025-12-31", "revenue", 99), row("2026-06-30", "revenue", 5, kind="H1", customer=2)]
    with duckdb.connect() as database:
        load(database, tuple(lines), AS_OF, "consolidated")
        found = database.execute(sql("indicators", "statement_history")).fetchall()
    assert sorted((customer, years, revenue) for customer, years, revenue, *_ in found) == [
        (1, 0, 52), (1, 1, 50), (1, 2, 48), (1, 3, 46), (1, 5, 42),
    ]  # fmt: skip


def test_the_order_of_lines_does_not_matter() -> None:
    chance = random.Random(5)  # noqa: S311  a fixed sequence for a test
    lines = [
        row(f"{year}-{end}", item, chance.randint(1, 999), kind=kind, scope=scope, customer=customer)
        for customer in (1, 2, 3) for year in (2024, 2025) for kind, end in (("FY", "12-31"), ("H1", "06-30"))
        for scope in ("consolidated", "parent") for item in ("revenue", "total_assets", "net_income")
    ]  # fmt: skip
    first = stated(*lines)
    chance.shuffle(lines)
    second = stated(*lines)
    assert first.accounts.basis.tolist() == second.accounts.basis.tolist() == [FULL_YEAR] * 3
    for part in ("year", "now", "before"):
        for name, values in getattr(first.accounts, part).items():
            np.testing.assert_array_equal(values, getattr(second.accounts, part)[name], err_msg=name)
