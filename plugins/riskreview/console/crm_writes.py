"""Owns the page of one write into a CRM: what it says there, what we want, whether a person agrees; deciding by the room's use case."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from riskreview.console.answers import Page, Redirect
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Visit, check_may_see
from riskreview.console.words import words
from riskreview.crm.deciding import decide as decide_write
from riskreview.crm.deciding import roles_of
from riskreview.crm.lifecycle import WRITE
from riskreview.crm.write_store import listed
from riskreview.foundation.errors import NotFound

DECISIONS = {"approve": True, "refuse": False}
OF_CUSTOMER = (Column("write_id", link="crm/{write_id}"), Column("connection"), Column("facts"), Column("edited_facts"),
               Column("state", "word:crm_write_state"), Column("proposed_at", "moment"), Column("decided_by", "person"),
               Column("problem"))  # fmt: skip
WAITING = (Column("write_id", link="crm/{write_id}"), Column("name", link="customers/{customer_key}"), Column("connection"), Column("facts"),
           Column("edited_facts"), Column("proposed_at", "moment"))  # fmt: skip
MOST = 20


def of_customer(connection: Connection, visit: Visit, customer_key: int) -> Table:
    """Return what is, was and shall be written into the CRMs about a customer."""
    found = listed(connection, state=None, limit=MOST, customer_key=customer_key)
    return Table("crm_writes", OF_CUSTOMER, [_told(row, visit) for row in found])


def waiting(connection: Connection, visit: Visit) -> Table:
    """Return the writes that wait for somebody like the visitor."""
    found = listed(connection, state="proposed", limit=MOST) if roles_of(visit.services, visit.visitor.person) else []
    return Table("crm_writes_waiting", WAITING, [_told(row, visit) for row in found])


def write(visit: Visit) -> Page:
    """Show one write: fact by fact what the CRM said and what we want, and what the visitor may do."""
    number = visit.number("write_id")
    with visit.reading() as connection:
        row = _seen(connection, visit, number)
    roles = roles_of(visit.services, visit.visitor.person)
    can = [(verb, "reason") for verb in DECISIONS if WRITE.can(verb, state=row["state"], roles=roles)]
    return Page("crm_write", {"write": row, "can": can}, ("crm_write", str(number)))


def decide(visit: Visit) -> Redirect:
    """Agree to exactly what was shown, or refuse it."""
    number, verb = visit.number("write_id"), visit.path["verb"]
    if verb not in DECISIONS:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        _seen(connection, visit, number)
    decide_write(visit.services, number, person=visit.visitor.person, digest=visit.said("digest"), reason=visit.said("reason"),
                 agree=DECISIONS[verb])  # fmt: skip
    return Redirect(f"/crm/{number}", "saved")


def _seen(connection: Connection, visit: Visit, number: int) -> dict[str, Any]:  # a row
    found = listed(connection, state=None, limit=1, write_id=number)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    check_may_see(connection, visit.visitor, int(found[0]["customer_key"]))
    return _told(found[0], visit)


def _told(row: Mapping[str, Any], visit: Visit) -> dict[str, Any]:  # a row
    """Return a write with its facts in words; a task is one by itself."""
    known = words(visit.visitor.language)["crm_fact"]
    gap = words(visit.visitor.language)["app"]["comma"]
    facts = gap.join(known[fact] for fact in row["changes"]) or known["task"]
    return {**row, "facts": facts, "edited_facts": gap.join(known[fact] for fact in row["edited"])}
