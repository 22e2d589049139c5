"""Owns the facts a customer was judged by, as they were delivered: every row about it, with batch and source row. Contact data stay out."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from riskreview.facts import delta_tables
from riskreview.facts.register import see_register
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS

LEFT_OUT = ("contacts",)
OWN = ("account_key", "item_key")
"""Columns of ours that say nothing to a reader."""
Given = Mapping[str, list[dict[str, Any]]]  # rows by data set


def rows_given(services: Services, customer_key: int) -> Given:
    """Return every row about a customer that is a fact now, by data set."""
    pins = current_pins(services)
    with services.engine.begin() as connection:
        see_register(connection, pins)
        accounts = (
            connection.execute(text(sql("facts", "read_accounts_of")), {"customers": [customer_key]}).scalars().all()
        )
    chosen = pc.field("account_key").isin(pa.array(accounts, pa.int64()))
    found = {}
    for name in DATASETS:
        version = pins.versions.get(name)
        table = (
            None if version is None or name in LEFT_OUT else delta_tables.open_table(services.instance, name, version)
        )
        if table is not None and "account_key" in delta_tables.columns_of(table):
            kept = delta_tables.rows_of(services.instance, table, where=chosen).sort_by(
                [("batch_id", "ascending"), ("source_row", "ascending")]
            )
            found[name] = [
                {key: value for key, value in row.items() if key not in OWN and value is not None}
                for row in kept.to_pylist()
            ]
    return {name: rows for name, rows in found.items() if rows}


def by_batch(given: Given) -> Mapping[int, int]:
    """Return how many rows each delivery gave."""
    return Counter(int(row["batch_id"]) for rows in given.values() for row in rows)
