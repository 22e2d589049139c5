"""Owns opening a CRM: from a connection's name to something that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from riskreview.crm.budget import Budget
from riskreview.crm.connections import CrmConnection, FindConnection, FxiaokeConnection
from riskreview.crm.fxiaoke_client import FxiaokeClient
from riskreview.crm.fxiaoke_reader import FxiaokeReader
from riskreview.crm.reading import CrmReader
from riskreview.crm.timing import SystemTimer, Timer
from riskreview.crm.tokens import DatabaseStore, TokenStore
from riskreview.crm.zoho_client import ZohoClient
from riskreview.crm.zoho_reader import ZohoReader
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class OpenCrm:
    """A CRM that can be read, and the meter of what that costs."""

    name: str
    connection: CrmConnection
    client: ZohoClient | FxiaokeClient
    reader: CrmReader

    @property
    def budget(self) -> Budget:
        """What was used."""
        return self.client.budget

    @property
    def time_zone(self) -> str:
        """The zone of days that are written as moments."""
        return self.connection.time_zone if isinstance(self.connection, FxiaokeConnection) else "UTC"

    @property
    def record_key(self) -> str:
        """The field that holds a record's id."""
        return "_id" if isinstance(self.connection, FxiaokeConnection) else "id"


def open_with(
    name: str, connection: CrmConnection, http: httpx.Client, store: TokenStore, timer: Timer, *, spent_before: int = 0
) -> OpenCrm:  # fmt: skip
    """Return a CRM over the given parts."""
    if isinstance(connection, FxiaokeConnection):
        client = FxiaokeClient(connection, http, store, timer, spent_before=spent_before)
        return OpenCrm(name, connection, client, FxiaokeReader(client, timer))
    zoho = ZohoClient(connection, http, store, timer, spent_before=spent_before)
    return OpenCrm(name, connection, zoho, ZohoReader(zoho, timer))


@contextmanager
def open_crm(
    services: Services, name: str, find: FindConnection, *, transport: httpx.BaseTransport | None = None,
    timer: Timer | None = None,
) -> Iterator[OpenCrm]:  # fmt: skip
    """Open the CRM of a connection for the block; its token is shared with all processes of the instance, and so is the day's budget.

    :param transport: stands in for the network. :param timer: stands in for the machine's time.
    :raises BadInput: E-CONNECTION when no connection of that name is configured.
    """
    connection = find(name)
    if connection is None:
        raise BadInput("E-CONNECTION", f"no connection {name} is configured",
                       f"Run: riskreview crm connect {name} FILE, or set AIRFLOW_CONN_{name.upper()}")  # fmt: skip
    timer = timer or SystemTimer()
    with services.engine.connect() as database:
        spent = database.execute(
            text(sql("crm", "credits_today")), {"connection": name, "now": timer.now()}
        ).scalar_one()
    store = DatabaseStore(services.engine, name, connection.secret)
    with httpx.Client(transport=transport, follow_redirects=False, trust_env=transport is None) as http:
        crm = open_with(name, connection, http, store, timer, spent_before=int(spent))
        try:
            yield crm
        finally:
            _record_use(services, crm, timer)


def _record_use(services: Services, crm: OpenCrm, timer: Timer) -> None:
    if not crm.budget.calls:
        return
    used = {"connection": crm.name, "now": timer.now(), "calls": crm.budget.calls, "credits": crm.budget.credits_used}
    with transaction(services.engine) as connection:
        connection.execute(text(sql("crm", "insert_use")), used)
