"""Owns the SQL of opinions: what a draft rests on, what is in force on a day, whom to tell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.opinions.record import PastOpinion
from riskreview.opinions.rules import Assessed
from riskreview.policy.risk_opinions import KindWord
from riskreview.policy.risk_terms import RiskClass

Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class Opinion:
    """An opinion as an assessment meets it.

    :param state: what became of it by now; on the day asked for it was in force, or waits for a decision.
    """

    opinion_id: int
    customer_key: int
    kind: KindWord
    risk_class: int | None
    known_alarms: int
    known_floor: int
    known_floor_code: int
    effective_on: date | None
    probation_days: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An opinion that ended, and its people."""

    opinion_id: int
    customer_key: int
    kind: KindWord
    author: str
    decided_by: str | None
    version: int
    customer_id: str


def read_assessed(connection: Connection, *, customer_key: int, today: date) -> Assessed:
    """Return what is known of a customer.

    :raises NotFound: when it is not in the current assessment, or that is out of date.
    """
    values = {"customer_key": customer_key, "on_day": today}
    row = connection.execute(text(sql("opinions", "read_assessed")), values).mappings().one_or_none()
    if row is None:
        raise NotFound(f"customer {customer_key} is not in the current assessment")
    found = dict(row)
    if found.pop("is_expired"):
        raise NotFound(
            f"the assessment of customer {found['customer_id']} is out of date; deliver newer extracts and assess it before saying more"
        )
    return Assessed(**found)


def read_opinion(connection: Connection, opinion_id: int) -> Found:
    """Return one opinion.

    :raises NotFound: when there is none of that number.
    """
    row = connection.execute(text(sql("opinions", "read_opinion")), {"opinion_id": opinion_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no opinion {opinion_id}")
    return row


def read_standing(connection: Connection, *, customer_key: int, subject: str) -> Sequence[Found]:
    """Return the proposal and the opinion in force about one subject."""
    values = {"customer_key": customer_key, "subject": subject}
    return connection.execute(text(sql("opinions", "read_standing")), values).all()


def default_causes(connection: Connection, *, customer_key: int) -> tuple[frozenset[int], bool]:
    """Return the codes of the rules that led a customer into default, and whether a match with a sanctions list was ever confirmed."""
    values = {"customer_key": customer_key, "default_class": int(RiskClass.default)}
    codes = connection.execute(text(sql("opinions", "read_causes")), values).scalars()
    confirmed = connection.execute(text(sql("opinions", "was_confirmed")), {"customer_key": customer_key}).scalar_one()
    return frozenset(int(code) for code in codes), bool(confirmed)


def insert_opinion(connection: Connection, values: Mapping[str, object]) -> int | None:
    """Propose an opinion and return its number; None when another proposal waits."""
    found: int | None = connection.execute(text(sql("opinions", "insert_opinion")), values).scalar_one_or_none()
    return found


def next_review(connection: Connection, *, customer_key: int) -> date | None:
    """Return the day the customer's open review is due, None without one."""
    due_on: date | None = connection.execute(
        text(sql("opinions", "next_review")), {"customer_key": customer_key}
    ).scalar_one()
    return due_on


def in_force(connection: Connection, *, on_day: date) -> tuple[Opinion, ...]:
    """Return the opinions in force on a day."""
    return tuple(
        Opinion(**row) for row in connection.execute(text(sql("opinions", "in_force")), {"on_day": on_day}).mappings()
    )


def proposals(connection: Connection) -> tuple[Opinion, ...]:
    """Return the proposals that new facts may overtake."""
    return tuple(Opinion(**row) for row in connection.execute(text(sql("opinions", "proposals"))).mappings())


def expired(connection: Connection, *, on_day: date) -> list[int]:
    """Return the numbers of the opinions whose days are over."""
    return [int(key) for key in connection.execute(text(sql("opinions", "expired")), {"on_day": on_day}).scalars()]


def overtaken_by_merge(connection: Connection) -> list[int]:
    """Return the numbers of the opinions about retired customers that do not go on with the one that lives on."""
    return [int(key) for key in connection.execute(text(sql("opinions", "overtaken_by_merge"))).scalars()]


def answered_by_signals(connection: Connection, customer_keys: Collection[int], *, on_day: date) -> list[int]:
    """Return the numbers of the opinions to the better that a new signal of the day overtakes."""
    values = {"customer_keys": sorted(customer_keys), "on_day": on_day}
    return [int(key) for key in connection.execute(text(sql("opinions", "answered_by_signals")), values).scalars()]


def read_people(connection: Connection, opinion_ids: Collection[int]) -> tuple[Ended, ...]:
    """Return whom to tell that opinions ended."""
    rows = connection.execute(text(sql("opinions", "read_people")), {"opinion_ids": sorted(opinion_ids)}).mappings()
    return tuple(Ended(**row) for row in rows)


def past_opinions(connection: Connection, *, on_day: date) -> tuple[PastOpinion, ...]:
    """Return the opinions on a class that took effect by a day."""
    return tuple(
        PastOpinion(**row)
        for row in connection.execute(text(sql("opinions", "read_judged")), {"on_day": on_day}).mappings()
    )


def list_opinions(
    connection: Connection, *, customer_key: int | None, state: str | None, how_many: int
) -> list[dict[str, Any]]:  # rows for people
    """Return opinions, the newest first."""
    values = {"customer_key": customer_key, "state": state, "how_many": how_many}
    return [dict(row) for row in connection.execute(text(sql("opinions", "list_opinions")), values).mappings()]
