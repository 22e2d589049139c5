"""Owns the pages of screening: which customers resemble a listed party, and deciding on it by the room's use case."""

from typing import get_args

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, rows_in_order, shown, sorted_list, sorted_table
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound
from riskreview.screening.decisions import Decision
from riskreview.screening.decisions import decide as decide_match
from riskreview.screening.lifecycle import MATCH
from riskreview.screening.store import read_lists

COLUMNS = (
    Column("match_id", link="screening/{match_id}", sorts=True), Column("name", link="customers/{customer_key}", sorts=True), Column("matched_name", sorts=True),
    Column("list_id", sorts=True), Column("likeness_pct", "count", sorts=True), Column("state", "word:match_state", sorts=True), Column("found_on", "day", sorts=True),
    Column("proposed_by", "person", sorts=True),
)  # fmt: skip
EXPORTED = ("match_id", "customer_id", "name", "matched_name", "list_id", "entry_id", "likeness_pct", "state", "found_on", "confirmed_on", "ended_on", "proposed_by",
            "decided_by", "reason")  # fmt: skip
LISTS = (Column("list_id"), Column("entries", "count"), Column("loaded_at", "moment"), Column("digest"))
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))
NEWEST = Order("match_id", is_down=True)
DEFAULT = NEWEST.key
MOST_EVENTS = 50
MOST_WAITING = 15
"""How many of those that wait stand on the first page."""


def matches(visit: Visit) -> Page:
    """Show the matches that are not decided, or those of one state, the newest first unless another order is asked for; and the lists compared with."""
    table = sorted_table(visit, "matches", COLUMNS, DEFAULT, _find, page="screening")
    with visit.reading() as connection:
        lists = read_lists(connection)
    return Page(
        "screening", {"tables": (table, Table("lists", LISTS, lists)), "states": MATCH.states, "query": visit.query}
    )


def matches_csv(visit: Visit) -> CsvFile:
    """Hand over the matches that were asked for."""
    return CsvFile("screening.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def waiting(connection: Connection) -> Table:
    """Return the newest matches that are not decided."""
    return Table("matches_waiting", COLUMNS, shown(_listed(connection, NEWEST, how_many=MOST_WAITING)))


def match(visit: Visit) -> Page:
    """Show one match: the customer beside the listed party, and what the visitor may decide."""
    number = visit.number("match_id")
    with visit.reading() as connection:
        found = _seen(connection, number)
        history = rows(
            connection, "subject_history", subject_type="screening_match", subject_id=str(number), how_many=MOST_EVENTS
        )
    roles = visit.team.roles_of(visit.visitor.person)
    mine = found["proposed_by"] == visit.visitor.person
    can = [verb for verb in get_args(Decision) if MATCH.can(verb, state=found["state"], roles=roles)]
    shown = [(verb, "reason") for verb in can if not (mine and verb in {"agree", "clear"})]
    return Page("match", {"match": found, "can": shown, "mine": mine, "history": Table("history", HISTORY, history)}, ("screening_match", str(number)))  # fmt: skip


def decide(visit: Visit) -> Redirect:
    """Confirm a match, dismiss it, or decide what another person of compliance proposed."""
    number = visit.number("match_id")
    verb: Decision | None = next((known for known in get_args(Decision) if known == visit.path["verb"]), None)
    if verb is None:
        raise NotFound("there is no such page")
    decide_match(visit.services, match_id=number, decision=verb, actor=visit.visitor.person, reason=visit.said("reason"),
                 version=visit.version())  # fmt: skip
    return Redirect(f"/screening/{number}", "saved")


def _seen(connection: Connection, number: int) -> Row:
    found = _listed(connection, NEWEST, match_id=number, how_many=1)
    if not found:
        raise NotFound("there is no such match")
    return shown(found)[0]


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = visit.query.get("state", "")
    return _listed(connection, order, states=[state] if state in MATCH.states else None, how_many=how_many)


def _listed(connection: Connection, order: Order, **asked: object) -> list[Row]:
    """Return matches, without any states those that are not decided."""
    found = rows_in_order(connection, "list_matches", order, **{"states": None, "match_id": None, **asked})
    return [{**row, "likeness_pct": round(100 * row["likeness"])} for row in found]
