"""Owns which items a snapshot named in rows that were refused: such an item was not cleared, its row could not be read."""

from pathlib import Path
from typing import TYPE_CHECKING

from riskreview.facts.statements import file_list, item_key
from riskreview.foundation.sql import sql

if TYPE_CHECKING:
    import duckdb

WHOLE = 0
"""Stands for all items of a data set: a row was refused, and which item it names is not known."""


def held_items(database: "duckdb.DuckDBPyConnection", folder: Path) -> tuple[int, ...]:
    """Return the invoice keys that may be named in the refused rows of a snapshot.

    Rows refused by validation are typed; rows refused by intake are raw text, so every cell is tried as an invoice id. The
    variable ``batch_system`` must be set.
    """
    keys: set[int] = set()
    staged, refused = folder / "invoices.parquet", folder / "invoices.refused.parquet"
    key = item_key("t.invoice_id")
    failed = folder / "invoices.failed.parquet"
    if staged.exists() and failed.exists():
        rows = (
            f"{file_list([str(staged)])} AS t SEMI JOIN {file_list([str(failed)])} AS f ON f.source_row = t.source_row"
        )
        keys |= {row[0] for row in database.sql(f"SELECT DISTINCT {key} FROM {rows}").fetchall()}  # noqa: S608  our own paths
    if refused.exists():
        database.execute(f"CREATE OR REPLACE TEMP VIEW refused_row AS FROM {file_list([str(refused)])}")
        cells = sql("facts", "refused_cells")
        keys |= {row[0] for row in database.sql(f"SELECT DISTINCT {key} FROM ({cells}) AS t").fetchall()}  # noqa: S608
    return tuple(sorted(keys))


def has_refused(database: "duckdb.DuckDBPyConnection", folder: Path, name: str) -> bool:
    """Tell whether rows of a data set were refused, by intake or by validation."""
    files = [str(path) for kind in ("refused", "failed") if (path := folder / f"{name}.{kind}.parquet").exists()]
    return any(database.sql(f"SELECT 1 FROM {file_list([path])} LIMIT 1").fetchall() for path in files)  # noqa: S608  our own paths
