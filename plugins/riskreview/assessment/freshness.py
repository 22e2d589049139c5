"""Owns what late or held feeds mean: nothing relaxes, and what would get worse merely because time passes stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Bools, Positions
from riskreview.policy.risk_policy import Policy
from riskreview.validation.results import FeedState

JUDGED_DATASETS = frozenset(
    {
        "invoices",
        "payments",
        "orders",
        "disputes",
        "promises",
        "financial_statements",
        "credit_limits",
        "external_signals",
    }
)
"""Data sets whose absence could make a customer look better."""


@dataclass(frozen=True, slots=True)
class LateData:
    """What one source system does not deliver as agreed."""

    system: str
    datasets: frozenset[str]


@dataclass(frozen=True, slots=True)
class LastFigures:
    """The figures customers were judged by at the last assessment, ascending by key."""

    customer_key: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]


def late_data(states: Sequence[FeedState]) -> tuple[LateData, ...]:
    """Return the systems with feeds that are late or held, as far as their absence could make a customer look better."""
    late: dict[str, set[str]] = {}
    for state in states:
        missing = JUDGED_DATASETS & set(state.datasets)
        if state.state in {"stale", "held"} and missing:
            late.setdefault(state.system, set()).update(missing)
    return tuple(LateData(system, frozenset(names)) for system, names in sorted(late.items()))


def keep_figures(
    positions: Positions, last: LastFigures, late: Sequence[LateData], where: Sequence[Bools], policy: Policy
) -> Positions:
    """Return the positions with the last figures wherever a figure would only have aged.

    A customer who was not assessed before is judged by what there is, and so is a figure that was missing: what the last good
    facts give is better than nothing.

    :param where: for each late system, which customers have an account there.
    """
    if not len(last.customer_key):
        return positions
    place = np.minimum(np.searchsorted(last.customer_key, positions.customer_key), len(last.customer_key) - 1)
    known = last.customer_key[place] == positions.customer_key
    for item in policy.indicators:
        systems = [
            customers for data, customers in zip(late, where, strict=True) if data.datasets & set(item.ages_with)
        ]
        if systems:
            kept = known & np.any(systems, axis=0)
            figures = last.values[item.id][place]
            column = np.where(kept & ~np.isnan(figures), figures, positions.values[item.id])
            positions = positions.with_values(item.id, column)
    return positions
