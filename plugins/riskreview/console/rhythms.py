"""Owns the pages of agreed rhythms: how often a customer is reviewed, proposing another rhythm, and deciding it by the room's use cases."""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import Connection

from riskreview.console.answers import Page, Redirect
from riskreview.console.customer_parts import who_of
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, check_may_see, rows
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.reviews import cadence_overrides
from riskreview.reviews.lifecycle import ANALYSTS, CADENCE

COLUMNS = (Column("cadence_id", link="rhythms/{cadence_id}"), Column("state", "word:cadence_state"), Column("every_months", "count"), Column("policy_months", "count"),
           Column("valid_until", "day"), Column("proposed_by", "person"), Column("decided_by", "person"), Column("reason"))  # fmt: skip
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))
MOST = 50
VERBS: Mapping[str, Callable[..., int]] = {
    "approve": cadence_overrides.approve,
    "refuse": cadence_overrides.refuse,
    "revoke": cadence_overrides.revoke,
}


def of_customer(visit: Visit) -> Page:
    """Show what was agreed on for a customer's rhythm, and the form to propose another one."""
    with visit.reading() as connection:
        who = who_of(connection, visit)
        table = table_of(connection, who.key)
    proposes = bool(set(ANALYSTS) & set(visit.team.roles_of(visit.visitor.person))) and who.row["as_of"] is not None
    return Page("rhythms", {"who": who.row, "table": table, "may_propose": proposes}, ("customer", str(who.key)))


def table_of(connection: Connection, customer_key: int) -> Table:
    """Return the rhythms of a customer, the newest first."""
    return Table("rhythms", COLUMNS, rows(connection, "rhythms", customer_key=customer_key, cadence_id=None, how_many=MOST))  # fmt: skip


def propose(visit: Visit) -> Redirect:
    """Propose another rhythm for a customer; what the policy lets one person decide is in force at once."""
    with visit.reading() as connection:
        key = who_of(connection, visit).key
    months, until = visit.said("every_months"), visit.said("until")
    if not (months.isascii() and months.isdecimal() and len(months) <= 3):
        raise BadInput("E-FORM", "the months are no whole number", "Write them as 6")
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise BadInput("E-DATE", "the day is missing or is none", "Give it as year-month-day") from error
    found = cadence_overrides.propose(visit.services, customer_key=key, every_months=int(months), reason=visit.said("reason"),
                                      actor=visit.visitor.person, valid_until=day)  # fmt: skip
    return Redirect(f"/rhythms/{found.cadence_id}", "saved")


def rhythm(visit: Visit) -> Page:
    """Show one agreed or proposed rhythm with its reason, and what may be done with it."""
    with visit.reading() as connection:
        found = _seen(connection, visit)
        who = rows(connection, "customer", customer_key=found["customer_key"], on_day=visit.today)[0]
        history = rows(connection, "subject_history", subject_type=CADENCE.name, subject_id=str(found["cadence_id"]), how_many=MOST)  # fmt: skip
    roles = visit.team.roles_of(visit.visitor.person)
    can = [(verb, "reason") for verb in VERBS if CADENCE.can(verb, state=found["state"], roles=roles)]
    if found["proposed_by"] == visit.visitor.person:
        can = [(verb, says) for verb, says in can if verb == "revoke"]
    shown = {"rhythm": found, "who": who, "can": can, "history": Table("history", HISTORY, history)}
    return Page("rhythm", shown, (CADENCE.name, str(found["cadence_id"])))


def decide(visit: Visit) -> Redirect:
    """Grant or refuse what somebody else proposed, or end a rhythm; who may is the room's to say."""
    verb = VERBS.get(visit.path["verb"])
    if verb is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        number = int(_seen(connection, visit)["cadence_id"])
    verb(visit.services, cadence_id=number, actor=visit.visitor.person, reason=visit.said("reason"))
    return Redirect(f"/rhythms/{number}", "saved")


def _seen(connection: Connection, visit: Visit) -> Row:
    found = rows(connection, "rhythms", customer_key=None, cadence_id=visit.number("cadence_id"), how_many=1)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    check_may_see(connection, visit.visitor, found[0]["customer_key"])
    return found[0]
