"""Portfolios for the tests of the gate: each is prepared once, and every test gets a copy of its database and folder."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.databases import Portfolio, copied, prepared
from tests.facts.batches import customer, invoice
from tests.gate.planted import TODAY, plant, publish_then

from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.services import Services
from riskreview.orchestration import stages


def today() -> FixedClock:
    return FixedClock(midnight_utc(TODAY))


@pytest.fixture(scope="session")
def planted_once(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portfolio]:
    with prepared(server, tmp_path_factory.mktemp("planted") / "home", today(), plant) as found:
        yield found


@pytest.fixture(scope="session")
def assessed_once(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portfolio]:
    with prepared(server, tmp_path_factory.mktemp("assessed") / "home", today(), _assess) as found:
        yield found


@pytest.fixture
def planted(server: str, planted_once: Portfolio, tmp_path: Path) -> Iterator[Services]:
    """The portfolio whose defaults and lead times are known by hand."""
    with copied(server, planted_once, tmp_path / "home", today()) as services:
        yield services


@pytest.fixture
def assessed(server: str, assessed_once: Portfolio, tmp_path: Path) -> Iterator[Services]:
    """A small portfolio that was assessed today by the policy as shipped."""
    with copied(server, assessed_once, tmp_path / "home", today()) as services:
        yield services


def _assess(services: Services) -> None:
    firms = [customer(f"c{number}") for number in range(4)]
    bills = [invoice(f"i{number}", f"c{number}", issued=date(2026, 5, 1), amount=1000.0) for number in range(4)]
    publish_then(services, {"customers": firms, "invoices": bills}, date(2026, 6, 30))
    stages.recompute_risk(services, as_of=TODAY)
