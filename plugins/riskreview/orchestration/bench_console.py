"""Owns measuring the console: a million made-up customers in a database of their own, people who open pages, and how long they wait."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from riskreview.foundation.instance import create_instance
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.orchestration.airflow_settings import free_port
from riskreview.orchestration.bench_pages import Waits, let_in, open_pages, serving

if TYPE_CHECKING:
    from riskreview.indicators.frame import IndicatorFrame

DAYS = (date(2026, 9, 30), date(2026, 10, 30))
LIST = ("/customers", "/customers?sort=name", "/customers?sort=exposure", "/customers?sort=index_points", "/customers?class=critical",
        "/customers?q=%E9%BD%BF%E8%BD%AE", "/customers?q=chilun", "/customers?q=tangxishiyan", "/customers?q=quenmoth+a", "/customers?q=C77777", "/customers?q=TAX4242")  # fmt: skip
"""Pages of the list: its orders, a class, a part of a Chinese name, its pinyin, and of a Latin one, a number, a registration number."""
MANY, SURGE_SECONDS = 500, 15.0
PAUSE, THINKING = 1.0, 15.0
"""Seconds a person looks at a page on average: one who pages on, one who reads."""


@dataclass(frozen=True, slots=True)
class ConsoleBench:
    """What was measured: the list and the customer's page for few people who page on, many who read, and as many without mercy."""

    customers: int
    processes: int
    list_pages: Waits
    customer_pages: Waits
    readers: Waits
    surge: Waits
    load_average: float


def run_console_bench(*, home: Path, customers: int, users: int, seconds: float, processes: int) -> ConsoleBench:
    """Fill an instance if it is not filled yet, serve its console from some processes, and let people open pages."""
    create_instance(home)
    with open_services(home) as services:
        _fill(services, customers)
    ports = [free_port() for _ in range(processes)]
    keys = [f"/customers/{256 * number}" for number in range(1, customers + 1, max(1, customers // 997))]
    with serving(home, ports, DAYS[-1]):
        listed, shown = (open_pages(ports, users, seconds, pages, pause=PAUSE) for pages in (LIST, keys))
        readers = open_pages(ports, MANY, 2 * seconds, (*LIST, *keys[: len(LIST)]), pause=THINKING)
        surge = open_pages(ports, MANY, min(seconds, SURGE_SECONDS), LIST, pause=0.0)
    return ConsoleBench(customers, processes, listed, shown, readers, surge, round(os.getloadavg()[0], 2))


def _fill(services: Services, customers: int) -> None:
    """Make customers with names in two scripts, and judge them on two days, so that every page has something to compare with."""
    from riskreview.assessment.use_cases import assess_frame
    from riskreview.facts.spelling import spell_customers

    let_in(services, "approver")
    with services.engine.begin() as connection:
        is_filled = connection.execute(text(sql("bench", "count_console_customers"))).scalar_one() == customers
        for name in () if is_filled else ("console_customers", "console_accounts"):
            connection.execute(text(sql("bench", name)), {"customers": customers})
        if connection.execute(
            text(sql("facts", "is_nothing_spelled"))
        ).scalar_one():  # also one filled by an older program
            spell_customers(connection)
    if is_filled:
        return
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
