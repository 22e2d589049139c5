"""Owns what the CRM room gives to later rooms. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull came to.

    :param rows: lines of the extract. :param changed: records new or other than before. :param deleted: records that are gone.
    :param pages: raw answers kept. :param batch_id: None where nothing was new.
    """

    pull_id: int
    source_id: str
    kind: str
    rows: int
    changed: int
    deleted: int
    pages: int
    calls: int
    credits: int
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class WrittenBack:
    """What one pass of writing back came to.

    :param edited: accounts in which a person wrote something else since we did. :param unknown: accounts the CRM does not show.
    :param unknown_outcomes: writes whose answer never came; the next pass looks. :param differences: of a dry run, by connection.
    """

    proposed: int = 0
    confirmed: int = 0
    conflicts: int = 0
    failed: int = 0
    in_sync: int = 0
    edited: int = 0
    unknown: int = 0
    unknown_outcomes: int = 0
    differences: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(
        default_factory=dict
    )  # a change by record and fact

    def __add__(self, other: "WrittenBack") -> "WrittenBack":
        sums = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return WrittenBack(**sums, differences={**self.differences, **other.differences})

    def counts(self) -> dict[str, int]:
        """Return the numbers alone."""
        return {name: int(getattr(self, name)) for name in COUNTS}


COUNTS = ("proposed", "confirmed", "conflicts", "failed", "in_sync", "edited", "unknown", "unknown_outcomes")
