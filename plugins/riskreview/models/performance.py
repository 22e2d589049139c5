"""Owns judging probabilities by what happened: every figure of a back-test in one place, and the gates it must pass. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskreview.models.accuracy import (
    Brier,
    CalibrationLine,
    GoodnessOfFit,
    LevelTest,
    brier,
    calibration_line,
    hosmer_lemeshow,
    level_tests,
)
from riskreview.models.discrimination import Z95, Discrimination, discrimination
from riskreview.models.grades import grades_of
from riskreview.policy.master_scale import MasterScale
from riskreview.policy.model_policy import Gates

Floats = NDArray[np.float64]
Verdict = Literal["pass", "warning", "alarm", "report"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's answers for rows it has not seen.

    :param raw: log odds before calibration; ``part`` is the fold whose model gave the answer, since folds have scales of their own.
    :param repeats: rows per customer on average. Rows of one customer are alike, so that the interval is widened as if the others told
        nothing (the design effect of Kish at its largest).
    """

    raw: Floats
    probability: Floats
    bad: Floats
    part: NDArray[np.int64]
    repeats: float = 1.0


@dataclass(frozen=True, slots=True)
class Performance:
    """How well a model did.

    :param separation: means over the folds; the interval allows for both kinds of row.
    :param spread: standard deviation of the AUC over the folds.
    :param levels: tests that probabilities are too low: portfolio and each grade.
    """

    rows: int
    bads: int
    separation: Discrimination
    spread: float
    brier: Brier
    fit: GoodnessOfFit
    line: CalibrationLine
    levels: Mapping[str, LevelTest]


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing a back-test must show, and whether it does; ``report``: too few bads to judge."""

    name: str
    value: float
    limit: str
    verdict: Verdict


def performance_of(judged: Judged, scale: MasterScale) -> Performance:
    """Return the figures of a back-test; rows without a probability are left out."""
    known = np.isfinite(judged.probability)
    probability, bad = judged.probability[known], judged.bad[known]
    parts = [(judged.part == part) & known for part in np.unique(judged.part)]
    found = [discrimination(judged.raw[rows], judged.bad[rows]) for rows in parts]
    areas = np.array([item.auc for item in found])
    return Performance(
        int(known.sum()), int(bad.sum()), _mean(found, judged.repeats), float(areas.std()), brier(probability, bad), hosmer_lemeshow(probability, bad),
        calibration_line(probability, bad), level_tests(probability, bad, grades_of(probability, scale)),
    )  # fmt: skip


def _mean(found: Sequence[Discrimination], repeats: float) -> Discrimination:
    area, ks = (float(np.mean([getattr(item, name) for item in found])) for name in ("auc", "ks"))
    spreads = np.array([(item.high - item.low) / (2.0 * Z95) for item in found])
    spread = float(np.sqrt((spreads**2).sum() * repeats)) / len(found)
    return Discrimination(area, max(0.0, area - Z95 * spread), min(1.0, area + Z95 * spread), ks)


def gates_of(found: Performance, gates: Gates, *, auc_before: float | None = None) -> list[Gate]:
    """Return the gates of a back-test: fall of the AUC, level of the probabilities, slope of the calibration, skill."""
    portfolio = found.levels["portfolio"]
    few = found.bads < gates.least_bads
    slope = gates.slope
    inside = slope.start <= found.line.slope <= slope.end
    result = [
        _gate("Jeffreys p, portfolio", portfolio.jeffreys, f"at least {gates.p_value.warning:g}",
              _low(portfolio.jeffreys, gates.p_value.warning, gates.p_value.alarm), few=few),
        _gate("calibration slope", found.line.slope, f"{slope.start:g} to {slope.end:g}", "pass" if inside else "warning", few=few),
        _gate("Brier skill", found.brier.skill, "above 0", "pass" if found.brier.skill > 0 else "warning", few=few),
    ]  # fmt: skip
    if auc_before is not None:
        fall = auc_before - found.separation.auc
        verdict = _low(-fall, -gates.auc_drop.warning, -gates.auc_drop.alarm)
        result.insert(0, _gate("fall of the AUC", fall, f"at most {gates.auc_drop.warning:g}", verdict, few=few))
    return result


def _gate(name: str, value: float, limit: str, verdict: Verdict, *, few: bool) -> Gate:
    return Gate(name, value, limit, "report" if few else verdict)


def _low(value: float, warning: float, alarm: float) -> Verdict:
    return "alarm" if value < alarm else "warning" if value < warning else "pass"
