"""Emulated CRMs in this process: time passes only where somebody waits, faults come when asked for."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text
from tests.crm.working import assessed, wanted
from tests.databases import fresh

from riskreview.crm.connections import read_connection
from riskreview.crm.emulator.fxiaoke_seed import seeded_fxiaoke
from riskreview.crm.emulator.starting import settings_of
from riskreview.crm.emulator.wire import EmulatorTransport
from riskreview.crm.emulator.zoho_seed import seeded_zoho
from riskreview.crm.opening import OpenCrm, open_with
from riskreview.crm.timing import VirtualTimer
from riskreview.crm.tokens import MemoryStore
from riskreview.crm.use_cases import Network
from riskreview.foundation.clock import Clock
from riskreview.foundation.instance import Instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services

NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)
SEEDS: dict[str, Callable[..., Any]] = {"zoho": seeded_zoho, "fxiaoke": seeded_fxiaoke}
ACCOUNTS = {"zoho": "Accounts", "fxiaoke": "AccountObj"}
MAPPINGS = {
    "zoho": """
source: zoho_accounts
system: zoho
stage: crm
title: {en: "Accounts in Zoho", zh: "Zoho 客户"}
read: {crm: {connection: crm_zoho, object: Accounts}}
delivery: {kind: KIND, as_of: {received: true}, every_days: 1, breaker: {min_ratio: 0, max_ratio: 1000}}
datasets:
  customers:
    columns: {customer_id: id, name: Account_Name, tax_id: Registration_Number, owner_user: Owner.id, phone: Phone,
              payment_terms_days: Payment_Terms_Days}
""",
    "fxiaoke": """
source: fxiaoke_accounts
system: fxiaoke
stage: crm
title: {en: "Accounts in Fxiaoke", zh: "纷享销客客户"}
read: {crm: {connection: crm_fxiaoke, object: AccountObj}}
delivery: {kind: KIND, as_of: {received: true}, every_days: 1, breaker: {min_ratio: 0, max_ratio: 1000}}
datasets:
  customers:
    columns: {customer_id: _id, name: name, tax_id: credit_code__c, owner_user: owner__r.employee_number, phone: tel,
              onboarded_on: onboard_date__c, payment_terms_days: payment_terms_days__c}
""",
}


@dataclass(frozen=True)
class Place:
    """An emulator, its time, and what opens it."""

    service: str
    emulator: Any
    timer: VirtualTimer
    transport: EmulatorTransport

    @property
    def source(self) -> str:
        return f"{self.service}_accounts"

    @property
    def accounts(self) -> Any:
        return self.emulator.tables[ACCOUNTS[self.service]]

    def connection(self, **more: Any) -> Any:
        return read_connection({**settings_of(self.service, "http://127.0.0.1:1"), **more}, "test")

    def network(self, **more: Any) -> Network:
        return Network(lambda _name: self.connection(**more), self.transport, self.timer)

    def open(self, **more: Any) -> OpenCrm:
        http = httpx.Client(transport=self.transport)
        return open_with("test", self.connection(**more), http, MemoryStore(), self.timer)


def place(service: str, accounts: int, **more: Any) -> Place:
    timer = VirtualTimer(NOON)
    emulator = SEEDS[service](timer, accounts=accounts, **more)
    return Place(service, emulator, timer, EmulatorTransport(emulator, seconds_per_call=0.2))


def add_mapping(services: Any, service: str, *, kind: str = "snapshot", replace: dict[str, str] | None = None) -> str:
    text = MAPPINGS[service].replace("KIND", kind)
    for old, new in (replace or {}).items():
        text = text.replace(old, new)
    (services.instance.home / "mappings" / f"{service}_accounts.yaml").write_text(text, encoding="utf-8")
    return f"{service}_accounts"


def lines(path: Any) -> dict[str, dict[str, Any]]:
    """The records of an extract by id; a record that stands twice fails."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = {record.get("id") or record["_id"]: record for record in records}
    assert len(found) == len(records), "a record stands twice"
    return found


@pytest.fixture(scope="module")
def crm_database(server: str) -> Iterator[str]:
    """One database for a module's tests: making one costs more than most of them."""
    with fresh(server) as url:
        yield url


@pytest.fixture
def services(instance: Instance, crm_database: str, clock: Clock) -> Iterator[Services]:
    """Services on the module's database, with nothing pulled yet."""
    engine = create_engine(crm_database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "TRUNCATE outbox_event, crm_pull, crm_use, crm_token, crm_write, batch, customer, account, current_assessment, review, measure CASCADE"
            )
        )
    yield Services(instance, engine, clock, LogProgress())
    engine.dispose()


@pytest.fixture(params=["zoho", "fxiaoke"])
def crm(request: pytest.FixtureRequest) -> Place:
    """A small CRM of each kind."""
    return place(request.param, 450)


@pytest.fixture
def desk(services, crm: Place) -> Place:
    """Five assessed customers, two of them high, each with an account in the CRM, and the policy of writing back."""
    wanted(services, crm.service)
    assessed(services, crm)
    return crm
