"""Runs one long-lived component: records its pid first, then becomes ``airflow ...`` or another module of ours.

``python -m riskreview.orchestration.component NAME RUN_FOLDER airflow scheduler`` or ``... module riskreview.demo.mail_server ARGS``.
"""

import importlib
import runpy
import sys
from pathlib import Path

from riskreview.orchestration.processes import record_self

PRELOADED = (
    "great_expectations",
    "pandas",
    "duckdb",
    "pyarrow",
    "deltalake",
    "pydantic",
    "sqlalchemy.dialects.postgresql",
)
"""Libraries the scheduler loads once; its tasks are forked from it and need not spend seconds importing them."""


def main(arguments: list[str]) -> None:
    """Record this process and hand over to what it is to run."""
    name, run, kind, *rest = arguments
    record_self(name, Path(run))
    if kind == "module":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        return
    if rest[:1] == ["scheduler"]:
        for library in PRELOADED:
            importlib.import_module(library)
    sys.argv = ["airflow", *rest]
    runpy.run_module("airflow", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
