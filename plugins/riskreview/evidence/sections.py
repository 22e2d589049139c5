"""Owns what a pack tells, section by section: rows from the database, each with the numbers of the events that prove it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.assessment import history
from riskreview.assessment.scale import MICRO
from riskreview.evidence.scope import Scope
from riskreview.evidence.words import word
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.policy.risk_terms import RiskClass

Row = dict[str, Any]  # a row of a section
CLASSES = {item.value: item.name for item in RiskClass}
REFERENCES = 6
"""So many events are named beside a row; all of them are in the log of the pack."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One section: its statement, its columns in order, and which column takes which group of words.

    :param columns: those a reader sees; the annex and the data files have all of them.
    """

    name: str
    columns: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its rows; ``ref`` of a row names events."""

    spec: Spec
    rows: tuple[Row, ...]


SPECS = (
    Spec("batches", ("batch_id", "source_id", "file_name", "sha256", "as_of", "received_at", "state", "given", "ref"), {"state": "batch_state"}),
    Spec("validation", ("batch_id", "dataset", "code", "rule", "column_name", "state", "rows", "ref"), {"state": "quarantine_state"}),
    Spec("runs", ("run_id", "stage", "as_of", "state", "started_at", "ended_at", "triggered_by", "code_version"), {"stage": "stage", "state": "run_state"}),
    Spec("assessments", ("as_of", "run_id", "risk_class", "previous_class", "index", "exposure", "overdue", "policy_version", "result_digest", "ref"),
         {"risk_class": "class", "previous_class": "class"}),
    Spec("class_changes", ("customer_key", "as_of", "old_class", "new_class", "rule_code", "run_id", "ref"), {"old_class": "class", "new_class": "class"}),
    Spec("signals", ("signal_id", "customer_key", "rule_id", "severity", "state", "opened_on", "cleared_on", "value", "line", "ref"),
         {"severity": "severity", "state": "signal_state"}),
    Spec("opinions", ("opinion_id", "kind", "risk_class", "state", "statement", "source", "author", "decided_by", "valid_until", "ref"),
         {"risk_class": "class", "state": "opinion_state"}),
    Spec("reviews", ("review_id", "customer_key", "kind", "state", "risk_class", "opened_on", "due_on", "owner", "recommendation", "proposed_by", "decided_by", "decision_reason",
                     "pack_sha256", "ref"), {"kind": "review_kind", "state": "review_state", "risk_class": "class"}),
    Spec("checklist", ("review_id", "item_id", "answer", "note", "evidence", "answered_by", "answered_at", "ref"), {"answer": "answer"}),
    Spec("decisions", ("review_id", "round", "step", "roles", "state", "decided_by", "decided_at", "reason", "digest", "ref"), {"state": "step_of_approval"}),
    Spec("measures", ("measure_id", "customer_key", "kind", "state", "amount", "currency", "days", "starts_on", "expires_on", "reason", "proposed_by", "approved_by",
                      "implemented_by", "evidence", "ref"), {"kind": "measure", "state": "measure_state"}),
    Spec("activations", ("activation_id", "customer_key", "playbook_id", "playbook_version", "rule_id", "state", "owner", "started_at", "acknowledged_by", "lessons", "ref"),
         {"state": "activation_state"}),
    Spec("steps", ("activation_id", "position", "title", "owner", "state", "due_at", "evidence", "ended_by", "ended_at", "ref"), {"state": "step_state"}),
    Spec("messages", ("message_ref", "kind", "recipient", "channel", "created_at", "state", "attempt", "outcome", "acknowledged_at", "about", "ref"),
         {"state": "message_state", "outcome": "message_state"}),
)  # fmt: skip
EVENTS = Spec("events", ("seq", "recorded_at", "action", "about", "actor", "cause"), {"action": "action"})


def read_sections(
    connection: Connection,
    instance: Instance,
    scope: Scope,
    events: Sequence[Row],
    *,
    given: Mapping[int, int],
    language: str,
) -> list[Section]:
    """Return the sections that have something to tell, the events last.

    :param given: how many rows about the customer each delivery gave.
    """
    seen = _references(events)
    found = []
    for spec in SPECS:
        rows = _assessments(instance, scope) if spec.name == "assessments" else _rows(connection, spec.name, scope)
        told = tuple(_told(spec, row, seen, given, language) for row in rows)
        if told:
            found.append(Section(_narrowed(spec, scope), told))
    return [*found, Section(EVENTS, tuple(_event(row) for row in events))]


