"""Owns the order of the rules: points and class of this evaluation, history, once more where others weigh on a customer, then for children."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from riskreview.assessment.classes import Evaluation, evaluate
from riskreview.assessment.decision import Before, Decision, Given, cap_of, decide
from riskreview.assessment.experts import Experts, no_experts
from riskreview.assessment.group import Groups, Guarantors, Parents, worst_beside
from riskreview.assessment.model_layer import Scores, no_scores
from riskreview.assessment.points import DimensionPoints, score_dimension
from riskreview.assessment.positions import GROUP_INDICATOR, Bits, Bools, Classes, Positions, Rows
from riskreview.assessment.scale import Scale
from riskreview.policy.risk_terms import RiskClass

BLOCK = 32_768
FRESH, STALE, INSUFFICIENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole portfolio judged at one date, every layer of it.

    :param late: one bit per data set that was late for the customer, see ``inputs``.
    """

    positions: Positions
    scores: Scores
    evaluation: Evaluation
    before: Before
    decision: Decision
    data_state: Classes
    late: Bits

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def risk_class(self) -> Classes:
        """The class after every layer."""
        return self.decision.risk_class


@dataclass(frozen=True, slots=True)
class Layers:
    """What speaks beside the figures; None where nothing does, and where no data set is late."""

    scores: Scores | None = None
    parents: Parents | None = None
    experts: Experts | None = None
    guarantors: Guarantors | None = None
    late: Bits | None = None


def points_of(positions: Positions, scale: Scale) -> tuple[DimensionPoints, ...]:
    """Return the points of every dimension."""
    return tuple(score_dimension(positions, dimension, scale) for dimension in scale.dimensions)


def assess(
    positions: Positions, scale: Scale, before: Before, stale: Bools, *, as_of: date, groups: Groups,
    layers: Layers | None = None,
) -> Assessment:  # fmt: skip
    """Judge every customer; pure: the same arguments give the same result, whatever the order of the customers."""
    beside, length = layers or Layers(), len(positions)
    scores = beside.scores or no_scores(length)
    given = Given(
        scores.risk_class, np.zeros(length, dtype=np.int16), beside.experts or no_experts(length), before, stale
    )
    now = evaluate_all(positions, scale, scores)
    decision = decide(now, given, as_of=as_of, policy=scale.policy)
    rows, worst = worst_beside(groups, beside.guarantors, _infectious(now, decision))
    if len(rows):
        column = positions.values[GROUP_INDICATOR].copy()
        column[rows] = worst
        positions = positions.with_values(GROUP_INDICATOR, column)
        again = evaluate_all(positions.take(rows), scale, scores.take(rows))
        _overwrite(now, again, rows)
        _overwrite(decision, decide(again, given.take(rows), as_of=as_of, policy=scale.policy), rows)
    for rows, parents in beside.parents.levels() if beside.parents else ():
        cap = cap_of(decision.risk_class[parents], scale.policy)
        part = decide(_take(now, rows), given.take(rows, cap=cap), as_of=as_of, policy=scale.policy)
        _overwrite(decision, part, rows)
    state = np.where(stale, STALE, np.where(now.insufficient, INSUFFICIENT, FRESH)).astype(np.int16)
    late = np.zeros(length, dtype=np.int64) if beside.late is None else beside.late
    return Assessment(positions, scores, now, before, decision, state, late)


def evaluate_all(positions: Positions, scale: Scale, scores: Scores) -> Evaluation:
    """Return the evaluation of every customer, block by block so that the columns of a block stay in the processor's cache."""
    blocks = [slice(start, start + BLOCK) for start in range(0, max(len(positions), 1), BLOCK)]
    evaluations = []
    for block in blocks:
        part = positions.take(block)
        evaluations.append(evaluate(part, points_of(part, scale), scale, scores.take(block)))
    return _joined(evaluations)


def _infectious(now: Evaluation, decision: Decision) -> Classes:
    """Return what each customer means for those beside it: its class on its own merits, before parent, group and history.

    What it got from them would otherwise return to them, and two members would hold each other up for ever. A default lasts until it
    is closed, and who cannot be judged today means what it meant before.
    """
    lasting = (decision.risk_class == RiskClass.default) | now.insufficient
    return np.where(lasting, decision.risk_class, decision.evaluated).astype(np.int16)


def _joined(parts: Sequence[Evaluation]) -> Evaluation:
    if len(parts) == 1:
        return parts[0]
    names = list(Evaluation.__slots__)
    return Evaluation(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))


def _take(whole: Evaluation, rows: Rows) -> Evaluation:
    return Evaluation(*(getattr(whole, name)[..., rows] for name in Evaluation.__slots__))


def _overwrite(whole: Evaluation | Decision, part: Evaluation | Decision, rows: Rows) -> None:
    """Replace the given rows; the arrays of the whole are written in place."""
    for name in whole.__slots__:
        getattr(whole, name)[..., rows] = getattr(part, name)
