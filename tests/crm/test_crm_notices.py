"""Zoho tells of a change, we read the record and take it as an event: only from our own channels, each change once."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from tests.crm.conftest import MAPPINGS, Place, place

from riskreview.crm.app import make_app
from riskreview.crm.channels import channel_id, channel_token, renew_channels
from riskreview.policy.crm_policy import load_crm_policy

POLICY = """
version: "1.0"
approvers: [credit_manager]
watches:
  - {connection: crm_zoho, object: Accounts, source: zoho_accounts, notify_url: "https://risk.example.com/riskreview-crm/crm_zoho"}
"""


@pytest.fixture
def zoho(services) -> Place:
    """An organisation whose accounts are watched."""
    mapping = (
        MAPPINGS["zoho"]
        .replace("read: {crm: {connection: crm_zoho, object: Accounts}}", "read: {events: true}")
        .replace("KIND", "movement")
    )
    (services.instance.home / "mappings" / "zoho_accounts.yaml").write_text(mapping, encoding="utf-8")
    (services.instance.home / "policies" / "crm.yaml").write_text(POLICY, encoding="utf-8")
    with services.engine.begin() as connection:
        connection.execute(text("TRUNCATE event"))
    return place("zoho", 20)


class Client:
    """Posts to the app without a network."""

    def __init__(self, services, zoho: Place) -> None:
        self.app = make_app(services, zoho.network())

    def post(self, path: str, **more: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.post(path, **more)

        return asyncio.run(asked())


def changed(zoho: Place, phone: str) -> dict[str, object]:
    """Change an account and return what Zoho sends of it."""
    zoho.timer.sleep(60)
    zoho.emulator.stamp("Accounts", list(zoho.accounts.rows)[3], {"Phone": phone})
    url, notice = zoho.emulator.calls_out[-1]
    assert url.startswith("https://risk.example.com/")
    return notice


def events(services) -> list[tuple[str, str]]:
    with services.engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(text("SELECT source_id, received_through FROM event ORDER BY event_id"))
        ]


def test_channels_are_opened_once_and_renewed_before_they_end(services, zoho: Place):
    first, again = renew_channels(services, zoho.network()), renew_channels(services, zoho.network())
    zoho.timer.sleep(timedelta(days=5).total_seconds())
    later = renew_channels(services, zoho.network())

    assert [(item.kept, item.renewed) for item in (first, again, later)] == [(0, 1), (1, 0), (0, 1)]
    (channel,) = zoho.emulator.channels.values()
    assert channel["until"] > zoho.timer.now() + timedelta(days=5)


def test_a_notice_becomes_an_event_with_the_record_as_the_crm_has_it(services, zoho: Place):
    renew_channels(services, zoho.network())
    client = Client(services, zoho)
    notice = changed(zoho, "1")

    answers = [client.post("/crm_zoho", json=notice).json() for _ in range(2)]
    answers.append(client.post("/crm_zoho", json=changed(zoho, "2")).json())

    assert answers == [{"received": 1}, {"received": 0}, {"received": 1}]
    assert events(services) == [("zoho_accounts", "webhook")] * 2


@pytest.mark.parametrize("forged", [{"token": "0" * 40}, {"token": ""}, {"channel_id": "1"}, {"token": None}])
def test_without_the_token_of_its_channel_a_notice_is_nothing(services, zoho: Place, forged):
    renew_channels(services, zoho.network())
    client = Client(services, zoho)
    calls = zoho.emulator.faults.calls

    answer = client.post("/crm_zoho", json={**changed(zoho, "1"), **forged})

    assert (answer.status_code, zoho.emulator.faults.calls, events(services)) == (401, calls, [])


def test_what_is_no_notice_is_refused_and_a_silent_crm_is_said_to_come_again(services, zoho: Place):
    renew_channels(services, zoho.network())
    client = Client(services, zoho)
    notice = changed(zoho, "1")
    zoho.emulator.faults.add(dict.fromkeys(range(1, 30), "silence"))

    assert client.post("/crm_zoho", content=b"x" * 70_000).status_code == 413
    assert client.post("/crm_zoho", content=b"no json").status_code == 401
    assert client.post("/crm_zoho", content=json.dumps({**notice, "ids": ["1 or 1=1"]})).status_code == 422
    assert client.post("/crm_zoho", json=notice).status_code == 503


def test_a_function_of_fxiaoke_tells_of_a_change_as_zoho_does(services):
    tenant = place("fxiaoke", 20)
    mapping = (
        MAPPINGS["fxiaoke"]
        .replace("read: {crm: {connection: crm_fxiaoke, object: AccountObj}}", "read: {events: true}")
        .replace("KIND", "movement")
    )
    (services.instance.home / "mappings" / "fxiaoke_accounts.yaml").write_text(mapping, encoding="utf-8")
    policy = POLICY.replace("crm_zoho", "crm_fxiaoke").replace("Accounts", "AccountObj").replace("zoho_", "fxiaoke_")
    (services.instance.home / "policies" / "crm.yaml").write_text(policy, encoding="utf-8")
    with services.engine.begin() as connection:
        connection.execute(text("TRUNCATE event"))
    (watch,) = load_crm_policy(services.instance).watches
    record_id = list(tenant.accounts.rows)[3]
    notice = {"channel_id": channel_id(watch), "token": channel_token(watch, tenant.connection()), "ids": [record_id]}
    client = Client(services, tenant)

    answers = [client.post("/crm_fxiaoke", json=notice).json() for _ in range(2)]
    forged = client.post("/crm_fxiaoke", json={**notice, "token": "0" * 40})
    strange = client.post("/crm_fxiaoke", json={**notice, "ids": ["a' or 'b"]})

    assert answers == [{"received": 1}, {"received": 0}]
    assert (forged.status_code, strange.status_code) == (401, 422)
    assert events(services) == [("fxiaoke_accounts", "webhook")]
    assert renew_channels(services, tenant.network()).renewed == 0, "there is nothing to renew in Fxiaoke"
