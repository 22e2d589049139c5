"""Owns judging positions: finds where customers stood before and whose feeds are late, and lets the rules speak.

Now, or once more as it was: then where they stood is looked up in the history, see ``standing_before``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from riskreview.assessment import history, store
from riskreview.assessment.current import read_portfolio
from riskreview.assessment.decision import Before
from riskreview.assessment.experts import experts_of
from riskreview.assessment.freshness import LastFigures, LateData, keep_figures, nothing_before
from riskreview.assessment.group import groups_of, guarantors_of, parents_of
from riskreview.assessment.inputs import late_bits
from riskreview.assessment.model_layer import scores_of
from riskreview.assessment.positions import Positions
from riskreview.assessment.score import Assessment, Layers, assess
from riskreview.assessment.standing_before import StoodBefore, rows_before
from riskreview.assessment.task import Task
from riskreview.facts.register import see_register
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.models.results import ModelScores

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Known:
    """Where customers stood before a date, and the figures they were last judged by.

    :param place: where to look for that again.
    """

    before: Before
    last: LastFigures
    place: StoodBefore


@dataclass(frozen=True, slots=True)
class Stood:
    """What is looked up of customers before they are judged.

    :param where: for each system with late data, which customers have an account there.
    """

    where: Sequence[NDArray[np.bool_]]
    known: Known


def judge(
    services: Services, task: Task, positions: Positions, late: Sequence[LateData], scores: ModelScores | None,
    *, place: StoodBefore | None = None,
) -> tuple[Assessment, StoodBefore]:  # fmt: skip
    """Judge customers by everything that speaks, and tell where what they stood at before came from.

    :param place: where to look for that; None for where they stand now.
    """
    stood = look_up(services, task, positions.customer_key, late, place=place)
    return judge_by(task, positions, late, scores, stood), stood.known.place


def look_up(
    services: Services, task: Task, keys: Keys, late: Sequence[LateData], *, place: StoodBefore | None = None
) -> Stood:
    """Return where customers stood before, and whom late data concern, as of one moment.

    :param place: where to look for that; None for where they stand now.
    """
    with transaction(services.engine.execution_options(isolation_level="REPEATABLE READ")) as connection:
        if task.pins is not None:
            see_register(connection, task.pins)
        if task.is_partial:
            store.narrow(connection, keys)
        where = store.read_stale(connection, keys, [data.system for data in late])
        taken_over = store.read_taken_over(connection)
        if place is None:
            known = _known(services, connection, task, keys, taken_over, with_figures=bool(late))
        else:
            known = _known_then(services, connection, task, keys, taken_over, place)
    return Stood(where, known)


def judge_by(
    task: Task, positions: Positions, late: Sequence[LateData], scores: ModelScores | None, stood: Stood
) -> Assessment:
    """Judge customers by everything that speaks, once it is known where they stood before."""
    keys, ties, known, where = positions.customer_key, task.ties, stood.known, stood.where
    groups, parents = groups_of(keys, ties.member, ties.group), parents_of(keys, ties.child, ties.parent)
    guarantors = guarantors_of(keys, ties.guaranteed, ties.guarantor)
    kept = keep_figures(positions, known.last, late, where, task.policy)
    own = [customers for data, customers in zip(late, where, strict=True) if data.system is not None]
    stale = np.any([np.zeros(len(keys), dtype=bool), *own], axis=0)
    scored = None if scores is None else scores_of(scores, task.policy)
    layers = Layers(
        scored, parents, experts_of(task.opinions, keys, task.unreviewed), guarantors, late_bits(late, where, len(keys))
    )
    return assess(kept, task.scale, known.before, stale, as_of=task.as_of, groups=groups, layers=layers)


def _known(  # noqa: PLR0913, PLR0917, RUF100  the parts of one look-up
    services: Services, connection: Connection, task: Task, keys: Keys, taken_over: store.TakenOver, *, with_figures: bool
) -> Known:  # fmt: skip
    seq = int(connection.execute(text(sql("assessment", "last_event"))).scalar_one())
    versions = history.versions_now(services.instance)
    if not task.is_current:
        rows = history.read_before(services.instance, as_of=task.as_of, versions=versions)
        return _of_rows(rows, task, keys, taken_over, StoodBefore(None, True, seq, versions))
    stored = store.read_standing(connection, as_of=task.as_of)
    before = store.aligned(keys, taken_over, *stored)
    head = None if task.head is None else (task.head.as_of, task.head.run_id)
    place = StoodBefore(head, False, seq, versions, _inherited(stored[0], taken_over))
    if task.head is None or not with_figures:
        return Known(before, nothing_before(), place)
    positions = read_portfolio(connection, task.policy, on_day=task.as_of).judged.positions
    return Known(before, LastFigures(positions.customer_key, positions.values, positions.flags), place)


def _known_then(  # noqa: PLR0913, PLR0917, RUF100  the parts of one look-up
    services: Services, connection: Connection, task: Task, keys: Keys, taken_over: store.TakenOver, place: StoodBefore
) -> Known:  # fmt: skip
    counted = taken_over.retired if place.is_past else np.array(place.inherited, dtype=np.int64)
    wanted = [*keys.tolist(), *counted.tolist()] if task.is_partial else None
    rows = rows_before(services.instance, connection, place, as_of=task.as_of, customers=wanted)
    if rows is not None:
        gone = np.setdiff1d(taken_over.retired, counted)
        rows = rows.filter(pa.array(~np.isin(rows["customer_key"].to_numpy(), gone)))
    return _of_rows(rows, task, keys, taken_over, place)


def _of_rows(
    rows: pa.Table | None, task: Task, keys: Keys, taken_over: store.TakenOver, place: StoodBefore
) -> Known:  # fmt: skip
    """Return what rows of the history say; one of the date itself says what was before it."""
    if rows is None:
        return Known(store.aligned(keys, taken_over, *(keys[:0] for _ in range(3))), nothing_before(), place)
    rows = rows.sort_by("customer_key")
    same_day = rows["as_of"].to_numpy() >= np.datetime64(task.as_of, "D")
    standing, confirmed = (
        np.where(same_day, rows[f"prior_{name}"].to_numpy(), rows[name].to_numpy())
        for name in ("standing", "confirmed")
    )
    stored = rows["customer_key"].to_numpy()
    values = {
        name: rows[name.lower()].to_numpy() for name in task.policy.indicator_ids if name.lower() in rows.column_names
    }
    last = LastFigures(stored, values, rows["flags"].to_numpy().astype(np.int32))
    return Known(store.aligned(keys, taken_over, stored, standing, confirmed), last, place)


def _inherited(stored: Keys, taken_over: store.TakenOver) -> tuple[int, ...]:
    return tuple(np.intersect1d(stored, taken_over.retired).tolist())
