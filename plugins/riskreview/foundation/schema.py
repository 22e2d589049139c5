"""Owns which schema the database has: bringing it to the newest one, and refusing a database this program does not fit.

A program works with the schema it was written for, and with newer ones as long as the database says so (ADR 0013).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from riskreview.foundation.database import LOCK_NOT_AVAILABLE, NO_RIGHT
from riskreview.foundation.errors import RuleViolation, Unavailable
from riskreview.foundation.granting import give_rights
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.sql import sql

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
NONE = "0000"
"""An empty database."""
DEFECTS = ("22", "23", "42")
"""Classes of what PostgreSQL refuses in a statement that is wrong, or wrong for the rows there are."""


def newest() -> str:
    """Return the number of the newest migration of this program."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def check_schema(engine: Engine) -> None:
    """Let this program work only on a schema it fits.

    :raises RuleViolation: when the database is at another one.
    """
    if not fits(engine):
        with engine.connect() as connection:
            raise RuleViolation(_behind(connection))


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema under an advisory lock, so that two starts do not collide.

    Where the database has roles, they are given their rights in what is new.

    :raises RuleViolation: when the database is newer than this program may work with, when the role it connects as may not change it, or
        when a program is connected that would not survive the change; when a migration fails.
    :raises Unavailable: when another session holds what is to be changed.
    """
    if fits(engine):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if not connection.execute(text(sql("foundation", "may_migrate"))).scalar_one():
            raise RuleViolation(_behind(connection))
        with _said_when_undone(stored_schema(connection)):
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7240001)")
            oldest = _oldest_after(config, stored_schema(connection))
            if oldest is not None:
                _check_nobody_is_older(connection, oldest)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if oldest is not None:
            connection.execute(text("UPDATE oldest_program SET schema = :oldest"), {"oldest": oldest})
        give_rights(connection)


@contextmanager
def _said_when_undone(stored: str) -> Iterator[None]:
    """Let migrations that PostgreSQL did not carry out say so: their transaction undoes all of them."""
    try:
        yield
    except DBAPIError as error:
        state, said = getattr(error.orig, "pgcode", None) or "", str(error.orig).partition("\n")[0].strip()
        if state == LOCK_NOT_AVAILABLE:
            raise Unavailable(
                "another session holds what the migrations need, such as a stage that is under way; nothing was changed: run it again when it has ended"
            ) from error
        if state == NO_RIGHT or not state.startswith(DEFECTS):
            raise
        raise RuleViolation(
            f"the migrations from {stored} to {newest()} failed and nothing was changed, the database says: {said}; go on with the program that ran before"
        ) from error


def fits(engine: Engine) -> bool:
    """Tell whether this program may work with the database as it is: a look is cheaper than loading the migrations, which every start would pay.

    :raises RuleViolation: when the database is newer than this program may work with.
    """
    known = newest()
    with engine.connect() as connection:
        stored = stored_schema(connection)
        if stored <= known:
            return stored == known
        oldest = _oldest_program(connection)
    if oldest is None or known < oldest:
        needed = "" if oldest is None else f", and lets programs from {oldest} on work with it"
        raise RuleViolation(
            f"the database is at schema {stored}, newer than the {known} this program knows{needed}; start the newer program, or restore the backup made before it"
        )
    return True


def stored_schema(connection: Connection) -> str:
    """Return the number of the newest migration the database has seen."""
    if connection.execute(text("SELECT to_regclass('schema_version')")).scalar_one() is None:
        return NONE
    return max(connection.execute(text("SELECT version_num FROM schema_version")).scalars(), default=NONE)


def _oldest_program(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('oldest_program')")).scalar_one() is None:
        return None
    found: str | None = connection.execute(text("SELECT schema FROM oldest_program")).scalar_one_or_none()
    return found


def _oldest_after(config: "Config", stored: str) -> str | None:
    """Return the oldest program that survives the migrations to come, None when every one that works now does."""
    from alembic.script import ScriptDirectory

    coming = (item for item in ScriptDirectory.from_config(config).walk_revisions() if item.revision > stored)
    return max((item.module.oldest_program for item in coming if hasattr(item.module, "oldest_program")), default=None)


def _check_nobody_is_older(connection: Connection, oldest: str) -> None:
    older = connection.execute(text(sql("foundation", "programs_before")), {"schema": oldest}).scalars().all()
    if older:
        raise RuleViolation(
            f"a program that knows schema {older[0]} is still connected, and this upgrade leaves only those from {oldest} on working; stop it first"
        )


def _behind(connection: Connection) -> str:
    name = connection.execute(text("SELECT current_user")).scalar_one()
    return (
        f"the database is at schema {stored_schema(connection)}, this program needs {newest()}, and the role {name} does not migrate it; "
        f"run riskreview database migrate with {DatabaseRole.MIGRATE.variable}"
    )
