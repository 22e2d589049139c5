"""A console on a real HTTP server with logins that a header or cookie names; used by the tests of the console and by nothing else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI, Request

from riskreview.console.app import make_app
from riskreview.foundation.services import Services
from riskreview.orchestration.redrive import Publisher
from riskreview.policy.console_policy import ConsolePolicy

DAY = date(2026, 10, 30)


class NamedLogin:
    """Whoever the cookie ``login`` names is logged in."""

    async def user_id(self, request: Request) -> str | None:
        return request.cookies.get("login")

    def page(self, back_to: str) -> str:
        return f"/auth/login?next={quote(back_to, safe='')}"

    def out(self) -> str:
        return "/logout"


OPEN = ConsolePolicy(requests_per_minute=10**6, requests_per_minute_address=10**6, refusals_per_minute_address=10**6)  # type: ignore[call-arg]
"""Tests ask more often than people may; an app of theirs does not depend on what another one counted."""


def mounted(services: Services, day: date = DAY, policy: ConsolePolicy = OPEN) -> FastAPI:
    """Return the console mounted as Airflow mounts it."""
    host = FastAPI()
    host.mount("/riskreview", make_app(services, NamedLogin(), lambda: day, Publisher(), policy))
    return host


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an app on loopback while the block runs; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
