"""Owns the bare passes a benchmark divides by: DuckDB reading every column of files once, with a sum so that nothing is skipped.

Composes its SELECT from the columns of our own files; nothing comes from outside.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from riskreview.facts import delta_tables
from riskreview.facts.register import REGISTER
from riskreview.facts.statements import TYPES
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.orchestration.bench_data import columns_of
from riskreview.policy.datasets import DATASETS

READ_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers": ("account_key", "item_key", "country", "industry_code", "segment", "kyc_review_due_on", "ubo_verified_pct", "as_of", "known_at"),
    "contacts": ("account_key", "role", "since_on", "until_on"),
    "invoices": ("account_key", "item_key", "doc_type", "issue_date", "due_date", "amount", "open_amount", "status", "cleared_date", "as_of"),
    "payments": ("account_key", "invoice_key", "payment_date", "amount", "is_reversal", "payer_key", "payer_country"),
    "orders": ("account_key", "order_date", "amount", "status", "as_of"),
    "disputes": ("account_key", "invoice_key", "opened_on", "resolved_on", "amount"),
    "promises": ("account_key", "item_key", "invoice_key", "invoice_id", "promised_on", "due_on", "amount"),
    "financial_statements": ("account_key", "period_end", "period_type", "scope", "item", "value", "currency", "published_on"),
    "credit_limits": ("account_key", "credit_area", "valid_from", "valid_to", "limit_amount", "limit_type", "as_of", "known_at"),
    "external_signals": ("account_key", "signal_type", "observed_on", "severity", "status", "closed_on", "event_on", "as_of"),
    "customer_figures": ("account_key", "figure", "observed_on", "value", "as_of", "known_at"),
    "assessor_ratings": ("account_key", "subject", "rated_on", "rater", "rating", "as_of", "known_at"),
    "information_requests": ("account_key", "requested_on", "due_on", "supplied_on", "withdrawn_on"),
    "field_reports": ("account_key", "flag", "visited_on"),
}  # fmt: skip
"""The columns the indicators read."""


def scan_facts(services: Services, *, columns: Mapping[str, tuple[str, ...]] | None = None) -> None:
    """Read every column (or only some) of every pinned fact file once."""
    settings = services.instance.settings
    with duckdb.connect(
        config={"memory_limit": settings.duckdb_memory, "threads": settings.duckdb_threads}
    ) as database:
        database.execute("SET TimeZone = 'UTC'")
        tables = {name: version for name, version in current_pins(services).versions.items() if name != REGISTER}
        for name, version in tables.items():
            source = delta_tables.source_of(services.instance, name, version=version)
            if source is not None and (columns is None or name in columns):
                _sum_all(database, f"FROM {source}", None if columns is None else columns[name])


def read_csv(extracts: Mapping[str, Path], instance: Instance) -> None:
    """Read every column of every extract once with DuckDB's own reader and the types of the data set."""
    settings = instance.settings
    with duckdb.connect(
        config={"memory_limit": settings.duckdb_memory, "threads": settings.duckdb_threads}
    ) as database:
        for name, path in extracts.items():
            kinds = {column: TYPES[DATASETS[name].column(column).kind] for column in columns_of(path)}
            shape = "{" + ", ".join(f"'{column}': '{kind}'" for column, kind in kinds.items()) + "}"
            _sum_all(database, f"FROM read_csv('{path}', header = true, delim = ',', columns = {shape})", None)


def _sum_all(database: duckdb.DuckDBPyConnection, source: str, columns: tuple[str, ...] | None) -> None:
    relation = database.sql(source)
    sums = [
        _sum(name, str(kind))
        for name, kind in zip(relation.columns, relation.types, strict=True)
        if columns is None or name in columns
    ]
    database.sql(f"SELECT {', '.join(sums)} {source}").fetchall()


def _sum(name: str, kind: str) -> str:
    quoted = f'"{name}"'
    if kind == "VARCHAR":
        return f"sum(strlen({quoted}))"
    if kind.startswith("TIMESTAMP"):
        return f"sum(epoch_us({quoted}))"
    if kind == "DATE":
        return f"sum({quoted} - DATE '2000-01-01')"
    return f"sum({quoted}::INTEGER)" if kind == "BOOLEAN" else f"sum({quoted})"
