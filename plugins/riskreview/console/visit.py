"""Owns what a page is given: who asks, for what, on which day, and ways to read the database that cannot write."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, text

from riskreview.console.roles import ALL_CUSTOMERS, Role
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.team import Team
from riskreview.validation.results import Redriven

Row = dict[str, Any]  # a result row has the columns of its statement
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in.

    :param user_id: what Airflow calls the login; ``person`` is who it is in the team file.
    :param names: every name the person is known by in the source systems.
    """

    user_id: str
    person: str
    name: str
    roles: frozenset[Role]
    language: str
    time_zone: str
    names: tuple[str, ...]

    @property
    def sees_all(self) -> bool:
        """Whether every customer may be seen."""
        return bool(self.roles & ALL_CUSTOMERS)

    @property
    def owner_users(self) -> list[str] | None:
        """The names by which own customers are found, None for somebody who sees all."""
        return None if self.sees_all else sorted(self.names)


class Publishing(Protocol):
    """How rows that people let out of quarantine become facts; whoever hosts the console brings it."""

    def release(self, services: Services, *, ids: Collection[int], actor: str, reason: str) -> Redriven:
        """Accept rows as they are and publish them."""

    def redrive(self, services: Services, *, ids: Collection[int], actor: str) -> Redriven:
        """Read rows again with today's mapping and publish those that pass."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request.

    :param root: where the console is mounted, without a slash at the end.
    :param problem: why what was asked for was refused; the page is shown again with it.
    """

    services: Services
    visitor: Visitor
    team: Team
    today: date
    root: str
    publishing: Publishing
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @contextmanager
    def reading(self, *, steadily: bool = False) -> Iterator[Connection]:
        """Open a transaction in which the server refuses to write, and none of whose statements runs for ever.

        :param steadily: whether all its statements see what the first one saw.
        """
        level = "REPEATABLE READ" if steadily else "READ COMMITTED"
        engine = self.services.engine.execution_options(postgresql_readonly=True, isolation_level=level)
        with engine.connect() as connection:
            connection.execute(text(sql("console", "limit_statement")))
            yield connection

    def number(self, name: str) -> int:
        """Return a number of the path.

        :raises NotFound: when it is none, as nothing has such a number.
        """
        return whole(self.path[name])

    def said(self, name: str) -> str:
        """Return a field of the form, empty when it was left out."""
        return self.form.get(name, "").strip()

    def version(self) -> int:
        """Return the version of the thing that was seen.

        :raises BadInput: when the form was not sent by the page.
        """
        found = number_of(self.said("version"))
        if found is None:
            raise BadInput("E-FORM", "the form lacks the version of what was read", "Open the page again")
        return found


def number_of(said: str) -> int | None:
    """Return a whole number as the database has them; None for anything else, also for one of more digits than Python reads."""
    if not (said.isascii() and said.isdecimal()) or len(said) > len(str(LARGEST_NUMBER)):
        return None
    found = int(said)
    return found if found <= LARGEST_NUMBER else None


def whole(value: str) -> int:
    """Return the number a path names.

    :raises NotFound: when it is none.
    """
    found = number_of(value)
    if found is None:
        raise NotFound("there is nothing of that number")
    return found


def rows(connection: Connection, name: str, **values: object) -> list[Row]:
    """Return the rows of one of this room's statements."""
    return [dict(row) for row in connection.execute(text(sql("console", name)), values).mappings()]


def check_may_see(connection: Connection, visitor: Visitor, customer_key: int | None) -> None:
    """Let a risk owner see own customers only; what belongs to others looks like what does not exist.

    :raises NotFound: when it is not theirs.
    """
    if visitor.sees_all:
        return
    values = {"customer_key": customer_key, "names": list(visitor.names), "person": visitor.person}
    if customer_key is None or not connection.execute(text(sql("console", "may_see_customer")), values).scalar_one():
        raise NotFound("there is nothing here, or it is not yours to see")
