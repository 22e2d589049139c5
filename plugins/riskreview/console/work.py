"""Owns the first page: what the visitor owes by when, and what waits for somebody like them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from riskreview.console import crm_writes, identity, screening
from riskreview.console.answers import Page
from riskreview.console.paging import Order, rows_in_order, shown
from riskreview.console.roles import CASE_WORKERS, CASES, OPERATIONS, Role
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.monitoring.lifecycle import UNDECIDED
from riskreview.opinions.store import list_opinions
from riskreview.validation import bad_inputs

MOST_DUTIES, MOST_SIGNALS = 200, 15
DECIDERS = CASE_WORKERS | {Role.engineer}
"""Who may decide on proposals, as far as the team file allows it."""
PAGES = {"review": "reviews", "step": "steps", "activation": "playbooks", "opinion": "opinions", "measure": "measures",
         "batch": "batches", "cadence": "rhythms", "policy_proposal": "policy/proposals"}  # fmt: skip
SIGNALS = (Column("severity", "word:severitys", "signals/{signal_id}"), Column("rule_id", "title", "signals/{signal_id}"),
           Column("name", link="customers/{customer_key}"), Column("opened_on", "day"), Column("state", "word:signal_state"), Column("handler", "person"))  # fmt: skip
OPINIONS = (Column("opinion_id", link="opinions/{opinion_id}"), Column("customer_id"), Column("kind", "word:opinion_kinds"),
            Column("author", "person"), Column("proposed_on", "day"))  # fmt: skip
FEEDS = (Column("source_id", link="feeds/{source_id}"), Column("held_batch", link="batches/{held_batch}"), Column("held_as_of", "day"),
         Column("held_problem"), Column("rows_waiting", "count", "quarantine?source={source_id}"))  # fmt: skip


def work(visit: Visit) -> Page:
    """Show the inbox of the visitor."""
    tables: list[Table] = []
    with visit.reading() as connection:
        own, for_others = (_duties(visit, connection, is_deputy=is_deputy) for is_deputy in (False, True))
        if visit.visitor.roles & CASES:
            tables += _cases(visit, connection)
        if visit.visitor.roles & DECIDERS:
            tables += [crm_writes.waiting(connection, visit), identity.waiting(connection, visit)]
        if Role.compliance in visit.visitor.roles:
            tables.append(screening.waiting(connection))
        if visit.visitor.roles & OPERATIONS:
            held = rows(connection, "held_feeds")
            spoken = visit.visitor.language
            told = [
                {**row, "held_problem": row["held_problem"] and bad_inputs.told(row["held_problem"], spoken)}
                for row in held
            ]
            tables.append(Table("held_feeds", FEEDS, told))
    return Page("work", {"own": own, "for_others": for_others, "own_in_all": _in_all(own), "others_in_all": _in_all(for_others),
                         "tables": [table for table in tables if table.rows]})  # fmt: skip


def _duties(visit: Visit, connection: Connection, *, is_deputy: bool) -> list[Row]:
    found = rows(connection, "my_duties", person=visit.visitor.person, is_deputy=is_deputy, now=visit.services.clock.now(), on_day=visit.today,
                 how_many=MOST_DUTIES)  # fmt: skip
    return [{**row, "page": _page(row), "title": row[f"title_{visit.visitor.language}"] or ""} for row in found]


def _in_all(duties: list[Row]) -> int:
    return int(duties[0]["in_all"]) if duties else 0


def _page(row: Mapping[str, Any]) -> str:  # a result row
    known = PAGES.get(row["subject_type"])
    return f"{known}/{row['subject_id']}" if known else ""


def _cases(visit: Visit, connection: Connection) -> list[Table]:
    signals = rows_in_order(connection, "list_signals", Order("severity", is_down=True), states=list(UNDECIDED), severity=None, rule_id=None,
                            owner_users=visit.visitor.owner_users, how_many=MOST_SIGNALS)  # fmt: skip
    found = [Table("signals_waiting", SIGNALS, shown(signals))]
    if visit.visitor.sees_all:
        proposed = list_opinions(connection, customer_key=None, state="proposed", how_many=MOST_SIGNALS)
        found.append(Table("opinions_waiting", OPINIONS, proposed))
    return found
