"""Owns saying what the credit model marks a customer down for: the figures that cost most points, scored again from what is stored."""

import numpy as np
from sqlalchemy import Connection

from riskreview.assessment import wording
from riskreview.assessment.judged_row import Judged
from riskreview.assessment.model_layer import SILENT
from riskreview.assessment.positions import GROUP_INDICATOR, Positions
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.models.artefact import Characteristic, Scorecard
from riskreview.models.columns import Columns
from riskreview.models.scorecard import Scorer, bin_numbers, bins_of
from riskreview.models.store import models_of
from riskreview.policy.risk_terms import FLAGS


def model_reasons(connection: Connection, now: Judged, *, digest: str | None, language: str) -> tuple[str, ...]:
    """Return the figures that cost most points, worst first, each with its range and the points.

    Nothing where no model speaks, where it is no longer stored, and where what is stored does not give the probability it gave: a
    reason that is not the model's own is worse than none.
    """
    if not digest or int(now.scores.risk_class[0]) == SILENT:
        return ()
    try:
        card = models_of(connection, champion=digest, shadow=None).champion
    except (NotFound, BadInput):
        return ()
    if not isinstance(card, Scorecard):
        return ()
    columns = _columns(now.positions)
    scored = Scorer(card).score(columns, 1)
    if np.float32(scored.probability[0]) != np.float32(now.scores.probability[0]):
        return ()
    return tuple(
        _said(card.characteristics[number], columns, language) for number in scored.reasons[0].tolist() if number >= 0
    )


def _columns(positions: Positions) -> Columns:
    """Return what a model may read, as far as it is stored, under the names an indicator frame has."""
    values = {name: column.astype(np.float64) for name, column in positions.values.items() if name != GROUP_INDICATOR}
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(positions.exposure > 0, 100.0 * positions.overdue / positions.exposure, np.nan)
    amounts = {"exposure": positions.exposure, "limit_amount": positions.limit_amount, "overdue_share": share}
    return {**values, **amounts, **{f"flag_{name}": positions.flag(name).astype(np.float64) for name in FLAGS}}


def _said(item: Characteristic, columns: Columns, language: str) -> str:
    bins = bins_of(item)
    found = bins[int(bin_numbers(item, columns.get(item.name), 1)[0])]
    lost = max(one.points for one in bins) - found.points
    return wording.MODEL_REASON.of(language).format(text=found.text.of(language), points=lost)
