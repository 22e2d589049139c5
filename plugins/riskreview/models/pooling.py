"""Owns the model for few bads: experts' lines give three levels per figure, figures are pooled per dimension.

Only one weight per dimension is learned.
"""

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Trend
from riskreview.models.binning import Binned
from riskreview.models.dataset import Dataset
from riskreview.models.definition import FeatureRule
from riskreview.models.discrimination import auc
from riskreview.models.fitting import Fitted, Kit, Piece, Why, finished
from riskreview.models.regression import fit_signed
from riskreview.models.woe import bin_table

Floats = NDArray[np.float64]
LEVELS = (0.0, 0.5, 1.0)
"""How bad a figure is below the first line, between the lines, and beyond the second one."""
PERCENTILES = (85.0, 95.0)
"""Where the lines lie in the bad direction when no expert drew them."""


def fit_pooled(rows: Dataset, kit: Kit) -> Fitted:
    """Return the scorecard of one subscore per dimension, the mean level of its figures.

    :raises ValueError: when no figure has a direction.
    """
    dropped: dict[str, Why] = {}
    found: dict[str, list[tuple[Binned, Floats]]] = {}
    for name, column in rows.columns.items():
        rule = kit.definition.rule_of(name)
        if column.dtype == object or rule.direction == "none":
            dropped[name] = "undirected"
        elif (levels := _levels(rule, column, rows.bad, kit)) is None:
            dropped[name] = "constant"
        else:
            found.setdefault(rule.dimension, []).append(levels)
    if not found:
        raise ValueError("no figure has a direction")
    subscores = [np.mean([level[binned.place] for binned, level in members], axis=0) for members in found.values()]
    intercept, coefficients = fit_signed(-np.stack(subscores, axis=1), rows.bad, penalty=kit.penalty)
    pieces = []
    for members, value in zip(found.values(), coefficients, strict=True):
        if value == 0:
            dropped |= {binned.rule.name: "sign" for binned, _ in members}
        else:
            pieces += [Piece(binned, -level / len(members), float(value)) for binned, level in members]
    return finished(rows, kit, pieces, intercept, dropped, (), method="pooled")


def _levels(rule: FeatureRule, column: NDArray[np.float64], bad: Floats, kit: Kit) -> tuple[Binned, Floats] | None:
    """Return the bins of a figure and the level of each; a missing figure has the mean level of the known ones."""
    known = np.isfinite(column) & ~np.isin(column, rule.special)
    if np.unique(column[known]).size < 2:
        return None
    trend: Trend = "increasing" if _rises(rule, column[known], bad[known]) else "decreasing"
    splits = _lines(rule, column[known], trend)
    levels = LEVELS[-len(splits) - 1 :] if trend == "increasing" else LEVELS[-len(splits) - 1 :][::-1]
    place = np.searchsorted(np.array(splits), column, side="right" if trend == "increasing" else "left").astype(
        np.int64
    )
    place[~known] = len(splits) + 1
    table = bin_table(place, bad, bins=len(splits) + 2, empty_cell=kit.policy.bins.empty_cell)
    regular = np.array(levels)
    mean = float(regular[place[known]].mean())
    plain = rule.model_copy(update={"special": ()})
    return Binned(plain, trend, splits, (), place, table), np.append(regular, mean)


def _rises(rule: FeatureRule, figures: Floats, bad: Floats) -> bool:
    return rule.direction == "increasing" or (rule.direction == "auto" and auc(figures, bad) >= 0.5)


def _lines(rule: FeatureRule, figures: Floats, trend: Trend) -> tuple[float, ...]:
    """Return the lines in ascending order; one of them when both fall together."""
    if rule.lines is not None:
        return tuple(sorted(set(rule.lines)))
    percentiles = PERCENTILES if trend == "increasing" else tuple(100.0 - value for value in PERCENTILES)
    return tuple(sorted({float(np.percentile(figures, value)) for value in percentiles}))
