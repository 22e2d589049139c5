"""Owns the page of one customer as it was known at a moment: nothing that was received, judged, done or said later."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection

from riskreview.assessment.explain import explain_past
from riskreview.assessment.past import Past, read_past
from riskreview.assessment.scale import MICRO
from riskreview.assessment.store import used_policy
from riskreview.console.answers import Page
from riskreview.console.customer_parts import (
    ACCOUNTS,
    Who,
    choice,
    heaviest,
    led,
    messages_of,
    trend_page,
    waterfall_of,
    who_of,
)
from riskreview.console.known import Known
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.facts.register import known_accounts, known_customer, see_register
from riskreview.facts.use_cases import pins_at
from riskreview.foundation.database import transaction
from riskreview.policy.risk_terms import RiskClass

STOOD = (Column("subject_type", "word:subjects", "{page}"), Column("subject_id"), Column("what", "title"), Column("action", "word:action"),
         Column("recorded_at", "moment"), Column("actor", "person"), Column("seq", link="{event_page}"))  # fmt: skip
CLASSES = (Column("as_of", "day"), Column("risk_class", "class"), Column("index_points", "points"), Column("exposure", "amount"),
           Column("overdue", "amount"))  # fmt: skip


def customer(visit: Visit, known: Known) -> Page:
    """Show who a customer was, its class and why, and how everything stood, as of the moment."""
    who, past = _read(visit, known)
    with visit.reading() as connection:
        stood = rows(connection, "customer_then", customer_key=who.key, until=known.moment)
        messages = messages_of(connection, visit.visitor, who.key, known.moment)
    explained = (
        None if past is None else explain_past(visit.services, past, language=visit.visitor.language, on_day=known.day)
    )
    course = [] if past is None else [_judged(row) for row in reversed(past.course)]
    with _register_then(visit, known) as connection:
        accounts = known_accounts(connection, who.key)
    tables = {"stood": Table("stood", STOOD, led(stood, visit.visitor)), "course": Table("course", CLASSES, course),
              "accounts": Table("accounts", ACCOUNTS, accounts), "messages": messages}  # fmt: skip
    shown = {"who": who.row | _judged_then(past, known), "explained": explained, "known": known, "waterfall": waterfall_of(explained, visit.visitor.language),
             "tables": tables, "held": (), "group": None, "group_limit": None}  # fmt: skip
    return Page("customer", shown, ("customer", f"{who.key}@{known.typed}"))


def trend(visit: Visit, known: Known) -> Page:
    """Show how an indicator had moved by the moment."""
    who, past = _read(visit, known)
    if past is None:
        return trend_page(visit, who, None, "", (), known)
    with visit.reading() as connection:
        policy = used_policy(connection, str(past.row["policy_version"]))
    explained = explain_past(visit.services, past, language=visit.visitor.language, on_day=known.day)
    chosen = choice(visit, policy) or heaviest(explained, policy)
    points = ((row["as_of"], row.get(chosen.lower())) for row in past.course)
    return trend_page(visit, who, policy, chosen, points, known, past.row.get("line_set") or 0)


def who_then(visit: Visit, who: Who, known: Known) -> Who:
    """Return a customer as it was: what nobody knew yet of it, its name included, is not there."""
    with _register_then(visit, known) as connection:
        was = known_customer(connection, who.key) or {}
    unknown: dict[str, Any] = dict.fromkeys(who.row)  # a row has any types
    named = {name: was[name] for name in was if name in who.row}
    return Who(who.key, unknown | {"customer_key": who.key, "customer_id": who.row["customer_id"]} | named)


def business_day(visit: Visit, who: Who, known: Known) -> date:
    """Return the day the figures of a moment are for: that of the assessment in force, else the day of the moment."""
    with visit.reading() as connection:
        past = read_past(visit.services.instance, connection, customer_key=who.key, moment=known.moment)
    return known.day if past is None else past.row["as_of"]


def _read(visit: Visit, known: Known) -> tuple[Who, Past | None]:
    with visit.reading() as connection:
        who = who_of(connection, visit)
        past = read_past(visit.services.instance, connection, customer_key=who.key, moment=known.moment)
    return who_then(visit, who, known), past


@contextmanager
def _register_then(visit: Visit, known: Known) -> Iterator[Connection]:
    """Open a transaction in which the register shows what was known at the moment."""
    pins = pins_at(visit.services, known_at=known.moment)
    with transaction(visit.services.engine) as connection:
        see_register(connection, pins)
        yield connection


def _judged_then(past: Past | None, known: Known) -> Row:
    if past is None:
        return {}
    judged = _judged(past.row) | {"valid_until": past.row["valid_until"]}
    return judged | ({"risk_class": int(RiskClass.unknown)} if past.row["valid_until"] < known.day else {})


def _judged(row: Row) -> Row:
    return {"as_of": row["as_of"], "risk_class": int(row["risk_class"]), "index_points": row["index_micro"] / MICRO,
            "exposure": row["exposure"], "overdue": row["overdue"], "limit_amount": row["limit_amount"],
            "unapplied": row.get("unapplied")}  # fmt: skip
