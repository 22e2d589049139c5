"""Owns the question what would lead back: the fewest and smallest changes that give a better class, each verified by assessing again.

Everything is done for many customers at once: a trial is a customer with some levers pulled, and trials are judged together.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK, worse_of
from riskreview.assessment.decision import Before, Given, decide
from riskreview.assessment.experts import Experts, listen
from riskreview.assessment.levers import Levers, Pulls, effort, levers_of, pulled, rounded
from riskreview.assessment.model_layer import Scores
from riskreview.assessment.positions import Bools, Classes, Positions, Rows, day_number
from riskreview.assessment.scale import Scale
from riskreview.assessment.score import evaluate_all
from riskreview.assessment.standing import unpack
from riskreview.policy.risk_terms import RiskClass

STEPS = 24
AT_ONCE = 2000
"""Trials that are judged together at about the cost of one: what a call costs before it has a customer."""

MOST_TOGETHER = 3
"""Levers tried together in every combination; where more are needed, levers are left out one by one from all of them."""

ALTERNATIVES = 3
LONGEST = 12
"""Evaluations after which a way that has not led to its class is given up."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Stand:
    """Customers as they were judged: figures, and every layer beside them.

    :param target: class code wanted.
    """

    positions: Positions
    scores: Scores
    cap: Classes
    experts: Experts
    before: Before
    target: Classes

    def take(self, rows: Rows) -> "Stand":
        """Return the given customers."""
        return Stand(self.positions.take(rows), self.scores.take(rows), self.cap[rows], self.experts.take(rows),
                     self.before.take(rows), self.target[rows])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that lead one customer to its target.

    :param needed: lever to (figure now, figure needed); for the payment the amount.
    :param reached_on: the day the class is reached when the figures are so from tomorrow on.
    :param evaluations: how many it takes.
    """

    row: int
    needed: dict[str, tuple[float, float]]
    reached_on: date
    evaluations: int
    effort: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """What leads customers to their targets.

    :param ways: by customer, the least relative distance first; a customer without one has none that somebody could go.
    :param leads_already: the figures allow the target as they are; only history keeps the customer.
    """

    ways: list[Way]
    leads_already: Bools


def ways_back(stand: Stand, scale: Scale, *, as_of: date) -> Contrast:
    """Return for each customer the ways with the fewest changes."""
    levers, everybody = levers_of(stand.positions, scale), np.arange(len(stand.positions))
    already = _leads(stand, levers, everybody, np.zeros(levers.now.shape), scale)
    todo, rows, pulls = np.flatnonzero(~already & (stand.target > 0)), [], []
    for size in range(1, MOST_TOGETHER + 1):
        tried, far = _combinations(levers, todo, size)
        enough = _leads(stand, levers, tried, far, scale)
        chosen, far = _nearest(levers, tried[enough], far[enough])
        rows.append(chosen)
        pulls.append(far)
        todo = np.setdiff1d(todo, chosen)
        if not len(todo):
            break
    last, far = _reduced(stand, levers, todo, scale)
    rows.append(last)
    pulls.append(far)
    found, far = np.concatenate(rows), np.concatenate(pulls)
    smallest = _smallest(stand, levers, found, far, scale)
    return Contrast(_verified(stand, levers, found, smallest, scale, as_of), already)


def _leads(stand: Stand, levers: Levers, rows: Places, pulls: Pulls, scale: Scale) -> Bools:
    """Return which trials give the target or better, by the lines at which a class is left."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    there = stand.take(rows)
    now = evaluate_all(pulled(levers, rows, pulls), scale, there.scores)
    said = listen(now, worse_of(now.computed, there.cap), worse_of(now.leaving, there.cap), there.experts, scale.policy)
    reached = np.maximum(RANK[said.leaving], RANK[said.evaluated])
    return np.asarray((reached <= RANK[there.target]) & (said.evaluated != RiskClass.unknown))


def _combinations(levers: Levers, customers: Places, size: int) -> tuple[Places, Pulls]:
    """Return every combination of so many usable levers of the customers, fully pulled."""
    rows, columns = [], []
    for row in customers.tolist():
        chosen = list(combinations(np.flatnonzero(levers.usable[row]).tolist(), size))
        rows += [row] * len(chosen)
        columns += chosen
    pulls = np.zeros((len(rows), levers.now.shape[1]))
    pulls[np.arange(len(rows)).repeat(size), np.array(columns, dtype=np.intp).ravel()] = 1.0
    return np.array(rows, dtype=np.intp), pulls


def _nearest(levers: Levers, rows: Places, pulls: Pulls) -> tuple[Places, Pulls]:
    """Return a few trials of each customer, those that ask for least when fully pulled."""
    order = np.lexsort((effort(levers, rows, pulls), rows))
    rows, pulls = rows[order], pulls[order]
    first = np.searchsorted(rows, rows)
    kept = np.arange(len(rows)) - first < ALTERNATIVES
    return rows[kept], pulls[kept]


def _reduced(stand: Stand, levers: Levers, customers: Places, scale: Scale) -> tuple[Places, Pulls]:
    """Return for each customer all levers less those it can do without; nothing where even all of them do not lead."""
    pulls = levers.usable[customers].astype(np.float64)
    enough = _leads(stand, levers, customers, pulls, scale)
    rows, pulls = customers[enough], pulls[enough]
    for place in range(levers.now.shape[1]):
        without = pulls.copy()
        without[:, place] = 0.0
        spare = _leads(stand, levers, rows, without, scale)
        pulls[spare] = without[spare]
    return rows, pulls


