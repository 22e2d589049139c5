"""Owns what people's opinions do to a class: bounded, never below a rule's minimum, gone when facts overtake one to the better."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.classes import Evaluation
from riskreview.assessment.conditions import RANK
from riskreview.assessment.positions import Bits, Bools, Classes, Rows, day_number
from riskreview.opinions.rules import KnownFacts, overtaken
from riskreview.opinions.store import Opinion
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass

Days = NDArray[np.int32]
NO_CLOSURE = -1


@dataclass(frozen=True, slots=True)
class Experts:
    """What people say of every customer on one day.

    :param opinion_id: of the opinion on the class, 0 = none; ``said`` the class it names.
    :param known: the facts the opinion was made on.
    :param is_fenced: not bound to the parent's class.
    :param closed_on: day number from which a closure of a default counts, -1 = none; ``probation`` its days.
    :param is_unreviewed: a review of the customer is overdue; nothing relaxes until somebody has said something.
    """

    opinion_id: Bits
    said: Classes
    is_better: Bools
    known: KnownFacts
    is_fenced: Bools
    closed_on: Days
    probation: Days
    is_unreviewed: Bools

    def take(self, rows: Rows) -> "Experts":
        """Return the given rows."""
        known = KnownFacts(self.known.alarms[rows], self.known.floor[rows], self.known.floor_code[rows])
        return Experts(self.opinion_id[rows], self.said[rows], self.is_better[rows], known, self.is_fenced[rows],
                       self.closed_on[rows], self.probation[rows], self.is_unreviewed[rows])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What opinions make of an evaluation.

    :param opinion_id: of the opinion that counted, 0 = none; ``lapsed_id`` of one that facts overtook instead.
    """

    opinion_id: Bits
    opinion_class: Classes
    evaluated: Classes
    leaving: Classes
    lapsed_id: Bits


def no_experts(length: int) -> Experts:
    """Return what is said where nobody says anything."""
    none16, none64 = np.broadcast_to(np.int16(0), length), np.broadcast_to(np.int64(0), length)
    nowhere, never = np.broadcast_to(np.bool_(False), length), np.broadcast_to(np.int32(NO_CLOSURE), length)
    return Experts(none64, none16, nowhere, KnownFacts(none64, none16, none16), nowhere, never, never, nowhere)


def experts_of(opinions: Sequence[Opinion], customer_key: NDArray[np.int64], unreviewed: Sequence[int] = ()) -> Experts:
    """Return the opinions in force laid out by customer; of two on one class, as after a merge, the one to the worse counts.

    :param unreviewed: customers with an overdue review.
    """
    placed = _placed(opinions, customer_key)
    if not placed and not unreviewed:
        return no_experts(len(customer_key))
    found = _writable(len(customer_key))
    found.is_unreviewed[:] = np.isin(customer_key, np.array(unreviewed, dtype=np.int64))
    for row, item in sorted(placed, key=lambda pair: (pair[1].kind == "worse", pair[1].opinion_id)):
        if item.kind == "ring_fence":
            found.is_fenced[row] = True
        elif item.kind == "closure" and item.effective_on is not None:
            found.closed_on[row], found.probation[row] = day_number(item.effective_on), item.probation_days or 0
        elif item.risk_class is not None:
            found.opinion_id[row], found.said[row], found.is_better[row] = (
                item.opinion_id,
                item.risk_class,
                item.kind == "better",
            )
            found.known.alarms[row], found.known.floor[row] = item.known_alarms, item.known_floor
            found.known.floor_code[row] = item.known_floor_code
    return found


def _placed(opinions: Sequence[Opinion], customer_key: NDArray[np.int64]) -> list[tuple[int, Opinion]]:
    keys = np.array([item.customer_key for item in opinions], dtype=np.int64)
    places = np.searchsorted(customer_key, keys)
    return [(int(row), item) for row, item in zip(places, opinions, strict=True)
            if row < len(customer_key) and customer_key[row] == item.customer_key]  # fmt: skip


def _writable(length: int) -> Experts:
    none = [np.zeros(length, dtype=np.int16) for _ in range(3)]
    known = KnownFacts(np.zeros(length, dtype=np.int64), none[0], none[1])
    return Experts(np.zeros(length, dtype=np.int64), none[2], np.zeros(length, dtype=np.bool_), known,
                   np.zeros(length, dtype=np.bool_), np.full(length, NO_CLOSURE, dtype=np.int32),
                   np.zeros(length, dtype=np.int32), np.zeros(length, dtype=np.bool_))  # fmt: skip


def listen(now: Evaluation, capped: Classes, leaving: Classes, experts: Experts, policy: Policy) -> Said:
    """Return the classes with what people say.

    :param capped: class by figures, model, rules and group; ``leaving`` the best class these let a customer relax to.
    """
    speaks = experts.opinion_id > 0
    if not speaks.any():
        nobody = np.zeros(len(capped), dtype=np.int64)
        return Said(nobody, nobody.astype(np.int16), capped.copy(), leaving, nobody.copy())
    facts = KnownFacts(now.alarms, now.floor, now.floor_code)
    gone = speaks & overtaken(experts.known, facts)
    lapsed = gone & (experts.is_better | (RANK[capped] >= RANK[experts.said]))
    counts = speaks & ~lapsed
    evaluated = np.where(counts, _moved(capped, now.floor, experts, policy), capped).astype(np.int16)
    better = _moved(leaving, now.floor, experts, policy)
    worse = np.where(RANK[evaluated] > RANK[leaving], evaluated, leaving)
    left = np.where(counts, np.where(experts.is_better, better, worse), leaving).astype(np.int16)
    named = np.where(counts, experts.said, 0).astype(np.int16)
    return Said(
        np.where(counts, experts.opinion_id, 0), named, evaluated, left, np.where(lapsed, experts.opinion_id, 0)
    )


def _moved(base: Classes, floor: Classes, experts: Experts, policy: Policy) -> Classes:
    """Return a class moved towards what is said, by the bound at most; ``unknown`` counts as medium and never gets better."""
    rules, from_here = policy.opinions, RANK[base]
    down = np.minimum(np.minimum(experts.said, from_here + rules.bound), RiskClass[rules.worst])
    up = np.maximum(np.maximum(experts.said, from_here - rules.bound), floor)
    better = experts.is_better & (up < from_here) & (base != RiskClass.unknown)
    worse = ~experts.is_better & (down > from_here)
    return np.where(better, up, np.where(worse, down, base)).astype(np.int16)
