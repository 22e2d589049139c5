"""Owns which schema the database has: bringing it to the newest one, and refusing a database this program does not fit."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.granting import give_rights
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.sql import sql

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
NONE = "0000"
"""An empty database."""


def newest() -> str:
    """Return the number of the newest migration of this program."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def check_schema(engine: Engine) -> None:
    """Let this program work only on the schema it was written for.

    :raises RuleViolation: when the database is at another one.
    """
    if not is_current(engine):
        with engine.connect() as connection:
            raise RuleViolation(_behind(connection))


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema under an advisory lock, so that two starts do not collide.

    Where the database has roles, they are given their rights in what is new.

    :raises RuleViolation: when the database is newer than this program, which must not write into what it does not know, or when the
        role it connects as may not change it.
    """
    if is_current(engine):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if not connection.execute(text(sql("foundation", "may_migrate"))).scalar_one():
            raise RuleViolation(_behind(connection))
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7240001)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        give_rights(connection)


def is_current(engine: Engine) -> bool:
    """Tell whether the newest migration was run: a look is cheaper than loading the migrations, which every start would pay.

    :raises RuleViolation: when the database is newer than this program.
    """
    known = newest()
    with engine.connect() as connection:
        stored = _stored(connection)
    if stored > known:
        raise RuleViolation(
            f"the database is at schema {stored}, newer than the {known} this program knows; start the newer program, or restore the backup made before it"
        )
    return stored == known


def _stored(connection: Connection) -> str:
    if connection.execute(text("SELECT to_regclass('schema_version')")).scalar_one() is None:
        return NONE
    return max(connection.execute(text("SELECT version_num FROM schema_version")).scalars(), default=NONE)


def _behind(connection: Connection) -> str:
    name = connection.execute(text("SELECT current_user")).scalar_one()
    return (
        f"the database is at schema {_stored(connection)}, this program needs {newest()}, and the role {name} does not migrate it; "
        f"run riskreview database migrate with {DatabaseRole.MIGRATE.variable}"
    )