def _smallest(stand: Stand, levers: Levers, rows: Places, pulls: Pulls, scale: Scale) -> Pulls:
    """Return the trials with each lever pulled no further than needed, one after the other, as a figure that can be shown."""
    pulls = pulls.copy()
    grid = np.arange(1, STEPS + 1) / STEPS
    trials, places = np.nonzero(pulls > 0)
    turns = np.arange(len(trials)) - np.searchsorted(trials, trials)
    for turn in range(int(turns.max(initial=-1)) + 1):
        who, what = trials[turns == turn], places[turns == turn]
        search = _Search(stand, levers, rows, pulls, who, what, scale)
        upper = search.first(np.tile(grid, (len(who), 1)))
        upper = search.first(upper[:, None] - (1 - grid) / STEPS)
        shown = np.array(
            [
                rounded(levers, int(rows[trial]), int(place), far)
                for trial, place, far in zip(who, what, upper, strict=True)
            ]
        )
        pulls[who, what] = search.first(np.stack([shown, upper], axis=1))
    return pulls


@dataclass(frozen=True, slots=True)
class _Search:
    """One lever of each of some trials, to be pulled no further than needed."""

    stand: Stand
    levers: Levers
    rows: Places
    pulls: Pulls
    trials: Places
    places: Places
    scale: Scale

    def first(self, tried: Pulls) -> NDArray[np.float64]:
        """Return for each trial the first of its tried pulls that leads, else the last one; what lies further leads too.

        Each round judges as many of them as cost little more than one: with many trials the middle one, with few of them all.
        """
        tried, here = np.clip(tried, 0.0, 1.0), np.arange(len(self.trials))
        low, high = np.zeros(len(here), dtype=np.intp), np.full(len(here), tried.shape[1] - 1)
        while (left := int((high - low).max(initial=0))) > 0:
            parts = min(left, max(AT_ONCE // len(here), 1)) + 1
            probes = low[:, None] + (high - low)[:, None] * np.arange(1, parts) // parts
            enough = self._leads(tried[here[:, None], probes])
            short = (~enough).sum(axis=1)
            bounds = np.column_stack([low, np.minimum(probes + 1, high[:, None])])
            low, high = bounds[here, short], np.column_stack([probes, high])[here, short]
        return np.asarray(tried[here, low])

    def _leads(self, far: NDArray[np.float64]) -> Bools:
        """Tell of some pulls of each trial which lead; one row per trial."""
        trials = self.trials.repeat(far.shape[1])
        pulls = self.pulls[trials]
        pulls[np.arange(len(trials)), self.places.repeat(far.shape[1])] = far.ravel()
        return _leads(self.stand, self.levers, self.rows[trials], pulls, self.scale).reshape(far.shape)


def _verified(stand: Stand, levers: Levers, rows: Places, pulls: Pulls, scale: Scale, as_of: date) -> list[Way]:
    """Return the trials that reach their class when they are assessed again and again through the real rules, history included."""
    if not len(rows):
        return []
    many, far = pulled(levers, rows, pulls), effort(levers, rows, pulls)
    reached, count = _course(replace(stand.take(rows), positions=many), scale, as_of)
    ways = []
    for trial in np.lexsort((far, rows)).tolist():
        if count[trial]:
            needed = {levers.names[place]: _needed(levers, int(rows[trial]), place, many, trial)
                      for place in np.flatnonzero(pulls[trial] > 0).tolist()}  # fmt: skip
            day = as_of + timedelta(days=int(reached[trial]))
            ways.append(Way(int(rows[trial]), needed, day, int(count[trial]), float(far[trial])))
    return ways


def _needed(levers: Levers, row: int, place: int, many: Positions, trial: int) -> tuple[float, float]:
    if place == len(levers.weighed):
        return float(levers.good[row, place]), float(levers.positions.exposure[row] - many.exposure[trial])
    return float(levers.now[row, place]), round(float(many.values[levers.weighed[place].item.id][trial]), 6)


def _course(stand: Stand, scale: Scale, as_of: date) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return after how many days and evaluations each customer reaches its target; 0 evaluations where it does not.

    A default is taken to be closed on the first day.
    """
    length = len(stand.positions)
    reached, count = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.int64)
    held = unpack(stand.before.standing).risk_class
    for code in np.unique(held).tolist():
        rows = np.flatnonzero(held == code)
        reached[rows], count[rows] = _together(stand.take(rows), scale, as_of)
    return reached, count


def _together(stand: Stand, scale: Scale, as_of: date) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same for customers in one class, which relax at the same pace."""
    length = len(stand.positions)
    reached, count = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.int64)
    now, fresh = evaluate_all(stand.positions, scale, stand.scores), np.zeros(length, dtype=np.bool_)
    closed = np.full(length, day_number(as_of) + 1, dtype=np.int32)
    experts = replace(stand.experts, closed_on=closed, probation=np.zeros(length, dtype=np.int32))
    before, day, held = stand.before, 1, unpack(stand.before.standing).risk_class
    for number in range(1, LONGEST + 1):
        given = Given(stand.scores.risk_class, stand.cap, experts, before, fresh)
        decision = decide(now, given, as_of=as_of + timedelta(days=day), policy=scale.policy)
        there = (
            (RANK[decision.risk_class] <= RANK[stand.target])
            & (decision.risk_class != RiskClass.unknown)
            & (count == 0)
        )
        reached[there], count[there] = day, number
        if (count > 0).all():
            break
        moved = bool((decision.risk_class != held).any())
        before, held = Before(decision.standing, decision.confirmed), decision.risk_class
        day += 1 if moved else _stay(int(held.max()), scale)
    return reached, count


def _stay(code: int, scale: Scale) -> int:
    policy, word = scale.policy, RiskClass(code).name
    own = policy.risk_class(word).exit_days if word != "unknown" else None
    return max(own or policy.relaxation.days, 1)
