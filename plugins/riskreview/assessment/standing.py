"""Owns history: worse takes effect at once, better needs evaluations, days, fresh data, and one class at a time.

The history of a customer is one number, its standing, so that a million of them are read and written quickly.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK
from riskreview.assessment.experts import Experts
from riskreview.assessment.positions import Bits, Bools, Classes, day_number
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass

NEVER = np.int64(-1)
HELD = 200
"""Rule code of a class that is kept because relaxation takes time, or because data are stale or missing."""

Days = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where customers stand after an evaluation.

    :param risk_class: -1 = never assessed.
    :param since: day number on which the class was entered.
    :param below_since: day number of the first evaluation below the exit line, -1 = not below; ``below_count`` counts them.
    :param fresh_on: day number of the last evaluation on fresh data; of the first evaluation where none was.
    """

    risk_class: Classes
    since: Days
    below_since: Days
    below_count: Classes
    fresh_on: Days

    def packed(self) -> Bits:
        """Return one number per customer: class (3 bits), since (17), below since + 1 (17), count (8), fresh on + 1 (17)."""
        parts = (self.since.astype(np.int64) << 3) | ((self.below_since.astype(np.int64) + 1) << 20)
        counts = (self.below_count.astype(np.int64) << 37) | ((self.fresh_on.astype(np.int64) + 1) << 45)
        whole = self.risk_class.astype(np.int64) | parts | counts
        return np.where(self.risk_class < 0, NEVER, whole)


def unpack(packed: Bits) -> Standing:
    """Return the standing from its stored number."""
    known = packed != NEVER
    risk_class = np.where(known, packed & 7, -1).astype(np.int16)
    since = np.where(known, (packed >> 3) & 0x1FFFF, 0).astype(np.int32)
    below = np.where(known, ((packed >> 20) & 0x1FFFF) - 1, -1).astype(np.int32)
    fresh = np.where(known, ((packed >> 45) & 0x1FFFF) - 1, -1).astype(np.int32)
    return Standing(risk_class, since, below, np.where(known, (packed >> 37) & 0xFF, 0).astype(np.int16), fresh)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation says once every layer but history has spoken.

    :param risk_class: the class it gives by itself; ``leaving`` the best class it lets a customer relax to.
    :param breaches: indicators over a line (bits); ``missing`` those that are not known.
    """

    risk_class: Classes
    leaving: Classes
    breaches: Bits
    missing: Bits
    stale: Bools


@dataclass(frozen=True, slots=True)
class Advanced:
    """The standing after this evaluation.

    :param confirmed: breaches (bits) on which the class rests.
    :param held: the class would be better if data were fresh and complete.
    :param kept: the class is worse than this evaluation alone would give.
    """

    standing: Standing
    confirmed: Bits
    held: Bools
    kept: Bools


def advance(
    before: Standing, confirmed: Bits, now: Evaluated, experts: Experts, *, as_of: date, policy: Policy
) -> Advanced:
    """Return the standing after an evaluation on ``as_of``.

    :param before: standing after the evaluation of the last business date before ``as_of``.
    :param confirmed: the breaches on which that class rests; if one of them is missing now, nothing relaxes.
    """
    today = np.int32(day_number(as_of))
    first = before.risk_class < 0
    held_class = np.where(first, 0, before.risk_class).astype(np.int16)
    worse, same = _compared(now.risk_class, held_class, first, now.stale)
    for_data = now.stale | ((confirmed & now.missing) != 0)
    blocked = for_data | experts.is_unreviewed
    better = ~(worse | same)
    below = better & (RANK[now.leaving] < RANK[held_class])
    counted = below & ~blocked
    since_below = np.where(counted & (before.below_since < 0), today, before.below_since)
    count = np.minimum(before.below_count + counted, 255).astype(np.int16)
    stayed = today - since_below >= _stay(held_class, policy)
    closed = _is_closed(held_class, since_below, experts, today, policy)
    ripe = counted & (count >= policy.relaxation.evaluations) & stayed & closed
    moved = worse | ripe
    risk_class = np.where(worse, now.risk_class, held_class - ripe).astype(np.int16)
    going = below & ~ripe
    fresh_on = np.where(now.stale & (before.fresh_on >= 0), before.fresh_on, today).astype(np.int32)
    standing = Standing(risk_class, np.where(moved, today, before.since).astype(np.int32),
                        np.where(going, since_below, -1).astype(np.int32), np.where(going, count, 0).astype(np.int16), fresh_on)  # fmt: skip
    rests_on = np.where(worse | same | ripe, now.breaches, confirmed)
    return Advanced(standing, rests_on, below & for_data, better & (RANK[risk_class] > RANK[now.risk_class]))


def valid_until(standing: Standing, policy: Policy) -> Days:
    """Return the last day on which each class may be relied on; evaluations on stale data do not prolong it."""
    days = np.array(policy.validity.by_code, dtype=np.int32)
    return np.asarray(standing.fresh_on + days[standing.risk_class], dtype=np.int32)


def _compared(computed: Classes, held: Classes, first: Bools, stale: Bools) -> tuple[Bools, Bools]:
    """Return where the evaluation takes effect at once, and where it confirms the class."""
    rises = RANK[computed] > RANK[held]
    becomes_known = (held == RiskClass.unknown) & (computed != RiskClass.unknown) & (rises | ~stale)
    worse = first | rises | becomes_known
    return worse, ~worse & (RANK[computed] == RANK[held])


def _is_closed(held: Classes, since_below: Days, experts: Experts, today: np.int32, policy: Policy) -> Bools:
    """Return where a class may be left at all: a default only after its closure, which no relapse came after, and its probation."""
    needs = np.zeros(6, dtype=np.bool_)
    for line in policy.classes:
        needs[RiskClass[line.id]] = line.leaves_by_closure
    closed = (
        (experts.closed_on >= since_below) & (experts.closed_on >= 0) & (today - experts.closed_on >= experts.probation)
    )
    return ~needs[held] | closed


def _stay(held: Classes, policy: Policy) -> Days:
    days = np.full(6, policy.relaxation.days, dtype=np.int32)
    for line in policy.classes:
        if line.exit_days is not None:
            days[RiskClass[line.id]] = line.exit_days
    return days[held]
