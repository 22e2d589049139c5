"""Owns judging one stored customer again, by the policy that was used: what every explanation is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from riskreview.assessment import wording
from riskreview.assessment.classes import Evaluation, evaluate
from riskreview.assessment.explanation import Contribution
from riskreview.assessment.model_layer import Scores, scores_of_rows
from riskreview.assessment.points import DimensionPoints
from riskreview.assessment.positions import Positions
from riskreview.assessment.scale import Scale, scale_of
from riskreview.assessment.score import points_of
from riskreview.assessment.stand import positions_of_rows
from riskreview.assessment.standing import HELD
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import Severity
from riskreview.policy.risk_text import sentence

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """One stored row judged again.

    :param model_reasons: what the credit model marks it down for, in words, where that was asked for.
    """

    row: Row
    scale: Scale
    positions: Positions
    scores: Scores
    evaluation: Evaluation
    contributions: tuple[Contribution, ...]
    model_reasons: tuple[str, ...] = ()

    @property
    def index(self) -> int:
        """The index in millionths of a point."""
        return int(self.evaluation.index[0])

    @property
    def facts(self) -> tuple[Positions, Evaluation, Scale]:
        """What rules are compared by."""
        return self.positions, self.evaluation, self.scale

    @property
    def deciding(self) -> str:
        """The layer that decides: by the code that is stored."""
        layers = self.scale.policy.layers
        names = {
            0: "index",
            layers.model.code: "model",
            layers.group_cap.code: "group",
            layers.opinion.code: "opinion",
            HELD: "history",
        }
        return names.get(self.whole("rule_code"), "rules")

    def whole(self, name: str) -> int:
        """Return a stored whole number."""
        return int(str(self.row[name]))

    def day(self, name: str) -> date:
        """Return a stored date.

        :raises TypeError: when it is none.
        """
        found = self.row[name]
        if not isinstance(found, date):
            raise TypeError(f"{name} of a stored assessment is no date")
        return found

    def figure(self, name: str) -> float | None:
        """Return the value of an indicator, None where it is not known."""
        column = self.positions.values.get(name)
        return None if column is None or np.isnan(column[0]) else float(column[0])


def judge_row(row: Row, policy: Policy, language: str) -> Judged:
    """Judge a stored row by a policy."""
    scale = scale_of(policy.content)
    positions = positions_of_rows([row], policy)
    dimensions, scores = points_of(positions, scale), scores_of_rows([row], policy)
    evaluation = evaluate(positions, dimensions, scale, scores)
    return Judged(row, scale, positions, scores, evaluation, _contributions(positions, dimensions, policy, language))


def _contributions(
    positions: Positions, dimensions: Sequence[DimensionPoints], policy: Policy, language: str
) -> tuple[Contribution, ...]:
    found = [part for dimension in dimensions for part in _of_dimension(positions, dimension, policy, language)]
    return tuple(sorted(found, key=lambda part: (-part.micro, -part.severity, part.id)))


def _of_dimension(
    positions: Positions, dimension: DimensionPoints, policy: Policy, language: str
) -> list[Contribution]:
    parts = []
    for breach in dimension.breaches:
        if not len(breach.rows):
            continue
        item, alarm = breach.weighed.item, bool(breach.alarm[0])
        value, line = (
            float(positions.values[item.id][0]),
            float(np.ravel(breach.weighed.lines(positions.line_set)[int(alarm)])[0]),
        )
        micro = int(dimension.contributions[item.id][1][0])
        parts.append(Contribution(item.id, item.dimension, item.name.of(language), sentence(item, value, line, policy, language), value,
                                  line, Severity.alarm if alarm else Severity.warning, micro))  # fmt: skip
    if dimension.filler[0]:
        name = next(found.name.of(language) for found in policy.dimensions if found.id == dimension.dimension.id)
        parts.append(Contribution(f"missing:{dimension.dimension.id}", dimension.dimension.id, name,
                                  wording.MISSING.of(language).format(dimension=name), None, None, Severity.none,
                                  int(dimension.filler[0])))  # fmt: skip
    return parts
