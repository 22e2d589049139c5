"""Owns the pages of identity proposals: which customers may be one, why, and accepting, refusing or taking that back by the room's use cases."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import EXPORT_ROWS, PAGE_ROWS, number_after, one_page, whole_list
from riskreview.console.roles import CASES, Role
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound
from riskreview.identity import decisions
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.identity.results import Proposal
from riskreview.identity.wording import why

COLUMNS = (Column("proposal_id", link="identity/{proposal_id}"), Column("first_name"), Column("first_account"), Column("second_name"),
           Column("second_account"), Column("alike_pct", "count"), Column("why"), Column("state", "word:proposal_state"),
           Column("proposed_at", "moment"))  # fmt: skip
EXPORTED = ("proposal_id", "first_name", "first_account", "second_name", "second_account", "alike_pct", "why", "state", "proposed_at", "decided_by", "decided_at", "reason")  # fmt: skip
MOST_WAITING = 15
"""How many of those that wait stand on the first page."""
VERBS: Mapping[str, Callable[..., Proposal]] = {
    "accept": decisions.accept,
    "refuse": decisions.refuse,
    "split": decisions.split,
}


def proposals(visit: Visit) -> Page:
    """Show the proposals that wait, or those of one state, the newest first."""
    with visit.reading() as connection:
        found = _find(connection, visit, _asked(visit), number_after(visit.query))
    shown, mark = one_page([_told(row, visit.visitor.language) for row in found], ("proposal_id",))
    table = Table("proposals", COLUMNS, shown, base=f"{visit.root}/identity", query=visit.query, next_after=mark,
                  csv=f"{visit.root}/identity.csv")  # fmt: skip
    return Page("identity", {"table": table, "states": PROPOSAL.states, "query": visit.query})


def proposals_csv(visit: Visit) -> CsvFile:
    """Hand over the proposals that were asked for."""
    with visit.reading() as connection:
        found = whole_list(_find(connection, visit, _asked(visit), None, how_many=EXPORT_ROWS + 1))
    return CsvFile("identity.csv", EXPORTED, [_told(dict(row), visit.visitor.language) for row in found])


def waiting(connection: Connection, visit: Visit) -> Table:
    """Return the newest proposals that wait, for whoever may decide on them."""
    may = any(PROPOSAL.can(verb, state="proposed", roles=visit.team.roles_of(visit.visitor.person)) for verb in VERBS)
    found = _find(connection, visit, "proposed", None) if may else []
    return Table("proposals_waiting", COLUMNS, [_told(row, visit.visitor.language) for row in found[:MOST_WAITING]])


def proposal(visit: Visit) -> Page:
    """Show one proposal: both customers side by side, why they may be one, and what the visitor may do.

    :raises NotFound: when there is none, or neither customer is the visitor's.
    """
    number = visit.number("proposal_id")
    with visit.reading() as connection:
        found = _told(_seen(connection, visit, number), visit.visitor.language)
        sides = rows(connection, "proposal_sides", proposal_id=number, on_day=visit.today)
    roles = visit.team.roles_of(visit.visitor.person)
    can = [(verb, "reason") for verb in VERBS if PROPOSAL.can(verb, state=found["state"], roles=roles)]
    return Page(
        "proposal",
        {"proposal": found, "sides": sides, "can": can, "opens": bool(visit.visitor.roles & CASES)},
        ("identity proposal", str(number)),
    )


def decide(visit: Visit) -> Redirect:
    """Make two customers one, keep them apart, or take it back."""
    number, verb = visit.number("proposal_id"), VERBS.get(visit.path["verb"])
    if verb is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        _seen(connection, visit, number)
    verb(visit.services, proposal_id=number, actor=visit.visitor.person, reason=visit.said("reason"))
    return Redirect(f"/identity/{number}", "saved")


def _seen(connection: Connection, visit: Visit, number: int) -> Row:
    found = _find(connection, visit, None, None, number)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    return found[0]


def _find(
    connection: Connection,
    visit: Visit,
    state: str | None,
    before: int | None,
    number: int | None = None,
    how_many: int = PAGE_ROWS + 1,
) -> list[Row]:
    return rows(connection, "list_proposals", state=state, before_id=before, proposal_id=number,
                names=None if Role.engineer in visit.visitor.roles else visit.visitor.owner_users, how_many=how_many)  # fmt: skip


def _asked(visit: Visit) -> str:
    state = visit.query.get("state", "")
    return state if state in PROPOSAL.states else "proposed"


def _told(row: Row, language: str) -> Row:
    return {**row, "why": why(row["evidence"], language), "alike_pct": round(100 * row["score"])}
