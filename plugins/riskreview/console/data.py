"""Owns the pages of data: feeds and their age, batches, what was refused and why, and deciding on both by validation's use cases."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect, table_file
from riskreview.console.paging import PAGE_ROWS, Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.tables import Column, Rows, Table, in_order
from riskreview.console.visit import Row, Visit, rows, whole
from riskreview.console.words import words
from riskreview.foundation.errors import BadInput, NotFound, RuleViolation
from riskreview.validation import bad_inputs, overrides
from riskreview.validation.feeds import never_delivered
from riskreview.validation.quarantine import discard as discard_rows
from riskreview.validation.quarantine import list_rows
from riskreview.validation.results import QuarantineState

FEEDS = (
    Column("source_id", link="feeds/{source_id}", sorts=True), Column("system", sorts=True), Column("stage", "word:stage", sorts=True),
    Column("last_good_as_of", "day", sorts=True), Column("days_old", "count", sorts=True), Column("last_good_at", "moment"), Column("unchanged_since", "day"),
    Column("held_batch", link="batches/{held_batch}"), Column("held_problem"),
)  # fmt: skip
BATCHES = (Column("batch_id", link="batches/{batch_id}", sorts=True), Column("source_id", link="feeds/{source_id}", sorts=True), Column("as_of", "day", sorts=True),
           Column("state", "word:batch_state", sorts=True), Column("file_name", sorts=True), Column("received_at", "moment", sorts=True), Column("problem"))  # fmt: skip
NEWEST, SORT_BATCHES = "-batch_id", "batch_sort"
"""The order of batches by itself; they stand on one page with the feeds, which ``sort`` sorts."""
REFUSED = (Column("quarantine_id", sorts=True), Column("source_id", sorts=True), Column("dataset", sorts=True), Column("line", "count", sorts=True), Column("column_name", sorts=True),
           Column("code", sorts=True), Column("found", sorts=True), Column("repair"), Column("state", "word:quarantine_state"))  # fmt: skip
QUARANTINED = (REFUSED[0], Column("batch_id", link="batches/{batch_id}"), *REFUSED[1:])
"""Lines are those of a delivered file, so a list of several deliveries names it."""
OLDEST = "quarantine_id"
DELIVERED = ("batch_id", "source_id", "as_of", "state", "file_name", "size_bytes", "received_at", "problem")
COUNTED = (Column("dataset"), Column("rows_in", "count"), Column("skipped", "count"), Column("refused", "count"), Column("duplicates", "count"),
           Column("quarantined", "count"), Column("accepted", "count"))  # fmt: skip
EXPORTED = ("quarantine_id", "batch_id", "source_id", "dataset", "line", "column_name", "code", "rule", "found", "repair", "state", "reason")  # fmt: skip
NARROWED = ("state", "source", "code", "sort")
"""How the list of refused rows may be narrowed and sorted; it stays so when something was done with its rows."""
VERBS = ("release", "redrive", "discard")
"""What can be done with rows in quarantine; reading them again needs no reason, today's mapping is one."""
STATES: tuple[QuarantineState, ...] = ("quarantined", "released", "redriven", "discarded")


def feeds(visit: Visit) -> Page:
    """Show every feed, those that are held first, those that never brought anything last, and the newest batches."""
    return Page("data", {"tables": (_feed_table(visit), _batch_table(visit)), "has_docs": _has_docs(visit)})


def feeds_csv(visit: Visit) -> CsvFile:
    """Hand over every feed."""
    return table_file("feeds.csv", _feed_table(visit))


def batches_csv(visit: Visit) -> CsvFile:
    """Hand over the deliveries of every feed, or of the one that was asked for."""
    return CsvFile("batches.csv", DELIVERED, sorted_list(visit, BATCHES, NEWEST, _find_batches, asks=SORT_BATCHES))


def feed(visit: Visit) -> Page:
    """Show the deliveries of one feed.

    :raises NotFound: when there is none.
    """
    source = visit.path["source_id"]
    with visit.reading() as connection:
        known = [row for row in _feeds(visit, connection) if row["source_id"] == source]
    batches = _batch_table(replace(visit, query={**visit.query, "source": source}))
    if not known and not batches.rows:
        raise NotFound("there is no such feed")
    listed = replace(batches, base=f"{visit.root}/feeds/{source}")
    shown = {"tables": (Table("feeds", FEEDS, known), listed), "has_docs": _has_docs(visit)}
    return Page("data", shown, ("feed", source))


def _has_docs(visit: Visit) -> bool:
    return (visit.services.instance.docs / "index.html").is_file()


def _feed_table(visit: Visit) -> Table:
    with visit.reading() as connection:
        found = _feeds(visit, connection)
    listed, order = in_order(found, FEEDS, visit.query.get("sort", ""), "")
    return Table("feeds", FEEDS, listed, order, f"{visit.root}/data", visit.query, csv=f"{visit.root}/feeds.csv")


def _batch_table(visit: Visit) -> Table:
    return sorted_table(visit, "batches", BATCHES, NEWEST, _find_batches, page="data", asks=SORT_BATCHES)


