"""Owns what the identity room returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IdentityCounts:
    """What a pass over the accounts found.

    :param doubted: accounts that were kept apart from others with the same number, because their names are strangers.
    """

    compared: int = 0
    proposed: int = 0
    proposed_again: int = 0
    withdrawn: int = 0
    doubted: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """One pair of customers that may be one; the accounts named are the oldest of each."""

    proposal_id: int
    state: str
    version: int
    score: float
    evidence: Mapping[str, object]
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    merge_id: int | None
    first_system: str
    first_id: str
    first_name: str | None
    first_customer: int
    second_system: str
    second_id: str
    second_name: str | None
    second_customer: int
