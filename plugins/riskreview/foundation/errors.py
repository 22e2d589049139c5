"""Owns the error types; a front end turns them into HTTP, exit codes or task failures, nothing else does."""

from dataclasses import dataclass


class RiskReviewError(Exception):
    """Base of every error riskreview raises on purpose; its text is one sentence a person can act on."""


class RuleViolation(RiskReviewError):
    """A rule forbids what was asked."""


class NotFound(RiskReviewError):
    """The named thing does not exist, or may not be seen by whoever asks."""


class Conflict(RiskReviewError):
    """Somebody else changed the thing meanwhile, or it already exists."""


class Unavailable(RiskReviewError):
    """An outside system did not answer; the only error worth a retry."""


@dataclass(eq=False)  # not frozen: Python itself sets the traceback of an exception
class BadInput(RiskReviewError):
    """Refused input: what, where, and how to repair it.

    :param code: stable code from docs/reference/bad-inputs.md, ``E-`` for a whole file, ``R-`` for a row.
    :param found: what was read, already masked when it may be personal.
    :param repair: an imperative sentence.
    """

    code: str
    found: str
    repair: str
    source: str = ""
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.source
        if self.line is not None:
            place += f" line {self.line}"
        if self.column:
            place += f", column {self.column}"
        where = f"{place.strip(' ,')}: " if place else ""
        repair = self.repair.rstrip(".")
        return f"{self.code} {where}{self.found.rstrip('.')}. {repair}{'' if repair.endswith('?') else '.'}"
