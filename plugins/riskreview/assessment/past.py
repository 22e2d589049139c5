"""Owns which assessment of a customer was in force at a moment: the newest one that the event log had by then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.assessment import history
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql

Row = dict[str, Any]  # a row of the history


@dataclass(frozen=True, slots=True)
class Past:
    """The assessment that was in force, as it was stored.

    :param before: the one of the business date before, None when there was none.
    :param course: what was known then of each business date, the newest of each, ascending; ``row`` is the last one.
    """

    row: Row
    before: Row | None
    course: tuple[Row, ...]


def read_past(instance: Instance, connection: Connection, *, customer_key: int, moment: datetime) -> Past | None:
    """Return what was known of a customer's class at a moment; None when it was not assessed by then.

    An assessment was in force once its event was in the log: one that was stored and never became current was never known.
    """
    stored = history.read_customer_rows(instance, customer_key=customer_key)
    days = sorted({row["as_of"].isoformat() for row in stored})
    events = connection.execute(text(sql("assessment", "assessed_by")), {"days": days, "moment": moment}).all()
    place = {_key(json.loads(bytes(event.body))): int(event.seq) for event in events}
    known = sorted((row for row in stored if _stored_key(row) in place), key=lambda row: place[_stored_key(row)])
    return _past(known) if known else None


def _past(known: list[Row]) -> Past:
    """Return the last of the assessments in the order of their events; one for an earlier date does not undo a later one."""
    newest: dict[date, Row] = {row["as_of"]: row for row in known}
    course = tuple(newest[day] for day in sorted(newest))
    row = course[-1] | {"previous_class": _class_before(course[-1])}
    return Past(row, course[-2] if len(course) > 1 else None, course)


def _class_before(row: Row) -> int | None:
    return None if row["previous_class"] < 0 else int(row["previous_class"])


def _key(body: Mapping[str, Any]) -> tuple[int, str, str]:  # the body of an event is JSON
    return int(body["cause"]["run_id"]), str(body["subject"][1]), str(body["new"]["result_digest"])


def _stored_key(row: Row) -> tuple[int, str, str]:
    return int(row["run_id"]), row["as_of"].isoformat(), str(row["result_digest"])
