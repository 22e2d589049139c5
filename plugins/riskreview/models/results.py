"""Owns what the models room tells the rooms to its left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What the champion says of every customer of an indicator frame, in its order.

    :param probability: of default within twelve months; NaN where the model cannot judge.
    :param grade: grade of the master scale, 1 is best, 0 = none; ``risk_class`` is the class code of that grade, 0 = none.
    :param reasons: numbers of the characteristics that cost most points, worst first, -1 = none.
    :param characteristics: names the numbers stand for: indicator ids and figures of the frame.
    :param challenger: probability of the model in the shadow, which informs and never decides; None without one.
    """

    probability: NDArray[np.float64]
    grade: NDArray[np.int16]
    risk_class: NDArray[np.int16]
    points: NDArray[np.int32]
    reasons: NDArray[np.int16]
    version: str
    digest: str
    characteristics: tuple[str, ...]
    challenger: NDArray[np.float64] | None = None
