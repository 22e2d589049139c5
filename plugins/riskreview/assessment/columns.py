"""Owns how an assessment is laid out when it is stored: columns of ``current_assessment`` and of the history."""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.classes import index_points
from riskreview.assessment.positions import day_number
from riskreview.assessment.scale import Scale
from riskreview.assessment.score import Assessment
from riskreview.assessment.standing import unpack
from riskreview.foundation.binary_copy import Column, column_of_floats
from riskreview.policy.risk_terms import INDICATOR_IDS

DIMENSIONS = ("payment", "financial", "transaction", "industry", "compliance", "relationship")


def current_columns(result: Assessment, scale: Scale, *, as_of: date, run_id: int) -> list[Column]:
    """Return the columns of ``current_assessment``."""
    now, length = result.evaluation, len(result)
    columns = [
        Column("customer_key", "int8", result.positions.customer_key),
        Column("run_id", "int8", np.broadcast_to(np.int64(run_id), length)),
        Column("as_of", "date", np.broadcast_to(np.int32(day_number(as_of)), length)),
        Column("risk_class", "int2", result.risk_class),
        Column("previous_class", "int2", result.previous_class, result.previous_class < 0),
        Column("class_since", "date", unpack(result.standing).since),
        Column("index_points", "float4", index_points(now.index)),
        *(Column(f"{name}_points", "float4", index_points(points)) for name, points in dimension_points(result, scale)),
        Column("rule_code", "int2", result.rule_code),
        Column("data_state", "int2", result.data_state),
        Column("index_class", "int2", now.index_class),
        Column("floor_class", "int2", now.floor),
        Column("flags", "int4", result.positions.flags),
        Column("warnings", "int8", now.warnings),
        Column("alarms", "int8", now.alarms),
        Column("standing", "int8", result.standing),
        Column("prior_standing", "int8", result.before.standing),
        Column("confirmed", "int8", result.confirmed),
        Column("prior_confirmed", "int8", result.before.confirmed),
        Column("exposure", "float8", result.positions.exposure),
        Column("overdue", "float8", result.positions.overdue),
        column_of_floats("limit_amount", "float8", result.positions.limit_amount),
    ]
    known = [name for name in INDICATOR_IDS if name in result.positions.values]
    return columns + [column_of_floats(name.lower(), "float4", result.positions.values[name]) for name in known]


def dimension_points(result: Assessment, scale: Scale) -> list[tuple[str, NDArray[np.int32]]]:
    """Return every stored dimension with its points in millionths, zero for one the policy does not have."""
    rows = {dimension.id: row for dimension, row in zip(scale.dimensions, result.evaluation.points, strict=True)}
    return [(name, rows.get(name, np.zeros(len(result), dtype=np.int32))) for name in DIMENSIONS]


def history_columns(result: Assessment, scale: Scale) -> dict[str, NDArray[np.generic]]:
    """Return what the history keeps of every customer; enough to recompute and explain the assessment exactly."""
    now = result.evaluation
    columns: dict[str, NDArray[np.generic]] = {
        "customer_key": result.positions.customer_key, "risk_class": result.risk_class,
        "previous_class": result.previous_class, "index_micro": now.index, "rule_code": result.rule_code,
        "data_state": result.data_state, "index_class": now.index_class, "floor_class": now.floor,
        "flags": result.positions.flags, "warnings": now.warnings, "alarms": now.alarms, "standing": result.standing,
        "prior_standing": result.before.standing, "confirmed": result.confirmed, "prior_confirmed": result.before.confirmed,
    }  # fmt: skip
    for name, points in dimension_points(result, scale):
        columns[f"{name}_micro"] = points
    columns |= {"exposure": result.positions.exposure, "overdue": result.positions.overdue,
                "limit_amount": result.positions.limit_amount}  # fmt: skip
    return columns | {
        name.lower(): result.positions.values[name] for name in INDICATOR_IDS if name in result.positions.values
    }


def digest_of(columns: Iterable[NDArray[np.generic]], *, context: str) -> str:
    """Return the SHA-256 of a result together with what it was computed under."""
    whole = hashlib.sha256(context.encode())
    for column in columns:
        whole.update(np.ascontiguousarray(column).view(np.uint8).data)
    return whole.hexdigest()
