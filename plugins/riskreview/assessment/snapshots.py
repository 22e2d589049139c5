"""Owns which stored assessments one may learn from, and what became of a customer after one: figures of then, outcome from later ones.

Pure. An assessment that was computed long after its date may know what nobody knew then; it is no snapshot and tells no outcome.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK
from riskreview.assessment.positions import EPOCH, GROUP_INDICATOR
from riskreview.assessment.standing import unpack
from riskreview.models.artefact import Purpose
from riskreview.opinions.rules import months_later
from riskreview.policy.model_policy import ModelPolicy
from riskreview.policy.risk_terms import FLAGS, INDICATOR_IDS, RiskClass

CLOSING = timedelta(days=62)
"""An assessment so long after the end of the horizon still closes it; monthly evaluations reach it."""
TOLD = ("customer_key", "risk_class", "data_state", "flags", "p1")
"""What an outcome is read from."""
STOOD = ("customer_key", "risk_class", "flags", "standing", "index_micro", "exposure", "overdue", "limit_amount")
"""What a model of change may read beside indicators."""
STALE = 1
Bools = NDArray[np.bool_]
Figures = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Past:
    """One stored assessment of everybody.

    :param known_on: the day up to which facts were known to it.
    """

    day: date
    run_id: int
    known_on: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An assessment to learn from, the end of its horizon, and the assessment that closes it; None while that has not come."""

    past: Past
    end: date
    closing: Past | None


def usable(found: Iterable[Past], *, within_days: int, until: date) -> list[Past]:
    """Return, per business date, the newest assessment that knew no more than its date and a few days after it allow."""
    chosen: dict[date, Past] = {}
    for item in sorted(found, key=lambda item: item.run_id):
        if item.known_on <= min(until, item.day + timedelta(days=within_days)):
            chosen[item.day] = item
    return [chosen[day] for day in sorted(chosen)]


def horizon_of(policy: ModelPolicy, purpose: Purpose) -> int:
    """Return the months within which the outcome shows."""
    return policy.history.outcome_months if purpose == "default" else 3 * policy.change.quarters


