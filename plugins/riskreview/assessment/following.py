"""Owns what an assessment means for opinions: which it rests on from now on, which facts overtook, which are over."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from riskreview.assessment.positions import Bools
from riskreview.assessment.score import Assessment
from riskreview.opinions import ending
from riskreview.opinions.rules import KnownFacts, overtaken
from riskreview.opinions.store import Opinion, proposals

Keys = NDArray[np.int64]


def follow(
    connection: Connection, opinions: Sequence[Opinion], result: Assessment, *, but_for: Keys, actor: str, on_day: date,
    at: datetime, cause: Mapping[str, object],
) -> None:  # fmt: skip
    """Move the opinions that this assessment rests on, overtook or outlived, in the transaction that makes it current.

    :param but_for: customers whose assessment it does not replace.
    """
    counts = ~np.isin(result.positions.customer_key, but_for)
    ending.expire(connection, actor=actor, on_day=on_day, at=at, cause=cause)
    gone = {int(found) for found in result.decision.lapsed_id[counts & (result.decision.lapsed_id > 0)]}
    ending.lapse(
        connection,
        sorted(gone | _overtaken_proposals(connection, result, counts)),
        actor=actor,
        on_day=on_day,
        at=at,
        cause=cause,
    )
    fresh = [item for item in opinions if item.state == "approved" and item.opinion_id not in gone]
    keys = np.array([item.customer_key for item in fresh], dtype=np.int64)
    begun = [item.opinion_id for item, is_assessed in zip(fresh, np.isin(keys, result.positions.customer_key[counts]), strict=True)
             if is_assessed]  # fmt: skip
    if begun:
        ending.activate(connection, begun, actor=actor, at=at, cause=cause)


def _overtaken_proposals(connection: Connection, result: Assessment, counts: Bools) -> set[int]:
    waiting = proposals(connection)
    if not waiting or not len(result):
        return set()
    keys = np.array([item.customer_key for item in waiting], dtype=np.int64)
    rows, now = np.minimum(np.searchsorted(result.positions.customer_key, keys), len(result) - 1), result.evaluation
    same = (result.positions.customer_key[rows] == keys) & counts[rows]
    known = KnownFacts(np.array([item.known_alarms for item in waiting]), np.array([item.known_floor for item in waiting]),
                       np.array([item.known_floor_code for item in waiting]))  # fmt: skip
    found = overtaken(known, KnownFacts(now.alarms[rows], now.floor[rows], now.floor_code[rows])) & same
    return {item.opinion_id for item, is_gone in zip(waiting, found, strict=True) if is_gone}
