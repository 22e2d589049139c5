"""Owns the databases of tests: copies of the migrated one or of one that was filled before, and one that is lent to one test after the other."""

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg2
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from riskreview.foundation.clock import Clock
from riskreview.foundation.instance import create_instance, open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services

MIGRATED = "riskreview"
"""The database every other one is like unless it is told."""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What was made once and is copied for each test: a database and an instance."""

    database: str
    home: Path


@cache
def administrator(server: str) -> Engine:
    """Return the way to make and drop databases of a server; one connection of it serves the whole session."""
    return create_engine(server.replace(f"/{MIGRATED}?", "/postgres?"), isolation_level="AUTOCOMMIT", pool_size=1)


@contextmanager
def fresh(server: str, *, like: str = MIGRATED) -> Iterator[str]:
    """Make a database like another one, to which nobody may be connected, and yield its URL."""
    name = f"t{next(_numbers)}"
    with administrator(server).connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY'))
    yield server.replace(f"/{MIGRATED}?", f"/{name}?")
    with administrator(server).connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def separate(server: str, home: Path, clock: Clock) -> Iterator[Services]:
    """Open services on an empty instance with a database of its own, which may live longer than a test."""
    create_instance(home)
    with fresh(server) as url:
        engine = create_engine(url)
        yield Services(open_instance(home), engine, clock, LogProgress())
        engine.dispose()


@contextmanager
def prepared(server: str, home: Path, clock: Clock, fill: Callable[[Services], object]) -> Iterator[Portfolio]:
    """Fill an empty instance once, to be copied while the block runs."""
    with separate(server, home, clock) as services:
        fill(services)
        services.engine.dispose()  # a database is copied only while nobody is connected
        yield Portfolio(str(services.engine.url.database), services.instance.home)


@contextmanager
def copied(server: str, portfolio: Portfolio, home: Path, clock: Clock) -> Iterator[Services]:
    """Open services on a copy of what was prepared."""
    shutil.copytree(portfolio.home, home)
    with fresh(server, like=portfolio.database) as url:
        engine = create_engine(url)
        yield Services(open_instance(home), engine, clock, LogProgress())
        engine.dispose()


SHAPE = """WITH lasting AS (SELECT * FROM pg_class WHERE oid >= 16384 AND relnamespace = 'public'::regnamespace AND relname !~ '^current_(assessment|breach)'),
    given (kind, number, newest) AS (
        SELECT 'column', count(*), max(CAST(CAST(a.xmin AS text) AS bigint)) FROM pg_attribute AS a INNER JOIN lasting ON lasting.oid = attrelid
        UNION ALL SELECT 'constraint', count(*), max(CAST(CAST(a.xmin AS text) AS bigint)) FROM pg_constraint AS a INNER JOIN lasting ON lasting.oid = conrelid
        UNION ALL SELECT 'rule', count(*), max(CAST(CAST(a.xmin AS text) AS bigint)) FROM pg_rewrite AS a INNER JOIN lasting ON lasting.oid = ev_class
        UNION ALL SELECT 'index', count(*), max(CAST(CAST(a.xmin AS text) AS bigint)) FROM pg_index AS a INNER JOIN lasting ON lasting.oid = indrelid
        UNION ALL SELECT 'policy', count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM pg_policy
        UNION ALL SELECT 'function', count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'right', count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM pg_default_acl
        UNION ALL SELECT 'setting', count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM pg_db_role_setting),
    described (what) AS (
        SELECT (relname, relkind, relowner, relacl, relchecks, relhasrules, relhastriggers, reloptions)::text FROM pg_class
            WHERE oid >= 16384 AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT (attrelid::regclass, attname, atttypid, attnotnull, atthasdef)::text FROM pg_attribute
            WHERE attrelid IN ('current_assessment'::regclass, 'current_breach'::regclass) AND attnum > 0
        UNION ALL SELECT (tgrelid, tgname, tgfoid, tgenabled)::text FROM pg_trigger
        UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'current_assessment'::regclass
        UNION ALL SELECT (nspname, nspowner, nspacl)::text FROM pg_namespace WHERE nspname !~ '^pg_t'
        UNION ALL SELECT (datdba, datacl)::text FROM pg_database WHERE datname = current_database())
