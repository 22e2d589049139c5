"""Owns the profile of a batch: what the breaker compares with the last good one. Shares and medians, no values of customers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from riskreview.policy.datasets import Dataset
from riskreview.validation import conditions
from riskreview.validation.rules import Limits
from riskreview.validation.staged import StagedBatch

MAX_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class DatasetProfile:
    """One data set of one batch.

    :param rows_in: source rows delivered, refused and repeated ones included.
    :param rows: staged rows that passed the contract.
    :param empty: share of empty cells per column, 0 to 1.
    :param nonzero: share of rows with a value other than zero, per number column.
    :param median: median size of the values other than zero, per number column.
    :param categories: rows per value, per category column.
    """

    rows_in: int
    rows: int
    empty: Mapping[str, float] = field(default_factory=dict)
    nonzero: Mapping[str, float] = field(default_factory=dict)
    median: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


Profile = Mapping[str, DatasetProfile]


def profile_batch(staged: StagedBatch, *, limits: Limits, rows_in: Mapping[str, int]) -> dict[str, DatasetProfile]:
    """Profile the rows that passed the contract, in one pass per data set and one per category column."""
    profiles = {}
    for dataset in staged.datasets:
        staged.look_at_accepted(dataset)
        profiles[dataset.name] = _profile(staged, dataset, limits, rows_in[dataset.name])
    return profiles


def _profile(staged: StagedBatch, dataset: Dataset, limits: Limits, rows_in: int) -> DatasetProfile:
    cursor = staged.connection.execute(conditions.profile(dataset.columns))
    names = [item[0] for item in cursor.description or []]
    found = dict(zip(names, cursor.fetchall()[0], strict=True))
    rows = int(found["row_count"])
    if rows == 0:
        return DatasetProfile(rows_in, 0)
    numbers = [c.name for c in dataset.columns if c.kind in conditions.NUMERIC]
    named = [c.name for c in dataset.columns if c.name in limits.categories]
    return DatasetProfile(
        rows_in,
        rows,
        empty={c.name: round(1 - found[f"{c.name}__given"] / rows, 6) for c in dataset.columns},
        nonzero={name: round((found[f"{name}__nonzero"] or 0) / rows, 6) for name in numbers},
        median={name: float(found[f"{name}__median"]) for name in numbers if found[f"{name}__median"] is not None},
        categories={name: _categories(staged, name) for name in named},
    )


def _categories(staged: StagedBatch, column: str) -> dict[str, int]:
    rows = staged.connection.execute(conditions.category_counts(column)).fetchall()
    largest = sorted(
        ((str(value), int(count)) for value, count in rows if value is not None), key=lambda row: (-row[1], row[0])
    )
    return dict(largest[:MAX_CATEGORIES])


def as_json(profile: Profile) -> str:
    """Return a profile as JSON text."""
    return json.dumps({name: asdict(item) for name, item in profile.items()}, sort_keys=True)


def from_json(document: Mapping[str, Mapping[str, object]]) -> dict[str, DatasetProfile]:
    """Return a stored profile."""
    return {name: DatasetProfile(**item) for name, item in document.items()}  # type: ignore[arg-type]  # our own document
