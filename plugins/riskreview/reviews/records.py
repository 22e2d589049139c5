"""Owns the SQL of working on reviews: checklist, questions, approval steps, frozen facts."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.canonical import json_rows
from riskreview.foundation.sql import sql

Found = Row[Any]  # a result row has the columns of its statement
Values = Mapping[str, object]


def checklist(connection: Connection, digest: str | None) -> list[dict[str, Any]]:
    """Return the questions pinned to a review, as JSON; none for a review opened before there were checklists."""
    found = connection.execute(text(sql("reviews", "checklist_items")), {"digest": digest}).scalar()
    return list(found or [])


def register_checklist(connection: Connection, digest: str, content: bytes, *, at: datetime) -> None:
    """Keep the exact text of a checklist once."""
    values = {"digest": digest, "content": content, "items": content.decode(), "at": at}
    connection.execute(text(sql("reviews", "register_checklist")), values)


def exposure_of(connection: Connection, customer_key: int) -> float:
    """Return a customer's exposure, 0 where none is known."""
    found = connection.execute(text(sql("reviews", "exposure_of")), {"customer_key": customer_key}).scalar()
    return float(found or 0)


def open_items(connection: Connection, review_id: int) -> list[str]:
    """Return the mandatory questions nobody answered yet."""
    return list(connection.execute(text(sql("reviews", "open_items")), {"review_id": review_id}).scalars())


def save_answer(connection: Connection, values: Values) -> None:
    """Keep an answer in place of an earlier one."""
    connection.execute(text(sql("reviews", "save_answer")), dict(values))


def ask(connection: Connection, values: Values) -> None:
    """Keep a question."""
    connection.execute(text(sql("reviews", "ask_question")), dict(values))


def settle_question(connection: Connection, values: Values) -> str | None:
    """Keep the answer to the open question and return the kind of the duty to answer it."""
    kind: str | None = connection.execute(text(sql("reviews", "settle_question")), dict(values)).scalar()
    return kind


def open_round(connection: Connection, values: Values) -> None:
    """Lay out the steps of an approval; the first one is open."""
    connection.execute(text(sql("reviews", "open_round")), {**values, "steps": json.dumps(values["steps"])})


def open_step(connection: Connection, values: Values) -> None:
    """Open the next step of an approval."""
    connection.execute(text(sql("reviews", "open_step")), dict(values))


def decide_step(connection: Connection, values: Values) -> None:
    """Sign a step."""
    connection.execute(text(sql("reviews", "decide_step")), dict(values))


def approval_steps(connection: Connection, review_id: int, number: int) -> Sequence[Found]:
    """Return the steps of one round of approval, in order."""
    return connection.execute(text(sql("reviews", "approval_steps")), {"review_id": review_id, "round": number}).all()


def void_rounds(connection: Connection, review_ids: Sequence[int]) -> None:
    """Void the present round of approval of reviews."""
    connection.execute(text(sql("reviews", "void_rounds")), {"review_ids": list(review_ids)})


def freeze_snapshots(connection: Connection, snapshots: Sequence[Values], *, person: str, at: datetime) -> None:
    """Keep the next snapshots of reviews and make them what approvals are bound to."""
    values = {"rows": json_rows([dict(item) for item in snapshots]), "person": person, "at": at}
    connection.execute(text(sql("reviews", "freeze_snapshots")), values)


def frozen_facts(
    connection: Connection, *, review_ids: Sequence[int] | None = None, states: Sequence[str] | None = None
) -> Sequence[Found]:
    """Return reviews, locked, with the facts as they were last frozen.

    :param review_ids: only these; ``states`` only those in one of them.
    """
    values = {
        "review_ids": None if review_ids is None else list(review_ids),
        "states": None if states is None else list(states),
    }
    return connection.execute(text(sql("reviews", "frozen_facts")), values).all()


def worked_on(connection: Connection, *, states: Sequence[str]) -> Sequence[Found]:
    """Return the reviews in some states with their people."""
    return connection.execute(text(sql("reviews", "worked_on")), {"states": list(states)}).all()


def sleepers(connection: Connection, *, as_of: date) -> list[int]:
    """Return the suspended reviews whose day has come."""
    return list(connection.execute(text(sql("reviews", "sleepers")), {"as_of": as_of}).scalars())