SELECT array_agg(line ORDER BY line) FROM (SELECT given::text FROM given UNION ALL SELECT what FROM described) AS found (line)"""
"""Everything about tables, columns, rules and rights that a test may have changed; what temporary tables leave is gone with them. What every
assessment replaces is compared by what it is defined as, the others by which transaction defined them last."""
FILLED = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
"""Tables with room for rows: one that was emptied and tidied has none."""
STEADFAST = "SELECT CAST(tgrelid AS regclass)::text, array_agg(tgname::text) FROM pg_trigger WHERE tgenabled = 'A' GROUP BY tgrelid"
"""Triggers that hold whatever a session says."""
COUNTERS = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
SETTINGS = ("SET session_replication_role = replica", "SET allow_system_table_mods = on")
"""Of whoever empties: triggers that keep what was written, and references, do not hold."""
FORGET = (
    "DELETE FROM pg_statistic WHERE starelid >= 16384",
    "UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0 WHERE oid >= 16384 AND relkind IN ('r', 't') AND (relpages, reltuples) <> (0, -1)",
)
"""A table nobody has counted yet is planned for otherwise than an empty one."""


class Lent:
    """One database of a server, lent to one test after the other; who changed more of it than rows leaves a new one to the next.

    A test starts from the rows of the migrated database and no others, counters at their start and sessions as new ones are. The sessions
    themselves stay: one that knows the tables answers in half the time.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._held: ExitStack | None = None

    @contextmanager
    def lend(self) -> Iterator[Engine]:
        """Yield the way to the database; whatever the block wrote is gone after it."""
        if self._held is None:
            self._held = self._make()
        yield self.engine
        try:
            is_as_before = self._empty()
        except (DBAPIError, psycopg2.Error):  # a session was ended, or what empties no longer works
            is_as_before = False
        if not is_as_before:
            self.end()

    def end(self) -> None:
        """Drop the database."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _make(self) -> ExitStack:
        held = ExitStack()
        url = held.enter_context(fresh(self._server))
        self.engine = create_engine(url)
        held.callback(self.engine.dispose)
        self._own = held.enter_context(create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect())
        for statement in SETTINGS:
            self._own.exec_driver_sql(statement)
        self._steadfast = {table: names for table, names in self._own.exec_driver_sql(STEADFAST)}  # noqa: C416  of rows, which a dictionary does not take
        self._kept = {name: _rows(self._own, name) for name in self._filled()}
        self._shape = self._own.exec_driver_sql(SHAPE).scalar_one()
        return held

    def _filled(self) -> Sequence[str]:
        return self._own.exec_driver_sql(FILLED).scalars().all()

    def _empty(self) -> bool:
        """Take every row away that was not there at first; where anything else was changed, say so and leave it."""
        self._end_sessions()
        if self._own.exec_driver_sql(SHAPE).scalar_one() != self._shape:
            return False
        kept = {name for name, rows in self._kept.items() if _rows(self._own, name) == rows}
        written = [name for name in {*self._filled(), *self._kept} if name not in kept]
        for name in written:
            self._delete(name)
        if written:
            self._own.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {', '.join(written)}")
        for name in self._kept.keys() & set(written):
            for row in self._kept[name]:
                self._own.exec_driver_sql(
                    f'INSERT INTO "{name}" SELECT (json_populate_record(NULL::"{name}", %s)).*', (row,)
                )
        for name in self._own.exec_driver_sql(COUNTERS).scalars().all():
            self._own.exec_driver_sql(f"SELECT setval('{name}', (SELECT seqstart FROM pg_sequence WHERE seqrelid = '{name}'::regclass), false)")  # noqa: S608  our counters  # fmt: skip
        for statement in FORGET:
            self._own.exec_driver_sql(statement)
        return True

    def _delete(self, table: str) -> None:
        """Take all rows of a table away, past every trigger, in one transaction."""
        triggers = self._steadfast.get(table, ())
        off = [f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"' for name in triggers]
        on = [f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"' for name in triggers]
        self._own.exec_driver_sql("; ".join([*off, f'DELETE FROM "{table}"', *on]))  # noqa: S608  our tables

    def _end_sessions(self) -> None:
        """Make the sessions of the pool as new and end every other one, all of them where a test kept one."""
        known = []
        if self.engine.pool.checkedout():  # type: ignore[attr-defined]
            self.engine.dispose()
        for raw in [self.engine.raw_connection() for _ in range(self.engine.pool.checkedin())]:  # type: ignore[attr-defined]
            raw.rollback()
            raw.dbapi_connection.autocommit = True
            with raw.cursor() as cursor:
                cursor.execute("DISCARD ALL")
            raw.dbapi_connection.autocommit = False
            known.append(raw)
        pids = [raw.dbapi_connection.get_backend_pid() for raw in known]
        self._own.exec_driver_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL (%s) AND pid <> pg_backend_pid()", (pids,))  # fmt: skip
        for raw in known:
            raw.close()


def _rows(connection: Connection, table: str) -> list[str]:
    return list(connection.exec_driver_sql(f'SELECT CAST(row_to_json(t) AS text) FROM "{table}" AS t ORDER BY 1').scalars())  # noqa: S608  our tables  # fmt: skip
