"""Owns measuring the comparison of names on names and their altered spellings, row by row beside each other."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from riskreview.foundation.errors import BadInput
from riskreview.identity.names import normalize, similarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPLITS = 20


@dataclass(frozen=True, slots=True)
class NameFigures:
    """What a comparison of names is worth.

    :param right_first: part of the altered names whose own name is ranked above all others.
    :param f1: of telling a name's own spelling from its nearest wrong candidate by a threshold, learned on one half and tested
        on the other, mean over the splits; ``f1_lowest`` is the lowest of them.
    """

    names: int
    right_first: float
    f1: float
    f1_lowest: float
    threshold: float


def measure_files(originals: Path, altered: Path, *, column: str) -> NameFigures:
    """Measure on two CSV files whose rows belong together.

    :raises BadInput: when a file lacks the column or the files are of different length.
    """
    right, wrong = _column(originals, column), _column(altered, column)
    if len(right) != len(wrong) or len(right) < 2:
        found = f"{originals.name} has {len(right)} names and {altered.name} {len(wrong)}"
        raise BadInput("E-NAMES", found, "Give two files whose rows belong together", altered.name)
    return measure(right, wrong)


def measure(originals: Sequence[str], altered: Sequence[str]) -> NameFigures:
    """Compare every altered name with every original one; names belong together by their place."""
    import numpy as np

    known = [normalize(name) for name in originals]
    alike = np.array([[similarity(name, other) for other in known] for name in map(normalize, altered)])
    right = alike.diagonal().copy()
    np.fill_diagonal(alike, -1.0)
    wrong = alike.max(axis=1)
    found = [_split(right, wrong, seed) for seed in range(SPLITS)]
    scores = [score for score, _ in found]
    return NameFigures(len(originals), float((right > wrong).mean()), float(np.mean(scores)), min(scores),
                       float(np.median([threshold for _, threshold in found])))  # fmt: skip


def _split(right: "NDArray[np.float64]", wrong: "NDArray[np.float64]", seed: int) -> tuple[float, float]:
    """Return F1 on one half of the rows at the threshold that is best on the other, and that threshold."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(right))
    learn, test = order[: len(order) // 2], order[len(order) // 2 :]
    candidates = np.unique(np.concatenate((right[learn], wrong[learn])))
    threshold = max(candidates, key=lambda value: _f1(right[learn], wrong[learn], value))
    return _f1(right[test], wrong[test], threshold), float(threshold)


def _f1(right: "NDArray[np.float64]", wrong: "NDArray[np.float64]", threshold: float) -> float:
    hits, false = int((right >= threshold).sum()), int((wrong >= threshold).sum())
    return 2 * hits / (hits + false + len(right))


def _column(path: Path, column: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        reader = csv.DictReader(stream)
        if column not in (reader.fieldnames or ()):
            raise BadInput("E-NAMES", f"there is no column {column}", "Name the column with --column", path.name)
        return [row[column] or "" for row in reader]
