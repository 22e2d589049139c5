"""Owns the pages of signals: the list to work through, one of them, and what people do with it by the desk's use cases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.policy import documents
from riskreview.console.tables import Column
from riskreview.console.visit import Row, Visit, check_may_see, rows
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.monitoring import desk
from riskreview.monitoring.lifecycle import SIGNAL, UNDECIDED
from riskreview.monitoring.worklist import show_signal
from riskreview.policy.monitoring_policy import load_monitoring_policy
from riskreview.policy.risk_text import sentence, signal_figure

SEVERITIES = ("emergency", "alarm", "warning")
COLUMNS = (
    Column("severity", "word:severitys", sorts=True), Column("rule_id", "title", "signals/{signal_id}", sorts=True), Column("name", link="customers/{customer_key}", sorts=True),
    Column("state", "word:signal_state", sorts=True), Column("opened_on", "day", sorts=True), Column("value"), Column("line"),
    Column("owner_user", "person", sorts=True), Column("handler", "person", sorts=True), Column("snoozed_until", "day", sorts=True),
)  # fmt: skip
EXPORTED = ("signal_id", "customer_id", "name", "rule_id", "severity", "state", "opened_on", "last_seen_on", "value", "line", "handler", "snoozed_until", "outcome")  # fmt: skip
DEFAULT = "-severity"
"""The most severe first, of those the newest."""
VERBS = ("acknowledge", "snooze", "wake", "confirm", "dismiss")


def signals(visit: Visit) -> Page:
    """Show the signals that nobody has closed yet, or those of one state."""
    table = sorted_table(visit, "signals", COLUMNS, DEFAULT, _find)
    table = replace(table, rows=[{**row, **_told(visit, row)} for row in table.rows])
    return Page("signals", {"table": table, "states": SIGNAL.states, "severities": SEVERITIES, "query": visit.query})


def signals_csv(visit: Visit) -> CsvFile:
    """Hand over the signals that were asked for."""
    return CsvFile("signals.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def signal(visit: Visit) -> Page:
    """Show a signal with its history and what may be done with it."""
    number = visit.number("signal_id")
    with visit.reading() as connection:
        found = _seen(connection, visit, number)
        who = rows(connection, "customer", customer_key=found["customer_key"], on_day=visit.today)
    meaning = _meaning(visit, found)
    found |= _told(visit, found)
    verbs = [verb for verb in VERBS if found["state"] in SIGNAL.transition(verb).sources]
    if not load_monitoring_policy(visit.services.instance).snooze.longest_days[found["severity"]]:
        verbs = [verb for verb in verbs if verb != "snooze"]
    shown = {"signal": found, "who": who[0] if who else None, "verbs": verbs, "meaning": meaning}
    return Page("signal", shown, ("signal", str(number)))


def act(visit: Visit) -> Redirect:
    """Take a signal, put it off, wake it or close it."""
    number, verb, actor = visit.number("signal_id"), visit.path["verb"], visit.visitor.person
    with visit.reading() as connection:
        _seen(connection, visit, number)
    if verb == "acknowledge":
        desk.acknowledge(visit.services, signal_id=number, actor=actor)
    elif verb == "snooze":
        desk.snooze(
            visit.services, signal_id=number, until=_day(visit.said("until")), reason=visit.said("reason"), actor=actor
        )
    elif verb == "wake":
        desk.wake(visit.services, signal_id=number, actor=actor)
    elif verb == "close":
        outcome = next((known for known in desk.OUTCOMES if known == visit.said("outcome")), None)
        if outcome is None:
            raise BadInput("E-FORM", "it is not said what the signal was", "Choose one of the outcomes")
        desk.close(visit.services, signal_id=number, outcome=outcome, reason=visit.said("reason"), actor=actor)
    else:
        raise NotFound("there is no such page")
    return Redirect(f"/signals/{number}", "saved")


def _told(visit: Visit, row: Mapping[str, Any]) -> Row:
    """Return value and line as the rule means them."""
    policy, _ = documents(visit.services.instance)
    said = {name: row[name] for name in ("value", "line")}
    return {
        name: ""
        if value is None
        else signal_figure(row["rule_id"], value, policy, visit.visitor.language) or f"{value:,.2f}"
        for name, value in said.items()
    }


def _meaning(visit: Visit, row: Mapping[str, Any]) -> str:
    """Return what a signal says in one sentence: that of its indicator, else what starts the emergency plan of its rule."""
    policy, books = documents(visit.services.instance)
    language = visit.visitor.language
    if row["rule_id"] in policy.indicator_ids and row["value"] is not None and row["line"] is not None:
        return sentence(policy.indicator(row["rule_id"]), row["value"], row["line"], policy, language)
    named = (
        book.identification
        for book in books
        if any(item.rule == row["rule_id"] for item in book.identification.triggers)
    )
    summary = next((item.summary for item in named), None)
    return "" if summary is None else summary.zh if language == "zh" else summary.en


def _seen(connection: Connection, visit: Visit, number: int) -> Row:
    found = show_signal(connection, number)
    check_may_see(connection, visit.visitor, found["customer_key"])
    return found


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state, severity = visit.query.get("state", ""), visit.query.get("severity", "")
    return rows_in_order(
        connection, "list_signals", order, states=[state] if state in SIGNAL.states else list(UNDECIDED),
        severity=severity if severity in SEVERITIES else None, rule_id=visit.query.get("rule") or None,
        owner_users=visit.visitor.owner_users, how_many=how_many,
    )  # fmt: skip


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadInput("E-DATE", f"{value[:20]!r} is no day", "Give it as year-month-day") from error
