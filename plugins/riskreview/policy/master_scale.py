"""Owns the master scale: grades by probability of default within twelve months, each with its risk class."""

import math
from typing import Literal

from pydantic import Field

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.risk_terms import Number

GradeClass = Literal["low", "medium", "high", "critical"]


class Grade(StrictModel):
    """One grade: it reaches up to a probability, the last one takes everything above as well."""

    grade: int = Field(ge=1, le=50, strict=True)
    pd_up_to_pct: Number = Field(gt=0, le=100)
    risk_class: GradeClass = Field(alias="class")


class MasterScale(StrictModel):
    """Grades from best to worst, and the points a probability stands for.

    :param base_points: points at ``base_odds`` good customers for a bad one; ``points_to_double`` more double the odds.
    """

    base_points: int = Field(ge=0, le=10_000, strict=True)
    base_odds: Number = Field(gt=0)
    points_to_double: Number = Field(gt=0)
    grades: tuple[Grade, ...] = Field(min_length=1)

    @property
    def factor(self) -> float:
        """Points for one unit of log odds."""
        return self.points_to_double / math.log(2.0)

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.base_points - self.factor * math.log(self.base_odds)

    def points_at(self, probability: float) -> float:
        """Return the points that stand for a probability of default, not rounded."""
        return self.offset + self.factor * math.log((1.0 - probability) / probability)
