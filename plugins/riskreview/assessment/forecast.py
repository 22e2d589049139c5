"""Owns predicting whether a class gets worse: scored after an assessment, kept beside it, and told with what it is worth.

A prediction informs and never decides. It is experimental until its model has passed its gate and a second person approved it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from riskreview.assessment import history
from riskreview.assessment.columns import digest_of
from riskreview.assessment.own_history import extent_of
from riskreview.assessment.snapshots import STOOD, figures_of
from riskreview.assessment.store import read_head
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.models.artefact import Forest, Model
from riskreview.models.scoring import probability_by
from riskreview.models.store import read_forecasting
from riskreview.models.unreadable import tell_unreadable
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import INDICATOR_IDS, RiskClass, Text

TABLE = "forecasts"
MODEL: Literal["class_change"] = "class_change"
TRAIN = "riskreview model train class_change"
UNREADABLE = Text(en="no prediction of change: the stored model cannot be read", zh="不预测等级变化：已存模型无法读取")


@dataclass(frozen=True, slots=True)
class ForecastCounts:
    """How many customers have a prediction, and whether there is none because the model cannot be read."""

    predicted: int
    model_unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is predicted of one customer.

    :param probability: that its class is worse within so many quarters; None when nothing is predicted, which the sentence explains.
    :param is_experimental: not to be relied on yet.
    """

    probability: float | None
    quarters: int
    is_experimental: bool
    as_of: date | None
    model: str | None
    sentence: str


def forecast_changes(services: Services, *, as_of: date, run_id: int) -> ForecastCounts:
    """Predict for the customers of the last assessment of a date; without a model nothing is predicted.

    The same prediction of the same date is kept once. A model that cannot be read predicts nothing, takes the place of what was
    predicted before, and the data engineer is told.
    """
    try:
        with services.engine.connect() as connection:
            found = read_forecasting(connection)
    except BadInput:
        return _unreadable(services, as_of, run_id)
    if found is None:
        return ForecastCounts(0)
    model, policy = found.model, load_policy(services.instance)
    rows = history.read_at(services.instance, as_of=as_of, columns=(*STOOD, *_indicators_of(model)))
    if rows is None:
        return ForecastCounts(0)
    rows = rows.sort_by("customer_key")
    said = probability_by(model, figures_of(rows, "change", as_of), rows=rows.num_rows)
    code = rows["risk_class"].to_numpy()
    can_worsen = (code != RiskClass.unknown) & (code < RiskClass.default)
    probability = np.where(can_worsen, said, np.nan).astype(np.float32)
    columns = {"customer_key": rows["customer_key"].to_numpy(), "probability": probability,
               "experimental": np.full(rows.num_rows, found.is_experimental)}  # fmt: skip
    digest = digest_of(columns.values(), context=f"{as_of} {model.digest}")
    key = history.HistoryKey(as_of, run_id, policy.version, policy.digest, digest, model.version, model.digest)
    history.append_history(services.instance, key, columns, name=TABLE)
    return ForecastCounts(int(np.isfinite(probability).sum()))


def _indicators_of(model: Model) -> list[str]:
    """Return the columns of the indicators a model reads, so that a million customers need no more memory than these."""
    names = {item.name for item in (model.features if isinstance(model, Forest) else model.characteristics)}
    return [name.lower() for name in INDICATOR_IDS if name in names]


def _unreadable(services: Services, as_of: date, run_id: int) -> ForecastCounts:
    """Keep that nothing is predicted of anybody, and tell the data engineer, once a day."""
    rows = history.read_at(services.instance, as_of=as_of, columns=["customer_key"])
    keys = np.zeros(0, dtype=np.int64) if rows is None else np.sort(rows["customer_key"].to_numpy())
    columns = {"customer_key": keys, "probability": np.full(len(keys), np.nan, dtype=np.float32),
               "experimental": np.ones(len(keys), dtype=np.bool_)}  # fmt: skip
    policy = load_policy(services.instance)
    key = history.HistoryKey(
        as_of, run_id, policy.version, policy.digest, digest_of(columns.values(), context=f"{as_of} none")
    )
    history.append_history(services.instance, key, columns, name=TABLE)
    tell_unreadable(services, MODEL, on_day=as_of)
    return ForecastCounts(0, model_unreadable=1)


def forecast_of(services: Services, *, customer_key: int, on_day: date, language: str) -> Forecast:
    """Return the prediction for a customer that goes with the assessment of everybody on a day, or why there is none."""
    quarters = load_model_policy(services.instance).change.quarters
    rows = history.read_last(services.instance, TABLE, until=on_day, customer_keys=[customer_key])
    found = None if rows is None or not rows.num_rows else rows.to_pylist()[0]
    if found is None or found["as_of"] < _assessed_on(services, on_day, found["as_of"]):
        return Forecast(None, quarters, True, None, None, _why_none(services, on_day, language))
    if not found["model_version"]:
        return Forecast(None, quarters, True, found["as_of"], None, UNREADABLE.of(language))
    chance, experimental = found["probability"], bool(found["experimental"])
    said = f"{100 * chance:.1f} % ({found['as_of']})" if chance is not None else ""
    sentence = _nothing(language) if chance is None else _said(said, quarters, language, experimental=experimental)
    return Forecast(chance, quarters, experimental, found["as_of"], found["model_version"], sentence)


def _assessed_on(services: Services, on_day: date, before: date) -> date:
    """Return the day of the current assessment where that is one up to a day: what was predicted before it is out of date."""
    with services.engine.connect() as connection:
        head = read_head(connection)
    return before if head is None or head.as_of > on_day else head.as_of


def _said(chance: str, quarters: int, language: str, *, experimental: bool) -> str:
    if language == "zh":
        return f"未来 {quarters} 个季度内等级恶化的概率：{chance}" + ("（试验性：模型尚未通过门槛或未经批准）" if experimental else "")  # fmt: skip
    mark = " (experimental: the model has not passed its gate, or nobody has approved it)" if experimental else ""
    return f"chance that the class gets worse within {quarters} quarters: {chance}{mark}"


def _nothing(language: str) -> str:
    if language == "zh":
        return "不预测等级变化：客户已违约、未评级，或已知指标过少"
    return "no prediction of change: the customer is in default or has no class, or too few figures are known"


def _why_none(services: Services, on_day: date, language: str) -> str:
    extent = extent_of(services, "change", as_of=on_day)
    if language == "zh":
        return "不预测等级变化：" + (f"尚无模型，请运行 {TRAIN}" if extent.is_enough else extent.sentence(language))
    why = f"no model is trained: {TRAIN}" if extent.is_enough else extent.sentence(language)
    return f"no prediction of change: {why}"
