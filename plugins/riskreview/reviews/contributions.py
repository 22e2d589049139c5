"""Rules of showing, inside a pack, what made up the index: judged again from the stored figures, so that it adds up exactly."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from riskreview.assessment.points import score_dimension
from riskreview.assessment.scale import scale_of
from riskreview.assessment.stand import positions_of_rows

Row = Mapping[str, Any]  # a row of current_assessment as JSON
Contributions = list[dict[str, object]]


def contributions(assessments: Sequence[Row], policy_content: str) -> list[Contributions]:
    """Return for each stored assessment its contributions, the largest first, then by id.

    ``micro`` is in millionths of an index point; ``missing:<dimension>`` is what counts for figures nobody knows.

    :param policy_content: canonical text of the policy the customers were assessed by.
    """
    found: list[Contributions] = [[] for _ in assessments]
    scale = scale_of(policy_content)
    positions = positions_of_rows(assessments, scale.policy)
    for dimension in scale.dimensions:
        points = score_dimension(positions, dimension, scale)
        filled = np.flatnonzero(points.filler)
        parts = [*points.contributions.items(), (f"missing:{dimension.id}", (filled, points.filler[filled]))]
        for name, (rows, micro) in parts:
            for row, amount in zip(rows.tolist(), micro.tolist(), strict=True):
                found[row].append({"id": name, "dimension": dimension.id, "micro": amount})
    for items in found:
        items.sort(key=lambda item: (-int(str(item["micro"])), str(item["id"])))
    return found
