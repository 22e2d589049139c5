"""Owns what a pack tells, section by section: rows from the database, each with the numbers of the events that prove it."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.assessment import history
from riskreview.assessment.scale import MICRO
from riskreview.evidence.naming import Names
from riskreview.evidence.scope import Scope
from riskreview.evidence.words import word, words
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.measures.expectation import told
from riskreview.policy.risk_terms import RiskClass

Row = dict[str, Any]  # a row of a section
Judged = tuple[date, int]
"""An assessment of a customer: its business date and the run that made it."""
CLASSES = {item.value: item.name for item in RiskClass}


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
    Spec("batches", ("batch_id", "source_id", "file_name", "sha256", "as_of", "received_at", "rows_in", "skipped", "accepted", "duplicates", "quarantined", "state", "given",
                     "ref"), {"state": "batch_state"}),
    Spec("validation", ("batch_id", "dataset", "code", "meaning", "rule", "column_name", "state", "rows", "ref"), {"state": "quarantine_state"}),
    Spec("runs", ("run_id", "stage", "as_of", "state", "started_at", "ended_at", "triggered_by", "counted", "code_version"), {"stage": "stage", "state": "run_state"}),
    Spec("assessments", ("as_of", "run_id", "risk_class", "previous_class", "index", "exposure", "overdue", "policy_version", "result_digest", "ref"),
         {"risk_class": "class", "previous_class": "class"}),
    Spec("class_changes", ("customer_id", "as_of", "old_class", "new_class", "rule_code", "run_id", "ref"), {"old_class": "class", "new_class": "class"}),
    Spec("signals", ("signal_id", "customer_id", "rule_id", "severity", "state", "opened_on", "cleared_on", "shown_value", "shown_line", "ref"),
         {"severity": "severity", "state": "signal_state"}),
    Spec("opinions", ("opinion_id", "kind", "risk_class", "state", "statement", "source", "author", "decided_by", "valid_until", "ref"),
         {"risk_class": "class", "state": "opinion_state"}),
    Spec("reviews", ("review_id", "customer_id", "kind", "state", "risk_class", "opened_on", "due_on", "owner", "recommendation", "proposed_by", "decided_by", "decision_reason",
                     "outcome", "pack_sha256", "ref"), {"kind": "review_kind", "state": "review_state", "risk_class": "class", "outcome": "outcomes"}),
    Spec("checklist", ("review_id", "question", "answer", "note", "evidence", "answered_by", "answered_at", "ref"), {"answer": "answer"}),
    Spec("discussion", ("review_id", "remark_id", "said_at", "said_by", "answers", "remark", "ref")),
    Spec("decisions", ("review_id", "round", "step", "roles", "state", "decided_by", "decided_at", "reason", "digest", "ref"), {"state": "step_of_approval"}),
    Spec("measures", ("measure_id", "customer_id", "kind", "state", "amount", "currency", "days", "starts_on", "expires_on", "expected", "reason", "proposed_by", "approved_by",
                      "implemented_by", "evidence", "ref"), {"kind": "measure", "state": "measure_state"}),
    Spec("activations", ("activation_id", "customer_id", "playbook_id", "playbook_version", "rule_id", "state", "owner", "started_at", "acknowledged_by", "lessons", "ref"),
         {"state": "activation_state"}),
    Spec("steps", ("activation_id", "position", "title", "owner", "state", "due_at", "evidence", "ended_by", "ended_at", "ref"), {"state": "step_state"}),
    Spec("messages", ("message_ref", "kind", "recipient", "channel", "created_at", "state", "attempt", "outcome", "acknowledged_at", "about", "ref"),
         {"state": "message_state", "outcome": "message_state"}),
)  # fmt: skip
PEOPLE = Spec("people", ("person", "name", "roles"))
EVENTS = Spec("events", ("seq", "recorded_at", "action", "about", "actor", "cause"), {"action": "action"})


def read_sections(
    connection: Connection,
    names: Names,
    scope: Scope,
    events: Sequence[Row],
    *,
    given: Mapping[int, int],
    rests_on: Collection[Judged] = (),
) -> list[Section]:
    """Return the sections that have something to tell, who is named in them, and the events last.

    :param given: how many rows about the customer each delivery gave. :param rests_on: assessments that the pack explains.
    """
    seen = _references(events)
    found = []
    for spec in SPECS:
        rows = (
            _assessments(names.instance, scope, rests_on)
            if spec.name == "assessments"
            else _rows(connection, spec.name, scope)
        )
        told = tuple(_told(spec, row, seen, given, names) for row in rows)
        if told:
            found.append(Section(_narrowed(spec, scope), told))
    told_events = tuple(_event(row, names.language) for row in events)
    people = names.people([row for section in found for row in section.rows] + list(told_events))
    return [*found, *([Section(PEOPLE, people)] if people else []), Section(EVENTS, told_events)]


def messages_about(connection: Connection, scope: Scope) -> list[tuple[str, str]]:
    """Return the messages that tell of a scope's things, as the event log names them."""
    return sorted({("message", str(row["message_id"])) for row in _rows(connection, "messages", scope)})


def _narrowed(spec: Spec, scope: Scope) -> Spec:
    """Leave out the column that says about whom where the whole pack is about one customer, and what it gave where it is about none."""
    idle = "given" if scope.customer is None else "customer_id"
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


