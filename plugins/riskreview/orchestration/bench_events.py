"""Owns the benchmark of continuous monitoring: events to a demo on embedded Airflow, from receipt to the message that was accepted."""

import contextlib
import json
import sys
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import text

from riskreview.assessment.store import read_head
from riskreview.demo.notices import PROVIDER, SOURCE, Notice
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.orchestration import embedded
from riskreview.orchestration.demo_run import run_demo, stop_demo
from riskreview.orchestration.event_sending import EventSender, Latency, send_spread, wait_until_told

KINDS = ("insolvency", "dishonest_debtor", "news", "tax_arrears")
SEVERITY = 95
SAME_CUSTOMER = 5
"""Every so many events speak of the customer of the event before."""
PACE_SECONDS = 0.6
WAIT_SECONDS = 300.0
SYSTEM = "kingdee"


def run_event_bench(*, home: Path, count: int) -> Latency:
    """Run the demo in ``home`` unless it has run there, send it events over about a minute per hundred, measure, and stop it.

    Every event tells something bad of a sound customer, some of the same customer or group, so that signals, plans, reviews and messages
    follow each of them.

    :raises Unavailable: when the demo does not run, or the events are not told in time.
    """
    with contextlib.redirect_stdout(sys.stderr):  # standard output holds the answer alone
        run_demo(home=home)  # what it says of itself is no part of this
        running = embedded.start(home)
        with open_services(home) as services:
            notices = _notices(services, count)
            send_spread(EventSender(services, running.url, SOURCE), notices, over_seconds=PACE_SECONDS * count)
            found = wait_until_told(services, SOURCE, [item.number for item in notices], seconds=WAIT_SECONDS)
        stop_demo(home)
    return found


def _notices(services: Services, count: int) -> list[Notice]:
    with services.engine.connect() as connection:
        head = read_head(connection)
        values = {"system": SYSTEM, "how_many": count}
        accounts = connection.execute(text(sql("orchestration", "event_targets")), values).scalars().all()
    if head is None or not accounts:
        raise Unavailable("the demo has no sound customer to send events about")
    batch = uuid.uuid4().hex[:8]
    return [_notice(f"BE-{batch}-{number:04d}", _account(accounts, number), KINDS[number % len(KINDS)], head.as_of)
            for number in range(count)]  # fmt: skip


def _account(accounts: Sequence[str], number: int) -> str:
    """Return whom an event is about: mostly somebody new, every so often the customer of the event before."""
    place = number - 1 if number % SAME_CUSTOMER == SAME_CUSTOMER - 1 else number
    return accounts[place % len(accounts)]


def _notice(number: str, account: str, kind: str, day: date) -> Notice:
    row = {"record": number, "client_ref": account, "type": kind, "provider": PROVIDER, "observed": day.isoformat(),
           "severity": SEVERITY, "status": "confirmed" if kind == "news" else "open"}  # fmt: skip
    return Notice(number, json.dumps(row).encode(), "webhook")
