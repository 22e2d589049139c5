"""Owns the ways into the database: one address for all, or one for each role of the database, each opened when it is first needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from riskreview.foundation.database import NO_RIGHT, make_engine
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.schema import newest


class Connections:
    """The engines of an instance; without one, nobody has a way of his own."""

    def __init__(self, instance: Instance | None = None) -> None:
        self._instance = instance
        self._engines: dict[DatabaseRole | None, Engine] = {}

    @classmethod
    @contextmanager
    def of(cls, instance: Instance) -> Iterator[Self]:
        """Open the ways for a block and close them afterwards.

        :raises RuleViolation: when PostgreSQL refused something because the role has no right to it.
        """
        opened = cls(instance)
        try:
            yield opened
        except (DBAPIError, psycopg2.Error) as error:
            raised = getattr(error, "orig", error)
            if getattr(raised, "pgcode", None) != NO_RIGHT:
                raise
            raise RuleViolation(_without_right(raised)) from error
        finally:
            for engine in opened._engines.values():
                engine.dispose()

    def own(self, role: DatabaseRole) -> Engine | None:
        """Return the engine of a role, None where it has no address of its own."""
        if self._instance is None or self._instance.own_database_url(role) is None:
            return None
        return self._engine(role, self._instance.own_database_url(role))

    def any(self, role: DatabaseRole | None) -> Engine:
        """Return the engine of a role, or that of the address which serves all."""
        own = None if role is None else self.own(role)
        return own or self._engine(None, self._instance.only_database_url if self._instance else None)

    def _engine(self, role: DatabaseRole | None, url: str | None) -> Engine:
        if role not in self._engines:
            assert self._instance is not None  # noqa: S101  without an instance nothing is opened
            self._engines[role] = make_engine(self._instance, url, name=f"riskreview {newest()}")
        return self._engines[role]


def _without_right(error: BaseException) -> str:
    """Say in one sentence what PostgreSQL refused and what to do about it."""
    said = str(error).partition("\n")[0].strip()
    return (
        f"PostgreSQL refused it, {said}: the role of this component has no right to that; bring the rights up to date with riskreview "
        "database roles, or give the component the address of the stage it runs, such as RISKREVIEW_DATABASE_URL_SCORE"
    )