def assessed_days(instance: Instance, scope: Scope, rests_on: Collection[Judged] = ()) -> list[date]:
    """Return the business dates of the customer's assessments that the pack tells of."""
    return [row["as_of"] for row in _assessments(instance, scope, rests_on)]


def _assessments(instance: Instance, scope: Scope, rests_on: Collection[Judged]) -> list[Row]:
    """Return all assessments of a customer; where the pack is about one of its things, those that explain it."""
    if scope.customer is None:
        return []
    rows = [row for row in history.read_customer_rows(instance, customer_key=scope.customer)
            if scope.kind == "customer" or (row["as_of"], row["run_id"]) in rests_on]  # fmt: skip
    rows.sort(key=lambda row: (row["as_of"], row["run_id"]))
    return [{"subject_type": "assessment", "subject_id": f"{row['as_of']}:{row['run_id']}", "index": row["index_micro"] / MICRO,
             **{name: row[name] for name in ("as_of", "run_id", "risk_class", "previous_class", "exposure", "overdue", "policy_version", "policy_digest",
                                             "model_version", "model_digest", "result_digest")}} for row in rows]  # fmt: skip


def _rows(connection: Connection, name: str, scope: Scope) -> list[Row]:
    return [dict(row) for row in connection.execute(text(sql("evidence", name)), scope.values).mappings()]


def _told(
    spec: Spec, row: Row, seen: Mapping[tuple[str, str], list[Row]], given: Mapping[int, int], names: Names
) -> Row:
    """Return a row with words for classes and codes, units beside figures, what each delivery gave, and the events that prove it."""
    told = {
        name: CLASSES.get(value) if spec.words.get(name) == "class" and isinstance(value, int) else value
        for name, value in row.items()
    }
    subject = (
        ("message", str(row["message_id"]))
        if spec.name == "messages"
        else (str(row["subject_type"]), str(row["subject_id"]))
    )
    told |= _beside(spec, row, given, names)
    proof = references([int(event["seq"]) for event in _proving(spec, row, seen.get(subject, []))])
    return {**told, "about": _thing(row, names.language), "ref": proof}


def _beside(spec: Spec, row: Row, given: Mapping[int, int], names: Names) -> Row:
    """Return what a section says beside what is stored."""
    found: Row = {}
    match spec.name:
        case "batches":
            found = {"given": given.get(int(row["batch_id"]))}
        case "runs":
            found = {"counted": _counted(row["counts"], names.language)}
        case "validation":
            found = {"meaning": names.meanings.get(str(row["code"]))}
        case "signals":
            found = {
                f"shown_{part}": names.figure(str(row["rule_id"]), row[part]) or row[part] for part in ("value", "line")
            }
        case "measures":
            found = {"expected": _expected(row["expected_json"], names.language)}
            found |= {"approved_by": word(names.language, "report", "pre_approved")} if row["pre_approved"] else {}
        case "checklist":
            found = {"question": row[f"question_{names.language}"] or row["item_id"]}
        case "steps":
            found = {"title": row[f"title_{names.language}"]}
    return found


def _counted(counts: Mapping[str, Any] | None, language: str) -> str:
    """Return what a run counted in words, nothing where it did nothing."""
    told = ((name, value) for name, value in (counts or {}).items() if value and isinstance(value, int))
    return ", ".join(f"{value:,} {word(language, 'counted', name)}" for name, value in told)


def _expected(document: Mapping[str, Any] | None, language: str) -> str:
    """Return what a measure was expected to change in words, nothing where no review proposed it."""
    said = words(language)
    return (
        ""
        if document is None
        else told(document, said["expected_figure"], said["expected_because"], said["word"]["days"])
    )


def _proving(spec: Spec, row: Row, events: list[Row]) -> list[Row]:
    """Return the events that prove a row: of an answer and of a step of approval its own, else all about its subject."""
    if spec.name == "checklist":
        wanted = {"item": row["item_id"]}
    elif spec.name == "decisions" and row["decided_by"]:
        wanted = {"digest": row["digest"], "step": row["step"]}
    else:
        return events
    causes = ((event, json.loads(event["body"])["cause"]) for event in events)
    return [event for event, cause in causes if all(cause.get(name) == value for name, value in wanted.items())]


def references(numbers: Sequence[int]) -> str:
    """Return numbers of events as a reader finds them, such as ``#7, #12–15``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"#{first}" if first == last else f"#{first}–{last}" for first, last in runs)


def _thing(row: Row, language: str) -> str:
    return f"{word(language, 'thing', row['subject_type'])} {row['subject_id']}"


def _references(events: Sequence[Row]) -> Mapping[tuple[str, str], list[Row]]:
    seen: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in events:
        kind, name = str(row["subject_type"]), str(row["subject_id"])
        if kind == "assessment":
            name = f"{name}:{json.loads(row['body'])['cause']['run_id']}"
        seen[kind, name].append(row)
    return seen


def _event(row: Row, language: str) -> Row:
    cause = json.loads(row["body"])["cause"]
    said = ", ".join(f"{name} {_short(value)}" for name, value in sorted(cause.items()) if value not in (None, [], ""))
    return {
        **{name: value for name, value in row.items() if name != "body"},
        "about": _thing(row, language),
        "cause": said,
    }


def _short(value: object) -> str:
    text_of = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text_of if len(text_of) <= 40 else f"{text_of[:12]}…"
