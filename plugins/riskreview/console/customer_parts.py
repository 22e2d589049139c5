"""Owns what the pages of a customer share, today's and those of a past moment: finding it, its tables, its charts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from riskreview.assessment.explanation import Explanation
from riskreview.assessment.scale import scale_of
from riskreview.console import charts
from riskreview.console.answers import Page
from riskreview.console.known import Known
from riskreview.console.messages import may_read
from riskreview.console.roles import LOG_READERS
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, Visitor, check_may_see, number_of, rows
from riskreview.console.words import words
from riskreview.foundation.errors import NotFound
from riskreview.policy.risk_policy import Policy

PAGES = {
    "review": "reviews",
    "signal": "signals",
    "activation": "playbooks",
    "step": "steps",
    "opinion": "opinions",
    "measure": "measures",
}
ACCOUNTS = (Column("system"), Column("account_id"), Column("name"), Column("tax_id"), Column("country"), Column("status"),
            Column("payment_terms_days", "count"), Column("owner_user", "person"))  # fmt: skip
MESSAGES = (Column("ref", link="messages/{message_id}"), Column("kind", "word:kinds"), Column("recipient", "person"), Column("channel", "word:channel"),
            Column("state", "word:message_state"), Column("created_at", "moment"), Column("acknowledged_at", "moment"))  # fmt: skip
EVENTS = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("subject_type", "word:subjects", "{page}"),
          Column("actor", "person"), Column("seq", link="{event_page}"))  # fmt: skip
Points = Iterable[tuple[date, float | None]]


@dataclass(frozen=True, slots=True)
class Who:
    """The customer a page is about, with its row as it is now."""

    key: int
    row: Row


def who_of(connection: Connection, visit: Visit) -> Who:
    """Return the customer of the path, found by its key or number.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    wanted = visit.path["customer_key"]
    number = number_of(wanted)
    found = rows(connection, "find_customer", wanted=wanted, number=number)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    key = int(found[0]["customer_key"])
    check_may_see(connection, visit.visitor, key)
    return Who(key, rows(connection, "customer", customer_key=key, on_day=visit.today)[0])


def messages_of(connection: Connection, visitor: Visitor, key: int, until: datetime | None) -> Table:
    """Return what people were told about a customer; a message leads to its page for those who may open it."""
    found = rows(connection, "customer_messages", customer_key=key, until=until)
    return Table("messages", MESSAGES, [row if may_read(visitor, row["recipient"]) else {**row, "message_id": None} for row in found])  # fmt: skip


def led(found: Iterable[Mapping[str, Any]], visitor: Visitor) -> list[Row]:  # rows of a list
    """Return events with the page of what they are about, and of the event itself for whoever may read the log; empty where there is none."""
    reads_log = bool(visitor.roles & LOG_READERS)
    return [
        {**row, "page": f"{PAGES[row['subject_type']]}/{row['subject_id']}" if row["subject_type"] in PAGES else "",
         "event_page": f"audit/{row['seq']}" if reads_log else ""}
        for row in found
    ]  # fmt: skip


def waterfall_of(explained: Explanation | None, language: str) -> charts.Chart | None:
    """Return what makes up the index, None where nothing does."""
    parts = (
        [(part.name, part.points, part.severity) for part in explained.contributions if part.micro] if explained else []
    )
    return charts.waterfall(parts, words(language)["column"]["points"]) if parts else None


def choice(visit: Visit, policy: Policy) -> str:
    """Return the indicator that was chosen, empty without a choice."""
    chosen = visit.query.get("indicator", "")
    return chosen if chosen in policy.indicator_ids else ""


def heaviest(explained: Explanation, policy: Policy) -> str:
    """Return the indicator that adds most to the index, the policy's first where none does."""
    return next(
        (part.id for part in explained.contributions if part.id in policy.indicator_ids), policy.indicator_ids[0]
    )


def trend_page(  # noqa: PLR0913, RUF100  the parts of one page
    visit: Visit, who: Who, policy: Policy | None, chosen: str, points: Points, known: Known | None, line_set: int = 0
) -> Page:  # fmt: skip
    """Return the page of an indicator's course between its lines, which are those the customer was last judged by."""
    language, drawn = visit.visitor.language, None
    ordered = sorted(points)
    if policy is not None and len(ordered) > 1:
        item = policy.indicator(chosen)
        own = scale_of(policy.content).indicator(chosen).lines(np.asarray(line_set))
        lines = dict(zip(("warning", "alarm"), map(float, own), strict=True))
        drawn = charts.trend([day.isoformat() for day, _ in ordered], [value for _, value in ordered], lines, item.name.of(language),
                             words(language)["unit"][item.unit], words(language)["line"])  # fmt: skip
    choices = [] if policy is None else [(item.id, item.name.of(language)) for item in policy.indicators]
    shown = {"who": who.row, "trend": drawn, "indicators": choices, "chosen": chosen, "known": known}
    return Page("trend", shown, ("customer", str(who.key)))
