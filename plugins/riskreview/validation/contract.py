"""Owns the contract: keys, references, ranges, dates and the balance of statements; set-based, one pass each."""

from datetime import date

from riskreview.policy.datasets import Dataset
from riskreview.validation import conditions
from riskreview.validation.problems import Problem
from riskreview.validation.rules import Contract
from riskreview.validation.staged import StagedBatch

KEYS, REFERENCES, COLUMNS, BALANCE, RULES = range(1, 6)
"""Steps in order: of several findings on a row, the first step's is shown."""


def check_contract(staged: StagedBatch, *, as_of: date, limits: Contract) -> list[Problem]:
    """Record every row that breaks the contract and return what refuses the whole batch."""
    problems = []
    for dataset in staged.datasets:
        staged.look_at(dataset)
        _check_keys(staged, dataset)
        staged.keep_failures(dataset, conditions.column_conditions(dataset, as_of), step=COLUMNS)
        if dataset.name == "financial_statements":
            staged.run("statement_imbalance", step=BALANCE, tolerance=limits.statement_tolerance,
                       tolerance_share=limits.statement_tolerance_share)  # fmt: skip
        if dataset.account is not None:
            problems += _check_references(staged, dataset, limits)
        staged.run("forget_repeated", dataset=dataset.name)
        if dataset.name == "customers":
            staged.run("known_from_batch")
    return problems


def _check_keys(staged: StagedBatch, dataset: Dataset) -> None:
    staged.connection.execute(conditions.suspects(dataset))
    if not staged.connection.table("suspect").limit(1).fetchall():
        return
    staged.connection.execute(conditions.repeated_rows(dataset))
    staged.keep("keep_clashes", conditions.key_clashes(dataset), "clash",
                dataset=dataset.name, step=KEYS, column_name=dataset.key[0])  # fmt: skip
    staged.run("keep_repeated", dataset=dataset.name)


def _check_references(staged: StagedBatch, dataset: Dataset, limits: Contract) -> list[Problem]:
    staged.keep("keep_orphans", conditions.orphans(dataset), "orphan",
                dataset=dataset.name, step=REFERENCES, column_name=dataset.account)  # fmt: skip
    orphans = _count(staged, "orphan")
    rows = _count(staged, conditions.ROWS)
    few = orphans < limits.orphan_rows_min and orphans < rows
    if few or orphans <= limits.orphan_share_max * rows:
        return []
    share = f"{orphans} of {rows} rows of {dataset.name} ({orphans / rows:.0%}) belong to no known customer"
    return [Problem("E-REFERENTIAL", share)]


def _count(staged: StagedBatch, table: str) -> int:
    return int(staged.connection.table(table).aggregate("count(*)").fetchall()[0][0])
