"""Owns the pages of the event log: search, one event with its exact bytes, and whether the chain still holds."""

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from riskreview.audit.verification import verify_since_checkpoint, verify_whole
from riskreview.console.answers import CsvFile, Page
from riskreview.console.paging import EXPORT_ROWS, PAGE_ROWS, number_after, one_page, whole_list
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound

COLUMNS = (Column("seq", link="audit/{seq}"), Column("recorded_at", "moment"), Column("action", "word:action"),
           Column("subject_type", "word:subjects"), Column("subject_id"), Column("actor", "person"))  # fmt: skip
EXPORTED = ("seq", "recorded_at", "action", "subject_type", "subject_id", "actor")
FILTERS = ("action", "subject_type", "subject_id", "actor")


def search(visit: Visit) -> Page:
    """Show the events that were searched for, newest first."""
    found = _find(visit, number_after(visit.query), PAGE_ROWS + 1)
    shown, mark = one_page(found, ("seq",))
    with visit.reading() as connection:
        head = rows(connection, "log_head")[0]
    table = Table("events", COLUMNS, shown, base=f"{visit.root}/audit", query=visit.query, next_after=mark, csv=f"{visit.root}/audit.csv")  # fmt: skip
    return Page("audit", {"table": table, "filters": FILTERS, "query": visit.query, "head": head["seq"]})


def search_csv(visit: Visit) -> CsvFile:
    """Hand over the events that were searched for."""
    return CsvFile("events.csv", EXPORTED, whole_list(_find(visit, None, EXPORT_ROWS + 1)))


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


def _find(visit: Visit, before_seq: int | None, how_many: int) -> list[Row]:
    given = {name: visit.query.get(name, "").strip() or None for name in FILTERS}
    since, until = _day(visit.query.get("since", "")), _day(visit.query.get("until", ""))
    zone = ZoneInfo(visit.visitor.time_zone)
    begin = datetime.combine(since, time(), zone) if since else None
    end = datetime.combine(until + timedelta(days=1), time(), zone) if until and until < date.max else None
    with visit.reading() as connection:
        return rows(connection, "search_log", **given, since=begin, until=end, before_seq=before_seq, how_many=how_many)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
