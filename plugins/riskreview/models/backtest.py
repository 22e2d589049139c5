"""Owns looking back at a stored model: whether its population has moved, and whether it was right where outcomes are known. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Model, Scorecard
from riskreview.models.columns import Columns
from riskreview.models.dataset import Dataset
from riskreview.models.drift import Stability, stability
from riskreview.models.learning import check_columns, judged_by
from riskreview.models.performance import Gate, Performance, gates_of, performance_of
from riskreview.models.scorecard import Scorer, bin_numbers, bins_of
from riskreview.policy.master_scale import MasterScale
from riskreview.policy.model_policy import Gates


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a population moved from the training rows.

    :param score: stability of the points; ``figures``: of each characteristic over its bins; ``points``: by how much it moved the mean.
    """

    score: Stability
    figures: Mapping[str, Stability]
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a stored model showed on rows with known outcomes."""

    performance: Performance
    moved: Moved | None
    gates: tuple[Gate, ...]


def backtest(model: Model, rows: Dataset, scale: MasterScale, gates: Gates) -> Backtest:
    """Judge a stored model on rows, against what it showed when it was trained.

    :raises BadInput: when the rows lack a figure the model reads.
    """
    check_columns(model, rows)
    found = performance_of(judged_by(model, rows), scale)
    moved = moved_of(model, rows.columns, len(rows)) if isinstance(model, Scorecard) else None
    passed = gates_of(found, gates, auc_before=model.training.metrics.get("auc"))
    return Backtest(found, moved, (*passed, *(() if moved is None else moving_gates(moved, gates))))


def moved_of(card: Scorecard, columns: Columns, rows: int) -> Moved:
    """Return how far rows are from the training rows of a scorecard, by score and by figure."""
    borders = np.array([border for border, _ in card.spread])
    shares = np.array([share for _, share in card.spread])
    expected = np.round(np.append(shares, 1.0 - shares.sum()) * card.training.rows).astype(np.int64)
    points = Scorer(card).score(columns, rows, reasons=False).points
    actual = np.bincount(np.searchsorted(borders, points, side="right"), minlength=expected.size)
    figures, shifts = {}, {}
    for item in card.characteristics:
        place = bin_numbers(item, columns.get(item.name), rows)
        before = np.array([one.share for one in bins_of(item)])
        now = np.bincount(place, minlength=before.size)
        figures[item.name] = stability(_counts(before, card.training.rows), now)
        shifts[item.name] = float((now / max(rows, 1) - before) @ np.array([one.points for one in bins_of(item)]))
    return Moved(stability(expected, actual), figures, shifts)


def moving_gates(moved: Moved, gates: Gates) -> list[Gate]:
    """Return the gates of the score's and each figure's stability; they act only above what chance explains."""
    named = {"PSI of the score": moved.score, **{f"CSI of {name}": found for name, found in moved.figures.items()}}
    return [
        Gate(name, found.index, f"at most {max(gates.psi.warning, found.critical):.3g}",
             "alarm" if found.acts(gates.psi.alarm) else "warning" if found.acts(gates.psi.warning) else "pass")
        for name, found in named.items()
    ]  # fmt: skip


def _counts(shares: NDArray[np.float64], rows: int) -> NDArray[np.int64]:
    return np.round(shares * rows).astype(np.int64)
