"""Owns fitting a scorecard to rows: bins, selection, regression, points.

Everything that looks at outcomes happens in here, so that a fold that calls it with its own rows leaks nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskreview.models.artefact import Bin, Calibration, Characteristic, Method, Scorecard, Special, Training
from riskreview.models.binning import Binned, bin_feature, is_scattered
from riskreview.models.dataset import Dataset
from riskreview.models.definition import ModelDefinition
from riskreview.models.discrimination import auc
from riskreview.models.regression import fit_signed
from riskreview.models.scorecard import Scorer
from riskreview.models.wording import group_texts, missing_text, range_texts, special_text, title_of
from riskreview.policy.master_scale import MasterScale
from riskreview.policy.model_policy import ModelPolicy
from riskreview.policy.risk_terms import Text

Floats = NDArray[np.float64]
Why = Literal["constant", "scattered", "undirected", "weak", "sign", "slight"]


@dataclass(frozen=True, slots=True)
class Kit:
    """What every fit needs beside its rows."""

    definition: ModelDefinition
    policy: ModelPolicy
    scale: MasterScale

    @property
    def penalty(self) -> float:
        """The penalty of the definition, else the policy's."""
        return self.definition.penalty or self.policy.regression.penalty


@dataclass(frozen=True, slots=True)
class Fitted:
    """A scorecard before calibration, and what was left out of it.

    :param dropped: why a figure is not in the card: it does not vary, it is hardly ever the same text twice, it says nothing, its coefficient had the wrong sign, or what it
        adds is too slight beside the others.
    :param suspicious: figures that say so much that they may know the outcome.
    :param rounding_loss: AUC on the training rows that whole points cost.
    """

    card: Scorecard
    dropped: dict[str, Why]
    suspicious: tuple[str, ...]
    rounding_loss: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One characteristic before its points: what each bin adds to the log odds."""

    binned: Binned
    evidence: Floats
    coefficient: float


def fit_scorecard(rows: Dataset, kit: Kit) -> Fitted:
    """Return the scorecard of weight of evidence over the rows.

    :raises ValueError: when no figure tells bad from good.
    """
    dropped: dict[str, Why] = {}
    chosen: list[Binned] = []
    for name, column in rows.columns.items():
        scattered = is_scattered(column, kit.policy.bins)
        found = None if scattered else bin_feature(kit.definition.rule_of(name), column, rows.bad, kit.policy.bins)
        if scattered:
            dropped[name] = "scattered"
        elif found is None:
            dropped[name] = "constant"
        elif found.table.information_value < kit.policy.selection.least_iv:
            dropped[name] = "weak"
        else:
            chosen.append(found)
    if not chosen:
        raise ValueError("no figure tells bad from good")
    intercept, pieces = _regressed(rows, kit, chosen, dropped)
    leaks = [item for item in chosen if item.table.information_value > kit.policy.selection.leak_iv]
    return finished(rows, kit, pieces, intercept, dropped, tuple(item.rule.name for item in leaks), method="woe")


def _regressed(rows: Dataset, kit: Kit, chosen: list[Binned], dropped: dict[str, Why]) -> tuple[float, list[Piece]]:
    """Return intercept and pieces; a figure of the wrong sign leaves at once, then the slightest ones until all count."""
    least = kit.policy.selection.least_points
    left = list(chosen)
    while True:
        evidence = np.stack([item.table.woe[item.place] for item in left], axis=1)
        intercept, coefficients = fit_signed(evidence, rows.bad, penalty=kit.penalty)
        spread = np.array([-value * kit.scale.factor * np.ptp(item.table.woe[item.table.rows > 0])
                           for item, value in zip(left, coefficients, strict=True)])  # fmt: skip
        leaving = spread <= max(least / 2, min(float(spread.min()), least - 1e-9))
        if not leaving.any() or leaving.all():
            break
        dropped |= {item.rule.name: "sign" if value == 0 else "slight"
                    for item, value, goes in zip(left, coefficients, leaving, strict=True) if goes}  # fmt: skip
        left = [item for item, goes in zip(left, leaving, strict=True) if not goes]
    return intercept, [
        Piece(item, item.table.woe, float(value)) for item, value in zip(left, coefficients, strict=True) if value < 0
    ]


def finished(
    rows: Dataset, kit: Kit, pieces: Sequence[Piece], intercept: float, dropped: dict[str, Why],
    suspicious: tuple[str, ...], *, method: Method,
) -> Fitted:  # fmt: skip
    """Return the scorecard of the pieces, in whole points.

    :raises ValueError: when no piece is left.
    """
    if not pieces:
        raise ValueError("no figure tells bad from good in a way that makes sense")
    card = Scorecard(
        name=kit.definition.name, purpose=kit.definition.purpose, method=method, training=training_of(rows, kit),
        calibration=Calibration(floor=kit.policy.scoring.floor_pct / 100), characteristics=tuple(_characteristic(item, intercept, len(pieces), kit.scale) for item in pieces),
        base_points=0, factor=kit.scale.factor, offset=kit.scale.offset,
        least_known=max(1, math.ceil(len(pieces) * kit.policy.scoring.least_known_pct / 100)),
    )  # fmt: skip
    exact = intercept + sum(item.coefficient * item.evidence[item.binned.place] for item in pieces)
    points = Scorer(card).score(rows.columns, len(rows), reasons=False).points
    loss = auc(np.asarray(exact), rows.bad) - auc(-points.astype(np.float64), rows.bad)
    return Fitted(card.changed(spread=spread_of(points)), dropped, suspicious, loss)


def spread_of(points: NDArray[np.int32]) -> tuple[tuple[int, float], ...]:
    """Return borders of tenths of the points, and the share of the rows that lies below each and not below the one before."""
    borders = np.unique(np.quantile(points, np.arange(0.1, 1.0, 0.1), method="higher"))
    below = np.searchsorted(np.sort(points), borders, side="left") / points.size
    return tuple(
        (int(border), float(share)) for border, share in zip(borders, np.diff(below, prepend=0.0), strict=True)
    )


def training_of(rows: Dataset, kit: Kit, metrics: dict[str, float] | None = None) -> Training:
    """Return where a model comes from."""
    from riskreview import __version__

    return Training(
        rows=len(rows), bads=rows.bads, prior=prior_of(rows, kit.definition), data_digest=rows.digest,
        definition_digest=digest_of_definition(kit.definition), code_version=__version__, seed=kit.definition.split.seed,
        metrics=metrics or {},
    )  # fmt: skip


def prior_of(rows: Dataset, definition: ModelDefinition) -> float:
    """Return the share of bads that is expected where the model will be used."""
    return float(rows.bad.mean()) if definition.prior_pct is None else definition.prior_pct / 100.0


def digest_of_definition(definition: ModelDefinition) -> str:
    """Return the SHA-256 of a definition's content."""
    import hashlib

    return hashlib.sha256(definition.model_dump_json().encode()).hexdigest()


def _characteristic(item: Piece, intercept: float, count: int, scale: MasterScale) -> Characteristic:
    binned, table = item.binned, item.binned.table
    title = title_of(binned.rule)
    texts = group_texts(title, binned.groups) if binned.groups else range_texts(title, binned.splits)
    texts = [*texts, missing_text(title), *(special_text(title, code) for code in binned.rule.special)]

    def one(place: int, text: Text) -> Bin:
        odds = item.coefficient * float(item.evidence[place]) + intercept / count
        points = round(-odds * scale.factor + scale.offset / count)
        return Bin(points=points, woe=float(item.evidence[place]), share=float(table.rows[place] / table.rows.sum()),
                   bad_share=float(table.bad_share[place]), text=text)  # fmt: skip

    bins = [one(place, text) for place, text in enumerate(texts)]
    special = zip(binned.rule.special, bins[binned.regular + 1 :], strict=True)
    return Characteristic(
        name=binned.rule.name, title=title, trend=binned.trend, splits=binned.splits, groups=binned.groups,
        bins=tuple(bins[: binned.regular]), missing=bins[binned.regular],
        special=tuple(Special(codes=(code,), bin=found) for code, found in special),
        information_value=table.information_value, coefficient=item.coefficient,
    )  # fmt: skip
