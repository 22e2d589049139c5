"""Owns scoring by a forest: boosted trees walked level by level over arrays, by numpy alone. Pure array rules."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Feature, Forest, Tree
from riskreview.models.calibration import calibrated
from riskreview.models.columns import Columns, Floats

BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class _Walk:
    """One tree as arrays; a leaf leads to itself, so that all rows may walk equally long."""

    feature: NDArray[np.int32]
    threshold: Floats
    children: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: Floats
    depth: int


@dataclass(frozen=True)
class ForestScorer:
    """A forest made ready for scoring."""

    forest: Forest

    @cached_property
    def walks(self) -> tuple[_Walk, ...]:
        """The trees as arrays."""
        return tuple(_walk(tree) for tree in self.forest.trees)

    def raw(self, columns: Columns, rows: int) -> Floats:
        """Return the log odds of being bad before calibration; a column that is not there is missing."""
        found = np.full(rows, self.forest.baseline)
        for start in range(0, rows, BLOCK):
            part = slice(start, min(start + BLOCK, rows))
            figures = self._figures(columns, part)
            for walk in self.walks:
                found[part] += _leaves(walk, figures)
        return found

    def score(self, columns: Columns, rows: int) -> Floats:
        """Return the probability of being bad; NaN where too few features are known."""
        known = np.zeros(rows, dtype=np.int32)
        for item in self.forest.features:
            known += np.isfinite(feature_figures(item, columns.get(item.name), rows))
        enough = known >= self.forest.least_known
        return np.where(enough, calibrated(self.raw(columns, rows), self.forest.calibration), np.nan)

    def _figures(self, columns: Columns, part: slice) -> Floats:
        size = part.stop - part.start
        parts = ((item, columns.get(item.name)) for item in self.forest.features)
        return np.stack(
            [feature_figures(item, None if column is None else column[part], size) for item, column in parts]
        )


def feature_figures(item: Feature, column: NDArray[Any] | None, rows: int) -> Floats:
    """Return what the trees see of a column."""
    if column is None:
        return np.full(rows, np.nan)
    if item.codes:
        return np.array([item.codes.get(value, np.nan) for value in column.tolist()], dtype=np.float64)
    figures = np.asarray(column, dtype=np.float64)
    return np.where(np.isin(figures, item.special), np.nan, figures) if item.special else figures


def _walk(tree: Tree) -> _Walk:
    own = np.arange(len(tree.feature), dtype=np.int32)
    feature = np.array(tree.feature, dtype=np.int32)
    leaf = feature < 0
    children = np.stack([np.where(leaf, own, tree.right), np.where(leaf, own, tree.left)]).astype(np.int32)
    return _Walk(np.where(leaf, 0, feature).astype(np.int32), np.array(tree.threshold, dtype=np.float64), children,
                 np.array(tree.missing_left, dtype=bool), np.array(tree.value, dtype=np.float64), _depth(tree))  # fmt: skip


def _depth(tree: Tree) -> int:
    depth = [0] * len(tree.feature)
    for node, feature in enumerate(tree.feature):
        if feature >= 0:
            depth[tree.left[node]] = depth[tree.right[node]] = depth[node] + 1
    return max(depth)


def _leaves(walk: _Walk, figures: Floats) -> Floats:
    every = np.arange(figures.shape[1])
    node = np.zeros(figures.shape[1], dtype=np.int32)
    for _ in range(walk.depth):
        value = figures[walk.feature[node], every]
        left = np.where(np.isnan(value), walk.missing_left[node], value <= walk.threshold[node])
        node = walk.children[left.astype(np.int8), node]
    return walk.value[node]
