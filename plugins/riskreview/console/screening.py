"""Owns the pages of screening: which customers resemble a listed party, and deciding on it by the room's use case."""

from typing import get_args

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import EXPORT_ROWS, PAGE_ROWS, number_after, one_page, whole_list
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound
from riskreview.screening.decisions import Decision
from riskreview.screening.decisions import decide as decide_match
from riskreview.screening.lifecycle import MATCH
from riskreview.screening.store import read_lists

COLUMNS = (Column("match_id", link="screening/{match_id}"), Column("name", link="customers/{customer_key}"), Column("matched_name"), Column("list_id"),
           Column("likeness_pct", "count"), Column("state", "word:match_state"), Column("found_on", "day"), Column("proposed_by", "person"))  # fmt: skip
EXPORTED = ("match_id", "customer_id", "name", "matched_name", "list_id", "entry_id", "likeness_pct", "state", "found_on", "confirmed_on", "ended_on", "proposed_by",
            "decided_by", "reason")  # fmt: skip
LISTS = (Column("list_id"), Column("entries", "count"), Column("loaded_at", "moment"), Column("digest"))
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))
MOST_EVENTS = 50
MOST_WAITING = 15
"""How many of those that wait stand on the first page."""


def matches(visit: Visit) -> Page:
    """Show the matches that are not decided, or those of one state, the newest first; and the lists compared with."""
    with visit.reading() as connection:
        found = _find(connection, _asked(visit), number_after(visit.query), None)
        lists = read_lists(connection)
    shown, mark = one_page(found, ("match_id",))
    tables = (
        Table(
            "matches",
            COLUMNS,
            shown,
            base=f"{visit.root}/screening",
            query=visit.query,
            next_after=mark,
            csv=f"{visit.root}/screening.csv",
        ),
        Table("lists", LISTS, lists),
    )
    return Page("screening", {"tables": tables, "states": MATCH.states, "query": visit.query})


def matches_csv(visit: Visit) -> CsvFile:
    """Hand over the matches that were asked for."""
    with visit.reading() as connection:
        return CsvFile("screening.csv", EXPORTED, whole_list(_find(connection, _asked(visit), None, None, EXPORT_ROWS + 1)))  # fmt: skip


def waiting(connection: Connection) -> Table:
    """Return the newest matches that are not decided."""
    return Table("matches_waiting", COLUMNS, _find(connection, [], None, None)[:MOST_WAITING])


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
    found = _find(connection, [], None, number)
    if not found:
        raise NotFound("there is no such match")
    return found[0]


def _asked(visit: Visit) -> list[str]:
    state = visit.query.get("state", "")
    return [state] if state in MATCH.states else []


def _find(
    connection: Connection, states: list[str], before: int | None, number: int | None, how_many: int = PAGE_ROWS + 1
) -> list[Row]:
    found = rows(
        connection, "list_matches", states=states or None, before_id=before, match_id=number, how_many=how_many
    )
    return [{**row, "likeness_pct": round(100 * row["likeness"])} for row in found]
