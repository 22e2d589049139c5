"""Owns measuring what reading a large CRM costs: calls, credits and time, against the least that the documented limits allow."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from riskreview.crm.connections import read_connection
from riskreview.crm.emulator.fxiaoke_seed import seeded_fxiaoke
from riskreview.crm.emulator.starting import settings_of
from riskreview.crm.emulator.wire import EmulatorTransport
from riskreview.crm.emulator.zoho_seed import seeded_zoho
from riskreview.crm.opening import open_with
from riskreview.crm.reading import Walk
from riskreview.crm.records import read_page
from riskreview.crm.timing import VirtualTimer
from riskreview.crm.tokens import MemoryStore

SECONDS_PER_CALL = 0.3
"""What a call takes on the way; time is virtual."""
ROWS_PER_CALL = {"query": 2000, "list": 200, "bulk": 200_000, "fxiaoke": 100}
CALLS_PER_ROUND = {"bulk": 3}
"""A job is asked for, looked at once and downloaded."""
DESCRIBED = 1
"""No record is read before the fields of its object are known."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way of reading came to.

    :param least: the fewest calls that can bring so many records: one description, and their pages or jobs. :param seconds: of virtual time, the waits for limits included.
    """

    way: str
    records: int
    calls: int
    least: int
    credits: int
    seconds: float


def measure(accounts: int, at: datetime) -> Iterator[Measured]:
    """Read all accounts of emulated CRMs of that size in every way; a record that is missing or doubled is an error.

    :raises AssertionError: when a way does not bring exactly what the CRM holds.
    """
    for way in ("query", "list", "bulk", "fxiaoke"):
        yield _measured(way, accounts, at)


def _measured(way: str, accounts: int, at: datetime) -> Measured:
    service, timer = ("fxiaoke" if way == "fxiaoke" else "zoho"), VirtualTimer(at)
    emulator: Any = (
        seeded_zoho(timer, accounts=accounts) if service == "zoho" else seeded_fxiaoke(timer, accounts=accounts)
    )
    object_ = "Accounts" if service == "zoho" else "AccountObj"
    transport = EmulatorTransport(emulator, seconds_per_call=SECONDS_PER_CALL)
    with httpx.Client(transport=transport) as http:
        settings = read_connection(settings_of(service, "http://127.0.0.1"), service)
        crm = open_with(service, settings, http, MemoryStore(), timer)
        fields = crm.reader.describe(object_).fields
        names = tuple(name for name in fields if name not in {"Owner", "Modified_By"})[:20]
        walk = Walk(object_, names, crm.reader.server_time(), by=way if service == "zoho" else "auto", paths=names)
        found = [record.record_id for page in crm.reader.pages(walk)
                 for record in read_page(page.kind, page.body, fields, crm.time_zone)]  # fmt: skip
    if sorted(found) != sorted(emulator.tables[object_].rows):
        raise AssertionError(
            f"{way}: {len(found)} records were read, {len(set(found))} of them different, {accounts} are there"
        )
    least = DESCRIBED + math.ceil(accounts / ROWS_PER_CALL[way]) * CALLS_PER_ROUND.get(way, 1)
    return Measured(
        way, len(found), crm.budget.calls, least, crm.budget.credits_used, (timer.now() - at).total_seconds()
    )
