"""Owns how a command answers: JSON for machines, tables and bars for people."""

import dataclasses
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Connection, text

from riskreview.foundation.errors import BadInput, RiskReviewError
from riskreview.foundation.instance import open_instance
from riskreview.foundation.sql import sql

_PLACE = re.compile(r"[a-z][a-z0-9+.-]+:/")
"""How the URL of a place begins once it was taken for a path."""


def on_this_machine(path: Path | None) -> Path | None:
    """Return where a command writes, as the callback of such an option: a place in object storage would become a folder of that name.

    :raises typer.BadParameter: for a URL.
    """
    if path is not None and _PLACE.match(path.as_posix()):
        raise typer.BadParameter(
            f"{path.as_posix().replace(':/', '://', 1)} is a place in object storage; name a folder or a file of this machine, and copy it there with any tool"
        )
    return path


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Row = dict[str, Any]  # a database row: column name to value
WIDE = 200
"""Columns of a table in a file or a pipe, where nobody's window limits them; COLUMNS says another number."""
console = Console(emoji=False, width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else WIDE)
errors = Console(emoji=False, stderr=True)


def log_to_stderr(*, as_json: bool = False) -> None:
    """Send log lines to standard error, so that standard output holds the answer alone; a person who watches sees warnings only."""
    written: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)] if as_json else [structlog.dev.ConsoleRenderer(colors=errors.is_terminal)]  # fmt: skip
    level = logging.WARNING if errors.is_terminal and not as_json else logging.DEBUG
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *written,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(
            sys.stderr
        ),  # the one of the moment, which may be another one later
    )


def log_as_set_up(home: Path | None) -> None:
    """Write log lines as the instance wants them, where there is one."""
    try:
        wanted = open_instance(home).settings.log_format
    except BadInput:
        return
    log_to_stderr(as_json=wanted == "json")


def statement_rows(connection: Connection, name: str, **values: object) -> list[Row]:
    """Return the rows of one of this room's statements."""
    return [dict(row) for row in connection.execute(text(sql("cli", name)), values).mappings()]


def emit(value: object, *, as_json: bool, render: Callable[[], None]) -> None:
    """Print ``value`` as JSON, or call ``render`` to show it to a person."""
    if as_json:
        sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
    else:
        render()


def plain(value: object) -> object:
    """Return ``value`` as what JSON knows; decimals and dates become text, so that nothing is rounded."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Sequence | set | frozenset):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand right, and what is too long goes on in the next line, so that no id or day is cut.

    Nothing in it is markup: what reads as such is how a customer, a file or a run is called.
    """
    shown = Table(title=escape(title), title_justify="left", header_style="bold")
    for position, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[position], int | float | Decimal) for row in rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*[_cell(item) for item in row])
    console.print(shown)


def _cell(item: object) -> str:
    if item is None:
        return ""
    if isinstance(item, float | Decimal):
        return f"{item:,.2f}"
    return f"{item:,}" if isinstance(item, int) and not isinstance(item, bool) else escape(str(item))


def report_error(error: RiskReviewError, *, as_json: bool) -> None:
    """Print one sentence on standard error, or the error's parts as JSON."""
    if as_json:
        parts = plain(error) if isinstance(error, BadInput) else {"code": type(error).__name__}
        document = {"error": {**parts, "sentence": str(error)}}  # type: ignore[dict-item]  # plain() of a dataclass is a dict
        sys.stderr.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    errors.print(f"[bold red]Refused:[/] {escape(str(error))}", highlight=False, soft_wrap=True)


class BarProgress:
    """Draws a bar per task on standard error."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def advance(self, task: str, done: int, total: int | None = None) -> None:
        """Move the bar of ``task``."""
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(task, total=total)
        self._progress.update(self._tasks[task], completed=done, total=total)


@contextmanager
def bars(*, quiet: bool) -> Iterator[BarProgress]:
    """Show progress bars while the block runs; hidden when ``quiet`` or when nobody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    hidden = quiet or not errors.is_terminal
    with Progress(*columns, console=errors, disable=hidden) as progress:
        yield BarProgress(progress)
