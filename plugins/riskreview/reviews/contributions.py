"""Rules of showing, inside a pack, what made up the index: judged again from the stored figures, so that it adds up exactly."""

import numpy as np

from riskreview.assessment.points import score_dimension
from riskreview.assessment.positions import Positions
from riskreview.assessment.scale import scale_of

Contributions = list[dict[str, object]]


def contributions(positions: Positions, policy_content: str) -> list[Contributions]:
    """Return for each assessed customer its contributions, the largest first, then by id.

    ``micro`` is in millionths of an index point; ``missing:<dimension>`` is what counts for figures nobody knows.

    :param policy_content: canonical text of the policy the customers were assessed by.
    """
    found: list[Contributions] = [[] for _ in range(len(positions))]
    scale = scale_of(policy_content)
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
