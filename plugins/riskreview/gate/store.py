"""Owns the gate's statements: sets of files, back-tests, proposals, and what is in force from when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.gate.files import PolicySet

Row = dict[str, Any]  # a result row has the columns of its statement
SHORTEST = 8
"""Characters of a digest that may stand for it."""


@dataclass(frozen=True, slots=True)
class SetStanding:
    """What became of a set that is not in force: the day it comes into force, or its open proposal."""

    comes_on: date | None
    proposal_id: int | None


def lock_gate(connection: Connection) -> None:
    """Let nobody else change what is in force until the transaction ends."""
    connection.execute(text(sql("gate", "lock_gate")))


def keep_set(connection: Connection, found: PolicySet, *, risk_version: str, person: str, at: datetime) -> None:
    """Keep a set; one that is known is left alone."""
    values = {"digest": found.digest, "files": json.dumps(dict(found.files)), "risk_version": risk_version, "person": person, "at": at}  # fmt: skip
    connection.execute(text(sql("gate", "keep_set")), values)


def read_set(connection: Connection, digest: str) -> PolicySet:
    """Return a kept set.

    :raises NotFound: when there is none.
    """
    files = connection.execute(text(sql("gate", "read_set")), {"digest": digest}).scalar_one_or_none()
    if files is None:
        raise NotFound(f"no policy of digest {digest[:12]} was ever kept")
    return PolicySet(files)


def find_set(connection: Connection, wanted: str) -> str:
    """Return the digest of the set that somebody names by its number in the list of versions, or by the beginning of its digest.

    :raises NotFound: when there is none, or more than one.
    """
    number = int(wanted) if wanted.isdecimal() and len(wanted) < SHORTEST else None
    beginning = wanted if len(wanted) >= SHORTEST and all(sign in "0123456789abcdef" for sign in wanted) else "-"
    found = connection.execute(text(sql("gate", "find_sets")), {"number": number, "beginning": beginning}).scalars().all()  # fmt: skip
    if len(found) != 1:
        raise NotFound(f"{wanted} is no number of a version and no digest of one set; see: riskreview policy list")
    return str(found[0])


def insert_backtest(connection: Connection, values: Mapping[str, object]) -> int | None:
    """Keep a back-test and return its number; None when the same report is kept already."""
    found = connection.execute(text(sql("gate", "insert_backtest")), values).scalar_one_or_none()
    return None if found is None else int(found)


def find_backtest(connection: Connection, digest: str) -> int:
    """Return the number of the back-test whose report has a digest; it must be there."""
    return int(connection.execute(text(sql("gate", "find_backtest")), {"digest": digest}).scalar_one())


def read_backtest(connection: Connection, backtest_id: int) -> Row:
    """Return a back-test with its report as text.

    :raises NotFound: when there is none of that number.
    """
    row = connection.execute(text(sql("gate", "read_backtest")), {"backtest_id": backtest_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no back-test {backtest_id}")
    return dict(row)


def list_backtests(connection: Connection) -> list[Row]:
    """Return every back-test without its report, the newest first."""
    return _rows(connection, "list_backtests")


def last_backtest(connection: Connection, digest: str, base_digest: str) -> Row | None:
    """Return the newest back-test that supports proposing a set beside another one, None without any."""
    values = {"digest": digest, "base_digest": base_digest}
    row = connection.execute(text(sql("gate", "last_backtest")), values).mappings().one_or_none()
    return None if row is None else dict(row)


def insert_proposal(connection: Connection, values: Mapping[str, object]) -> int | None:
    """Keep a proposal and return its number; None when the same set is proposed already."""
    found = connection.execute(text(sql("gate", "insert_proposal")), values).scalar_one_or_none()
    return None if found is None else int(found)


def read_proposal(connection: Connection, proposal_id: int) -> Row:
    """Return a proposal with the version and the back-test it is about.

    :raises NotFound: when there is none of that number.
    """
    row = connection.execute(text(sql("gate", "read_proposal")), {"proposal_id": proposal_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no proposal {proposal_id}")
    return dict(row)


def list_proposals(connection: Connection) -> list[Row]:
    """Return every proposal, the newest first."""
    return _rows(connection, "list_proposals")


def insert_activation(connection: Connection, values: Mapping[str, object]) -> int:
    """Put a set into force and return the number of the activation."""
    return int(connection.execute(text(sql("gate", "insert_activation")), values).scalar_one())


def list_activations(connection: Connection, *, on_day: date) -> list[Row]:
    """Return every version that was or will be in force, the newest first."""
    return _rows(connection, "list_activations", on_day=on_day)


def standing_of(connection: Connection, digest: str, *, on_day: date) -> SetStanding:
    """Return what became of a set."""
    row = connection.execute(text(sql("gate", "set_standing")), {"digest": digest, "on_day": on_day}).one()
    return SetStanding(row.comes_on, row.proposal_id)


def _rows(connection: Connection, name: str, **values: object) -> list[Row]:
    return [dict(row) for row in connection.execute(text(sql("gate", name)), values).mappings()]
