"""Owns finding again where customers stood before an assessment, in the history: which of its rows were current when it was made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from riskreview.assessment import history
from riskreview.facts.delta_tables import rows_of
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class StoodBefore:
    """Where to look for what customers stood at before an assessment.

    :param head: business date and run of the assessment that was current; None for a date in the past, and before the first one.
    :param is_past: for a date before the current one; then the newest assessment of a date before counts, current or not.
    :param log_seq: the last event by then; what a later one made current was not.
    :param versions: the Delta versions of the history by then.
    :param inherited: customers taken over by others, whose own rows still counted.
    """

    head: tuple[date, int] | None
    is_past: bool
    log_seq: int
    versions: Mapping[str, int]
    inherited: tuple[int, ...] = ()

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """Return it from JSON."""
        head = found["head"]
        place = None if head is None else (date.fromisoformat(head[0]), int(head[1]))
        return cls(
            place, bool(found["is_past"]), int(found["log_seq"]), dict(found["versions"]), tuple(found["inherited"])
        )


def rows_before(
    instance: Instance, connection: Connection, place: StoodBefore, *, as_of: date, customers: Sequence[int] | None
) -> pa.Table | None:
    """Return the rows customers stood at before an assessment, ascending by key; None when there were none.

    :param customers: only these, those they took over included.
    """
    if place.is_past:
        found = history.read_before(instance, as_of=as_of, customer_keys=customers, versions=place.versions)
        return None if found is None else found.sort_by("customer_key")
    whole = None if place.head is None else _stored(instance, history.TABLE, place, customers)
    if place.head is None or whole is None:
        return None
    single = _stored(instance, history.PARTIAL, place, customers)
    days = {place.head[0], *([] if single is None else single["as_of"].to_pylist())}
    events = _events(connection, days, place.log_seq)
    kept = whole.filter(pc.equal(whole["result_digest"].cast(pa.string()), _result(events, *place.head)))
    kept = kept.filter(pc.field("run_id") == pc.max(kept["run_id"]))
    newest = None if single is None else _newest(single, events, place.head)
    if newest is None:
        return kept.sort_by("customer_key")
    others = pc.invert(pc.is_in(kept["customer_key"], value_set=newest["customer_key"].combine_chunks()))
    return pa.concat_tables([kept.filter(others), newest], promote_options="default").sort_by("customer_key")


def _stored(instance: Instance, name: str, place: StoodBefore, customers: Sequence[int] | None) -> pa.Table | None:
    """Return what a table of the history held by then."""
    version = place.versions.get(name)
    table = None if version is None else history.open_history(instance, name, version=version)
    if table is None:
        return None
    chosen = None if customers is None else pc.field("customer_key").isin(pa.array(customers, pa.int64()))
    if name == history.TABLE and place.head is not None:
        day = pc.field("as_of") == place.head[0]
        chosen = day if chosen is None else day & chosen
    return rows_of(instance, table, where=chosen)


def _events(connection: Connection, days: set[date], log_seq: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, for every assessment that had become current by then, its place in the log and its run, by day and result.

    A run that was killed after its rows were stored left them to the next one: they are known by their result, not by their run.
    """
    values = {"days": sorted(day.isoformat() for day in days), "seq": log_seq}
    found = connection.execute(text(sql("assessment", "assessed_until")), values).all()
    bodies = [(int(row.seq), json.loads(bytes(row.body))) for row in found]
    return {
        (str(b["subject"][1]), str(b["new"]["result_digest"])): (seq, int(b["cause"]["run_id"])) for seq, b in bodies
    }


def _result(events: Mapping[tuple[str, str], tuple[int, int]], day: date, run_id: int) -> str:
    """Return the result of the run over everybody that was current."""
    return next((digest for (on, digest), (_, run) in events.items() if (on, run) == (day.isoformat(), run_id)), "")


def _newest(
    rows: pa.Table, events: Mapping[tuple[str, str], tuple[int, int]], head: tuple[date, int]
) -> pa.Table | None:
    """Return the last assessment of each single customer that took the place of the one of everybody."""
    seqs = []
    for day, digest in zip(rows["as_of"].to_pylist(), rows["result_digest"].to_pylist(), strict=True):
        seq, run = events.get((day.isoformat(), digest), (-1, -1))
        seqs.append(seq if (day, run) > head else -1)
    rows = rows.append_column("seq", pa.array(seqs, pa.int64())).filter(pc.field("seq") >= 0)
    if not rows.num_rows:
        return None
    rows = rows.sort_by([("customer_key", "ascending"), ("seq", "ascending")])
    key = rows["customer_key"].to_numpy()
    return rows.filter(pa.array(np.r_[key[1:] != key[:-1], True])).drop_columns(["seq"])
