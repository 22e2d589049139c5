"""Owns measuring the console: a million made-up customers in a database of their own, people who open pages, and how long they wait."""

import http.client
import multiprocessing
import os
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from riskreview.foundation.instance import create_instance
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.orchestration.airflow_settings import free_port

if TYPE_CHECKING:
    from fastapi import Request

    from riskreview.indicators.frame import IndicatorFrame

DAYS = (date(2026, 9, 30), date(2026, 10, 30))
PERSON, LOGIN = "maria.stein", "bench"
LIST = ("/customers", "/customers?sort=name", "/customers?sort=exposure", "/customers?sort=index_points", "/customers?class=critical",
        "/customers?q=%E9%BD%BF%E8%BD%AE", "/customers?q=quenmoth+a", "/customers?q=C77777", "/customers?q=TAX4242")  # fmt: skip
"""Pages of the list: its orders, a class, a part of a Chinese name and of a Latin one, a number, a registration number."""
SURGE, SURGE_SECONDS, START_SECONDS, PAUSE = 500, 15.0, 180.0, 1.0


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


@dataclass(frozen=True, slots=True)
class ConsoleBench:
    """What was measured: the list and the customer's page with a pause of a second between pages, and many more people without mercy."""

    customers: int
    processes: int
    list_pages: Waits
    customer_pages: Waits
    surge: Waits
    load_average: float


class OneLogin:
    """Everybody is logged in as the same person: the bench measures pages, not logins."""

    async def user_id(self, _request: "Request") -> str | None:
        """Return the login of the bench."""
        return LOGIN

    def page(self, back_to: str) -> str:
        """Return an address; nobody is led there."""
        return back_to


def run_console_bench(*, home: Path, customers: int, users: int, seconds: float, processes: int) -> ConsoleBench:
    """Fill an instance if it is not filled yet, serve its console from some processes, and let people open pages."""
    create_instance(home)
    with open_services(home) as services:
        _fill(services, customers)
    ports = [free_port() for _ in range(processes)]
    keys = [f"/customers/{256 * number}" for number in range(1, customers + 1, max(1, customers // 997))]
    with _serving(home, ports):
        listed, shown = (_open(ports, users, seconds, pages, pause=PAUSE) for pages in (LIST, keys))
        surge = _open(ports, SURGE, min(seconds, SURGE_SECONDS), LIST, pause=0.0)
    return ConsoleBench(customers, processes, listed, shown, surge, round(os.getloadavg()[0], 2))


def _fill(services: Services, customers: int) -> None:
    """Make customers with names in two scripts, and judge them on two days, so that every page has something to compare with."""
    from riskreview.assessment.use_cases import assess_frame
    from riskreview.console.grants import grant

    grant(services, user_id=LOGIN, person=PERSON, roles=["approver"], actor="system:bench")
    with services.engine.begin() as connection:
        if connection.execute(text(sql("bench", "count_console_customers"))).scalar_one() == customers:
            return
        for name in ("console_customers", "console_accounts"):
            connection.execute(text(sql("bench", name)), {"customers": customers})
    for number, day in enumerate(DAYS, start=1):
        assess_frame(services, _frame(customers, seed=number), feeds=(), as_of=day, run_id=number)
    with services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(sql("bench", "tidy")))


def _frame(customers: int, *, seed: int) -> "IndicatorFrame":
    """Return figures of which one in ten is past its line."""
    from riskreview.indicators.frame import INDICATORS, IndicatorFrame

    chance = np.random.default_rng(seed)
    figures = {
        name: np.where(chance.random(customers) < 0.1, chance.uniform(20, 80, customers), 0.0)
        for name in INDICATORS
        if name[0] in "PT"
    }
    values = {name: figures.get(name, np.full(customers, np.nan)) for name in INDICATORS}
    exposure = np.round(chance.lognormal(11, 1.5, customers), 2)
    return IndicatorFrame(np.arange(1, customers + 1, dtype=np.int64) * 256, values, exposure, np.round(exposure * chance.random(customers), 2),
                          np.zeros(customers), np.full(customers, 1e6), np.full(customers, np.datetime64(DAYS[-1])), {})  # fmt: skip


@contextmanager
def _serving(home: Path, ports: Sequence[int]) -> Iterator[None]:
    """Serve the console from a process per port, as Airflow's API server does from its workers."""
    context = multiprocessing.get_context("spawn")
    servers = [context.Process(target=_serve, args=(home, port), daemon=True) for port in ports]
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


def _serve(home: Path, port: int) -> None:
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
        host.mount("/riskreview", make_app(services, OneLogin(), lambda: DAYS[-1], Publisher(), policy))
        uvicorn.run(host, host="127.0.0.1", port=port, log_level="warning", lifespan="off", backlog=4096)


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
    _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), LIST[0])


def _open(ports: Sequence[int], users: int, seconds: float, pages: Sequence[str], *, pause: float) -> Waits:
    """Let people open pages at the same time, each one after the other, with a pause between two."""
    waits: list[float] = []
    others: dict[str, int] = {}
    end = time.monotonic() + seconds

    def look(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", ports[number % len(ports)], timeout=120)
        time.sleep(pause * number / users)
        for turn in count(number):
            if time.monotonic() > end:
                return
            begun = time.perf_counter()
            status = _ask(connection, pages[turn % len(pages)])
            if status == "200":
                waits.append(time.perf_counter() - begun)
            else:
                others[status] = others.get(status, 0) + 1
            time.sleep(pause)

    people = [Thread(target=look, args=(number,)) for number in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    ordered = sorted(waits) or [float("nan")]
    return Waits(users, len(waits), seconds, round(statistics.median(ordered), 4), round(ordered[int(0.95 * (len(ordered) - 1))], 4),
                 round(ordered[-1], 4), others)  # fmt: skip


def _ask(connection: http.client.HTTPConnection, page: str) -> str:
    """Return the status of a page; of one to be asked for again later, with the word that says so."""
    try:
        connection.request("GET", f"/riskreview{page}", headers={"accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__
    return f"{answer.status} with Retry-After" if answer.headers.get("retry-after") else str(answer.status)
