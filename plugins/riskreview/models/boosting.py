"""Owns fitting the challenger: monotone boosted trees of scikit-learn, kept as plain arrays that numpy walks to the same sums."""

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Calibration, Feature, Forest, Tree, Trend
from riskreview.models.binning import is_scattered
from riskreview.models.dataset import Dataset
from riskreview.models.definition import FeatureRule
from riskreview.models.fitting import Kit, training_of
from riskreview.models.forest import feature_figures
from riskreview.policy.model_policy import Bins, Challenger

Floats = NDArray[np.float64]
SIDES: dict[Trend, int] = {"increasing": 1, "decreasing": -1, "none": 0}
SMOOTHING = 10.0
"""Rows of the average a rare text starts from when texts are put in order of risk."""


def fit_forest(rows: Dataset, kit: Kit) -> Forest:
    """Return the challenger before calibration; monotone where the definition declares a direction."""
    how = kit.definition.challenger or kit.policy.challenger
    features = tuple(_feature(kit.definition.rule_of(name), column, rows.bad) for name, column in rows.columns.items()
                     if _varies(column, kit.policy.bins))  # fmt: skip
    figures = np.stack([feature_figures(item, rows.columns[item.name], len(rows)) for item in features], axis=1)
    models = [
        _fit(figures, rows, features, how, seed)
        for seed in range(kit.definition.split.seed, kit.definition.split.seed + how.bags)
    ]
    trees = [_tree(predictor[0].nodes, how.bags) for model in models for predictor in model._predictors]  # noqa: SLF001
    baseline = sum(float(model._baseline_prediction[0, 0]) for model in models) / how.bags  # noqa: SLF001
    return Forest(
        name=f"{kit.definition.name}_challenger"[:60], purpose=kit.definition.purpose, training=training_of(rows, kit),
        calibration=Calibration(floor=kit.policy.scoring.floor_pct / 100), features=features, baseline=baseline, trees=tuple(trees),
        least_known=max(1, math.ceil(len(features) * kit.policy.scoring.least_known_pct / 100)),
    )  # fmt: skip


def _varies(column: NDArray[Any], limits: Bins) -> bool:
    """Tell whether trees can use a column: at least two values, and no text that is hardly ever the same twice."""
    if column.dtype == object:
        return not is_scattered(column, limits) and len({cell for cell in column.tolist() if cell is not None}) > 1
    return bool(np.unique(column[np.isfinite(column)]).size > 1)


def _fit(
    figures: Floats, rows: Dataset, features: Sequence[Feature], how: Challenger, seed: int
) -> Any:  # untyped library
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=how.rounds, learning_rate=how.learning_rate, max_leaf_nodes=how.leaves, min_samples_leaf=how.least_rows,
        l2_regularization=how.penalty, max_features=how.features_pct / 100, early_stopping=False, random_state=seed,
        monotonic_cst=[SIDES[item.trend] for item in features],
    )  # fmt: skip
    chosen = _bag(rows, how.bag_pct / 100, seed)
    with threadpool_limits(1):  # the same sums on every machine, and no fight over few processors
        return model.fit(figures[chosen], rows.bad[chosen])


def _bag(rows: Dataset, share: float, seed: int) -> NDArray[np.int64]:
    """Return the rows of a random share of the groups; all of them for a share of one."""
    if share >= 1:
        return np.arange(len(rows))
    groups = np.random.default_rng(seed).permutation(np.unique(rows.group))
    return np.flatnonzero(np.isin(rows.group, groups[: int(share * groups.size)]))


def _feature(rule: FeatureRule, column: NDArray[Any], bad: Floats) -> Feature:
    if column.dtype == object:
        return Feature(name=rule.name, trend="none", codes=_codes(column, bad))
    trend: Trend = "none" if rule.direction == "auto" else rule.direction
    return Feature(name=rule.name, trend=trend, special=rule.special if trend != "none" else ())


def _codes(column: NDArray[Any], bad: Floats) -> dict[str, float]:
    """Return a number per text, in the order of its share of bads in the training rows."""
    average = float(bad.mean())
    texts = sorted({str(cell) for cell in column.tolist() if cell is not None})
    found = [(bad[column == text].sum() + SMOOTHING * average) / ((column == text).sum() + SMOOTHING) for text in texts]
    return {texts[place]: float(number) for number, place in enumerate(np.argsort(found, kind="stable"))}


def _tree(nodes: Any, bags: int) -> Tree:  # a structured array of the library
    leaf = nodes["is_leaf"].astype(bool)
    threshold = np.clip(nodes["num_threshold"], -sys.float_info.max, sys.float_info.max)
    return Tree(
        feature=tuple(int(number) for number in np.where(leaf, -1, nodes["feature_idx"])),
        threshold=tuple(float(value) for value in np.where(leaf, 0.0, threshold)),
        left=tuple(int(number) for number in np.where(leaf, 0, nodes["left"])),
        right=tuple(int(number) for number in np.where(leaf, 0, nodes["right"])),
        missing_left=tuple(bool(flag) for flag in nodes["missing_go_to_left"]),
        value=tuple(float(value) / bags for value in np.where(leaf, nodes["value"], 0.0)),
    )  # fmt: skip
