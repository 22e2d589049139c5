"""One small portfolio behind a console on a real HTTP server, for all tests of the console in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from tests.console.furnishing import DAY, furnish
from tests.console.serving import mounted, served
from tests.databases import separate

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services

PATIENT = 60
"""Seconds an answer may take on a machine that runs all other tests beside."""


@dataclass(frozen=True, slots=True)
class Console:
    """The running console; ``ids`` has one thing of every kind that belongs to ``owner``."""

    address: str
    services: Services
    ids: dict[str, str]

    def client(self, login: str | None, *, accept: str = "text/html") -> httpx.Client:
        cookies = {} if login is None else {"login": login}
        return httpx.Client(
            base_url=f"{self.address}/riskreview", cookies=cookies, headers={"accept": accept}, timeout=PATIENT
        )

    def post(self, login: str, path: str, page: str, **form: str) -> httpx.Response:
        """Send a form as the browser sends it from its page."""
        with self.client(login) as client:
            token = token_of(client.get(page).text)
            return client.post(path, data={"token": token, **form}, headers={"sec-fetch-site": "same-origin"})


def token_of(html: str) -> str:
    return html.partition('name="token" value="')[2].partition('"')[0]


@pytest.fixture(scope="session")
def console(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    clock = FixedClock(datetime(2026, 7, 2, 3, tzinfo=UTC))
    with separate(server, tmp_path_factory.mktemp("console") / "home", clock) as services:
        ids = furnish(services)
        with served(mounted(services, DAY)) as address:
            yield Console(address, services, ids)
