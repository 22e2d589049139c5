"""Owns telling how far a long piece of work is; the command line draws bars, a task logs lines, a test listens."""

from typing import Protocol

import structlog


class Progress(Protocol):
    """Receives how far a named piece of work is."""

    def advance(self, task: str, done: int, total: int | None = None) -> None:
        """Say that ``done`` of ``total`` units of ``task`` are finished."""


class LogProgress:
    """Writes a log line whenever a task ends; for workers and tests."""

    def advance(self, task: str, done: int, total: int | None = None) -> None:
        """Log the end of a task."""
        if total is not None and done >= total:
            structlog.get_logger("riskreview").debug("task_done", task=task, units=total)
