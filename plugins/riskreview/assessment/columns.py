"""Owns how an assessment is laid out when it is stored: columns of ``current_assessment`` and of the history."""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.classes import index_points
from riskreview.assessment.positions import EPOCH, day_number
from riskreview.assessment.scale import Scale
from riskreview.assessment.score import Assessment
from riskreview.assessment.standing import unpack
from riskreview.foundation.binary_copy import Column, column_of_floats
from riskreview.policy.risk_terms import INDICATOR_IDS

DIMENSIONS = ("payment", "financial", "transaction", "industry", "compliance", "relationship")


def current_columns(result: Assessment, scale: Scale, *, as_of: date, run_id: int) -> list[Column]:
    """Return the columns of ``current_assessment``."""
    decision, length = result.decision, len(result)
    columns = [
        Column("customer_key", "int8", result.positions.customer_key),
        Column("run_id", "int8", np.broadcast_to(np.int64(run_id), length)),
        Column("as_of", "date", np.broadcast_to(np.int32(day_number(as_of)), length)),
        Column("risk_class", "int2", result.risk_class),
        Column("previous_class", "int2", decision.previous_class, decision.previous_class < 0),
        Column("class_since", "date", unpack(decision.standing).since),
        Column("valid_until", "date", decision.valid_until),
        Column("index_points", "float4", index_points(result.evaluation.index)),
        *(Column(f"{name}_points", "float4", index_points(points)) for name, points in dimension_points(result, scale)),
        *(Column(name, "int2", column) for name, column in _layers(result).items()),
        column_of_floats("model_pd", "float4", result.scores.probability),
        Column("flags", "int4", result.positions.flags),
        *(Column(name, "int8", column) for name, column in _bits(result).items()),
        Column("opinion_id", "int8", decision.opinion_id, decision.opinion_id == 0),
        Column("exposure", "float8", result.positions.exposure),
        Column("overdue", "float8", result.positions.overdue),
        column_of_floats("limit_amount", "float8", result.positions.limit_amount),
        Column("unapplied", "float8", result.positions.unapplied),
    ]
    known = [name for name in INDICATOR_IDS if name in result.positions.values]
    return columns + [column_of_floats(name.lower(), "float4", result.positions.values[name]) for name in known]


def _layers(result: Assessment) -> dict[str, NDArray[np.int16]]:
    """Return every layer in the order in which they speak, 0 where one says nothing; then what decided and how good the data are."""
    now, scores, decision = result.evaluation, result.scores, result.decision
    return {
        "index_class": now.index_class, "model_class": scores.risk_class, "model_grade": scores.grade,
        "challenger_class": scores.challenger, "floor_class": now.floor, "floor_code": now.floor_code,
        "group_cap": decision.cap, "class_without_opinion": decision.without_opinion, "opinion_class": decision.opinion_class,
        "evaluated_class": decision.evaluated, "rule_code": decision.rule_code,
        "data_state": result.data_state,
    }  # fmt: skip


def _bits(result: Assessment) -> dict[str, NDArray[np.int64]]:
    now, decision, before = result.evaluation, result.decision, result.before
    return {
        "warnings": now.warnings, "alarms": now.alarms, "standing": decision.standing, "prior_standing": before.standing,
        "confirmed": decision.confirmed, "prior_confirmed": before.confirmed, "late_data": result.late,
        "line_set": result.positions.line_set,
    }  # fmt: skip


def dimension_points(result: Assessment, scale: Scale) -> list[tuple[str, NDArray[np.int32]]]:
    """Return every stored dimension with its points in millionths, zero for one the policy does not have."""
    rows = {dimension.id: row for dimension, row in zip(scale.dimensions, result.evaluation.points, strict=True)}
    return [(name, rows.get(name, np.zeros(len(result), dtype=np.int32))) for name in DIMENSIONS]


def history_columns(result: Assessment, scale: Scale) -> dict[str, NDArray[np.generic]]:
    """Return what the history keeps of every customer; enough to recompute and explain the assessment exactly."""
    positions = result.positions
    columns: dict[str, NDArray[np.generic]] = {
        "customer_key": positions.customer_key, "risk_class": result.risk_class,
        "previous_class": result.decision.previous_class, "index_micro": result.evaluation.index,
        **_layers(result), "opinion_id": result.decision.opinion_id, "model_pd": result.scores.probability, "flags": positions.flags, **_bits(result),
        "valid_until": np.datetime64(EPOCH, "D") + result.decision.valid_until,
    }  # fmt: skip
    for name, points in dimension_points(result, scale):
        columns[f"{name}_micro"] = points
    columns |= {"exposure": positions.exposure, "overdue": positions.overdue, "limit_amount": positions.limit_amount}
    if positions.unapplied.any():  # else the digest is what it was before this was kept
        columns["unapplied"] = np.where(positions.unapplied > 0, positions.unapplied, np.nan)
    return columns | {name.lower(): positions.values[name] for name in INDICATOR_IDS if name in positions.values}


def digest_of(columns: Iterable[NDArray[np.generic]], *, context: str) -> str:
    """Return the SHA-256 of a result together with what it was computed under."""
    whole = hashlib.sha256(context.encode())
    for column in columns:
        whole.update(np.ascontiguousarray(column).view(np.uint8).data)
    return whole.hexdigest()
