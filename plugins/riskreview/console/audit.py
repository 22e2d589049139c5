"""Owns the pages of the event log: search, one event with its exact bytes, and whether the chain still holds."""

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from riskreview.audit.verification import verify_since_checkpoint, verify_whole
from riskreview.console.answers import CsvFile, Page
from riskreview.console.paging import Order, sorted_list, sorted_table
from riskreview.console.tables import Column
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound

COLUMNS = (Column("seq", link="audit/{seq}"), Column("recorded_at", "moment", sorts=True), Column("action", "word:action", sorts=True),
           Column("subject_type", "word:subjects", sorts=True), Column("subject_id", sorts=True), Column("actor", "person", sorts=True))  # fmt: skip
DEFAULT = "-recorded_at"
EXPORTED = ("seq", "recorded_at", "action", "subject_type", "subject_id", "actor")
FILTERS = ("action", "subject_type", "subject_id", "actor")


def search(visit: Visit) -> Page:
    """Show the events that were searched for, newest first unless another order is asked for."""
    table = sorted_table(visit, "events", COLUMNS, DEFAULT, _find, page="audit")
    with visit.reading() as connection:
        head = rows(connection, "log_head")[0]
    people = sorted(person.name for person in visit.team.persons)
    return Page("audit", {"table": table, "people": people, "query": visit.query, "head": head["seq"]})


def search_csv(visit: Visit) -> CsvFile:
    """Hand over the events that were searched for."""
    return CsvFile("events.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def event(visit: Visit) -> Page:
    """Show an event: its exact bytes and the hashes that bind it to those before.

    :raises NotFound: when there is none.
    """
    with visit.reading() as connection:
        found = rows(connection, "log_event", seq=visit.number("seq"))
    if not found:
        raise NotFound("there is no such event")
    row = found[0]
    body = bytes(row["body"]).decode()
    told = {
        **row,
        "leaf_hash": bytes(row["leaf_hash"]).hex(),
        "chain_hash": bytes(row["chain_hash"]).hex(),
        "body": body,
    }
    return Page("event", {"event": told, "read": json.dumps(row["told"], indent=2, ensure_ascii=False)}, ("event", str(row["seq"])))  # fmt: skip


def verification(visit: Visit) -> Page:
    """Compute the chain again from the stored bytes: what came since the newest checkpoint, or all of it when asked; show whether it holds."""
    engine = visit.services.engine.execution_options(
        isolation_level="REPEATABLE READ"
    )  # events that come meanwhile are not seen by half
    with engine.connect() as connection:
        whole = visit.query.get("whole") == "1"
        found, known = (verify_whole(connection), None) if whole else verify_since_checkpoint(connection)
    return Page("verification", {"found": found, "holds": found.first_bad is None, "known": known})


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    given = {name: visit.query.get(name, "").strip() or None for name in FILTERS}
    given["actor"] = _actor(visit, given["actor"])
    since, until = _day(visit.query.get("since", "")), _day(visit.query.get("until", ""))
    zone = ZoneInfo(visit.visitor.time_zone)
    begin = datetime.combine(since, time(), zone) if since else None
    end = datetime.combine(until + timedelta(days=1), time(), zone) if until and until < date.max else None
    return rows(connection, "search_log", **given, since=begin, until=end, **order.values, how_many=how_many)


def _actor(visit: Visit, typed: str | None) -> str | None:
    """Return by what the log names somebody: a person of the team is asked for by name too."""
    named = {person.name.casefold(): person.id for person in visit.team.persons}
    return None if typed is None else named.get(typed.casefold(), typed)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
