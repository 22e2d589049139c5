"""Owns judging once more what was judged before: from the same facts, policy, models and opinions, to the bytes that were stored.

Of a run over everybody single customers can be rebuilt: each comes out as in that run, given what the run learned from all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import text

from riskreview.assessment import history
from riskreview.assessment.columns import digest_of, history_columns
from riskreview.assessment.grounds import Grounds, grounds_of, read_grounds
from riskreview.assessment.judging import judge
from riskreview.assessment.positions import positions_of
from riskreview.assessment.relations import judged_with
from riskreview.assessment.scale import scale_of
from riskreview.assessment.task import Task
from riskreview.facts.delta_tables import rows_of
from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.groups.ties import read_ties
from riskreview.indicators.across import Learned
from riskreview.models.store import models_of
from riskreview.policy.risk_policy import FILE, Policy, policy_of

Keys = NDArray[np.int64]
Row = dict[str, Any]  # a row of the history
KEY = ("as_of", "run_id", "policy_version", "policy_digest", "result_digest", "model_version", "model_digest")
"""What a stored row is identified by; what was judged are the other columns."""


class CannotReplay(NotFound):
    """What an assessment rested on is not kept, or no longer what it was."""


@dataclass(frozen=True, slots=True)
class Key:
    """One stored assessment."""

    as_of: date
    run_id: int
    result_digest: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """An assessment judged once more.

    :param rows: the columns of the history by customer, as canonical JSON values.
    :param learned: what was learned from all customers; of some customers what was given.
    :param result_digest: of a rebuilt run over everybody, else empty.
    """

    grounds: Grounds
    rows: Mapping[int, Row]
    learned: Learned
    result_digest: str = ""


def judge_again(services: Services, key: Key, customers: Sequence[int] | None) -> Rebuilt:
    """Rebuild an assessment, of everybody or as far as it concerns some customers.

    :raises CannotReplay: when what it rested on was never kept, or its policy or a model is not what it was.
    """
    from riskreview.indicators.compute import Some, compute_indicators
    from riskreview.models.scoring import score_customers

    grounds, policy = _read(services, key)
    pinned = replace(services, instance=with_currency(services.instance, grounds.currency))
    deciding = _models(pinned, grounds)
    ties = read_ties(pinned, pins=grounds.pins, as_of=key.as_of)
    some = None
    if grounds.customers:
        some = Some(np.array(grounds.customers, dtype=np.int64), grounds.learned)
    elif customers is not None:
        some = Some(judged_with(np.array(sorted(customers), dtype=np.int64), ties), grounds.learned)
    frame = compute_indicators(
        pinned, pins=grounds.pins, as_of=key.as_of, policy=policy, some=some, screening=grounds.screening
    )
    scores = score_customers(pinned, frame, policy=policy, as_of=key.as_of, deciding=deciding)
    task = Task(key.as_of, key.run_id, scale_of(policy.content), None, grounds.pins, grounds.opinions, ties, grounds.unreviewed,
                is_partial=some is not None, is_beside=grounds.is_beside)  # fmt: skip
    result, _ = judge(pinned, task, positions_of(frame, policy), grounds.late, scores, place=grounds.before)
    columns = history_columns(result, task.scale)
    digest = ""
    if customers is None:
        run = f" {key.run_id}" if grounds.is_beside else ""
        digest = digest_of(columns.values(), context=f"{key.as_of} {policy.digest} {result.scores.digest}{run}")
    return Rebuilt(grounds, _rows(columns, customers), frame.learned, digest)


def stored_rows(services: Services, key: Key, customers: Sequence[int] | None = None) -> dict[int, Row]:
    """Return what is stored of an assessment, by customer."""
    found: dict[int, Row] = {}
    for name in (history.TABLE, history.PARTIAL):
        table = history.open_history(services.instance, name)
        if table is None:
            continue
        chosen = (pc.field("as_of") == key.as_of) & (pc.field("run_id") == key.run_id)
        if customers is not None:
            chosen &= pc.field("customer_key").isin(pa.array(sorted(customers), pa.int64()))
        rows = rows_of(services.instance, table, where=chosen)
        rows = rows.filter(pc.equal(rows["result_digest"].cast(pa.string()), key.result_digest))
        columns = {name: rows[name] for name in rows.column_names if name not in KEY}
        found |= _rows(columns, None)
    return found


def bytes_of(row: Mapping[str, Any]) -> bytes:  # a row of the history
    """Return the canonical bytes of a row: JSON with sorted keys and no spaces; what is not a number is null."""
    return json.dumps(dict(row), sort_keys=True, separators=(",", ":"), default=str).encode()


def _read(services: Services, key: Key) -> tuple[Grounds, Policy]:
    with services.engine.connect() as connection:
        body = read_grounds(connection, as_of=key.as_of, run_id=key.run_id, result_digest=key.result_digest)
        if body is None:
            raise CannotReplay(
                f"what the assessment of {key.as_of} by run {key.run_id} rested on was not kept: it was made before that was done,"
                " or of figures that were given to it"
            )
        grounds = grounds_of(body)
        values = {"policy": FILE, "version": grounds.policy_version}
        row = connection.execute(text(sql("assessment", "read_policy")), values).one_or_none()
    if row is None:
        raise CannotReplay(f"policy version {grounds.policy_version} is no longer stored")
    policy = policy_of(row.content)
    if policy.digest != grounds.policy_digest:
        raise CannotReplay(
            f"policy version {grounds.policy_version} was altered: its SHA-256 is {policy.digest}, the assessment was made by {grounds.policy_digest}"
        )
    return grounds, policy


def _models(services: Services, grounds: Grounds) -> Any:
    with services.engine.connect() as connection:
        return models_of(connection, champion=grounds.champion, shadow=grounds.shadow)


def with_currency(instance: Instance, currency: str) -> Instance:
    """Return an instance as if this were its reporting currency."""
    return replace(instance, settings=instance.settings.model_copy(update={"reporting_currency": currency}))


def _rows(columns: Mapping[str, Any], customers: Sequence[int] | None) -> dict[int, Row]:
    lists = {name: _values(column) for name, column in columns.items()}
    wanted = None if customers is None else set(customers)
    keys = lists["customer_key"]
    return {
        int(key): {name: values[place] for name, values in lists.items()}
        for place, key in enumerate(keys) if wanted is None or key in wanted
    }  # fmt: skip


def _values(column: Any) -> list[Any]:
    """Return a column as JSON has it: whole numbers, the exact value of each figure, days as text, null for what is not known."""
    if isinstance(column, pa.ChunkedArray):
        values = column.to_pylist()
    elif np.issubdtype(column.dtype, np.datetime64):
        values = column.astype("datetime64[D]").tolist()
    else:
        values = column.tolist()
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if np.isnan(value) else value
    return value.isoformat() if isinstance(value, date) else value
