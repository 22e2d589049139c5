"""Owns the databases of tests: each is a copy, file by file, of the migrated one or of one that was filled before, and goes with whoever used it."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

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
