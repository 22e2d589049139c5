"""Owns reading from the history what became of the customers people had an opinion on."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from riskreview.assessment import history
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.opinions.record import PastOpinion, Record, quarter_of, quarters, tallies
from riskreview.opinions.rules import months_later
from riskreview.opinions.store import past_opinions
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass

LATEST = timedelta(days=62)
"""An assessment so long after the day asked for still tells the outcome; monthly evaluations reach it."""


def read_track_record(services: Services, *, as_of: date, after_months: int | None = None) -> Record:
    """Judge every opinion on a class that took effect by ``as_of``.

    The outcome is the class by the figures alone so many months later, or ``default`` if the customer defaulted meanwhile.

    :param after_months: None takes the policy's.
    """
    policy = load_policy(services.instance).opinions.track_record
    months = after_months or policy.after_months
    with services.engine.connect() as connection:
        opinions = past_opinions(connection, on_day=as_of)
    outcomes = _outcomes(services.instance, opinions, months, as_of) if opinions else {}
    under_review = _under_review(services.instance, as_of) if opinions else {}
    return Record(as_of, months, tallies(opinions, outcomes, lambda item: item.author),
                  tallies(opinions, outcomes, lambda item: item.reason), tallies(opinions, outcomes, lambda item: item.kind),
                  quarters(opinions, under_review, policy))  # fmt: skip


def _outcomes(instance: Instance, opinions: Sequence[PastOpinion], months: int, as_of: date) -> dict[int, int]:
    keys = sorted({item.customer_key for item in opinions})
    rows = history.read_course(instance, since=min(item.effective_on for item in opinions), until=as_of, customer_keys=keys,
                               columns=("class_without_opinion", "floor_class"))  # fmt: skip
    courses: dict[int, list[tuple[date, int, int]]] = {key: [] for key in keys}
    for row in [] if rows is None else rows.sort_by("as_of").to_pylist():
        if row.get("class_without_opinion") is not None:
            courses[row["customer_key"]].append((row["as_of"], row["class_without_opinion"], row["floor_class"]))
    found = {item.opinion_id: _outcome(courses[item.customer_key], item.effective_on, months) for item in opinions}
    return {opinion_id: code for opinion_id, code in found.items() if code is not None}


def _outcome(course: Sequence[tuple[date, int, int]], effective_on: date, months: int) -> int | None:
    """Return the class at the end of the months, ``default`` for one on the way; None when that day has not come."""
    end = months_later(effective_on, months)
    if any(floor == RiskClass.default for day, _, floor in course if effective_on < day <= end):
        return int(RiskClass.default)
    return next((code for day, code, _ in course if end <= day <= end + LATEST), None)


def _under_review(instance: Instance, as_of: date) -> dict[str, int]:
    """Return, by quarter, the customers people look at: medium or worse by the figures, or under an opinion."""
    last = {quarter_of(day): day for day in history.assessed_days(instance) if day <= as_of}
    found = {}
    for name, day in last.items():
        rows = history.read_at(instance, as_of=day, columns=("class_without_opinion", "opinion_id"))
        found[name] = 0 if rows is None else _looked_at(rows)
    return found


def _looked_at(rows: pa.Table) -> int:
    if "class_without_opinion" not in rows.column_names:
        return 0
    bad = pc.greater_equal(rows["class_without_opinion"], int(RiskClass.medium))
    return int(pc.sum(pc.or_kleene(bad, pc.greater(rows["opinion_id"], 0))).as_py() or 0)
