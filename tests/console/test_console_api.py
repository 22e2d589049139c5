"""The interface for programs: the rules of the pages, tokens that read or write and end, answers once for a key, limits told in time."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.console.conftest import Console
from tests.console.furnishing import LOGINS
from tests.console.reading import filled
from tests.console.serving import mounted, served

from riskreview.console.api import API, API_ROUTES, OPENAPI
from riskreview.console.api_tokens import create_token, list_tokens, revoke_token
from riskreview.console.roles import Role
from riskreview.console.routes import ROUTES
from riskreview.foundation.errors import RuleViolation
from riskreview.policy.console_policy import ConsolePolicy

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def programs(console: Console) -> Iterator[dict[str, httpx.Client]]:
    """A program with a token of each login, and one of the owner's that reads only."""
    with httpx.Client(base_url=f"{console.address}/riskreview{API}") as shared:
        found = {}
        for login in LOGINS:
            found[login] = _bearer(console, shared, login, writes=True)
        found["reader"] = _bearer(console, shared, "owner", writes=False)
        yield found
        for client in found.values():
            client.close()


def _bearer(console: Console, shared: httpx.Client, login: str, *, writes: bool) -> httpx.Client:
    token = create_token(
        console.services, user_id=login, name=f"test of {login}", writes=writes, days=30, actor="jiang.tao"
    )
    return httpx.Client(base_url=shared.base_url, headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_program_may_what_its_login_may_and_nothing_more(route, console: Console, programs: dict[str, httpx.Client]):
    path = filled(route.path, console)
    for login, (_, role) in list(LOGINS.items())[:: 2 if route.method == "GET" else 1]:
        answer = programs[login].request(route.method, path, json={} if route.method == "POST" else None)
        if Role(role) not in route.roles:
            assert answer.status_code == 403, login
        else:
            assert answer.status_code in {200, 404, 409, 422}, (login, answer.text)
        assert answer.headers["content-type"] == (
            "application/json" if answer.status_code == 200 else "application/problem+json"
        )


def test_without_a_token_with_a_strange_one_or_by_the_session_of_a_browser_nothing_is_written(console: Console):
    path = f"{API}/reviews/{console.ids['review_id']}/start_analysis"
    with console.client(None) as client:
        assert client.get(f"{API}/customers").status_code == 401
        assert client.get(f"{API}/customers", headers={"authorization": "Bearer rr_strange"}).status_code == 401
    with console.client("owner") as client:
        assert client.post(path, json={"version": 1}, headers={"sec-fetch-site": "same-origin"}).status_code == 403


def test_a_token_opens_no_page_and_one_that_reads_does_not_write(console: Console, programs: dict[str, httpx.Client]):
    reader = programs["reader"]

    page = httpx.get(
        f"{console.address}/riskreview/customers", headers={"authorization": reader.headers["authorization"]}
    )
    assert page.status_code == 401
    assert reader.get("/customers").status_code == 200
    refused = reader.post(f"/reviews/{console.ids['review_id']}/start_analysis", json={"version": 1})
    assert (refused.status_code, refused.json()["detail"]) == (403, "this token reads only")


def test_a_token_ends_by_its_day_by_revocation_and_with_the_roles_of_its_login(console: Console):
    services = console.services
    tokens = [
        create_token(services, user_id="owner", name="short", writes=False, days=1, actor="jiang.tao") for _ in range(2)
    ]

    def ask(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return httpx.get(f"{console.address}/riskreview{API}/work", headers=headers).status_code

    assert [ask(token) for token in tokens] == [200, 200]
    with services.engine.connect() as connection:
        listed = list_tokens(connection)
        stored = (
            connection.execute(text("SELECT CAST(to_jsonb(console_token) AS text) FROM console_token")).scalars().all()
        )
    assert not [token for token in tokens if any(token in row for row in (*stored, json.dumps(listed, default=str)))]

    revoke_token(services, token_id=listed[0]["token_id"], actor="jiang.tao")
    assert [ask(token) for token in tokens] == [200, 401]
    services.clock.moment += timedelta(days=1)
    try:
        assert ask(tokens[0]) == 401
    finally:
        services.clock.moment -= timedelta(days=1)
    with pytest.raises(RuleViolation, match="has no role"):
        create_token(services, user_id="nobody", name="x", writes=False, days=1, actor="jiang.tao")
    with pytest.raises(RuleViolation, match="366 days"):
        create_token(services, user_id="owner", name="x", writes=False, days=367, actor="jiang.tao")


def test_the_same_request_under_one_key_is_done_once_and_answered_alike(
    console: Console, programs: dict[str, httpx.Client]
):
    with console.services.engine.connect() as connection:
        number = connection.execute(text("SELECT min(signal_id) FROM signal WHERE customer_key = 6")).scalar_one()
        log = text("SELECT count(*) FROM audit_event WHERE subject_type = 'signal' AND subject_id = :id")
        before = connection.execute(log, {"id": str(number)}).scalar_one()
    stranger, path = programs["stranger"], f"/signals/{number}/snooze"
    nobody_asked = {"actor": "maria.stein", "approved_by": "maria.stein"}
    body = {"until": "2026-07-10", "reason": "The bank confirmed the transfer.", **nobody_asked}
    answers = [stranger.post(path, json=body, headers={"idempotency-key": "k1"}) for _ in range(3)]

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert answers[0].json()["location"].endswith(f"{API}/signals/{number}")
    with console.services.engine.connect() as connection:
        assert connection.execute(log, {"id": str(number)}).scalar_one() == before + 1
        said = text(
            "SELECT count(*) FROM audit_event WHERE position('maria.stein' IN encode(body, 'escape')) > 0 AND subject_type = 'signal' AND subject_id = :id"
        )
        assert connection.execute(said, {"id": str(number)}).scalar_one() == 0
    other = stranger.post(path, json={"until": "2026-07-11"}, headers={"idempotency-key": "k1"})
    assert (other.status_code, other.json()["detail"]) == (422, "this idempotency key was used for another request")
    assert programs["owner"].post(path, json=body, headers={"idempotency-key": "k1"}).status_code == 404


def test_what_a_program_reads_is_what_the_page_shows_with_the_mark_of_the_next_page(programs: dict[str, httpx.Client]):
    found = programs["stranger"].get("/customers").json()

    assert [row["name"] for row in found["table"]["rows"]] == ["Stranger & Sons"]
    assert found["table"]["next_after"] is None
    why = programs["owner"].get("/customers/1").json()["explained"]
    assert sum(part["micro"] for part in why["contributions"]) == why["index_micro"]


def test_the_description_names_every_route_its_fields_and_its_problems(programs: dict[str, httpx.Client]):
    described = programs["engineer"].get(OPENAPI.removeprefix(API)).json()

    operations = {(verb.upper(), path) for path, item in described["paths"].items() for verb in item}
    assert operations == {(route.method, f"{API}{re.sub(':path', '', route.path)}") for route in API_ROUTES} | {
        ("GET", OPENAPI)
    }
    names = [item["operationId"] for path in described["paths"].values() for item in path.values()]
    assert len(names) == len(set(names))
    for path, item in described["paths"].items():
        for operation in item.values():
            given_in_path = {part["name"] for part in operation.get("parameters", ()) if part["in"] == "path"}
            assert given_in_path == set(re.findall(r"{(\w+)}", path))


@pytest.mark.deep
def test_the_description_names_every_field_of_the_forms_on_the_pages(
    console: Console, programs: dict[str, httpx.Client]
):
    described = programs["engineer"].get(OPENAPI.removeprefix(API)).json()["paths"]
    fields = {path.removeprefix(API).split("/")[1]: set(item["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"])
              for path, item in described.items() if "post" in item}  # fmt: skip
    forms = 0
    for route in ROUTES:
        if route.method == "GET" and not route.path.startswith(("/static/", "/acknowledge/")) and "." not in route.path:
            login = next(login for login, (_, role) in LOGINS.items() if Role(role) in route.roles)
            with console.client(login) as client:
                page = client.get(filled(route.path, console)).text
            for thing, form in re.findall(
                r'<form method="post" action="/riskreview/(\w+)(.*?)</form>', page, re.DOTALL
            ):
                named = set(re.findall(r'\sname="(\w+)"', form)) - {"token"}
                assert named <= fields[thing], (route.path, named - fields[thing])
                forms += 1

    assert forms > len(fields)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20), lambda item: st.lists(item, max_size=3) | st.dictionaries(st.text(max_size=8), item, max_size=3), max_leaves=5)  # fmt: skip