def messages_about(connection: Connection, scope: Scope) -> list[tuple[str, str]]:
    """Return the messages that tell of a scope's things, as the event log names them."""
    return sorted({("message", str(row["message_id"])) for row in _rows(connection, "messages", scope)})


def _narrowed(spec: Spec, scope: Scope) -> Spec:
    """Leave out the column that says about whom where the whole pack is about one customer, and what it gave where it is about none."""
    idle = "given" if scope.customer is None else "customer_key"
    return replace(spec, columns=tuple(name for name in spec.columns if name != idle))


def read_events(connection: Connection, scope: Scope, days: Sequence[date]) -> list[Row]:
    """Return the events about a scope's things, and those that made the assessments of some days current."""
    found = _rows(connection, "events", scope)
    for day in sorted(set(days)):
        for row in connection.execute(text(sql("evidence", "assessment_events")), {"day": day.isoformat()}):
            body = json.loads(bytes(row.body))
            found.append({"seq": int(row.seq), "recorded_at": datetime.fromisoformat(body["at"]), "action": body["action"], "subject_type": "assessment",
                          "subject_id": day.isoformat(), "actor": body["actor"], "body": bytes(row.body).decode()})  # fmt: skip
    return [row for _, row in sorted({int(row["seq"]): row for row in found}.items())]


def assessed_days(instance: Instance, scope: Scope) -> list[date]:
    """Return the business dates of the customer's assessments that the pack tells of."""
    return [row["as_of"] for row in _assessments(instance, scope)]


def _assessments(instance: Instance, scope: Scope) -> list[Row]:
    if scope.kind != "customer" or scope.customer is None:
        return []
    rows = history.read_customer_rows(instance, customer_key=scope.customer)
    rows.sort(key=lambda row: (row["as_of"], row["run_id"]))
    return [{"subject_type": "assessment", "subject_id": f"{row['as_of']}:{row['run_id']}", "index": row["index_micro"] / MICRO,
             **{name: row[name] for name in ("as_of", "run_id", "risk_class", "previous_class", "exposure", "overdue", "policy_version", "policy_digest",
                                             "model_version", "model_digest", "result_digest")}} for row in rows]  # fmt: skip


def _rows(connection: Connection, name: str, scope: Scope) -> list[Row]:
    return [dict(row) for row in connection.execute(text(sql("evidence", name)), scope.values).mappings()]


def _told(
    spec: Spec, row: Row, seen: Mapping[tuple[str, str], list[int]], given: Mapping[int, int], language: str
) -> Row:
    """Return a row with words for classes, what each delivery gave, and the events that prove it."""
    told = {
        name: CLASSES.get(value) if spec.words.get(name) == "class" and isinstance(value, int) else value
        for name, value in row.items()
    }
    subject = (
        ("message", str(row["message_id"]))
        if spec.name == "messages"
        else (str(row["subject_type"]), str(row["subject_id"]))
    )
    numbers, about = seen.get(subject, []), f"{row['subject_type']} {row['subject_id']}"
    if spec.name == "batches":
        told["given"] = given.get(int(row["batch_id"]))
    if spec.name == "measures" and row["pre_approved"]:
        told["approved_by"] = word(language, "report", "pre_approved")
    if spec.name == "steps":
        told["title"] = row[f"title_{language}"]
    more = ", …" if len(numbers) > REFERENCES else ""
    return {**told, "about": about, "ref": ", ".join(f"#{number}" for number in numbers[:REFERENCES]) + more}


def _references(events: Sequence[Row]) -> Mapping[tuple[str, str], list[int]]:
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in events:
        kind, name = str(row["subject_type"]), str(row["subject_id"])
        if kind == "assessment":
            name = f"{name}:{json.loads(row['body'])['cause']['run_id']}"
        seen[kind, name].append(int(row["seq"]))
    return seen


def _event(row: Row) -> Row:
    cause = json.loads(row["body"])["cause"]
    said = ", ".join(f"{name} {_short(value)}" for name, value in sorted(cause.items()) if value not in (None, [], ""))
    return {
        **{name: value for name, value in row.items() if name != "body"},
        "about": f"{row['subject_type']} {row['subject_id']}",
        "cause": said,
    }


def _short(value: object) -> str:
    text_of = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text_of if len(text_of) <= 40 else f"{text_of[:12]}…"
