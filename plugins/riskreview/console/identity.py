"""Owns the pages of identity proposals: which customers may be one, why, and accepting, refusing or taking that back by the room's use cases."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, rows_in_order, shown, sorted_list, sorted_table
from riskreview.console.roles import CASES, Role
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.errors import NotFound
from riskreview.identity import decisions
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.identity.results import Proposal
from riskreview.identity.wording import why

COLUMNS = (
    Column("proposal_id", link="identity/{proposal_id}", sorts=True), Column("first_name", sorts=True), Column("first_account", sorts=True), Column("second_name", sorts=True),
    Column("second_account", sorts=True), Column("alike_pct", "count", sorts=True), Column("why"), Column("state", "word:proposal_state", sorts=True),
    Column("proposed_at", "moment", sorts=True),
)  # fmt: skip
EXPORTED = ("proposal_id", "first_name", "first_account", "second_name", "second_account", "alike_pct", "why", "state", "proposed_at", "decided_by", "decided_at", "reason")  # fmt: skip
NEWEST = Order("proposal_id", is_down=True)
DEFAULT = NEWEST.key
MOST_WAITING = 15
"""How many of those that wait stand on the first page."""
VERBS: Mapping[str, Callable[..., Proposal]] = {
    "accept": decisions.accept,
    "refuse": decisions.refuse,
    "split": decisions.split,
}


def proposals(visit: Visit) -> Page:
    """Show the proposals that wait, or those of one state, the newest first unless another order is asked for."""
    table = sorted_table(visit, "proposals", COLUMNS, DEFAULT, _find, page="identity")
    return Page("identity", {"table": table, "states": PROPOSAL.states, "query": visit.query})


def proposals_csv(visit: Visit) -> CsvFile:
    """Hand over the proposals that were asked for."""
    return CsvFile("identity.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def waiting(connection: Connection, visit: Visit) -> Table:
    """Return the newest proposals that wait, for whoever may decide on them."""
    may = any(PROPOSAL.can(verb, state="proposed", roles=visit.team.roles_of(visit.visitor.person)) for verb in VERBS)
    found = _listed(connection, visit, NEWEST, state="proposed", proposal_id=None, how_many=MOST_WAITING) if may else []
    return Table("proposals_waiting", COLUMNS, shown(found))


def proposal(visit: Visit) -> Page:
    """Show one proposal: both customers side by side, why they may be one, and what the visitor may do.

    :raises NotFound: when there is none, or neither customer is the visitor's.
    """
    number = visit.number("proposal_id")
    with visit.reading() as connection:
        found = _seen(connection, visit, number)
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
    found = _listed(connection, visit, NEWEST, state=None, proposal_id=number, how_many=1)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    return shown(found)[0]


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = visit.query.get("state", "")
    return _listed(connection, visit, order, state=state if state in PROPOSAL.states else "proposed", proposal_id=None, how_many=how_many)  # fmt: skip


def _listed(connection: Connection, visit: Visit, order: Order, **asked: object) -> list[Row]:
    """Return proposals as far as the visitor may see them, with why in the visitor's language."""
    names = None if Role.engineer in visit.visitor.roles else visit.visitor.owner_users
    found = rows_in_order(connection, "list_proposals", order, names=names, **asked)
    return [
        {**row, "why": why(row["evidence"], visit.visitor.language), "alike_pct": round(100 * row["score"])}
        for row in found
    ]
