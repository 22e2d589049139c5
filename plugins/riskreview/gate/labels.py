"""Owns what people said of customers when they closed a review or a signal, held against what a version said of them when it began."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.gate.course import ABSENT, Course
from riskreview.gate.failures import Days
from riskreview.gate.measuring import Figures, spells_of
from riskreview.gate.replay import Keys


@dataclass(frozen=True, slots=True)
class Labels:
    """One row per label: the customer, the day (ordinal) it began, and whether the risk was confirmed or called false."""

    keys: Keys
    days: Days
    confirmed: NDArray[np.bool_]


def read_labels(services: Services, *, first: date, as_of: date) -> Labels:
    """Read what is known today of what began between two days; a label may be known later than what is judged by it."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("gate", "labels")), {"first": first, "as_of": as_of}).all()
    return Labels(
        np.array([row.customer_key for row in rows], dtype=np.int64),
        np.array([row.began_on.toordinal() for row in rows], dtype=np.int64),
        np.array([row.is_confirmed for row in rows], dtype=bool),
    )


def held_against(course: Course, name: str, labels: Labels, *, alert_class: str) -> Figures:
    """Return how many confirmed risks a version held for risky on the first day it judged from then on, and how many false alarms."""
    classes, ordinals = course.classes[name], np.array([day.toordinal() for day in course.days])
    high, _ = spells_of(classes, alert_class)
    place, row = np.searchsorted(course.keys, labels.keys), np.searchsorted(ordinals, labels.days)
    known = (place < len(course.keys)) & (row < len(ordinals))
    place, row = np.where(known, place, 0), np.where(known, row, 0)
    known &= (course.keys[place] == labels.keys) & (classes[row, place] != ABSENT)
    held, confirmed = high[row, place] & known, labels.confirmed & known
    return {"confirmed": int(confirmed.sum()), "confirmed_held": int((held & confirmed).sum()),
            "refuted": int((known & ~labels.confirmed).sum()), "refuted_held": int((held & ~labels.confirmed).sum())}  # fmt: skip
