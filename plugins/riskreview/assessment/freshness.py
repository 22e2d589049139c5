"""Owns what late or held feeds mean: nothing relaxes, and what would get worse merely because time passes stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.inputs import judged_datasets
from riskreview.assessment.positions import GROUP_INDICATOR, Bools, Positions
from riskreview.policy.datasets import DATASETS
from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import FLAG_SOURCES, FLAGS
from riskreview.validation.results import FeedState

Figures = NDArray[np.float32]
AGING_FLAGS = ("statements_stale", "inactive")
"""Flags that are set merely because time passes."""


@dataclass(frozen=True, slots=True)
class LateData:
    """What one source system does not deliver as agreed.

    :param system: None for data sets that speak of no customer, such as those of industries and countries: they concern everybody.
    """

    system: str | None
    datasets: frozenset[str]


@dataclass(frozen=True, slots=True)
class LastFigures:
    """The figures customers were judged by at the last assessment, ascending by key."""

    customer_key: NDArray[np.int64]
    values: Mapping[str, Figures]
    flags: NDArray[np.int32]


def nothing_before() -> LastFigures:
    """Return the figures of a portfolio that was never assessed."""
    return LastFigures(np.zeros(0, dtype=np.int64), {}, np.zeros(0, dtype=np.int32))


def late_data(states: Sequence[FeedState], policy: Policy) -> tuple[LateData, ...]:
    """Return the systems with feeds that are late or held, as far as the policy judges anybody by them; the shared data first."""
    late: dict[str, set[str]] = {}
    judged = judged_datasets(policy)
    for state in states:
        missing = judged & set(state.datasets)
        if state.state in {"stale", "held"} and missing:
            late.setdefault("", set()).update(name for name in missing if DATASETS[name].is_shared)
            late.setdefault(state.system, set()).update(name for name in missing if not DATASETS[name].is_shared)
    return tuple(LateData(system or None, frozenset(names)) for system, names in sorted(late.items()) if names)


def keep_figures(
    positions: Positions, last: LastFigures, late: Sequence[LateData], where: Sequence[Bools], policy: Policy
) -> Positions:
    """Return the positions with the last figures wherever a figure cannot be judged anew.

    What the group means is found anew from the classes themselves. What would only have aged stays as it was. Any other figure that reads late data is taken when it is worse, and never when it
    is better or gone. A customer who was not assessed before is judged by what there is, and so is a figure that was missing: what the last good
    facts give is better than nothing.

    :param where: for each late system, which customers have an account there; everybody for shared data.
    """
    if not len(last.customer_key) or not late:
        return positions
    place = np.minimum(np.searchsorted(last.customer_key, positions.customer_key), len(last.customer_key) - 1)
    known = last.customer_key[place] == positions.customer_key
    for item in (found for found in policy.indicators if found.id != GROUP_INDICATOR):
        aged, other = (known & _concerned(names, late, where) for names in (item.ages_with, item.sources))
        if aged.any() or other.any():
            column = _kept(positions.values[item.id], last.values[item.id][place], aged, other & ~aged, item)
            positions = positions.with_values(item.id, column)
    return replace(positions, flags=_kept_flags(positions.flags, last.flags[place], known, late, where))


def _concerned(names: Sequence[str], late: Sequence[LateData], where: Sequence[Bools]) -> Bools:
    found = [customers for data, customers in zip(late, where, strict=True) if data.datasets & set(names)]
    return np.any(found, axis=0) if found else np.zeros(len(where[0]), dtype=bool)


def _kept(now: Figures, last: Figures, aged: Bools, other: Bools, item: Indicator) -> Figures:
    worse = np.fmax(now, last) if item.direction == "up" else np.fmin(now, last)
    return np.where(aged & ~np.isnan(last), last, np.where(other, worse, now)).astype(np.float32)


def _kept_flags(
    now: NDArray[np.int32], last: NDArray[np.int32], known: Bools, late: Sequence[LateData], where: Sequence[Bools]
) -> NDArray[np.int32]:  # fmt: skip
    for name, sources in FLAG_SOURCES.items():
        concerned, bit = known & _concerned(sources, late, where), np.int32(1 << FLAGS.index(name))
        kept = (now & ~bit) | (last & bit) if name in AGING_FLAGS else now | (last & bit)
        now = np.where(concerned, kept, now).astype(np.int32)
    return now
