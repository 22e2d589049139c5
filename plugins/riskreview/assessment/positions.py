"""Owns the facts a customer is judged on, in exactly the precision in which they are stored, so that any judgement can be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.frame import IndicatorFrame
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import FLAGS

GROUP_INDICATOR = "M5"
EPOCH = date(2000, 1, 1)

Rows = slice | NDArray[np.intp]
Bools = NDArray[np.bool_]
Classes = NDArray[np.int16]
Bits = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Positions:
    """What is known of every customer.

    :param values: single precision by indicator id, NaN = missing; every indicator of the policy has an entry.
    :param flags: one bit per name in ``policy.risk_terms.FLAGS``.
    :param line_set: one bit per override of lines in the policy that fits the customer.
    :param unapplied: cash beyond what payments settle; in the exposure only where the policy sets it off.
    """

    customer_key: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]
    exposure: NDArray[np.float64]
    overdue: NDArray[np.float64]
    limit_amount: NDArray[np.float64]
    flags: NDArray[np.int32]
    line_set: Bits
    unapplied: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer_key)

    def take(self, rows: Rows) -> "Positions":
        """Return the given rows; a slice gives views, not copies."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Positions(self.customer_key[rows], values, self.exposure[rows], self.overdue[rows],
                         self.limit_amount[rows], self.flags[rows], self.line_set[rows], self.unapplied[rows])  # fmt: skip

    def with_values(self, name: str, column: NDArray[np.float32]) -> "Positions":
        """Return the same positions with one indicator replaced."""
        return replace(self, values={**self.values, name: column})

    def flag(self, name: str) -> Bools:
        """Return where a flag is set."""
        return (self.flags & (1 << FLAGS.index(name))).astype(np.bool_)


def positions_of(frame: IndicatorFrame, policy: Policy) -> Positions:
    """Return the positions of an indicator frame; infinite figures are missing, the group indicator is left empty.

    :raises ValueError: when the customer keys are not ascending.
    """
    keys = frame.customer_key
    if len(keys) > 1 and not bool(np.all(keys[1:] > keys[:-1])):
        raise ValueError("the customers of an indicator frame must be ascending and unique")
    values = {name: _stored(frame.values.get(name), len(keys)) for name in policy.indicator_ids}
    values[GROUP_INDICATOR] = np.full(len(keys), np.nan, dtype=np.float32)
    flags = np.zeros(len(keys), dtype=np.int32)
    for bit, name in enumerate(FLAGS):
        if name in frame.flags:
            flags |= frame.flags[name].astype(np.int32) << bit
    amounts = [np.nan_to_num(np.asarray(column, dtype=np.float64)) for column in (frame.exposure, frame.overdue)]
    line_set = np.zeros(len(keys), dtype=np.int64) if frame.line_set is None else frame.line_set
    unapplied = np.zeros(len(keys)) if frame.unapplied is None else frame.unapplied
    return Positions(
        keys,
        values,
        amounts[0],
        amounts[1],
        np.asarray(frame.limit_amount, dtype=np.float64),
        flags,
        line_set,
        unapplied,
    )


def _stored(column: NDArray[np.float64] | None, length: int) -> NDArray[np.float32]:
    if column is None:
        return np.full(length, np.nan, dtype=np.float32)
    with np.errstate(over="ignore"):
        stored = column.astype(np.float32)
    endless = np.isinf(stored)
    if endless.any():
        stored[endless] = np.nan
    return stored


def day_number(day: date) -> int:
    """Return the days since 2000-01-01, the way PostgreSQL stores a date."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return EPOCH + timedelta(days=int(number))
