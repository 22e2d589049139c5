"""Owns what an examination finds."""

from dataclasses import dataclass
from datetime import date

from riskreview.doctor.invariants import Invariant


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an invariant holds.

    :param broken: how many times it is broken; zero when it holds.
    :param subjects: the first ones: ids, with a word in front where they are of several kinds.
    """

    invariant: Invariant
    broken: int
    subjects: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings of one moment, in the order of the invariants."""

    as_of: date
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings of what does not hold."""
        return tuple(item for item in self.findings if item.broken)


@dataclass(frozen=True, slots=True)
class InvariantCounts:
    """What a daily check counts."""

    checked: int
    broken: int