def _find_batches(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    found = rows_in_order(connection, "list_batches", order, source_id=visit.query.get("source") or None, how_many=how_many)  # fmt: skip
    return _told(visit, found, "problem")


def _feeds(visit: Visit, connection: Connection) -> list[Row]:
    """Return every feed, and the mapped sources of which nothing ever came."""
    found = _told(visit, rows(connection, "list_feeds", on_day=visit.today), "held_problem")
    known = {row["source_id"] for row in found}
    nothing = dict.fromkeys(("last_good_as_of", "days_old", "last_good_at", "unchanged_since", "held_batch"))
    silent = [{"source_id": state.source_id, "system": state.system, "stage": state.stage, **nothing,
               "held_problem": words(visit.visitor.language)["data"]["never"]}
              for state in never_delivered(visit.services, as_of=visit.today) if state.source_id not in known]  # fmt: skip
    return [*found, *silent]


def batch(visit: Visit) -> Page:
    """Show a batch: what it held, what was refused, and who accepted it."""
    number = visit.number("batch_id")
    with visit.reading() as connection:
        found = rows(connection, "batch", batch_id=number)
    if not found:
        raise NotFound("there is no such batch")
    refused = _repaired(
        visit, [asdict(row) for row in list_rows(visit.services, batch_id=number, state=None, limit=PAGE_ROWS)]
    )
    return Page(
        "batch",
        {
            "batch": _told(visit, found, "problem")[0],
            "counted": Table("counted_rows", COUNTED, _counted(found[0]["counts"])),
            "refused": Table("quarantine", REFUSED, refused),
        },
        ("batch", str(number)),
    )


def _counted(counts: Mapping[str, Any] | None) -> list[Row]:
    """Return what became of a delivery's rows, by data set: when they were read, and when they were validated if they were."""
    told = dict(counts or {})
    validated = (told.pop("validation", None) or {}).get("datasets", {})
    read = {dataset: found for dataset, found in sorted(told.items()) if isinstance(found, Mapping)}
    return [
        {"dataset": dataset}
        | {name: found.get(name) for name in ("rows_in", "skipped", "refused")}
        | {name: validated.get(dataset, {}).get(name) for name in ("duplicates", "quarantined", "accepted")}
        for dataset, found in read.items()
    ]


def act_on_batch(visit: Visit) -> Redirect:
    """Propose to accept a held batch, or decide on such a proposal."""
    number, verb, actor = visit.number("batch_id"), visit.path["verb"], visit.visitor.person
    if verb == "propose":
        overrides.propose_override(visit.services, batch_id=number, actor=actor, reason=visit.said("reason"))
    elif verb == "approve":
        overrides.approve_override(visit.services, batch_id=number, actor=actor)
    elif verb == "refuse":
        overrides.refuse_override(visit.services, batch_id=number, actor=actor)
    else:
        raise NotFound("there is no such page")
    return Redirect(f"/batches/{number}", "saved")


def quarantine(visit: Visit) -> Page:
    """Show refused rows with the rule they broke and the repair, the oldest first unless another order is asked for."""
    table = sorted_table(visit, "quarantine", QUARANTINED, OLDEST, _find_refused)
    return Page("quarantine", {"table": table, "states": STATES, "query": visit.query, "verbs": VERBS})


def quarantine_csv(visit: Visit) -> CsvFile:
    """Hand over the refused rows that were asked for."""
    return CsvFile("quarantine.csv", EXPORTED, sorted_list(visit, QUARANTINED, OLDEST, _find_refused))


def act_on_rows(visit: Visit) -> Redirect:
    """Let the chosen rows through as they are, read them again with today's mapping, or give them up for good."""
    chosen, verb, actor = (
        [whole(part) for part in visit.said("ids").split(",") if part],
        visit.path["verb"],
        visit.visitor.person,
    )
    if verb not in VERBS:
        raise NotFound("there is no such page")
    if not chosen:
        raise BadInput("E-FORM", "no row was chosen", "Tick the rows it is about")
    if verb == "discard":
        discard_rows(visit.services, ids=chosen, actor=actor, reason=visit.said("reason"))
    elif verb == "release":
        visit.publishing.release(visit.services, ids=chosen, actor=actor, reason=visit.said("reason"))
    else:
        done = visit.publishing.redrive(visit.services, ids=chosen, actor=actor)
        if not sum(done.passed.values()):
            raise RuleViolation(f"none of the {done.failed} rows passes yet; they stay in quarantine")
    kept = urlencode({name: visit.query[name] for name in NARROWED if visit.query.get(name)})
    return Redirect(f"/quarantine?{kept}" if kept else "/quarantine", "saved")


def _told(visit: Visit, found: Rows, name: str) -> list[Row]:
    """Return rows with the problem of a delivery in the visitor's language."""
    return [{**row, name: row[name] and bad_inputs.told(row[name], visit.visitor.language)} for row in found]


def _repaired(visit: Visit, found: Rows) -> list[Row]:
    """Return refused rows with the repair in the visitor's language."""
    language = visit.visitor.language
    return [
        {**row, "repair": row["repair"] and bad_inputs.repair_told(row["code"], row["repair"], language)}
        for row in found
    ]


def _find_refused(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = next((known for known in STATES if known == visit.query.get("state")), "quarantined")
    found = rows_in_order(connection, "list_refused", order, source_id=visit.query.get("source") or None, code=visit.query.get("code") or None,
                          state=state, how_many=how_many)  # fmt: skip
    return _repaired(visit, found)
