"""Owns what one version would have been worth: how early before defaults, how often right, and what it would have cost. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK
from riskreview.gate.course import ABSENT, Bools, Course, Matrix
from riskreview.gate.failures import NEVER, Days, first_seen
from riskreview.opinions.rules import months_later
from riskreview.policy.gate_policy import BacktestPolicy
from riskreview.policy.risk_terms import RiskClass

Classes = NDArray[np.int8]
Figures = dict[str, Any]  # JSON of the report
BUCKETS = (0, 30, 60, 90, 180, 360)
"""Days of lead at which the classes of the distribution begin."""
WORDS = tuple(word.name for word in RiskClass)


@dataclass(frozen=True, slots=True)
class Spells:
    """Every unbroken stretch of days in the alert class or worse.

    :param start: number of the first day; ``end`` of the first day after it, the count of days where it lasts.
    """

    customer: NDArray[np.intp]
    start: NDArray[np.intp]
    end: NDArray[np.intp]


def spells_of(classes: Classes, alert_class: str) -> tuple[Bools, Spells]:
    """Return where customers are in the alert class or worse, and every spell of it, by day."""
    high = (classes != ABSENT) & (RANK[np.maximum(classes, 0)] >= RANK[RiskClass[alert_class]])
    count = len(high)
    begins = high & ~np.vstack([np.zeros((1, high.shape[1]), dtype=bool), high[:-1]])
    ends = np.full(high.shape[1], count, dtype=np.intp)
    until = np.empty(high.shape, dtype=np.intp)
    for number in range(count - 1, -1, -1):
        ends = np.where(high[number], ends, number)
        until[number] = ends
    start, customer = np.nonzero(begins)
    return high, Spells(customer, start, until[start, customer])


def measure(
    course: Course, name: str, default_day: Days, source: NDArray[np.int8], sales: Matrix, rules: BacktestPolicy
) -> Figures:
    """Return the figures of one version of a course.

    :param default_day: ordinal of each customer's first default; ``sales`` what was billed in the month after each day.
    """
    classes, ordinals = course.classes[name], np.array([day.toordinal() for day in course.days])
    high, spells = spells_of(classes, rules.alert_class)
    horizon = np.array([months_later(day, rules.horizon_months).toordinal() for day in course.days])
    outcome = _outcomes(spells, default_day, ordinals, horizon)
    false = outcome == "false"
    return {
        "defaults": _defaults(course, classes, high, default_day, source, rules),
        "alerts": {word: _counted(outcome[classes[spells.start, spells.customer] == RiskClass[word]]) for word in WORDS[1:]}
        | {"all": _counted(outcome)},
        "classes": _rates(classes, default_day, ordinals, horizon),
        "constrained": _constrained(spells, false, sales),
        "sizes": [{word: int((row == code).sum()) for code, word in enumerate(WORDS)} for row in classes],
        "new_alerts": [int((spells.start == number).sum()) for number in range(len(course.days))],
        "new_signals": list(course.new_signals[name]),
    }  # fmt: skip


def _outcomes(spells: Spells, default_day: Days, ordinals: Days, horizon: Days) -> NDArray[np.str_]:
    """Return of each alert: right, false, late (the default came before), or open while its horizon is not over."""
    fails, began, until = default_day[spells.customer], ordinals[spells.start], horizon[spells.start]
    late = (fails != NEVER) & (fails <= began)
    right = (fails > began) & (fails <= until)
    false = ~late & ~right & (until <= ordinals[-1])
    return np.select([late, right, false], ["late", "right", "false"], "open")


def _counted(outcome: NDArray[np.str_]) -> Figures:
    counts = {word: int((outcome == word).sum()) for word in ("right", "false", "late", "open")}
    decided = counts["right"] + counts["false"]
    return counts | {"alerts": len(outcome), "hit_rate": _share(counts["right"], decided), "false_rate": _share(counts["false"], decided)}  # fmt: skip


def _defaults(
    course: Course, classes: Classes, high: Bools, default_day: Days, source: NDArray[np.int8], rules: BacktestPolicy
) -> Figures:
    """Return how the defaults were foreseen; those who had defaulted when they were first judged are counted apart."""
    seen, ordinals = first_seen(course), np.array([day.toordinal() for day in course.days])
    failing = default_day != NEVER
    judged = failing & (default_day > ordinals[seen])
    where = np.flatnonzero(judged)
    last = np.searchsorted(ordinals, default_day[where], side="left") - 1
    caught = high[last, where]
    lead = np.zeros(len(where), dtype=np.int64)
    since = _began(high)[last, where]
    lead[caught] = default_day[where][caught] - ordinals[since[caught]]
    exposure = course.exposure[last, where]
    in_time = caught & (lead >= rules.least_lead_days)
    return {
        "judged": len(where), "before": int((failing & ~judged).sum()), "foreseen": int(caught.sum()), "in_time": int(in_time.sum()),
        "missed": int((~caught).sum()), "at_least": int((caught & (since == seen[where])).sum()),
        "by_source": {word: {"judged": int((source[where] == code).sum()), "foreseen": int(caught[source[where] == code].sum())}
                      for code, word in enumerate(("payment", "insolvency", "written_off"))},
        "lead": _distribution(lead[caught]),
        "by_class": {word: int((classes[last, where] == code).sum()) for code, word in enumerate(WORDS)},
        "exposure": {"protected": _money(exposure[in_time].sum()), "late": _money(exposure[caught & ~in_time].sum()),
                     "missed": _money(exposure[~caught].sum())},
    }  # fmt: skip


def _began(high: Bools) -> NDArray[np.intp]:
    """Return for every day and customer the number of the first day of the spell it lies in; meaningless outside one."""
    began = np.zeros(high.shape, dtype=np.intp)
    for number in range(1, len(high)):
        began[number] = np.where(high[number] & high[number - 1], began[number - 1], number)
    return began


def _distribution(days: Days) -> Figures:
    """Return how many days of lead there were: quartiles, extremes, and how many in each class."""
    if not len(days):
        return {"count": 0, "buckets": [[start, 0] for start in BUCKETS]}
    quartiles = np.percentile(days, (25, 50, 75))
    counts = np.bincount(np.searchsorted(BUCKETS, days, side="right") - 1, minlength=len(BUCKETS))
    return {"count": len(days), "least": int(days.min()), "quarter": float(quartiles[0]), "median": float(quartiles[1]),
            "three_quarters": float(quartiles[2]), "most": int(days.max()), "mean": round(float(days.mean()), 1),
            "buckets": [[start, int(count)] for start, count in zip(BUCKETS, counts, strict=True)]}  # fmt: skip


def _rates(classes: Classes, default_day: Days, ordinals: Days, horizon: Days) -> Figures:
    """Return of each class how many judgements, of customers not in default, were followed by a default within the horizon.

    Judgements whose horizon is not over count only where the default came; so the latest ones say little, and are left out.
    """
    decided = np.flatnonzero(horizon <= ordinals[-1])
    performing = (default_day == NEVER) | (default_day > ordinals[decided, None])
    failed = performing & (default_day != NEVER) & (default_day <= horizon[decided, None])
    found = {}
    for code, word in enumerate(WORDS):
        here = (classes[decided] == code) & performing
        judged, bad = int(here.sum()), int((here & failed).sum())
        found[word] = {"judged": judged, "defaulted": bad, "rate": _share(bad, judged)}
    return found


def _constrained(spells: Spells, false: Bools, sales: Matrix) -> Figures:
    """Return what was billed to customers while they were held for risky and no default came: trade that was put at risk for nothing."""
    before = np.vstack([np.zeros((1, sales.shape[1])), np.cumsum(sales, axis=0)])
    customer, start, end = spells.customer[false], spells.start[false], spells.end[false]
    billed = before[end, customer] - before[start, customer]
    return {
        "billed": _money(billed.sum()),
        "alerts": len(customer),
        "customers": len(np.unique(customer)),
        "months": int((end - start).sum()),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _money(amount: float) -> str:
    return f"{amount:.2f}"


def weeks_between(first: date, last: date) -> float:
    """Return the weeks between two days, one at least."""
    return max((last - first).days / 7, 1.0)
