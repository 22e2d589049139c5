"""Owns the notification ledger: every message with each attempt, and the page behind "I have seen it"."""

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.roles import CASES, OPERATIONS, Role
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, Visitor, number_of, rows
from riskreview.foundation.errors import NotFound
from riskreview.notifications import use_cases

DEFAULT = "-created_at"
STATES = ("queued", "sending", "accepted", "refused", "unknown", "dead", "overtaken")
MOST_EVENTS = 100
READERS = OPERATIONS | {Role.compliance}
"""Who sees what others were sent; everybody else sees their own messages."""
COLUMNS = (
    Column("ref", link="messages/{message_id}", sorts=True), Column("kind", "word:kinds", sorts=True), Column("urgency", "word:urgencys", sorts=True), Column("recipient", "person", sorts=True),
    Column("channel", "word:channel", sorts=True), Column("items", "count", sorts=True), Column("state", "word:message_state", sorts=True), Column("attempts", "count", sorts=True),
    Column("created_at", "moment", sorts=True), Column("ended_at", "moment", sorts=True), Column("acknowledged_at", "moment", sorts=True),
)  # fmt: skip
EXPORTED = ("message_id", "ref", "kind", "urgency", "recipient", "channel", "items", "state", "attempts", "created_at", "ended_at", "acknowledged_at")  # fmt: skip
ATTEMPTS = (Column("attempt"), Column("channel", "word:channel"), Column("started_at", "moment"), Column("ended_at", "moment"),
            Column("outcome", "word:message_state"), Column("answer"), Column("body_sha256"))  # fmt: skip
ABOUT = (Column("kind", "word:kinds"), Column("subject_type", "word:subjects"), Column("subject_id"), Column("urgency", "word:urgencys"),
         Column("created_at", "moment"))  # fmt: skip


def ledger(visit: Visit) -> Page:
    """Show messages, newest first: everybody's to those who run the system, to others their own."""
    table = sorted_table(visit, "messages", COLUMNS, DEFAULT, _find)
    return Page("messages", {"table": table, "states": STATES, "query": visit.query})


def ledger_csv(visit: Visit) -> CsvFile:
    """Hand over the messages that were asked for, of those the visitor sees."""
    return CsvFile("messages.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def message(visit: Visit) -> Page:
    """Show a message by its number or the reference people read, with each attempt to send it.

    :raises NotFound: when there is none, or it was sent to somebody else.
    """
    wanted = visit.path["number"]
    number = number_of(wanted)
    with visit.reading() as connection:
        found = rows(connection, "find_message", number=number, wanted=wanted)
        if not found or not may_read(visit.visitor, found[0]["recipient"]):
            raise NotFound("there is nothing here, or it is not yours to see")
        key = found[0]["message_id"]
        attempts = rows(connection, "message_attempts", message_id=key)
        about = rows(connection, "message_about", message_id=key, how_many=MOST_EVENTS)
    tables = (Table("attempts", ATTEMPTS, attempts), Table("told", ABOUT, about))
    return Page("message", {"message": found[0], "tables": tables}, ("message", str(key)))


def may_read(visitor: Visitor, recipient: str) -> bool:
    """Tell whether somebody may open a message: one's own, or anybody's for those who run the system."""
    return _reads_all(visitor) or recipient == visitor.person


def seen(visit: Visit) -> Page:
    """Show what a link of a message stands for; looking changes nothing, so that a mail scanner may look."""
    ticket = use_cases.verify(visit.services, token=visit.path["token"])
    if ticket.recipient != visit.visitor.person:
        raise NotFound("there is nothing here, or it is not yours to see")
    return Page("acknowledge", {"ticket": ticket, "sees_cases": bool(visit.visitor.roles & CASES)})


def acknowledge(visit: Visit) -> Redirect:
    """Say for the visitor "I have seen it"."""
    use_cases.acknowledge(visit.services, token=visit.path["token"], person=visit.visitor.person)
    return Redirect(f"/acknowledge/{visit.path['token']}", "acknowledged")


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = visit.query.get("state", "")
    recipient = None if _reads_all(visit.visitor) else visit.visitor.person
    return rows_in_order(connection, "list_messages", order, state=state if state in STATES else None, recipient=recipient, how_many=how_many)  # fmt: skip


def _reads_all(visitor: Visitor) -> bool:
    return bool(visitor.roles & READERS)
