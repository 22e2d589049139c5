"""Owns judging quarantined rows a second time and writing the ones that may pass beside the batch's staged rows.

``<dataset>.redriven.parquet`` holds every row of a batch that people let through so far; publishing the batch again adds them.
"""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.foundation.whole_file import whole_file
from riskreview.intake.results import batch_folder, dropped_path, failed_path, stage_path
from riskreview.policy.datasets import DATASETS, Dataset
from riskreview.validation import conditions, contract
from riskreview.validation.rules import ValidationPolicy, load_validation_policy
from riskreview.validation.staged import StagedBatch, open_staged
from riskreview.validation.store import Batch

Rows = Mapping[str, Collection[int]]
"""Source rows per data set."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Source rows per data set that pass now, and the staged rows to publish, per data set, as Arrow tables."""

    passed: Mapping[str, frozenset[int]]
    rows: Mapping[str, pa.Table]


def redriven_path(services: Services, batch_id: int, dataset: str) -> Path:
    """Return the Parquet file of rows that people let through."""
    return batch_folder(services.instance, batch_id) / f"{dataset}.redriven.parquet"


def judge_again(services: Services, batch: Batch, rows: Rows) -> SecondLook:
    """Read rows again from the raw zone with the current mapping and judge them among the accepted rows of their batch.

    Row rules are evaluated by DuckDB, whose meaning equals that of Great Expectations (a property test holds them together).
    """
    policy = load_validation_policy(services.instance)
    with _scratch(services, batch) as folder:
        restaged = {name: _restage(services, batch, name, numbers) for name, numbers in rows.items()}
        paths = {name: _with_context(services, batch, DATASETS[name], path, folder) for name, path in restaged.items()}
        known = _known_accounts(services, batch.system)
        with open_staged(
            services.instance, batch_id=batch.batch_id, policy=policy, known_accounts=known, paths=paths
        ) as staged:
            contract.check_contract(staged, as_of=batch.as_of, limits=policy.contract)
            found = {name: _passing(staged, DATASETS[name], path, policy) for name, path in restaged.items()}
        for path in restaged.values():
            shutil.rmtree(path.parent, ignore_errors=True)
    passed = {name: frozenset(table.column("source_row").to_pylist()) for name, table in found.items()}
    return SecondLook(passed, found)


def take_as_they_are(services: Services, batch: Batch, rows: Rows) -> SecondLook:
    """Return typed rows unjudged.

    :raises RuleViolation: when two of them, or one and an accepted row, have the same key, or a row is not staged.
    """
    found = {name: _staged_rows(services, batch, DATASETS[name], numbers) for name, numbers in rows.items()}
    return SecondLook({name: frozenset(numbers) for name, numbers in rows.items()}, found)


def write_let_through(services: Services, batch: Batch, dataset: str, added: pa.Table, known: Collection[int]) -> None:
    """Write the rows let through now beside those of before, in one step.

    :param known: source rows that the database says were let through before; others in the file were never committed.
    """
    target = redriven_path(services, batch.batch_id, dataset)
    new = set(added.column("source_row").to_pylist())
    tables = [added]
    if target.exists():
        before = pq.read_table(target)
        keep = [number in known and number not in new for number in before.column("source_row").to_pylist()]
        tables.insert(0, before.filter(pa.array(keep, pa.bool_())).select(added.column_names).cast(added.schema))
    with whole_file(target) as draft:
        pq.write_table(pa.concat_tables(tables).sort_by("source_row"), draft, compression="zstd")


def _restage(services: Services, batch: Batch, dataset: str, rows: Collection[int]) -> Path:
    from riskreview.intake.use_cases import restage_rows

    folder = restage_rows(services, batch_id=batch.batch_id, dataset=dataset, source_rows=rows)
    return folder / f"{dataset}.parquet"


def _with_context(services: Services, batch: Batch, dataset: Dataset, candidates: Path, folder: Path) -> Path:
    target = folder / f"{dataset.name}.parquet"
    with duckdb.connect(":memory:") as session:
        session.read_parquet(str(candidates)).create_view("candidate_rows")
        _accepted_before(session, services, batch, dataset)
        session.sql(conditions.context_rows(dataset)).write_parquet(str(target))
    return target


def _accepted_before(session: duckdb.DuckDBPyConnection, services: Services, batch: Batch, dataset: Dataset) -> None:
    instance, number = services.instance, batch.batch_id
    staged = stage_path(instance, number, dataset.name)
    outside = [
        path
        for path in (failed_path(instance, number, dataset.name), dropped_path(instance, number, dataset.name))
        if path.exists()
    ]
    if not staged.exists():
        session.table("candidate_rows").filter("false").create_view("accepted_before")
        return
    relation = session.read_parquet(str(staged))
    for path in outside:
        relation = relation.set_alias("kept").join(session.read_parquet(str(path)).set_alias("gone"),
                                                   "kept.source_row = gone.source_row", how="anti")  # fmt: skip
    through = redriven_path(services, number, dataset.name)
    if through.exists():
        columns = f"source_row, {conditions.all_columns(dataset)}"
        relation = relation.project(columns).union(session.read_parquet(str(through)).project(columns))
    relation.create_view("accepted_before")


def _passing(staged: StagedBatch, dataset: Dataset, candidates: Path, policy: ValidationPolicy) -> pa.Table:
    refusing = [rule for rule in policy.rules.get(dataset.name, ()) if rule.severity == "quarantine"]
    staged.look_at_accepted(dataset)
    found = [conditions.rule_condition(rule, number) for number, rule in enumerate(refusing)]
    staged.keep_failures(dataset, found, step=contract.RULES)
    staged.connection.read_parquet(str(candidates)).create_view("candidate_rows", replace=True)
    passing = staged.connection.sql(sql("validation", "passing_rows"), params={"dataset": dataset.name})
    return passing.to_arrow_table()


def _staged_rows(services: Services, batch: Batch, dataset: Dataset, rows: Collection[int]) -> pa.Table:
    path = stage_path(services.instance, batch.batch_id, dataset.name)
    path = path if path.exists() else _restage(services, batch, dataset.name, rows)
    with duckdb.connect(":memory:") as session:
        session.register("wanted", pa.table({"source_row": pa.array(list(rows), pa.int64())}))
        session.read_parquet(str(path)).filter("source_row IN (SELECT source_row FROM wanted)").create_view(
            "candidate_rows"
        )
        found = session.table("candidate_rows").to_arrow_table()
        if missing := set(rows) - set(found.column("source_row").to_pylist()):
            raise RuleViolation(f"row {min(missing)} of {dataset.name} has no readable values; read it again instead")
        _accepted_before(session, services, batch, dataset)
        if clash := session.sql(conditions.repeated_keys(dataset)).fetchall():
            raise RuleViolation(
                f"two rows of {dataset.name} would have the key {'/'.join(map(str, clash[0]))}; release one of them"
            )
    return found


def _known_accounts(services: Services, system: str) -> pa.Table:
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("validation", "known_accounts")), {"system": system}).scalars().all()
    return pa.table({"account_id": pa.array(found, pa.string())})


@contextmanager
def _scratch(services: Services, batch: Batch) -> Iterator[Path]:
    folder = batch_folder(services.instance, batch.batch_id) / f".second-look.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
