"""Owns the course of the past in one matrix per figure: a row per day, a column per customer, so that it is measured in a few passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.gate.replay import Day, Keys

ABSENT = np.int8(-1)
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]
SIDES = ("base", "new")


@dataclass(frozen=True, slots=True)
class Course:
    """Every judged day of every customer.

    :param days: ascending; ``keys`` too.
    :param classes: by version, a class code per day and customer, ``ABSENT`` where the customer was not known yet.
    :param overdue_days: of the oldest material item (P1), NaN where unknown; ``insolvent`` as far as was known that day.
    :param new_signals: by version and day, how many signals stood that had not stood the day before; the first day's are all of them.
    :param last: the last day with everything it says.
    """

    days: tuple[date, ...]
    keys: Keys
    classes: dict[str, NDArray[np.int8]]
    exposure: Matrix
    overdue_days: Matrix
    insolvent: Bools
    new_signals: dict[str, tuple[int, ...]]
    last: Day


def course_of(found: Iterable[Day]) -> Course | None:
    """Return the days as matrices; None without any day."""
    kept: list[tuple[date, Keys, dict[str, NDArray[np.int8]], tuple[Matrix, Matrix, Bools]]] = []
    signals: dict[str, list[int]] = {name: [] for name in SIDES}
    standing: dict[str, dict[str, Keys]] = {name: {} for name in SIDES}
    last: Day | None = None
    for day in found:
        positions = day.base.result.positions
        judged = {"base": day.base, "new": day.new}
        classes = {name: side.result.risk_class.astype(np.int8) for name, side in judged.items()}
        overdue = np.asarray(positions.values.get("P1", np.full(len(day.keys), np.nan)), dtype=np.float64)
        kept.append((day.day, day.keys, classes, (positions.exposure, overdue, day.insolvent)))
        for name, side in judged.items():
            signals[name].append(_new(side.signals, standing[name]))
            standing[name] = side.signals
        last = day
    if last is None:
        return None
    keys = np.unique(np.concatenate([row[1] for row in kept]))
    size = (len(kept), len(keys))
    whole = Course(tuple(row[0] for row in kept), keys, {name: np.full(size, ABSENT) for name in SIDES}, np.zeros(size),
                   np.full(size, np.nan), np.zeros(size, dtype=bool), {name: tuple(signals[name]) for name in SIDES}, last)  # fmt: skip
    for number, (_, present, classes, figures) in enumerate(kept):
        place = np.searchsorted(keys, present)
        for name in SIDES:
            whole.classes[name][number, place] = classes[name]
        for matrix, column in zip((whole.exposure, whole.overdue_days, whole.insolvent), figures, strict=True):
            matrix[number, place] = column
    return whole


def _new(now: dict[str, Keys], before: dict[str, Keys]) -> int:
    return sum(
        len(keys) - int(np.isin(keys, before[rule]).sum()) if rule in before else len(keys)
        for rule, keys in now.items()
    )
