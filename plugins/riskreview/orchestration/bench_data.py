"""Owns the benchmark's extracts: CSV files of a scale, generated once and kept, the same bytes on every machine."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskreview.foundation.instance import Instance
from riskreview.foundation.progress import Progress
from riskreview.foundation.sql import sql

AS_OF = date(2026, 10, 31)
MARKER = "benchmark"
"""File that marks an instance as a benchmark's, so that the next one may remove it."""
DATASETS = ("customers", "contacts", "industry_figures", "country_risk", "invoices", "payments", "orders", "disputes", "promises",
            "financial_statements", "credit_limits", "external_signals", "customer_figures", "assessor_ratings",
            "information_requests", "field_reports")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers, invoices and orders a scale has."""

    customers: int
    invoices: int
    orders: int


SIZES = {
    "S": Size(10_000, 200_000, 100_000),
    "M": Size(100_000, 2_000_000, 1_000_000),
    "L": Size(1_000_000, 20_000_000, 10_000_000),
}


def extract_path(folder: Path, dataset: str) -> Path:
    """Return the extract of a data set."""
    return folder / f"bench_{dataset}_{AS_OF:%Y%m%d}.csv"


def generate(size: Size, folder: Path, *, progress: Progress | None = None, memory: str = "1500MB") -> dict[str, Path]:
    """Write the extracts that are missing and return them by data set."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: extract_path(folder, name) for name in DATASETS}
    if not all(path.exists() for path in paths.values()):
        _write(size, folder, paths, progress, memory)
    return paths


def prepare_instance(instance: Instance, extracts: dict[str, Path]) -> None:
    """Give an instance the mappings of the extracts and put the extracts into its inbox, without copying where possible."""
    (instance.home / MARKER).touch()
    for name, path in extracts.items():
        columns = columns_of(path)
        (instance.home / "mappings" / f"bench_{name}.yaml").write_text(mapping_text(name, columns), encoding="utf-8")
        target = Path(instance.inbox) / path.name
        try:
            target.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, target)


def columns_of(path: Path) -> list[str]:
    """Return the header of an extract."""
    with path.open(encoding="utf-8") as stream:
        return stream.readline().strip().split(",")


def mapping_text(dataset: str, columns: list[str]) -> str:
    """Return the mapping of an extract whose columns have the canonical names."""
    lines = [
        f"source: bench_{dataset}", "system: bench", f"stage: {'crm' if dataset == 'customers' else 'finance'}",
        f'title: {{en: "Benchmark {dataset}", zh: "基准 {dataset}"}}',
        f'read: {{path: "bench_{dataset}_*.csv", format: csv, dates: ["%Y-%m-%d"]}}',
        'delivery: {kind: movement, as_of: {from_name: "_(\\\\d{8})", format: "%Y%m%d"}}',
        "datasets:", f"  {dataset}:", "    columns:", *(f"      {column}: {column}" for column in columns),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _write(size: Size, folder: Path, paths: dict[str, Path], progress: Progress | None, memory: str) -> None:
    import duckdb

    work = folder / "work.duckdb"
    with duckdb.connect(str(work), config={"memory_limit": memory, "threads": 2}) as database:
        for name, value in (("customers", size.customers), ("invoices", size.invoices), ("orders", size.orders)):
            database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        database.execute("SET VARIABLE as_of = $value", {"value": AS_OF})
        database.execute(f"CREATE OR REPLACE TABLE bench_item AS {sql('bench', 'items')}")
        for number, (name, path) in enumerate(paths.items(), start=1):
            partial = path.with_suffix(".partial")
            database.sql(sql("bench", name)).write_csv(str(partial))
            partial.rename(path)
            if progress is not None:
                progress.advance("generate", number, len(paths))
    work.unlink()
