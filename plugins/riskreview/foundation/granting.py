"""Owns bringing PostgreSQL to the rights the program declares: roles, ownership, and for each role exactly what it may do."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ProgrammingError

from riskreview.foundation.database import make_engine
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance, open_instance
from riskreview.foundation.rights import CALLS, MEMBERS, RIGHTS, TOGETHER
from riskreview.foundation.roles import WORKING, DatabaseRole
from riskreview.foundation.sql import sql

ADMINISTRATOR = "RISKREVIEW_DATABASE_URL_ADMINISTRATOR"
"""The environment's name for the address of whoever may create roles."""
SETTINGS = {"TimeZone": "UTC", "lock_timeout": "60s", "idle_in_transaction_session_timeout": "10min"}
"""What every session of the program has."""


def part_roles_where_administered(home: Path | None) -> tuple[str, ...]:
    """Part the roles and give them their passwords where the environment has the administrator's address; else do nothing."""
    return part_roles_of(home, with_passwords=True) if os.environ.get(ADMINISTRATOR) else ()


def part_roles_of(home: Path | None, *, is_rehearsal: bool = False, with_passwords: bool = False) -> tuple[str, ...]:
    """Part the roles of an instance's database, connected as its administrator; return the statements.

    :param is_rehearsal: try them and take everything back.
    :param with_passwords: also give each role the password of its address in the environment.
    :raises RuleViolation: when PostgreSQL refuses it to whoever connects.
    """
    instance = open_instance(home)
    migrating = instance.own_database_url(DatabaseRole.MIGRATE)
    engine = make_engine(instance, os.environ.get(ADMINISTRATOR) or migrating or instance.only_database_url)
    try:
        with engine.connect() as connection:
            done = part_roles(connection)
            if with_passwords:
                done += give_passwords(connection, _passwords(instance))
            if not is_rehearsal:
                connection.commit()
    except ProgrammingError as error:
        said = str(error.orig).partition("\n")[0]
        raise RuleViolation(
            f"PostgreSQL refused it, {said}: give {ADMINISTRATOR} the address of somebody who may create roles and owns the database"
        ) from error
    finally:
        engine.dispose()
    return done


def part_roles(connection: Connection) -> tuple[str, ...]:
    """Create the roles, make one the owner of everything and give the others their rights; return what was done, nothing the second time.

    Needs somebody who may create roles and owns the database, or a superuser.
    """
    names = [role.login for role in DatabaseRole] + [TOGETHER]
    members = {"members": [TOGETHER] * len(MEMBERS), "groups": [role.login for role in MEMBERS]}
    settings = {"setting_names": list(SETTINGS), "setting_values": list(SETTINGS.values())}
    done = _apply(connection, "role_statements", {"names": names, **members, **settings})
    done += _apply(connection, "own_membership_statements", {"owner": DatabaseRole.MIGRATE.login})
    done += _apply(connection, "ownership_statements", {"owner": DatabaseRole.MIGRATE.login})
    return done + _rights(connection)


def give_rights(connection: Connection) -> tuple[str, ...]:
    """Give every role its rights in what is new, where the roles are parted; return what was done. Needs the owner."""
    owner = {"owner": DatabaseRole.MIGRATE.login}
    if not connection.execute(text(sql("foundation", "are_roles_parted")), owner).scalar_one():
        return ()
    return _rights(connection)


def give_passwords(connection: Connection, passwords: Mapping[str, str]) -> tuple[str, ...]:
    """Give roles their passwords, which reach the server encrypted, so that no log has them; return what was done, without them.

    :param passwords: role → password.
    """
    raw = connection.connection.driver_connection
    secrets = [encrypt_password(password, name, scope=raw) for name, password in passwords.items()]
    _apply(connection, "password_statements", {"names": list(passwords), "secrets": secrets})
    return tuple(f"ALTER ROLE {name} PASSWORD '…'" for name in sorted(passwords))


def _passwords(instance: Instance) -> dict[str, str]:
    """Return the passwords of the roles whose address the environment has; of an address only whose user is one of our roles."""
    own = {role.login for role in DatabaseRole} | {TOGETHER}
    given = [instance.database_url, *(instance.own_database_url(role) for role in DatabaseRole)]
    urls = [make_url(url) for url in given if url]
    return {url.username: url.password for url in urls if url.username in own and url.password}


def _rights(connection: Connection) -> tuple[str, ...]:
    roles = [role.login for role in WORKING] + [TOGETHER]
    given = [(role.login, relation, right) for role, relations in RIGHTS.items() for relation, rights in relations.items() for right in rights]  # fmt: skip
    columns = ([item[number] for item in given] for number in range(3))
    rights = dict(zip(("role_names", "relations", "rights"), columns, strict=True))
    calls = [(role.login, name) for role, names in CALLS.items() for name in names]
    called = {"role_names": [role for role, _ in calls], "functions": [name for _, name in calls]}
    done = _apply(connection, "call_statements", {"roles": roles, **called})
    return done + _apply(connection, "right_statements", {"roles": roles, **rights})


def _apply(connection: Connection, name: str, values: Mapping[str, Sequence[str] | str]) -> tuple[str, ...]:
    statements = tuple(connection.execute(text(sql("foundation", name)), dict(values)).scalars())
    for statement in statements:
        connection.exec_driver_sql(statement)
    return statements
