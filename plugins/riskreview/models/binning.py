"""Owns finding the bins of a characteristic: optbinning finds them, plain numbers replace its splits, and the trend is held to."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Trend
from riskreview.models.definition import Direction, FeatureRule
from riskreview.models.woe import BinTable, bin_table
from riskreview.policy.model_policy import Bins

Floats = NDArray[np.float64]
TRENDS: dict[Direction, str] = {
    "increasing": "ascending", "decreasing": "descending", "auto": "auto_asc_desc", "none": "auto",
}  # fmt: skip
SECONDS = 20
PREBINS = 20


@dataclass(frozen=True, slots=True)
class Binned:
    """The bins of one characteristic over its training rows.

    :param place: bin of each row: the regular bins, then missing, then one per special code.
    :param table: over all of them; ``woe`` of missing is 0 when missing says nothing.
    """

    rule: FeatureRule
    trend: Trend
    splits: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...]
    place: NDArray[np.int64]
    table: BinTable

    @property
    def regular(self) -> int:
        """How many regular bins there are."""
        return len(self.groups) if self.groups else len(self.splits) + 1


def is_scattered(column: NDArray[Any], limits: Bins) -> bool:
    """Tell whether a column holds texts of which none has rows enough for a bin: names, dates, figures with odd cells."""
    if column.dtype != object:
        return False
    counts = Counter(str(cell) for cell in column.tolist() if cell is not None)
    return len(counts) > 1 and max(counts.values()) < limits.least_share(column.size) * column.size


def bin_feature(rule: FeatureRule, column: NDArray[Any], bad: Floats, limits: Bins) -> Binned | None:
    """Return the bins of a column, None when it does not vary."""
    if column.dtype == object:
        return _bin_texts(rule, column, bad, limits)
    special = np.isin(column, rule.special)
    known = np.isfinite(column) & ~special
    if np.unique(column[known]).size < 2 or not 0 < bad[known].sum() < known.sum():
        return None
    found = _optimal_splits(column[known], bad[known], rule.direction, limits, rows=column.size)
    plain = _plain_splits(found, column[known], limits.rounding_pct / 100.0)
    splits, trend = _held_to_trend(plain, column[known], bad[known], rule.direction, limits, rows=column.size)
    if not splits and not special.any() and known.all():
        return None
    place = np.searchsorted(np.array(splits), column, side="right").astype(np.int64)
    place[~np.isfinite(column)] = len(splits) + 1
    for number, code in enumerate(rule.special, start=1):
        place[column == code] = len(splits) + 1 + number
    return _binned(rule, trend, splits, (), place, bad, limits)


def _binned(
    rule: FeatureRule, trend: Trend, splits: tuple[float, ...], groups: tuple[tuple[str, ...], ...],
    place: NDArray[np.int64], bad: Floats, limits: Bins,
) -> Binned:  # fmt: skip
    regular = len(groups) if groups else len(splits) + 1
    table = bin_table(place, bad, bins=regular + 1 + len(rule.special), empty_cell=limits.empty_cell)
    if table.rows[regular] and not _is_telling(place == regular, bad, limits.missing_p):
        table.woe[regular] = 0.0
    return Binned(rule, trend, splits, groups, place, table)


def _is_telling(missing: NDArray[np.bool_], bad: Floats, level: float) -> bool:
    """Tell whether the share of bads among missing figures differs from the rest (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    counts = [[int(bad[part].sum()), int((1 - bad[part]).sum())] for part in (missing, ~missing)]
    return bool(fisher_exact(counts).pvalue < level)


def _optimal_splits(figures: Floats, bad: Floats, direction: Direction, limits: Bins, *, rows: int) -> Floats:
    import warnings

    from optbinning import OptimalBinning

    share = min(limits.least_share(rows) * rows / figures.size, 0.5)
    tool = OptimalBinning(
        dtype="numerical", solver="cp", monotonic_trend=TRENDS[direction], min_bin_size=share, min_prebin_size=min(0.05, share),
        max_n_prebins=PREBINS, max_n_bins=limits.most, min_bin_n_event=limits.least_bads, min_bin_n_nonevent=1, time_limit=SECONDS,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the library
        tool.fit(figures, bad.astype(np.int64))
    return np.asarray(tool.splits, dtype=np.float64)


def _plain_splits(splits: Floats, figures: Floats, tolerance: float) -> list[float]:
    """Return every split as the plainest number that moves few rows to its other side."""
    ordered = np.sort(figures)
    found = [_plainest(float(split), ordered, tolerance) for split in splits]
    return sorted(set(found))


def _plainest(split: float, ordered: Floats, tolerance: float) -> float:
    for digits in range(1, 16):
        plain = float(f"{split:.{digits - 1}e}")
        moved = abs(
            int(np.searchsorted(ordered, plain, side="left")) - int(np.searchsorted(ordered, split, side="left"))
        )
        if moved <= tolerance * ordered.size:
            return plain
    return split


def _held_to_trend(
    splits: list[float], figures: Floats, bad: Floats, direction: Direction, limits: Bins, *, rows: int
) -> tuple[tuple[float, ...], Trend]:
    """Take out splits until every bin has its rows and bads and the shares of bads follow the trend; rounding may have broken it."""
    least = math.floor(limits.least_share(rows) * rows * 0.9)
    kept = list(splits)
    while kept:
        place = np.searchsorted(np.array(kept), figures, side="right")
        table = bin_table(place, bad, bins=len(kept) + 1, empty_cell=limits.empty_cell)
        trend = _trend(direction, table)
        thin = np.flatnonzero((table.rows < least) | (table.bads < limits.least_bads) | (table.rows == table.bads))
        if thin.size:
            kept.pop(min(int(thin[0]), len(kept) - 1))
            continue
        wrong = _against(trend, table.woe)
        if not wrong.size:
            return tuple(kept), trend
        kept.pop(int(wrong[0]))
    return (), _trend(direction, None)


def _trend(direction: Direction, table: BinTable | None) -> Trend:
    if direction == "auto":
        rising = table is not None and table.woe[0] >= table.woe[-1]
        return "increasing" if rising else "decreasing"
    return direction


def _against(trend: Trend, woe: Floats) -> NDArray[np.int64]:
    """Return the splits whose two bins do not follow the trend."""
    steps = np.diff(woe)
    if trend == "none":
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(steps >= 0 if trend == "increasing" else steps <= 0)


def _bin_texts(rule: FeatureRule, column: NDArray[Any], bad: Floats, limits: Bins) -> Binned | None:
    known = np.array([cell is not None for cell in column.tolist()])
    texts = np.array([str(cell) for cell in column[known].tolist()], dtype=object)
    if not known.any() or np.unique(texts.astype(str)).size < 2:
        return None
    groups = _optimal_groups(texts, bad[known], limits, rows=column.size)
    number = {text: place for place, group in enumerate(groups) for text in group}
    place = np.array([number.get(cell, len(groups)) for cell in column.tolist()], dtype=np.int64)
    return _binned(rule.model_copy(update={"special": ()}), "none", (), groups, place, bad, limits)


def _optimal_groups(texts: NDArray[Any], bad: Floats, limits: Bins, *, rows: int) -> tuple[tuple[str, ...], ...]:
    """Return the texts in groups; rare ones are grouped together by the library."""
    import warnings

    from optbinning import OptimalBinning

    share = min(limits.least_share(rows) * rows / texts.size, 0.5)
    tool = OptimalBinning(
        dtype="categorical", solver="cp", cat_cutoff=share, min_bin_size=share, max_n_bins=limits.most,
        min_bin_n_event=limits.least_bads, min_bin_n_nonevent=1, time_limit=SECONDS,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the library
        tool.fit(texts, bad.astype(np.int64))
    groups = [tuple(sorted(map(str, group))) for group in tool.splits]
    rest = tuple(sorted(set(map(str, texts)) - {text for group in groups for text in group}))
    return tuple([*groups, rest] if rest else groups)
