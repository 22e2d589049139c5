"""Owns the DuckDB session over one batch's staged Parquet: which rows are looked at, what was found, what is written back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.foundation.whole_file import whole_file
from riskreview.intake.results import batch_folder, dropped_path, failed_path, refused_path, stage_path
from riskreview.policy.datasets import DATASETS, Dataset
from riskreview.validation import bad_inputs, conditions
from riskreview.validation.conditions import Condition
from riskreview.validation.rules import Rule, ValidationPolicy

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """The staged rows of one batch in a DuckDB session; ``datasets`` in the order they are loaded."""

    instance: Instance
    batch_id: int
    connection: duckdb.DuckDBPyConnection
    datasets: tuple[Dataset, ...]

    def look_at(self, dataset: Dataset) -> None:
        """Make ``current_rows`` all staged rows of a data set."""
        self._staged(dataset).create_view(conditions.ROWS, replace=True)

    def look_at_accepted(self, dataset: Dataset) -> None:
        """Make ``current_rows`` the rows of a data set that nothing speaks against so far."""
        self.run("accepted_rows", dataset=dataset.name)
        staged = self._staged(dataset)
        if self.connection.table("excluded").limit(1).fetchall():
            staged = staged.filter("source_row NOT IN (SELECT source_row FROM excluded)")
        staged.create_view(conditions.ROWS, replace=True)

    def run(self, name: str, **parameters: object) -> duckdb.DuckDBPyConnection:
        """Run a statement of this room."""
        return self.connection.execute(sql("validation", name), parameters)

    def keep(self, name: str, statement: str, table: str, **parameters: object) -> None:
        """Put the rows of a composed statement into a table and hand them to a statement of this room."""
        self.connection.execute(conditions.into(table, statement))
        self.run(name, **parameters)

    def keep_failures(self, dataset: Dataset, found: Sequence[Condition], *, step: int) -> None:
        """Record every row that fails one of the conditions, under the first it fails."""
        if not found:
            return
        self.connection.execute("DELETE FROM condition_list")
        listed = [(number, item.code, item.column, item.rule) for number, item in enumerate(found)]
        _insert(self.connection, "condition_list", listed)
        statement, parameters = conditions.first_failures(found)
        self.connection.execute(conditions.into("failure", statement), parameters)
        self.run("keep_failures", dataset=dataset.name, step=step)

    def count_failures(self, dataset: str, rule: Rule) -> int:
        """Count the accepted rows that break a rule."""
        self.look_at_accepted(DATASETS[dataset])
        found = conditions.rule_condition(rule, 0)
        return int(self.connection.execute(conditions.count_of(found), dict(found.parameters)).fetchall()[0][0])

    def tally(self, dataset: Dataset) -> "Tally":
        """Count the source rows of a data set: accepted, failed and repeated."""
        staged = self._number(self._staged(dataset).aggregate("count(*)"))
        failed, repeated = (int(number) for number in self.run("row_tallies", dataset=dataset.name).fetchall()[0])
        path = refused_path(self.instance, self.batch_id, dataset.name)
        refused = self._number(self.connection.read_parquet(str(path)).aggregate("count(*)")) if path.exists() else 0
        return Tally(staged - failed - repeated, failed, repeated, refused)

    def failed_rows(self) -> dict[str, list[int]]:
        """Return the refused source rows per data set, data sets without any left out."""
        found: dict[str, list[int]] = {}
        for name, number in self.run("failed_rows").fetchall():
            found.setdefault(name, []).append(int(number))
        return found

    def note_lines(self, lines: Mapping[str, Mapping[int, int]]) -> None:
        """Remember the physical lines of refused rows."""
        import pyarrow as pa

        for name, numbers in lines.items():
            rows = pa.table(
                {"source_row": pa.array(numbers.keys(), pa.int64()), "line": pa.array(numbers.values(), pa.int64())}
            )
            self.connection.register("noted", rows)
            self.connection.execute(
                "INSERT INTO line_of SELECT $dataset, source_row, line FROM noted", {"dataset": name}
            )

    def write_back(self) -> None:
        """Write ``failed`` and ``dropped`` Parquet files for every data set, each in one step."""
        for dataset in self.datasets:
            self._staged(dataset).create_view("staged_rows", replace=True)
            failed = self.connection.sql(sql("validation", "first_problems"), params={"dataset": dataset.name})
            _write(failed, failed_path(self.instance, self.batch_id, dataset.name))
            dropped = self.connection.sql(sql("validation", "dropped_rows"), params={"dataset": dataset.name})
            _write(dropped, dropped_path(self.instance, self.batch_id, dataset.name))

    def _staged(self, dataset: Dataset) -> duckdb.DuckDBPyRelation:
        return self.connection.table(f"staged_{dataset.name}")

    @staticmethod
    def _number(relation: duckdb.DuckDBPyRelation) -> int:
        return int(relation.fetchall()[0][0])


@dataclass(frozen=True, slots=True)
class Tally:
    """Source rows of one data set by what became of them; ``refused`` by intake, ``failed`` here."""

    accepted: int
    failed: int
    repeated: int
    refused: int


@contextmanager
def open_staged(
    instance: Instance, *, batch_id: int, policy: ValidationPolicy, known_accounts: "pa.Table", paths: Mapping[str, Path] | None = None
) -> Iterator[StagedBatch]:  # fmt: skip
    """Open the staged rows of a batch, or of other Parquet files of the same shape; nothing is written but spill files."""
    settings = instance.settings
    spill = batch_folder(instance, batch_id) / "spill"
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": settings.duckdb_memory, "threads": settings.duckdb_threads, "temp_directory": str(spill),
              "preserve_insertion_order": False}  # fmt: skip
    found = paths or {name: stage_path(instance, batch_id, name) for name in DATASETS}
    datasets = tuple(DATASETS[name] for name in DATASETS if name in found and found[name].exists())
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(sql("validation", "create_tables"))
        connection.register("known_accounts", known_accounts)
        connection.execute("INSERT INTO known_account SELECT account_id FROM known_accounts")
        _insert(connection, "repair_text", _repairs(policy))
        for dataset in datasets:
            connection.read_parquet(str(found[dataset.name])).create_view(f"staged_{dataset.name}")
        yield StagedBatch(instance, batch_id, connection, datasets)


def _repairs(policy: ValidationPolicy) -> list[tuple[str, str, str]]:
    by_code = [(kind.code, "", kind.repair_en) for kind in bad_inputs.KINDS]
    rules = [rule for group in policy.rules.values() for rule in group]
    return by_code + [("R-RULE", rule.id, f"{rule.reason.en}: {bad_inputs.repair('R-RULE')}") for rule in rules]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str | int | None, ...]]) -> None:
    """Put rows into a table by one statement: one for each row takes longer than judging a small batch."""
    places = f"({', '.join('?' * len(rows[0]))})"
    values = [value for row in rows for value in row]
    connection.execute(f"INSERT INTO {table} VALUES {', '.join([places] * len(rows))}", values)  # noqa: S608  our own names


def _write(relation: duckdb.DuckDBPyRelation, target: Path) -> None:
    with whole_file(target) as draft:
        relation.write_parquet(str(draft), compression="zstd")
