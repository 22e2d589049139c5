"""Owns about whom published batches speak: the present customers of the accounts in their rows, and those that lost an account."""

from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from riskreview.facts import delta_tables
from riskreview.facts.staged import open_database
from riskreview.facts.statements import has_account
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS

if TYPE_CHECKING:
    import duckdb


def customers_of(services: Services, batch_ids: Collection[int]) -> NDArray[np.int64]:
    """Return the keys of the customers in the rows of published batches, ascending; only files that may hold such rows are read.

    Customers that an account left because of such a batch are among them, also when another one took them over.
    """
    wanted = sorted(set(batch_ids))
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("facts", "read_batch_tables")), {"batch_ids": wanted}).all()
    accounts: set[int] = set()
    with TemporaryDirectory(prefix="affected-") as folder:
        database = open_database(services.instance, Path(folder))
        try:
            for row in found:
                if has_account(DATASETS[row.dataset]):
                    accounts |= _accounts(services, database, row.dataset, row.version, wanted)
        finally:
            database.close()
    with services.engine.connect() as connection:
        values = {"accounts": sorted(accounts), "batches": wanted}
        keys = connection.execute(text(sql("facts", "read_customers_of")), values).scalars()
        return np.array(keys.all(), dtype=np.int64)


def _accounts(
    services: Services, database: "duckdb.DuckDBPyConnection", dataset: str, version: int, batch_ids: list[int]
) -> set[int]:
    table = delta_tables.open_table(services.instance, dataset, version)
    files = [] if table is None else delta_tables.files_of(table)
    chosen = [file for file in files if any(file.first_batch <= number <= file.last_batch for number in batch_ids)]
    source = delta_tables.source_of(services.instance, dataset, version=version, files=chosen)
    if source is None:
        return set()
    statement = f"SELECT DISTINCT account_key FROM {source} WHERE list_contains($batches, batch_id)"  # noqa: S608  our own paths
    return {int(row[0]) for row in database.execute(statement, {"batches": batch_ids}).fetchall()}
