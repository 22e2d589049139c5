"""Owns reading a probability on the master scale: grade and risk class. Pure array rules."""

import numpy as np
from numpy.typing import NDArray

from riskreview.models.columns import Floats
from riskreview.policy.master_scale import MasterScale
from riskreview.policy.risk_terms import RiskClass

NO_GRADE = 0


def grades_of(probability: Floats, scale: MasterScale) -> NDArray[np.int16]:
    """Return the grade of each probability, 0 where there is none; a grade holds its upper bound."""
    bounds = np.array([item.pd_up_to_pct for item in scale.grades[:-1]]) / 100.0
    found = np.searchsorted(bounds, probability, side="left") + 1
    return np.where(np.isfinite(probability), found, NO_GRADE).astype(np.int16)


def classes_of(grade: NDArray[np.int16], scale: MasterScale) -> NDArray[np.int16]:
    """Return the risk class code of each grade, 0 (``unknown``) without a grade."""
    words = np.array([RiskClass.unknown, *(RiskClass[item.risk_class] for item in scale.grades)], dtype=np.int16)
    return words[grade]