PATHS = [route for route in API_ROUTES if route.method == "POST"]


@settings(max_examples=25)
@given(
    route=st.sampled_from(PATHS),
    part=st.text(min_size=1, max_size=12),
    body=JSON,
    login=st.sampled_from(["approver", "engineer", "compliance"]),
)
def test_no_body_and_no_path_breaks_anything(route, part, body, login, programs: dict[str, httpx.Client]):
    path = re.sub(r"{\w+}", lambda _: quote(part, safe=""), route.path)
    answer = programs[login].post(path, json=body)

    assert answer.status_code in {200, 403, 404, 405, 409, 422}, (path, body, answer.text)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"a": {"b": 1}}', b'{"version": 1, "version": 2}', b'{"a": NaN}', b'{"a": "\\u0000"}', b'{"reason": "\\ud800"}', b"[" * 5000, b'{"a": "' + b"x" * 250_000 + b'"}'])  # fmt: skip
def test_a_body_that_is_no_object_of_texts_gets_one_sentence(body, console: Console, programs: dict[str, httpx.Client]):
    answer = programs["owner"].post(
        f"/reviews/{console.ids['review_id']}/start_analysis",
        content=body,
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "BadInput"


def test_who_asks_too_often_is_told_when_to_come_back_whichever_process_is_asked(console: Console):
    strict = ConsolePolicy(requests_per_minute=3, requests_per_minute_address=1000, refusals_per_minute_address=2)  # type: ignore[call-arg]
    with (
        served(mounted(console.services, policy=strict)) as first,
        served(mounted(console.services, policy=strict)) as second,
    ):
        with console.services.engine.begin() as connection:
            connection.execute(text("DELETE FROM console_rate"))
        ask = lambda place, login: httpx.get(f"{place}/riskreview{API}/work", cookies={"login": login} if login else {})  # noqa: E731
        found = [ask((first, second)[number % 2], "engineer") for number in range(5)]
        refused = [ask((first, second)[number % 2], None) for number in range(4)]

    assert [answer.status_code for answer in found] == [200, 200, 200, 429, 429]
    assert found[-1].headers["retry-after"] == "60"
    assert [answer.status_code for answer in refused] == [401, 401, 429, 429]


def test_whoever_comes_when_it_is_full_is_told_to_come_back_and_nothing_breaks(console: Console):
    from concurrent.futures import ThreadPoolExecutor

    small = ConsolePolicy(at_once=1, waiting=1, wait_seconds=5)  # type: ignore[call-arg]
    with served(mounted(console.services, policy=small)) as address, ThreadPoolExecutor(12) as many:
        ask = lambda _: httpx.get(f"{address}/riskreview/portfolio", cookies={"login": "approver"}, timeout=30)  # noqa: E731
        found = list(many.map(ask, range(24)))

    assert {answer.status_code for answer in found} == {200, 503}
    assert {answer.headers.get("retry-after") for answer in found if answer.status_code == 503} == {"5"}
    assert all("content-security-policy" in answer.headers for answer in found)


def test_metrics_are_for_engineers_and_auditors_with_a_token_or_a_login_and_name_nobody(
    console: Console, programs: dict[str, httpx.Client]
):
    address = f"{console.address}/riskreview/metrics"

    answers = {login: programs[login].get(address) for login in (*LOGINS, "reader")}

    allowed = {login for login, (_, role) in LOGINS.items() if role in {"engineer", "auditor"}}
    assert {login for login, answer in answers.items() if answer.status_code == 200} == allowed
    assert {answer.status_code for login, answer in answers.items() if login not in allowed} == {403}
    read = answers["auditor"]
    assert read.headers["content-type"].startswith("text/plain")
    assert "riskreview_open_reviews" in read.text
    with console.services.engine.connect() as connection:
        people = connection.exec_driver_sql("SELECT DISTINCT owner FROM duty UNION SELECT customer_id FROM customer UNION SELECT name FROM customer").scalars()  # fmt: skip
        assert [name for name in people if name and f'"{name}"' in read.text] == []
        noted = connection.exec_driver_sql("SELECT count(*) FROM audit_event WHERE action = 'console:read' AND subject_id = '/metrics'")  # fmt: skip
        assert noted.scalar_one() == 0
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers={"authorization": "Bearer rr_strange"}).status_code == 401
