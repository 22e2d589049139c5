"""Owns whose class would change today, and why: which indicators give other points, and which rule or layer decides. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.scale import Scale
from riskreview.assessment.score import Assessment, points_of
from riskreview.gate.replay import Day, Judgement, Keys
from riskreview.policy.risk_terms import RiskClass

MOST_REASONS = 3
Row = list[Any]  # JSON of the report: key, classes, indices, codes, reasons


def migration(day: Day) -> list[list[int]]:
    """Return how many customers of each class today would be in each class: rows by the present policy, columns by the new one."""
    size = len(RiskClass)
    pairs = day.base.result.risk_class.astype(np.int64) * size + day.new.result.risk_class
    return np.bincount(pairs, minlength=size * size).reshape(size, size).tolist()


def movers(day: Day, base_scale: Scale, new_scale: Scale) -> list[Row]:
    """Return the customers whose class would change, and why.

    Of each: key, old and new class, old and new index in millionths, old and new rule code, and up to three indicators with what they
    add more or less to the index, in millionths.
    """
    old, new = day.base.result, day.new.result
    rows = np.flatnonzero(old.risk_class != new.risk_class)
    if not len(rows):
        return []
    names, moved = _moved(_points(day.base, base_scale, rows), _points(day.new, new_scale, rows), len(rows))
    order = np.argsort(-np.abs(moved), axis=0, kind="stable")[:MOST_REASONS]
    columns = (day.keys[rows], old.risk_class[rows], new.risk_class[rows], old.evaluation.index[rows], new.evaluation.index[rows],
               old.decision.rule_code[rows], new.decision.rule_code[rows])  # fmt: skip
    return [
        [*values, [[names[item], int(moved[item, place])] for item in order[:, place] if moved[item, place]]]
        for place, values in enumerate(zip(*(column.tolist() for column in columns), strict=True))
    ]


def _points(side: Judgement, scale: Scale, rows: NDArray[np.intp]) -> dict[str, NDArray[np.int64]]:
    result: Assessment = side.result
    found: dict[str, NDArray[np.int64]] = {}
    for dimension in points_of(result.positions.take(rows), scale):
        found |= {name: _dense(part, len(rows)) for name, part in dimension.contributions.items()}
        found[f"missing:{dimension.dimension.id}"] = dimension.filler.astype(np.int64)
    return found


def _dense(part: tuple[NDArray[np.intp], NDArray[np.int32]], length: int) -> NDArray[np.int64]:
    column = np.zeros(length, dtype=np.int64)
    column[part[0]] = part[1]
    return column


def _moved(old: dict[str, Keys], new: dict[str, Keys], length: int) -> tuple[list[str], NDArray[np.int64]]:
    names = sorted({*old, *new})
    nothing = np.zeros(length, dtype=np.int64)
    return names, np.stack([new.get(name, nothing) - old.get(name, nothing) for name in names])
