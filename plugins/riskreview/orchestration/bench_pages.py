"""Owns people who open pages of a console that is served for them, and how long they wait."""

import http.client
import multiprocessing
import random
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from riskreview.console.grants import grant
from riskreview.foundation.services import Services, open_services

if TYPE_CHECKING:
    from fastapi import Request

PERSON, LOGIN = "maria.stein", "bench"
START_SECONDS = 180.0
KEEP_ALIVE_SECONDS = 120
"""So long Airflow's API server keeps a connection on which nothing is asked (``[api] worker_timeout``)."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds people waited, and what they were answered.

    :param others: answers other than the page, by status.
    """

    users: int
    pages: int
    seconds: float
    p50: float
    p95: float
    worst: float
    others: dict[str, int]


class OneLogin:
    """Everybody is logged in as the same person: the bench measures pages, not logins."""

    async def user_id(self, _request: "Request") -> str | None:
        """Return the login of the bench."""
        return LOGIN

    def page(self, back_to: str) -> str:
        """Return an address; nobody is led there."""
        return back_to

    def out(self) -> str:
        """Return an address; nobody leaves."""
        return ""


def let_in(services: Services, role: str) -> None:
    """Give the one who is logged in a role."""
    grant(services, user_id=LOGIN, person=PERSON, roles=[role], actor="system:bench")


@contextmanager
def serving(home: Path, ports: Sequence[int], day: date) -> Iterator[None]:
    """Serve the console from a process per port, as Airflow's API server does from its workers."""
    context = multiprocessing.get_context("spawn")
    servers = [context.Process(target=_serve, args=(home, port, day), daemon=True) for port in ports]
    for server in servers:
        server.start()
    try:
        for port in ports:
            _wait_for(port)
        yield
    finally:
        for server in servers:
            server.terminate()
            server.join(10)


def _serve(home: Path, port: int, day: date) -> None:
    import uvicorn
    from fastapi import FastAPI

    from riskreview.console.app import make_app
    from riskreview.orchestration.redrive import Publisher
    from riskreview.policy.console_policy import ConsolePolicy

    never = 10**9
    policy = ConsolePolicy(
        requests_per_minute=never, requests_per_minute_address=never, refusals_per_minute_address=never
    )  # type: ignore[call-arg]
    with open_services(home) as services:
        host = FastAPI()
        host.mount("/riskreview", make_app(services, OneLogin(), lambda: day, Publisher(), policy))
        uvicorn.run(host, host="127.0.0.1", port=port, log_level="warning", lifespan="off", backlog=4096, timeout_keep_alive=KEEP_ALIVE_SECONDS)  # fmt: skip


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        _ask(connection, "/")


def open_pages(ports: Sequence[int], users: int, seconds: float, pages: Sequence[str], *, pause: float) -> Waits:
    """Let people open pages at the same time, each one after the other.

    :param pause: seconds a person looks at a page: half of it at least, one and a half times as much at most.
    """
    waits: list[float] = []
    others: dict[str, int] = {}
    end = time.monotonic() + seconds

    def look(number: int) -> None:
        chance = random.Random(number)  # noqa: S311  how long people look at a page
        time.sleep(pause * number / users)
        with closing(http.client.HTTPConnection("127.0.0.1", ports[number % len(ports)], timeout=120)) as connection:
            for turn in count(number):
                if time.monotonic() > end:
                    return
                begun = time.perf_counter()
                status = _ask(connection, pages[turn % len(pages)])
                if status == "200":
                    waits.append(time.perf_counter() - begun)
                else:
                    others[status] = others.get(status, 0) + 1
                time.sleep(pause * chance.uniform(0.5, 1.5))

    people = [Thread(target=look, args=(number,)) for number in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    ordered = sorted(waits) or [float("nan")]
    return Waits(users, len(waits), seconds, round(statistics.median(ordered), 4), round(ordered[int(0.95 * (len(ordered) - 1))], 4),
                 round(ordered[-1], 4), others)  # fmt: skip


def _ask(connection: http.client.HTTPConnection, page: str) -> str:
    """Return the status of a page; of one to be asked for again later, with the word that says so.

    As a browser does, it asks once more on a new connection where the one that was kept turns out to be closed.
    """
    was_kept = connection.sock is not None
    try:
        connection.request("GET", f"/riskreview{page}", headers={"accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return _ask(connection, page) if was_kept and isinstance(error, ConnectionError) else type(error).__name__
    return f"{answer.status} with Retry-After" if answer.headers.get("retry-after") else str(answer.status)
