"""Portfolios for the tests of the gate: each is prepared once, and every test gets a copy of its database and folder."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.console.serving import separate
from tests.facts.batches import customer, invoice
from tests.gate.planted import TODAY, plant, publish_then

from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.instance import open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.orchestration import stages

Portfolio = tuple[str, Path]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def planted_once(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portfolio]:
    with _prepared(server, tmp_path_factory.mktemp("planted"), plant) as found:
        yield found


@pytest.fixture(scope="session")
def assessed_once(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portfolio]:
    with _prepared(server, tmp_path_factory.mktemp("assessed"), _assess) as found:
        yield found


@pytest.fixture
def planted(server: str, planted_once: Portfolio, tmp_path: Path) -> Iterator[Services]:
    """The portfolio whose defaults and lead times are known by hand."""
    with _copied(server, planted_once, tmp_path / "home") as services:
        yield services


@pytest.fixture
def assessed(server: str, assessed_once: Portfolio, tmp_path: Path) -> Iterator[Services]:
    """A small portfolio that was assessed today by the policy as shipped."""
    with _copied(server, assessed_once, tmp_path / "home") as services:
        yield services


def _assess(services: Services) -> None:
    firms = [customer(f"c{number}") for number in range(4)]
    bills = [invoice(f"i{number}", f"c{number}", issued=date(2026, 5, 1), amount=1000.0) for number in range(4)]
    publish_then(services, {"customers": firms, "invoices": bills}, date(2026, 6, 30))
    stages.recompute_risk(services, as_of=TODAY)


@contextmanager
def _prepared(server: str, folder: Path, fill: Callable[[Services], None]) -> Iterator[Portfolio]:
    with separate(server, folder, FixedClock(midnight_utc(TODAY))) as services:
        fill(services)
        services.engine.dispose()  # a database is copied only while nobody is connected
        yield str(services.engine.url.database), services.instance.home


@contextmanager
def _copied(server: str, prepared: Portfolio, home: Path) -> Iterator[Services]:
    source, name = prepared[0], f"gate{next(_numbers)}"
    shutil.copytree(prepared[1], home)
    admin = create_engine(server.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY'))
    engine = create_engine(server.replace("/riskreview?", f"/{name}?"))
    yield Services(open_instance(home), engine, FixedClock(midnight_utc(TODAY)), LogProgress())
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()
