"""Owns what becomes of reviews when their customer is taken over by another one: they end, and the other one is reviewed."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Row, text

from riskreview.foundation.sql import sql
from riskreview.measures.of_reviews import drop
from riskreview.mechanisms.duty import close_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews.lifecycle import REVIEW

ACTOR = "system:reviews"


def follow_merges(connection: Connection, *, at: datetime) -> None:
    """End the reviews of retired customers that nobody decided yet, with duties, audit events and a message to who worked on them.

    A frozen pack speaks of the customer it was opened for, so a review never moves; the customer that lives on gets its own when
    it is due. A decided review stands. Repeating it changes nothing.
    """
    states = REVIEW.transition("withdraw").sources
    rows = connection.execute(text(sql("reviews", "overtaken_reviews")), {"states": list(states)}).all()
    for (customer_id, survivor_id), group in groupby(rows, key=attrgetter("customer_id", "survivor_id")):
        ended = list(group)
        reason = f"customer {customer_id} turned out to be one with {survivor_id} and is reviewed there"
        apply_many(connection, REVIEW, "withdraw", [row.review_id for row in ended], actor=ACTOR, roles=(SYSTEM,), at=at,
                   changes={"decision_reason": reason, "closed_by": ACTOR, "closed_at": at},
                   cause={"merged_into": ended[0].merged_into},
                   events=[_message(row) for row in ended if row.people])  # fmt: skip
        close_duties(connection, None, "review", [str(row.review_id) for row in ended], at=at, state="cancelled")
        drop(connection, [row.review_id for row in ended], at=at)


def _message(row: Row[tuple[object, ...]]) -> OutboxEvent:
    facts = {"review_id": row.review_id, "risk_class": RiskClass(row.risk_class).name, "customer_id": row.customer_id,
             "survivor_id": row.survivor_id}  # fmt: skip
    number = str(row.review_id)
    return OutboxEvent(
        f"review_withdrawn:{number}", "review_withdrawn", "review", number, "normal", tuple(row.people), facts
    )
