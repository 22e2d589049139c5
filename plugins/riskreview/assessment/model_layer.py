"""Owns what the credit model adds to an assessment, in the shape in which it is judged and stored. The challenger never decides."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.positions import Classes, Rows

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


def no_scores(length: int) -> Scores:
    """Return the scores where no model is in use."""
    silent = np.broadcast_to(np.int16(SILENT), length)
    return Scores(silent, silent, silent, np.broadcast_to(np.float32(np.nan), length), silent)


def scores_of_row(row: Mapping[str, object]) -> Scores:
    """Return a stored row's scores, of length one; a row from before there was a model says nothing."""
    names = ("model_class", "model_class", "model_grade", "challenger_class")
    risk_class, leaving, grade, challenger = (np.array([row.get(name) or SILENT], dtype=np.int16) for name in names)
    probability = row.get("model_pd")
    stored = np.array([np.nan if probability is None else probability], dtype=np.float32)
    return Scores(risk_class, leaving, grade, stored, challenger)
