"""The dozen customers of ``trading``: made once, judged once, and copied for each test that goes on from there."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.assessment.trading import DAY, portfolio
from tests.databases import Portfolio, copied, prepared

from riskreview.assessment.use_cases import assess_portfolio
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.services import Services

MORNING = midnight_utc(DAY) + timedelta(hours=8)


@pytest.fixture(scope="session")
def trading_once(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portfolio]:
    def fill(services: Services) -> None:
        portfolio(services, random.Random(5))  # noqa: S311  a fixed sequence for a test

    with prepared(server, tmp_path_factory.mktemp("trading") / "home", FixedClock(MORNING), fill) as found:
        yield found


@pytest.fixture(scope="session")
def assessed_once(
    server: str, trading_once: Portfolio, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portfolio]:
    home = tmp_path_factory.mktemp("assessed") / "home"
    with copied(server, trading_once, home, FixedClock(MORNING)) as services:
        assess_portfolio(services, as_of=DAY, run_id=1)
        services.engine.dispose()
        yield Portfolio(str(services.engine.url.database), home)


@pytest.fixture
def trading(server: str, trading_once: Portfolio, tmp_path: Path, clock: FixedClock) -> Iterator[Services]:
    """Their facts, and nobody judged yet."""
    clock.moment = MORNING
    with copied(server, trading_once, tmp_path / "home", clock) as services:
        yield services


@pytest.fixture
def assessed(server: str, assessed_once: Portfolio, tmp_path: Path, clock: FixedClock) -> Iterator[Services]:
    """Everybody judged as of ``DAY`` by run 1."""
    clock.moment = MORNING
    with copied(server, assessed_once, tmp_path / "home", clock) as services:
        yield services
