"""Owns the pages of data: feeds and their age, batches, what was refused and why, and deciding on both by validation's use cases."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import EXPORT_ROWS, PAGE_ROWS, number_after, one_page, whole_list
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
BATCHES = (Column("batch_id", link="batches/{batch_id}"), Column("source_id", link="feeds/{source_id}"), Column("as_of", "day"),
           Column("state", "word:batch_state"), Column("file_name"), Column("received_at", "moment"), Column("problem"))  # fmt: skip
REFUSED = (Column("quarantine_id"), Column("source_id"), Column("dataset"), Column("line", "count"), Column("column_name"),
           Column("code"), Column("found"), Column("repair"), Column("state", "word:quarantine_state"))  # fmt: skip
DELIVERED = ("batch_id", "source_id", "as_of", "state", "file_name", "size_bytes", "received_at", "problem")
COUNTED = (Column("dataset"), Column("rows_in", "count"), Column("skipped", "count"), Column("refused", "count"), Column("duplicates", "count"),
           Column("quarantined", "count"), Column("accepted", "count"))  # fmt: skip
EXPORTED = ("quarantine_id", "batch_id", "source_id", "dataset", "line", "column_name", "code", "rule", "found", "repair", "state", "reason")  # fmt: skip
VERBS = ("release", "redrive", "discard")
"""What can be done with rows in quarantine; reading them again needs no reason, today's mapping is one."""
STATES: tuple[QuarantineState, ...] = ("quarantined", "released", "redriven", "discarded")


def feeds(visit: Visit) -> Page:
    """Show every feed, those that are held first, those that never brought anything last, and the newest batches."""
    with visit.reading() as connection:
        found = _feeds(visit, connection)
        batches = rows(connection, "list_batches", state=None, source_id=None, before_id=number_after(visit.query), how_many=PAGE_ROWS + 1)  # fmt: skip
    listed, order = in_order(found, FEEDS, visit.query.get("sort", ""), "")
    shown, mark = one_page(_told(visit, batches, "problem"), ("batch_id",))
    base = f"{visit.root}/data"
    tables = (
        Table("feeds", FEEDS, listed, order, base, visit.query),
        Table("batches", BATCHES, shown, base=base, next_after=mark, csv=f"{base}.csv"),
    )
    return Page("data", {"tables": tables})


def batches_csv(visit: Visit) -> CsvFile:
    """Hand over the deliveries of every feed, or of the one that was asked for."""
    with visit.reading() as connection:
        found = whole_list(rows(connection, "list_batches", state=None, source_id=visit.query.get("source") or None, before_id=None, how_many=EXPORT_ROWS + 1))  # fmt: skip
    return CsvFile("batches.csv", DELIVERED, _told(visit, found, "problem"))


def feed(visit: Visit) -> Page:
    """Show the deliveries of one feed.

    :raises NotFound: when there is none.
    """
    source = visit.path["source_id"]
    with visit.reading() as connection:
        known = [row for row in _feeds(visit, connection) if row["source_id"] == source]
        found = rows(connection, "list_batches", state=None, source_id=source, before_id=number_after(visit.query), how_many=PAGE_ROWS + 1)  # fmt: skip
    if not known and not found:
        raise NotFound("there is no such feed")
    shown, mark = one_page(_told(visit, found, "problem"), ("batch_id",))
    base = f"{visit.root}/feeds/{source}"
    listed = Table(
        "batches", BATCHES, shown, base=base, query={"source": source}, next_after=mark, csv=f"{visit.root}/data.csv"
    )
    return Page("data", {"tables": (Table("feeds", FEEDS, known), listed)}, ("feed", source))


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
    """Show refused rows with the rule they broke and the repair."""
    found = _refused(visit, number_after(visit.query) or 0, PAGE_ROWS + 1)
    shown, mark = one_page(_repaired(visit, found), ("quarantine_id",))
    table = Table("quarantine", REFUSED, shown, base=f"{visit.root}/quarantine", query=visit.query, next_after=mark,
                  csv=f"{visit.root}/quarantine.csv")  # fmt: skip
    return Page("quarantine", {"table": table, "states": STATES, "query": visit.query, "verbs": VERBS})


def quarantine_csv(visit: Visit) -> CsvFile:
    """Hand over the refused rows that were asked for."""
    return CsvFile("quarantine.csv", EXPORTED, whole_list(_refused(visit, 0, EXPORT_ROWS + 1)))


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
    return Redirect("/quarantine", "saved")


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


def _refused(visit: Visit, after_id: int, how_many: int) -> Rows:
    state: QuarantineState = next((known for known in STATES if known == visit.query.get("state")), "quarantined")
    found = list_rows(visit.services, source_id=visit.query.get("source") or None, code=visit.query.get("code") or None, state=state,
                      limit=how_many, after_id=after_id)  # fmt: skip
    return [asdict(row) for row in found]
