"""Owns what the credit model adds to an assessment, in the shape in which it is judged and stored. The challenger never decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Classes, Rows
from riskreview.models.grades import classes_of, grades_of
from riskreview.models.results import ModelScores
from riskreview.policy.risk_policy import Policy

SILENT = 0
"""Class code of a model that says nothing of a customer."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says of every customer; 0 and NaN where it says nothing.

    :param leaving: class by the exit line: the best class the grade still keeps a customer in.
    :param probability: of default within a year.
    :param challenger: class by the challenger.
    """

    risk_class: Classes
    leaving: Classes
    grade: Classes
    probability: NDArray[np.float32]
    challenger: Classes
    version: str = ""
    digest: str = ""

    def take(self, rows: Rows) -> "Scores":
        """Return the given rows; a slice gives views, not copies."""
        return Scores(self.risk_class[rows], self.leaving[rows], self.grade[rows], self.probability[rows],
                      self.challenger[rows], self.version, self.digest)  # fmt: skip


def scores_of(found: ModelScores, policy: Policy) -> Scores:
    """Return what the assessment takes from the model; a policy without a master scale takes nothing."""
    scale = policy.master_scale
    if scale is None:
        return no_scores(len(found.grade))
    challenger = np.full(len(found.grade), np.nan) if found.challenger is None else found.challenger
    return Scores(found.risk_class, _leaving(found.grade, policy), found.grade, found.probability.astype(np.float32),
                  classes_of(grades_of(challenger, scale), scale), found.version, found.digest)  # fmt: skip


def no_scores(length: int) -> Scores:
    """Return the scores where no model is in use."""
    silent = np.broadcast_to(np.int16(SILENT), length)
    return Scores(silent, silent, silent, np.broadcast_to(np.float32(np.nan), length), silent)


def scores_of_rows(rows: Sequence[Mapping[str, Any]], policy: Policy) -> Scores:  # stored rows, also as JSON
    """Return the scores of stored rows; a row from before there was a model says nothing."""
    names = ("model_class", "model_grade", "challenger_class")
    risk_class, grade, challenger = (
        np.array([row.get(name) or SILENT for row in rows], dtype=np.int16) for name in names
    )
    probability = np.array(
        [np.nan if row.get("model_pd") is None else row["model_pd"] for row in rows], dtype=np.float32
    )
    return Scores(risk_class, _leaving(grade, policy), grade, probability, challenger)


def _leaving(grade: Classes, policy: Policy) -> Classes:
    """Return the class of the grade that is worse by the exit grades."""
    scale = policy.master_scale
    if scale is None:
        return np.zeros(len(grade), dtype=np.int16)
    worse = np.minimum(grade + policy.layers.model.exit_grades, len(scale.grades)).astype(np.int16)
    return np.where(grade > SILENT, classes_of(worse, scale), SILENT).astype(np.int16)
