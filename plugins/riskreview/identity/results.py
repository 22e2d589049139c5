"""Owns what the identity room returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Crowd:
    """Something so many accounts share that of them only neighbours in the alphabet were compared for it.

    :param shared: ``number``, ``phone``, ``domain`` or ``address``, else ``words`` of names.
    :param words: these words; None for the others, whose values are nobody's to read here.
    :param system: with ``account_id`` one of the accounts.
    """

    shared: str
    words: str | None
    accounts: int
    system: str
    account_id: str


@dataclass(frozen=True, slots=True)
class IdentityCounts:
    """What a pass over the accounts found.

    :param doubted: accounts that were kept apart from others with the same number, because their names are strangers.
    :param crowds: how many words, numbers, telephones, domains and addresses too many accounts share to compare all with all.
    :param largest: the largest of these.
    """

    compared: int = 0
    proposed: int = 0
    proposed_again: int = 0
    withdrawn: int = 0
    doubted: int = 0
    crowds: int = 0
    largest: tuple[Crowd, ...] = ()


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
