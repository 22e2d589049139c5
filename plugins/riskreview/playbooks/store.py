"""Owns the SQL of playbooks: which signals call for one, and starting many at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.canonical import json_rows
from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.playbooks.matching import Call, Emergency
from riskreview.playbooks.staffing import Roster
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.playbook_text import fill
from riskreview.policy.risk_terms import RiskClass


@dataclass(frozen=True, slots=True)
class Started:
    """An activation that was new, with its steps' keys by step id."""

    activation_id: int
    call: Call
    roster: Roster
    step_keys: Mapping[str, int]


def emergencies(connection: Connection, playbooks: Sequence[Playbook], *, as_of: date) -> tuple[Emergency, ...]:
    """Return the open signals that are emergencies or that a playbook names, by customer."""
    pairs = [(trigger.rule, book.id) for book in playbooks for trigger in book.identification.triggers]
    values = {"as_of": as_of, "rules": [rule for rule, _ in pairs], "playbooks": [book for _, book in pairs]}
    return tuple(Emergency(*row) for row in connection.execute(text(sql("playbooks", "emergencies")), values))


def insert_activations(
    connection: Connection, calls: Sequence[tuple[Call, Roster]], *, at: datetime, as_of: date, run_id: int
) -> tuple[Started, ...]:
    """Start playbooks with their steps; one that is active already is left out of the answer."""
    books = {call.playbook.digest: call.playbook for call, _ in calls}
    documents = [{"digest": digest, "playbook_id": book.id, "playbook_version": book.version,
                  "document": json.loads(book.canonical())} for digest, book in sorted(books.items())]  # fmt: skip
    connection.execute(text(sql("playbooks", "insert_documents")), {"rows": json_rows(documents), "at": at})
    rows = [_activation(call, roster) for call, roster in calls]
    values = {"rows": json_rows(rows), "at": at, "as_of": as_of, "run_id": run_id}
    found = connection.execute(text(sql("playbooks", "insert_activations")), values)
    ids = {(row.playbook_id, row.customer_key): int(row.activation_id) for row in found}
    new = [(ids[key], call, roster) for call, roster in calls
           if (key := (call.playbook.id, call.emergency.customer_key)) in ids]  # fmt: skip
    keys = _insert_steps(connection, new)
    return tuple(Started(number, call, roster, keys.get(number, {})) for number, call, roster in new)


def board(
    connection: Connection, *, at: datetime, is_open: bool, is_drill: bool | None = None, how_many: int = 200
) -> tuple[Row[Any], ...]:  # see read_activation
    """Return activations, the newest first, with how many of their steps are ended or late.

    :param at: steps due before are late. :param is_open: only those that are at work. :param is_drill: only drills, or only real ones.
    """
    values = {"is_open": is_open, "is_drill": is_drill, "how_many": how_many, "at": at}
    return tuple(connection.execute(text(sql("playbooks", "board")), values))


def read_steps(connection: Connection, activation_id: int) -> tuple[Row[Any], ...]:  # see read_activation
    """Return the steps of an activation in their order."""
    return tuple(connection.execute(text(sql("playbooks", "read_steps")), {"activation_id": activation_id}))


def read_drills(connection: Connection) -> tuple[Row[Any], ...]:  # see read_activation
    """Return every drill with its times and how many of its steps were ended in time, the latest first."""
    return tuple(connection.execute(text(sql("playbooks", "drills"))))


def practised(connection: Connection) -> dict[str, date]:
    """Return the latest day of each playbook's drills that the policy asked for."""
    return {row.playbook_id: row.planned_on for row in connection.execute(text(sql("playbooks", "practised")))}


def first_pass(connection: Connection) -> date | None:
    """Return the earliest day playbooks were activated for; None before the first time."""
    found: date | None = connection.execute(text(sql("playbooks", "first_pass"))).scalar_one()
    return found


def read_activation(
    connection: Connection, activation_id: int
) -> Row[Any]:  # a result row has the columns of its statement
    """Return one activation with the roles that may approve its end and how many of its steps are open.

    :raises NotFound: when there is none.
    """
    row = connection.execute(text(sql("playbooks", "read_activation")), {"activation_id": activation_id}).first()
    if row is None:
        raise NotFound(f"there is no activation {activation_id}")
    return row


def lock_activation(connection: Connection, activation_id: int) -> None:
    """Let nobody else end a step of the activation, or the activation, until the transaction ends: the last step is one step only."""
    connection.execute(text(sql("playbooks", "lock_activation")), {"activation_id": activation_id})


def read_step(connection: Connection, activation_id: int, step_id: str) -> Row[Any]:  # see read_activation
    """Return one step with its activation's leader and the steps it still waits for.

    :raises NotFound: when there is none.
    """
    values = {"activation_id": activation_id, "step_id": step_id}
    row = connection.execute(text(sql("playbooks", "read_step")), values).first()
    if row is None:
        raise NotFound(f"activation {activation_id} has no step {step_id}")
    return row


def step_keys(connection: Connection, activation_id: int, *, open_only: bool = False) -> tuple[int, ...]:
    """Return the keys of the steps of an activation, or of those that are not ended, in order."""
    name = "open_step_keys" if open_only else "step_keys"
    rows = connection.execute(text(sql("playbooks", name)), {"activation_id": activation_id})
    return tuple(int(row.step_key) for row in rows)


def _activation(call: Call, roster: Roster) -> dict[str, object]:
    book, item = call.playbook, call.emergency
    return {"playbook_id": book.id, "playbook_version": book.version, "playbook_digest": book.digest,
            "customer_key": item.customer_key, "signal_id": item.signal_id, "rule_id": item.rule_id,
            "trigger_key": item.trigger_key, "owner": roster.lead.owner, "deputy": roster.lead.deputy,
            "calendar_incomplete": roster.calendar_incomplete}  # fmt: skip


def _insert_steps(connection: Connection, new: Sequence[tuple[int, Call, Roster]]) -> dict[int, dict[str, int]]:
    rows = [row for number, call, roster in new for row in _steps(number, call, roster)]
    keys: dict[int, dict[str, int]] = {}
    for row in connection.execute(text(sql("playbooks", "insert_steps")), {"rows": json_rows(rows)}):
        keys.setdefault(int(row.activation_id), {})[row.step_id] = int(row.step_key)
    return keys


def _steps(number: int, call: Call, roster: Roster) -> list[dict[str, object]]:
    item = call.emergency
    values = {"customer_id": item.customer_id, "risk_class": RiskClass(item.risk_class).name, "rule": item.rule_id,
              "opened_on": item.opened_on.isoformat(), "playbook": call.playbook.id}  # fmt: skip
    return [
        {"activation_id": number, "step_id": step.id, "position": place, "title_en": fill(step.title.en, values),
         "title_zh": fill(step.title.zh, values), "evidence_needed_en": fill(step.evidence.en, values),
         "evidence_needed_zh": fill(step.evidence.zh, values), "depends_on": list(step.depends_on), "role": task.role,
         "owner": task.owner, "deputy": task.deputy, "due_at": task.due_at}
        for place, (step, task) in enumerate(zip(call.playbook.measures.steps, roster.steps, strict=True), start=1)
    ]  # fmt: skip
