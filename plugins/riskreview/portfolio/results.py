"""Owns what the portfolio room returns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompletenessCounts:
    """Who was assessed.

    :param active: customers with an account that is not closed, or who owe something; ``active = fresh + listed``.
    :param listed: not assessed from fresh data, each with its reason. :param unexplained: of them, those whose reason is a failure
        of ours: not assessed at all, or not at this date.
    """

    active: int
    fresh: int
    listed: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class SummaryCounts:
    """What a summary consists of; amounts stay in the database."""

    customers: int
    months: int
    moves: int