def snapshots_of(pasts: Sequence[Past], *, every_months: int, horizon_months: int) -> list[Snapshot]:
    """Return the last assessment of every period as a snapshot."""
    last: dict[int, Past] = {}
    for past in pasts:
        last[(12 * past.day.year + past.day.month - 1) // every_months] = past
    return [_snapshot(past, months_later(past.day, horizon_months), pasts) for past in last.values()]


def _snapshot(past: Past, end: date, pasts: Sequence[Past]) -> Snapshot:
    return Snapshot(past, end, next((later for later in pasts if end <= later.day <= end + CLOSING), None))


def figures_of(rows: pa.Table, purpose: Purpose, day: date) -> Figures:
    """Return what a model may read of stored assessments, under the names an indicator frame has; missing is NaN."""
    found = {name: _figure(rows, name.lower()) for name in INDICATOR_IDS
             if name != GROUP_INDICATOR and name.lower() in rows.column_names}  # fmt: skip
    exposure, overdue = _figure(rows, "exposure"), _figure(rows, "overdue")
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(exposure > 0, 100.0 * overdue / exposure, np.nan)
    found |= {"exposure": exposure, "limit_amount": _figure(rows, "limit_amount"), "overdue_share": share}
    flags = rows["flags"].to_numpy()
    found |= {f"flag_{name}": ((flags >> bit) & 1).astype(np.float64) for bit, name in enumerate(FLAGS)}
    return found | (_course(rows, day) if purpose == "change" else {})


def _course(rows: pa.Table, day: date) -> Figures:
    """Return where a customer stands: what a change starts from."""
    since = unpack(rows["standing"].to_numpy()).since
    return {"index_points": rows["index_micro"].to_numpy() / 1e6, "class_code": _figure(rows, "risk_class"),
            "days_in_class": ((day - EPOCH).days - since).astype(np.float64)}  # fmt: skip


def _figure(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(rows[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


class Following:
    """What became of the customers of one snapshot, told assessment by assessment in the order of their dates."""

    def __init__(self, snapshot: Snapshot, rows: pa.Table, purpose: Purpose, policy: ModelPolicy) -> None:
        """Take the customers who can still turn bad."""
        self.snapshot, self._purpose, self._policy = snapshot, purpose, policy
        now = _told(rows)
        able = (
            _performing(now, policy)
            if purpose == "default"
            else _classed(now) & (now["risk_class"] < RiskClass.default)
        )
        self._figures = {name: column[able] for name, column in figures_of(rows, purpose, snapshot.past.day).items()}
        self._keys, self._class = now["customer_key"][able], now["risk_class"][able]
        self._bad = np.zeros(len(self._keys), dtype=bool)
        self._good = np.zeros(len(self._keys), dtype=bool)

    def observe(self, later: Past, rows: pa.Table) -> None:
        """Take in a later assessment: bad stays bad; good is only who is seen to be so by the one that closes the horizon."""
        now = _told(rows)
        _, own, theirs = np.intersect1d(self._keys, now["customer_key"], assume_unique=True, return_indices=True)
        seen = {name: column[theirs] for name, column in now.items()}
        if later.day <= self.snapshot.end:
            self._bad[own] |= self._is_bad(seen, self._class[own])
        if later == self.snapshot.closing:
            self._good[own] = self._is_good(seen, self._class[own]) & ~self._bad[own]

    def columns(self) -> Figures:
        """Return the rows: the figures of then, the outcome as 1, 0 or NaN, and when the whole horizon was known."""
        closing, length = self.snapshot.closing, len(self._keys)
        if closing is None:
            raise ValueError("the horizon is not over")
        outcome = np.where(self._bad, 1.0, np.where(self._good, 0.0, np.nan))
        days = {"as_of": self.snapshot.past.day, "known_on": max(closing.day, closing.known_on)}
        return {**self._figures, "customer_key": self._keys.astype(np.float64), "bad": outcome,
                **{name: np.full(length, float(day.toordinal())) for name, day in days.items()}}  # fmt: skip

    def _is_bad(self, seen: Mapping[str, NDArray[Any]], before: NDArray[np.int16]) -> Bools:
        if self._purpose == "default":
            return _defaulted(seen, self._policy)
        return np.asarray(_classed(seen) & (RANK[seen["risk_class"]] > RANK[before]), dtype=bool)

    def _is_good(self, seen: Mapping[str, NDArray[Any]], before: NDArray[np.int16]) -> Bools:
        if self._purpose == "default":
            good = (seen["p1"] <= self._policy.history.indeterminate_from_days) & _performing(seen, self._policy)
        else:
            good = _classed(seen) & (RANK[seen["risk_class"]] <= RANK[before])
        return np.asarray(good & (seen["data_state"] != STALE), dtype=bool)


def _told(rows: pa.Table) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {name: rows[name].to_numpy() for name in TOLD if name != "p1"}
    known = "p1" in rows.column_names
    return found | {"p1": _figure(rows, "p1") if known else np.full(rows.num_rows, np.nan)}


def _defaulted(now: Mapping[str, NDArray[Any]], policy: ModelPolicy) -> Bools:
    """Tell who is in default by payment or insolvency; a ban by compliance is none."""
    insolvent = (now["flags"] >> FLAGS.index("insolvency")) & 1 == 1
    return np.asarray((now["p1"] > policy.history.default_days) | insolvent, dtype=bool)


def _performing(now: Mapping[str, NDArray[Any]], policy: ModelPolicy) -> Bools:
    return np.asarray(~_defaulted(now, policy) & (now["risk_class"] != RiskClass.default), dtype=bool)


def _classed(now: Mapping[str, NDArray[Any]]) -> Bools:
    return np.asarray(now["risk_class"] != RiskClass.unknown, dtype=bool)
