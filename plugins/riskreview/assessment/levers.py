"""Owns what can be changed about a customer: one indicator towards its good side, or a payment that moves several figures at once."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Positions, Rows
from riskreview.assessment.scale import Scale, WeighedIndicator
from riskreview.policy.risk_terms import FLAGS
from riskreview.policy.risk_text import DECIMALS, WHOLE

PAYMENT = "payment"
"""Name of the lever that pays what is open, the overdue part first."""

GOES_WITH = {"F4": "negative_equity", "P9": "returned_payment"}
"""Flags that are gone when an indicator is on its good side, because both state one fact."""

Floats = NDArray[np.float64]
Pulls = NDArray[np.float64]
"""One row per trial, one column per lever: how far it is pulled, from 0 (as it is) to 1 (good)."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What can be changed about each of the given customers.

    :param weighed: the indicators that somebody can change; the last lever is the payment.
    :param now: figures as they are, one row per customer; ``good`` where each lever leads when it is pulled fully.
    :param usable: where pulling it can matter.
    """

    positions: Positions
    weighed: tuple[WeighedIndicator, ...]
    now: Floats
    good: Floats
    usable: NDArray[np.bool_]

    @property
    def names(self) -> tuple[str, ...]:
        """Indicator ids, then the payment."""
        return (*(found.item.id for found in self.weighed), PAYMENT)

    def take(self, rows: Rows) -> "Levers":
        """Return the given customers."""
        return Levers(self.positions.take(rows), self.weighed, self.now[rows], self.good[rows], self.usable[rows])


def levers_of(positions: Positions, scale: Scale) -> Levers:
    """Return the levers of customers: indicators over their warning line that the policy does not call fixed, and paying."""
    fixed = scale.policy.explanation.fixed
    weighed = tuple(found for found in scale.indicators() if found.item.id not in fixed)
    now = np.stack(
        [*(positions.values[found.item.id].astype(np.float64) for found in weighed), np.zeros(len(positions))], axis=1
    )
    good = np.ones_like(now)
    usable = np.zeros_like(now, dtype=np.bool_)
    for place, found in enumerate(weighed):
        warning, alarm = found.lines(positions.line_set)
        usable[:, place] = found.sign * (now[:, place] - np.float64(np.float32(warning))) >= 0
        good[:, place] = _good(found, warning, alarm)
    good[:, -1] = positions.exposure
    usable[:, -1] = (positions.exposure > 0) & (positions.overdue > 0)
    return Levers(positions, weighed, now, good, usable)


def pulled(levers: Levers, rows: NDArray[np.intp], pulls: Pulls) -> Positions:
    """Return the positions of trials: the customers at ``rows`` with their levers pulled, a payment before the indicators."""
    positions, values = levers.positions.take(rows), {}
    if pulls[:, -1].any():
        positions = _paid(positions, pulls[:, -1] * levers.good[rows, -1])
    flags = positions.flags.copy()
    for place, found in enumerate(levers.weighed):
        far = pulls[:, place]
        if not far.any():
            continue
        figure = levers.now[rows, place] + far * (levers.good[rows, place] - levers.now[rows, place])
        item = found.item.id
        values[item] = np.where(far > 0, figure, positions.values[item]).astype(np.float32)
        if item in GOES_WITH:
            warning = found.lines(positions.line_set)[0]
            gone = (far > 0) & (values[item] < np.float32(warning) if item == "P9" else values[item] <= 1.0)
            flags[gone] &= ~np.int32(1 << FLAGS.index(GOES_WITH[item]))
    return replace(positions, values={**positions.values, **values}, flags=flags)


def _paid(positions: Positions, amount: Floats) -> Positions:
    """Return the positions after paying, the overdue part first; the oldest item is gone only when all of that is paid."""
    overdue, exposure = (np.maximum(column - amount, 0.0) for column in (positions.overdue, positions.exposure))
    values, paid = dict(positions.values), amount > 0
    if "P1" in values:
        values["P1"] = np.where(paid & (overdue <= 0), np.float32(0), values["P1"])
    if "P2" in values:
        share = values["P2"].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            owed = 100.0 * positions.overdue / share
            left = np.maximum(owed - amount, 0.0)
            now = np.where(left > 0, 100.0 * overdue / left, np.where(overdue > 0, share, 0.0))
            if "E4" in values:
                of_all = values["E4"].astype(np.float64)
                own = left / (left + owed * (100.0 / of_all - 1.0))
                values["E4"] = np.where(paid & np.isfinite(own), 100.0 * own, of_all).astype(np.float32)
        values["P2"] = np.where(paid & (share > 0), now, share).astype(np.float32)
    if "P8" in values:
        with np.errstate(divide="ignore", invalid="ignore"):
            use = np.where(positions.limit_amount > 0, 100.0 * exposure / positions.limit_amount, values["P8"])
        values["P8"] = np.where(paid & np.isfinite(values["P8"]), use, values["P8"]).astype(np.float32)
    return replace(positions, values=values, exposure=exposure, overdue=overdue)


def effort(levers: Levers, rows: NDArray[np.intp], pulls: Pulls) -> Floats:
    """Return the relative distance of trials: in stretches between the two lines; for a payment in parts of what is open."""
    distance = np.abs(levers.good[rows] - levers.now[rows])
    for place, found in enumerate(levers.weighed):
        warning, alarm = found.lines(levers.positions.line_set[rows])
        distance[:, place] /= np.abs(alarm - warning)
    distance[:, -1] = 1.0
    return np.asarray((pulls * np.where(pulls > 0, distance, 0.0)).sum(axis=1))


def rounded(levers: Levers, row: int, place: int, far: float) -> float:
    """Return a pull whose figure is as it is shown: rounded towards the good side, an amount up to two digits, never beyond all."""
    now, good = float(levers.now[row, place]), float(levers.good[row, place])
    if place == len(levers.weighed):
        amount, overdue = far * good, float(levers.positions.overdue[row])
        unit = 10.0 ** max(np.floor(np.log10(max(amount, 1.0))) - 1, 0)
        whole = float(np.ceil(amount / unit - 1e-9) * unit)
        return float(min(overdue if amount <= overdue < whole else whole, good) / good)
    found = levers.weighed[place]
    step = 1.0 if found.item.unit in WHOLE else float(10.0 ** -DECIMALS[found.item.unit])
    figure = now + far * (good - now)
    steps = np.floor(figure / step + 1e-9) if found.sign > 0 else np.ceil(figure / step - 1e-9)
    return float(min(max((round(float(steps * step), 6) - now) / (good - now), 0.0), 1.0))


def _good(found: WeighedIndicator, warning: Floats, alarm: Floats) -> Floats:
    """Return figures that are certainly on the good side of the warning lines, as they would be shown."""
    step = 1.0 if found.item.unit in WHOLE else float(10.0 ** -DECIMALS[found.item.unit])
    beyond = np.maximum(np.abs(alarm - warning) * 0.01, step)
    return np.float64(np.float32(warning)) - found.sign * beyond
