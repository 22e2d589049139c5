"""Owns rewriting a fact table sorted by account, so that a block of customers touches few row groups. Rows do not change."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts import delta_tables
from riskreview.facts.files import keep, seal
from riskreview.facts.publishing_lock import one_publisher
from riskreview.facts.staged import open_database
from riskreview.foundation import failpoints
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS

COMPACTED = failpoints.register("facts.compacted", "a table is rewritten in order, the pointer has not moved")
MANY_FILES = 24


def compact_crowded(services: Services, *, at_least: int = MANY_FILES) -> int:
    """Rewrite every table that has ``at_least`` files and return how many those were; pinned older versions stay readable."""
    return sum(compact(services, dataset=name, at_least=at_least) is not None for name in DATASETS)


def compact(services: Services, *, dataset: str, at_least: int = MANY_FILES) -> int | None:
    """Rewrite a table of many files sorted by account and pin the new version; None when it has fewer than ``at_least``.

    Older versions stay readable. Rows of batches that were never published are left out; their rerun appends them again.
    """
    with one_publisher(services):
        with services.engine.connect() as connection:
            pins: dict[str, int] = {
                row.dataset: row.version for row in connection.execute(text(sql("facts", "read_pins")))
            }
            published = list(connection.execute(text(sql("facts", "list_published"))).scalars())
        version = pins.get(dataset)
        table = None if version is None else delta_tables.open_table(services.instance, dataset, version)
        if table is None or len(delta_tables.files_of(table)) < max(at_least, 2):
            return None
        new = _rewrite(services, dataset, version, published)
        failpoints.reach(COMPACTED)
        sealed, at = seal(services, {dataset: new}), services.clock.now()
        with services.engine.begin() as connection:
            connection.execute(text(sql("facts", "pin_table")), {"dataset": dataset, "version": new})
            said = {"versions": {dataset: new}, "files": keep(connection, sealed, at=at)}
            append(connection, [AuditEvent("facts:compacted", "fact_table", dataset, "system:facts",
                                           old={"versions": {dataset: version}}, new=said)], at=at)  # fmt: skip
    return new


def _rewrite(services: Services, dataset: str, version: int | None, published: list[int]) -> int:
    with TemporaryDirectory(prefix="compact-") as folder:
        database = open_database(services.instance, Path(folder), percent=55)
        try:
            source = delta_tables.source_of(services.instance, dataset, version=version)
            database.execute(
                "CREATE TEMP TABLE published AS SELECT unnest($batches::BIGINT[]) AS batch_id", {"batches": published}
            )
            rows = database.sql(f"FROM {source} AS f SEMI JOIN published AS p ON p.batch_id = f.batch_id")
            key = "account_key, item_key" if "account_key" in rows.columns else "item_key"
            return delta_tables.rewrite(
                services.instance, dataset, rows.order(f"{key}, batch_id").to_arrow_reader(delta_tables.ROW_GROUP_ROWS)
            )
        finally:
            database.close()
