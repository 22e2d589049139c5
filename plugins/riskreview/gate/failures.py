"""Owns what became of customers: the day each first defaulted, by late payment, insolvency or write-off, and what was billed to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.gate.course import ABSENT, Course, Matrix
from riskreview.gate.replay import Keys

NEVER = 0
SOURCES = ("payment", "insolvency", "written_off")
READ = ("invoices", "external_signals")
Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Told:
    """What the facts of today say of the past; rows of customers, in no order.

    :param failures: by source, customers with the day (ordinal) each first failed.
    :param sales: customers, month numbers (year * 12 + month) and amounts billed.
    """

    failures: dict[str, tuple[Keys, Days]]
    sales: tuple[Keys, Days, Matrix]


def read_told(services: Services, *, first: date, as_of: date) -> Told:
    """Read what is known today of failures and sales; an outcome may be known later than what is judged by it."""
    failures: dict[str, list[tuple[Keys, Days]]] = {name: [] for name in SOURCES[1:]}
    sales: list[tuple[Keys, Days, Matrix]] = []
    with open_facts(services, pins=current_pins(services), as_of=as_of, datasets=READ) as facts:
        moved = facts.moved_customers
        _read(facts, first, as_of, failures, sales, but_for=moved)
        if len(moved):
            facts.show_moved()
            _read(facts, first, as_of, failures, sales, but_for=moved[:0])
    joined = {
        name: (_joined([keys for keys, _ in rows]), _joined([days for _, days in rows]))
        for name, rows in failures.items()
    }
    return Told(
        joined,
        (
            _joined([row[0] for row in sales]),
            _joined([row[1] for row in sales]),
            np.concatenate([row[2] for row in sales]),
        ),
    )


def _read(
    facts: FactReader, first: date, as_of: date, failures: dict[str, list[tuple[Keys, Days]]],
    sales: list[tuple[Keys, Days, Matrix]], *, but_for: Keys,
) -> None:  # fmt: skip
    rows = facts.fetch(sql("gate", "failures"), {"as_of": as_of})
    keys, days = rows["customer_key"].astype(np.int64), _ordinals(rows["failed_on"])
    for name, found in failures.items():
        chosen = (rows["source"] == name) & ~np.isin(keys, but_for)
        found.append((keys[chosen], days[chosen]))
    billed = facts.fetch(sql("gate", "sales"), {"first": first, "as_of": as_of})
    keys = billed["customer_key"].astype(np.int64)
    chosen = ~np.isin(keys, but_for)
    sales.append(
        (keys[chosen], billed["month_number"].astype(np.int64)[chosen], billed["billed"].astype(np.float64)[chosen])
    )


def default_days(course: Course, told: Told, *, days_past_due: int) -> tuple[Days, NDArray[np.int8]]:
    """Return the day (ordinal) of each customer's first default, ``NEVER`` without one, and the number of its source.

    The day of a default by late payment follows from how old the oldest material item was on the first day it was seen beyond the line.
    """
    found = np.full((len(SOURCES), len(course.keys)), np.iinfo(np.int64).max)
    ordinals = np.array([day.toordinal() for day in course.days])
    late = np.nan_to_num(course.overdue_days, nan=-1.0) > days_past_due
    where = np.flatnonzero(late.any(axis=0))
    row = late[:, where].argmax(axis=0)
    found[0, where] = ordinals[row] - (course.overdue_days[row, where].astype(np.int64) - days_past_due - 1)
    for number, name in enumerate(SOURCES[1:], start=1):
        keys, days = told.failures[name]
        place = np.searchsorted(course.keys, keys)
        known = place < len(course.keys)
        known[known] = course.keys[place[known]] == keys[known]
        np.minimum.at(found[number], place[known], days[known])
    seen = course.insolvent.any(axis=0) & (found[1] == np.iinfo(np.int64).max)
    found[1, seen] = ordinals[course.insolvent[:, seen].argmax(axis=0)]
    source = found.argmin(axis=0).astype(np.int8)
    first = found.min(axis=0)
    return np.where(first <= ordinals[-1], first, NEVER), source


def sales_matrix(course: Course, told: Told, days: Sequence[date]) -> Matrix:
    """Return what was billed to each customer in the month after each day but the last; the last day's row is nothing."""
    keys, months, amounts = told.sales
    whole = np.zeros((len(days), len(course.keys)))
    place = np.searchsorted(course.keys, keys)
    known = place < len(course.keys)
    known[known] = course.keys[place[known]] == keys[known]
    for number, day in enumerate(days[:-1]):
        chosen = known & (months == day.year * 12 + day.month + 1)
        np.add.at(whole[number], place[chosen], amounts[chosen])
    return whole


def first_seen(course: Course) -> NDArray[np.intp]:
    """Return the number of the first day each customer was judged on."""
    return np.asarray((course.classes["base"] != ABSENT).argmax(axis=0))


def _ordinals(days: NDArray[np.datetime64]) -> Days:
    return np.asarray(days.astype("datetime64[D]").astype(np.int64) + date(1970, 1, 1).toordinal())


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
