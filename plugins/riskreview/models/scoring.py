"""Owns scoring the customers of an indicator frame by the instance's champion, and by the model in its shadow."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.indicators.frame import IndicatorFrame
from riskreview.models.artefact import Forest, Model, Scorecard
from riskreview.models.columns import Columns, Floats, columns_of
from riskreview.models.forest import ForestScorer
from riskreview.models.grades import classes_of, grades_of
from riskreview.models.results import ModelScores
from riskreview.models.scorecard import Scorer
from riskreview.models.store import Deciding, read_deciding
from riskreview.models.unreadable import tell_unreadable
from riskreview.policy.master_scale import MasterScale

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy


def deciding_models(services: Services) -> Deciding:
    """Return the models that say how likely a default is.

    :raises BadInput: when the stored champion cannot be read.
    """
    with transaction(services.engine) as connection:
        return read_deciding(connection, "default")


def score_customers(
    services: Services, frame: IndicatorFrame, *, policy: "Policy", as_of: date, deciding: Deciding | None = None
) -> ModelScores | None:
    """Return what the champion says; None without a promoted scorecard or without a master scale in the policy.

    A challenger that cannot be read is told of and left out, for it decides nothing.

    :param deciding: the models; None reads those of now.
    :raises BadInput: when the stored champion cannot be read.
    """
    deciding = deciding_models(services) if deciding is None else deciding
    if policy.master_scale is None or not isinstance(deciding.champion, Scorecard):
        return None
    if deciding.shadow_is_unreadable:
        tell_unreadable(services, "challenger", on_day=as_of)
    scores = score_frame(deciding.champion, frame, scale=policy.master_scale)
    if deciding.shadow is None:
        return scores
    return replace(scores, challenger=probability_by(deciding.shadow, columns_of(frame), rows=len(frame.customer_key)))


def score_frame(card: Scorecard, frame: IndicatorFrame, *, scale: MasterScale) -> ModelScores:
    """Return what a scorecard says of the customers of a frame; pure."""
    scored = Scorer(card).score(columns_of(frame), len(frame.customer_key))
    grade = grades_of(scored.probability, scale)
    names = tuple(item.name for item in card.characteristics)
    return ModelScores(scored.probability, grade, classes_of(grade, scale), scored.points, scored.reasons,
                       card.version, card.digest, names)  # fmt: skip


def probability_by(model: Model, columns: Columns, *, rows: int) -> Floats:
    """Return the probability any model gives; NaN where it cannot judge."""
    if isinstance(model, Forest):
        return ForestScorer(model).score(columns, rows)
    return Scorer(model).score(columns, rows, reasons=False).probability
