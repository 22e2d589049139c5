"""The web hook: closed to everybody without the secret, the same answer for the same message, clear about what is wrong."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text
from tests.events.mappings import event_source

from riskreview.events.app import make_app
from riskreview.events.secrets import make_secret
from riskreview.events.signature import read_key, sign
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.lazy_app import LazyApp, PreparedSoon

BODY = json.dumps({"id": "S1", "client": "K1", "type": "insolvency", "day": "2026-06-30", "weight": 95}).encode()


@pytest.fixture
def key(services):
    event_source(services)
    return read_key(make_secret(services.instance, "bureau"), "bureau")


class Client:
    """Talks to an app in this process, as its sender would."""

    def __init__(self, app, clock) -> None:
        self.app, self.clock = app, clock

    def request(self, method, path, **more):
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


@pytest.fixture
def client(services, key, clock):
    return Client(make_app(services), clock)


def post(client, key, body=BODY, *, number="m-1", source="bureau", seconds=None, kind="application/json", **headers):
    at = int(client.clock.now().timestamp()) if seconds is None else seconds
    signed = {
        "webhook-id": number,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(key, number, at, body),
        "content-type": kind,
    }
    given = {name: value for name, value in (signed | headers).items() if value is not None}
    return client.request("POST", f"/{source}", content=body, headers=given)


def events(services):
    with services.engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(text("SELECT event_key, rows, accounts, state FROM event ORDER BY event_id"))
        ]


def test_a_signed_event_is_accepted_with_a_reference_and_recorded_once(client, key, services):
    answer = post(client, key)

    assert answer.status_code == 202
    assert answer.json()["reference"].startswith("EV-")
    assert answer.headers["cache-control"] == "no-store"
    assert events(services) == [("m-1", 1, ["K1"], "received")]


def test_a_repeat_gets_the_first_answer_and_adds_nothing(client, key, services, clock):
    first = post(client, key)
    clock.moment = clock.moment.replace(minute=2)
    again = post(client, key)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert len(events(services)) == 1


def test_the_same_event_from_eight_threads_is_one(client, key, services):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, key), range(16)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert len(events(services)) == 1
    with services.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM audit_event WHERE action = 'event:received'")).scalar_one()
            == 1
        )


def test_another_body_under_a_used_id_is_refused(client, key, services):
    post(client, key)
    answer = post(client, key, BODY.replace(b"95", b"20"))

    assert (answer.status_code, answer.json()["code"]) == (422, "E-EVENT-REUSED")
    assert len(events(services)) == 1


@pytest.mark.parametrize("change", [
    {"webhook-signature": None}, {"webhook-signature": "v1,AAAA"}, {"webhook-id": "other"}, {"webhook-id": None},
    {"webhook-timestamp": None}, {"authorization": "Bearer x", "webhook-signature": None}, {"source": "unknown"},
    {"source": "bureau.key"}, {"source": "BUREAU"}, {"seconds": 1},
])  # fmt: skip
def test_an_unsigned_event_hears_only_that_it_is_unsigned(client, key, services, change):
    answer = post(client, key, **change)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "the message is not signed by a sender of this source"
    assert events(services) == []


def test_every_route_refuses_whoever_did_not_sign(client):
    routes = [route for route in client.app.routes if isinstance(route, APIRoute)]

    assert routes
    assert [route.path for route in client.app.routes if not isinstance(route, APIRoute)] == []
    for route in routes:
        for method in route.methods:
            assert client.request(method, route.path.replace("{source_id}", "bureau")).status_code == 401


@pytest.mark.parametrize(("body", "kind", "number", "status", "code"), [
    (b'{"id": 1, "id": 2}', "application/json", "m", 400, "E-JSON"), (b"{" * 3000, "application/json", "m", 400, "E-JSON"),
    (b'{"id": NaN}', "application/json", "m", 422, "E-EVENT-NUMBER"), (b'{"id": 1e400}', "application/json", "m", 422, "E-EVENT-NUMBER"),
    (BODY, "text/plain", "m", 415, "E-EVENT-TYPE"), (BODY, "application/json", "m" * 300, 400, "E-EVENT-KEY"),
    (b" " * 300_000, "application/json", "m", 413, "E-EVENT-SIZE"), (b'{"nothing": 1}', "application/json", "m", 422, "E-HEADER"),
    (b"[]", "application/json", "m", 422, "E-BATCH-EMPTY"), (b"\xff\xfe", "application/json", "m", 400, "E-ENCODING"),
])  # fmt: skip
def test_a_signed_but_bad_event_is_told_what_is_wrong(client, key, services, body, kind, number, status, code):
    answer = post(client, key, body, kind=kind, number=number)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert events(services) == []


def test_an_unmapped_key_is_refused_where_the_mapping_says_so(client, key, services):
    event_source(services, extra="extra_columns: refuse")
    body = json.dumps({**json.loads(BODY), "approved_by": "me"}).encode()

    assert post(client, key, body).json()["code"] == "E-SCHEMA-EXTRA"


def test_a_source_that_sends_too_much_is_asked_to_wait(client, key, services):
    (services.instance.home / "policies" / "monitoring.yaml").write_text(
        "events: {per_minute: 2}\nsnooze: {longest_days: {warning: 1, alarm: 1, emergency: 0}}\n"
        "handling: {roles: [risk_owner], false_positive: {warning: [], alarm: [], emergency: []}}\n", encoding="utf-8")  # fmt: skip

    answers = [post(client, key, number=f"m-{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"] == "60"


def test_a_defect_says_nothing_of_its_inside(client, key, services):
    with services.engine.begin() as connection:
        connection.execute(text("ALTER TABLE event RENAME TO gone"))

    answer = post(client, key)

    assert (answer.status_code, answer.json()["code"]) == (500, "E-INTERNAL")
    assert "event" not in answer.json()["detail"]


def test_an_app_is_built_at_its_first_request_and_only_then_and_one_that_cannot_be_says_when_to_come_back(
    services, key, clock
):
    built: list[int] = []

    def build() -> FastAPI:
        built.append(1)
        if len(built) == 1:
            raise RuleViolation("the database is newer than this program")
        return make_app(services)

    lazy = LazyApp(build)
    assert built == []
    client = Client(lazy, clock)
    refused = client.request("POST", "/bureau")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    assert "newer" not in refused.text
    assert [client.request("POST", "/bureau").status_code for _ in range(3)] == [401, 401, 401]
    assert built == [1, 1]


def test_an_app_is_built_after_its_server_has_started_and_before_anybody_asks():
    told, built = [], []

    def build():  # noqa: ANN202
        built.append(list(told))  # what the server had said by then
        return server

    async def server(scope, receive, send) -> None:
        await send({"type": scope["says"]})

    async def send(message) -> None:
        told.append(message["type"])

    async def start() -> None:
        prepared = PreparedSoon(server, LazyApp(build), seconds=0.001)
        for says in ("http.response.start", "lifespan.startup.failed"):
            await prepared({"type": says.partition(".")[0], "says": says}, None, send)
        await asyncio.sleep(0.05)
        assert built == []
        await prepared({"type": "lifespan", "says": "lifespan.startup.complete"}, None, send)
        assert built == []
        for _ in range(400):
            await asyncio.sleep(0 if built else 0.01)

    asyncio.run(start())

    assert built == [["http.response.start", "lifespan.startup.failed", "lifespan.startup.complete"]]
