"""Owns the breaker: whether a batch differs from the last good one so much that its rows must not become facts. Pure rules.

An empty, halved, doubled or rescaled extract must not clear or worsen anybody (reference: reliability, faults F8 and F9).
"""

from dataclasses import dataclass
from datetime import date

from riskreview.validation.problems import Problem
from riskreview.validation.profiles import DatasetProfile, Profile
from riskreview.validation.rules import Limits


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the breaker knows of a delivery.

    :param is_snapshot: a list of everything open, so that an older one would replace newer knowledge.
    :param is_event: messages as they came; their number says nothing, and each row is judged by itself.
    :param min_ratio: rows against the baseline at or under which it opens; ``max_ratio`` at or over which.
    """

    as_of: date
    received_on: date
    is_snapshot: bool
    min_ratio: float = 0.5
    max_ratio: float = 2.0
    is_event: bool = False


def check_dates(delivery: Delivery, *, published_as_of: date | None, future_days: int) -> list[Problem]:
    """Refuse an as-of date in the future, and a snapshot older than the published one (E-ASOF-OLD)."""
    if (delivery.as_of - delivery.received_on).days > future_days:
        return [Problem("E-ASOF-FUTURE", f"as of {delivery.as_of}, received on {delivery.received_on}")]
    if delivery.is_snapshot and is_late(delivery, published_as_of):
        return [Problem("E-ASOF-OLD", f"as of {delivery.as_of}, published is {published_as_of}")]
    return []


def is_late(delivery: Delivery, published_as_of: date | None) -> bool:
    """Tell whether something newer is already published: such rows fill history only."""
    return published_as_of is not None and delivery.as_of < published_as_of


def check_empty(profile: Profile) -> list[Problem]:
    """Refuse a batch without rows (E-BATCH-EMPTY); needs no baseline."""
    if any(item.rows for item in profile.values()):
        return []
    refused = sum(item.rows_in for item in profile.values())
    return [Problem("E-BATCH-EMPTY", f"all {refused} rows were refused" if refused else "no rows")]


def compare(profile: Profile, baseline: Profile, *, delivery: Delivery, limits: Limits) -> list[Problem]:
    """Return everything that makes a batch differ too much from the last good one."""
    problems = []
    for name, before in baseline.items():
        now = profile.get(name)
        if before.rows and (now is None or not now.rows):
            problems.append(Problem("E-ROW-COUNT", f"no rows of {name} passed, last time {before.rows}"))
        if now is None or not now.rows or before.rows < limits.rows_min:
            continue
        problems += _row_count(name, now, before, delivery)
        problems += _vanished(name, now, before, limits)
        problems += _emptied(name, now, before, limits)
        problems += _zeroed(name, now, before, limits)
        if now.rows >= limits.rows_min:
            problems += _rescaled(name, now, before, limits)
    return problems


def _row_count(name: str, now: DatasetProfile, before: DatasetProfile, delivery: Delivery) -> list[Problem]:
    """Compare delivered rows and passed rows: a file that is half refused is as dangerous as half a file."""
    for word, count, base in (("delivered", now.rows_in, before.rows_in), ("passed", now.rows, before.rows)):
        if count <= delivery.min_ratio * base or count >= delivery.max_ratio * base:
            found = f"{count} rows of {name} {word}, last time {base}"
            return [Problem("E-ROW-COUNT", found)]
    return []


def _vanished(name: str, now: DatasetProfile, before: DatasetProfile, limits: Limits) -> list[Problem]:
    problems = []
    for column, values in before.categories.items():
        here = now.categories.get(column, {})
        gone = sorted(
            v for v, count in values.items() if count >= limits.vanished_share * before.rows and v not in here
        )
        if gone:
            problems.append(Problem("E-DISTRIBUTION", f"{name}.{column}: no rows with {', '.join(gone[:5])} any more"))
    return problems


def _emptied(name: str, now: DatasetProfile, before: DatasetProfile, limits: Limits) -> list[Problem]:
    return [
        Problem(
            "E-DISTRIBUTION",
            f"{name}.{column}: {share:.0%} of the cells are empty, last time {before.empty[column]:.0%}",
        )
        for column, share in now.empty.items()
        if column in before.empty and share - before.empty[column] >= limits.null_jump
    ]


def _zeroed(name: str, now: DatasetProfile, before: DatasetProfile, limits: Limits) -> list[Problem]:
    return [
        Problem(
            "E-DISTRIBUTION", f"{name}.{column}: every value is zero, last time {before.nonzero[column]:.0%} were not"
        )
        for column, share in now.nonzero.items()
        if share == 0 and before.nonzero.get(column, 0) >= limits.nonzero_share and now.empty.get(column, 1) < 1
    ]


def _rescaled(name: str, now: DatasetProfile, before: DatasetProfile, limits: Limits) -> list[Problem]:
    problems = []
    for column, median in now.median.items():
        usual = before.median.get(column)
        if not usual or not median:
            continue
        ratio = median / usual
        if ratio >= limits.magnitude_ratio or ratio <= 1 / limits.magnitude_ratio:
            problems.append(
                Problem("E-DISTRIBUTION", f"{name}.{column}: typical size is {ratio:.3g} times the last one; unit?")
            )
    return problems
