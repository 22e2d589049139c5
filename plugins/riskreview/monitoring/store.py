"""Owns the monitoring room's statements: signals are opened, raised and cleared in sets, each change reported back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sqlalchemy import Connection, text

from riskreview.foundation.binary_copy import Column, column_of_floats, copy_in, copy_out
from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql
from riskreview.monitoring.changes import Changes, Keys, OpenSignals

SubjectType = Literal["customer", "feed"]
OPEN_KINDS = {"signal_id": "int8", "customer_key": "int8", "rule_number": "int2", "severity": "int2", "value": "float8"}


@dataclass(frozen=True, slots=True)
class SignalChange:
    """One signal that was opened, escalated or cleared."""

    verb: Literal["opened", "escalated", "cleared"]
    signal_id: int
    customer_key: int | None
    rule_id: str
    severity: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a message may say of a customer.

    :param risk_class: as it reads on the day, ``unknown`` when out of date; ``acting_class`` is what is acted on.
    :param moved_by: indicators that made it worse, ids only.
    """

    customer_id: str
    risk_class: int = 0
    acting_class: int = 0
    moved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding that comes as a list: about a feed, or a contradiction."""

    subject_id: str
    customer_key: int | None
    severity: str
    evidence: dict[str, object] = field(default_factory=dict)


def lock_writers(connection: Connection) -> None:
    """Let one pass over the signals run at a time, until this transaction ends."""
    connection.execute(text(sql("monitoring", "lock_writers")))


def read_open(connection: Connection, rules: Sequence[str]) -> OpenSignals:
    """Return the signals about customers that are not cleared; rules are numbered by their place in ``rules``."""
    connection.execute(text(sql("monitoring", "note_rules")), {"rules": list(rules)})
    rows = copy_out(connection, sql("monitoring", "read_open"), OPEN_KINDS)
    return OpenSignals(*(rows[name] for name in OPEN_KINDS))


def write_changes(connection: Connection, changes: Changes, *, as_of: date, run_id: int) -> list[SignalChange]:
    """Write what a pass found and return every signal that changed; ``read_open`` came before in the same transaction."""
    connection.execute(text(sql("monitoring", "create_found")))
    copy_in(connection, "found_signal", [
        Column("customer_key", "int8", changes.customer_key), Column("rule_number", "int2", changes.rule_number),
        Column("severity", "int2", changes.severity), column_of_floats("value", "float8", changes.value),
        column_of_floats("line", "float8", changes.line), Column("act", "int2", changes.act),
    ])  # fmt: skip
    connection.execute(text(sql("monitoring", "create_ended")))
    copy_in(connection, "ended_signal", [Column("signal_id", "int8", changes.ended)])
    day = {"as_of": as_of}
    connection.execute(text(sql("monitoring", "see_signals")), day)
    return [
        *_changed(connection, "cleared", "clear_signals", day),
        *_changed(connection, "escalated", "escalate_signals", day),
        *_changed(connection, "opened", "open_signals", {**day, "run_id": run_id}),
    ]


def write_listed(
    connection: Connection, subject_type: SubjectType, rule_id: str, found: Sequence[Listed], *,
    kept: Collection[str] = (), among: Keys | None = None, as_of: date, run_id: int,
) -> list[SignalChange]:  # fmt: skip
    """Make the open signals of a rule match a list; subjects in ``kept`` neither open nor end.

    :param among: the list is about these customers only, so signals of others do not end by it; None = about everybody.
    """
    items = [{"subject_id": item.subject_id, "customer_key": item.customer_key, "severity": item.severity,
              "evidence": item.evidence} for item in found]  # fmt: skip
    connection.execute(text(sql("monitoring", "note_listed")), {"items": json_rows(items)})
    rule: dict[str, object] = {"subject_type": subject_type, "rule_id": rule_id, "as_of": as_of}
    connection.execute(text(sql("monitoring", "see_listed")), rule)
    still = [*kept, *(item.subject_id for item in found)]
    changed = [
        *_changed(
            connection,
            "cleared",
            "clear_listed",
            {**rule, "kept": still, "among": None if among is None else among.tolist()},
        ),
        *_changed(connection, "escalated", "escalate_listed", rule),
        *_changed(connection, "opened", "open_listed", {**rule, "run_id": run_id}),
    ]
    connection.execute(text(sql("monitoring", "drop_listed")))
    return changed


def count_open(connection: Connection) -> int:
    """Return how many signals ask for attention."""
    return int(connection.execute(text(sql("monitoring", "count_open"))).scalar_one())


def read_customers(connection: Connection, keys: Collection[int], *, on_day: date) -> dict[int, Told]:
    """Return what people are told of assessed customers, by key."""
    values = {"keys": sorted(keys), "on_day": on_day}
    rows = connection.execute(text(sql("monitoring", "read_customer_ids")), values).all()
    return {int(row.customer_key): Told(row.customer_id or str(row.customer_key), int(row.risk_class), int(row.acting_class))
            for row in rows}  # fmt: skip


def _changed(connection: Connection, verb: Literal["opened", "escalated", "cleared"], statement: str,
             values: Mapping[str, object]) -> list[SignalChange]:  # fmt: skip
    rows = connection.execute(text(sql("monitoring", statement)), values).all()
    found = [SignalChange(verb, int(row.signal_id), row.customer_key, row.rule_id, row.severity) for row in rows]
    return sorted(found, key=lambda change: change.signal_id)
