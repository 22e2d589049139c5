"""What a request may hold and an answer carries: hosts, forms from elsewhere, odd numbers and queries, headers, no trace of a defect, no template of a name."""

import json
import re
import socket
import time
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI, Request
from jinja2.exceptions import SecurityError, UndefinedError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs
from tests.console.conftest import Console, token_of
from tests.console.furnishing import DAY, LOGINS
from tests.console.reading import filled
from tests.console.serving import OPEN, NamedLogin, mounted, served

from riskreview.console.api import API, API_ROUTES
from riskreview.console.api_tokens import create_token
from riskreview.console.app import make_app
from riskreview.console.headers import HEADERS
from riskreview.console.hosts import WrongHost, check_host
from riskreview.console.rendering import Renderer, as_data
from riskreview.console.roles import Role
from riskreview.console.routes import ROUTES
from riskreview.console.tokens import FORM_SECONDS, CrossSite, FormTokens
from riskreview.console.visit import Visit
from riskreview.orchestration.redrive import Publisher

pytestmark = pytest.mark.database
TELLING = "/tmp/secret-place of Quenmoth Drives\r\n\x1b[31mforged line"  # noqa: S108
"""What an error may carry and nobody may read."""


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/customers"), ("QUERY", "/reviews/1"), ("DELETE", f"{API}/users")]
)
def test_an_address_asked_for_by_another_method_names_its_own(method, path, console: Console):
    with console.client("administrator", accept="application/json") as client:
        answer = client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.headers["allow"] == ("GET, POST" if path.endswith("/users") else "GET")


def test_an_address_with_a_line_break_in_it_is_no_more_open_than_any_other(console: Console):
    app = make_app(console.services, NamedLogin(), lambda: DAY, Publisher(), OPEN)
    with served(app) as address:  # a mount of Starlette answers such an address itself
        answer = httpx.get(f"{address}/api/v1/work%0A%0A/x")

    assert answer.status_code == 401


OUR_HOSTS = (
    "localhost:9",
    "127.0.0.1",
    "[::1]:8080",
    "LOCALHOST.",
    socket.gethostname(),
    "risk.firm.example",
    "proxied.example:444",
    "10.7.0.9",
)


def test_a_page_is_asked_for_by_our_own_names_alone(console: Console, monkeypatch):
    monkeypatch.setenv("RISKREVIEW_CONSOLE_HOSTS", "risk.firm.example, 10.7.0.9:8080")
    strange = (
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "10.7.0.10",
        "",
        "localhost@evil.example",
        "[::2]",
        "２",
        "risk.firm.example.evil",
    )
    host = FastAPI()
    host.mount(
        "/riskreview",
        make_app(console.services, NamedLogin(), lambda: DAY, Publisher(), OPEN, ["https://Proxied.example/airflow"]),
    )
    with served(host) as address, httpx.Client(cookies={"login": "owner"}) as client:
        page = f"{address}/riskreview/signals/{console.ids['signal_id']}"
        ask = lambda name, **more: client.get(page, headers={"host": name.encode(), **more})  # noqa: E731
        ours = {name: ask(name).status_code for name in OUR_HOSTS}
        refused = {name: ask(name) for name in strange}
        shown = ask("evil.example", accept="text/html")
        token = token_of(ask("localhost", accept="text/html").text)
        acted = client.post(f"{page}/acknowledge", data={"token": token}, headers={"host": "evil.example", "sec-fetch-site": "same-origin"})  # fmt: skip
        others = [
            client.get(f"{address}/riskreview/{path}", headers={"host": "evil.example"}).status_code
            for path in ("static/console.css", "no/such", "api/v1/work")
        ]

    assert set(ours.values()) == {200}, ours
    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(strange, 400)
    assert {answer.headers["content-type"] for answer in (*refused.values(), acted)} == {"application/problem+json"}
    assert (acted.status_code, others) == (400, [400, 400, 400])
    assert "evil.example" in refused["evil.example"].json()["detail"]
    assert "console_hosts" in refused["evil.example"].json()["detail"]
    assert (shown.status_code, "console_hosts" in shown.text, "Quenmoth" in shown.text) == (400, True, False)


@pytest.mark.parametrize(
    ("name", "came_in_by", "is_ours"),
    [
        ("192.168.1.20:8080", "192.168.1.20", True),
        ("192.168.1.20", "::ffff:192.168.1.20", True),
        ("[fd00::7]", "fd00:0::7", True),
        ("192.168.1.21", "192.168.1.20", False),
        ("192.168.1.20.nip.example", "192.168.1.20", False),
        ("192.168.1.20|evil.example", "192.168.1.20", False),
    ],
)
def test_people_of_an_office_open_the_console_by_the_number_of_its_machine_and_set_nothing(name, came_in_by, is_ours):
    hosts = name.split("|")
    scope = {"type": "http", "headers": [(b"host", host.encode()) for host in hosts], "server": (came_in_by, 8080)}
    found = True
    try:
        check_host(Request(scope), frozenset({"localhost"}))
    except WrongHost:
        found = False

    assert found == is_ours


@pytest.mark.parametrize(
    ("headers", "forged"),
    [
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://elsewhere.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, True),
    ],
)
def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(headers, forged, console: Console):
    number = console.ids["signal_id"]
    state = text("SELECT * FROM signal WHERE signal_id = :number")
    with console.services.engine.connect() as connection:
        before = connection.execute(state, {"number": number}).one()
    with console.client("owner") as client:
        token = token_of(client.get(f"/signals/{number}").text)
        answer = client.post(
            f"/signals/{number}/acknowledge", data={"token": token[:-2] if forged else token}, headers=headers
        )
        assert answer.status_code == 403

    with console.services.engine.connect() as connection:
        assert connection.execute(state, {"number": number}).one() == before


def test_a_token_of_another_login_is_no_token(console: Console):
    with console.client("approver") as client:
        token = token_of(client.get(f"/reviews/{console.ids['review_id']}").text)
    with console.client("owner") as client:
        answer = client.post(f"/reviews/{console.ids['review_id']}/start_analysis", data={"token": token, "version": "1"},
                             headers={"sec-fetch-site": "same-origin"})  # fmt: skip

    assert answer.status_code == 403


def test_a_form_that_was_open_overnight_is_asked_for_anew(console: Console, monkeypatch):
    tokens = FormTokens(console.services.instance)
    token = tokens.make("owner")
    tokens.check(token, "owner")

    monkeypatch.setattr("itsdangerous.TimestampSigner.get_timestamp", lambda _: int(time.time()) + FORM_SECONDS + 1)
    with pytest.raises(CrossSite, match="too old"):
        tokens.check(token, "owner")


@pytest.mark.deep
def test_every_answer_carries_the_headers_and_no_page_has_anything_inline(console: Console):
    pages = [filled(route.path, console) for route in ROUTES if route.method == "GET" and "{token}" not in route.path]
    for path in [*pages, "/no/such/page"]:
        for login in (None, "owner" if path.startswith("/c") else "auditor"):
            with console.client(login) as client:
                answer = client.get(path)
            own = {"cache-control", *(("content-security-policy",) if path.startswith("/docs/") and login else ())}
            assert {name: answer.headers.get(name) for name in HEADERS if name not in own} == {
                name: value for name, value in HEADERS.items() if name not in own
            }
            if (
                "content-security-policy" in own
            ):  # written by a library that styles inline: boxed in, and no script runs
                assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            elif answer.headers.get("content-type", "").startswith("text/html"):
                assert answer.headers["cache-control"] == "no-store"
                assert not re.search(
                    r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|application/json))", answer.text
                ), path


@pytest.mark.parametrize(
    "path",
    [
        "/customers/99999999999999999999",
        "/reviews/abc",
        "/reviews/-1",
        "/audit/%00",
        "/customers/%00",
        "/batches/1e3",
        "/messages/%E2%80%AE",
        *(f"/{thing}/{'9' * 5000}" for thing in ("customers", "reviews", "messages", "audit")),
        f"/docs/{'a' * 300}",
        f"/docs/{'a/' * 3000}",
    ],
    ids=lambda path: path[:24],
)
def test_a_number_that_is_none_is_simply_not_found(path, console: Console):
    with console.client(
        "auditor" if path.startswith(("/audit", "/batches", "/docs")) else "approver", accept="application/json"
    ) as client:
        answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        "after=1~x~",
        "after=~~~",
        "sort=;drop",
        "q=%25%5C",
        "class=none",
        "after=99999999999999999999",
        "since=x&action=%00&rule=%00&q=%00&state=%00",
        "after=9~9999-99-99~1",
        f"after={'9' * 5000}&known=0001-01-01&since=0001-01-01&until=9999-12-31",
        "after=5~nan&sort=exposure",
    ],
    ids=lambda query: query[:24],
)
@pytest.mark.parametrize("path", ["/customers", "/signals", "/reviews", "/audit", "/customers/1/timeline"])
def test_a_query_nobody_was_given_means_the_first_page(path, query, console: Console):
    with console.client("compliance") as client:
        assert client.get(f"{path}?{query}").status_code == 200


def test_data_docs_are_read_below_their_folder_alone(console: Console):
    docs = console.services.instance.docs
    outside, hidden, way = docs.parent / "outside.html", docs / ".hidden.html", docs / "way.html"
    for path in (outside, hidden):
        path.write_text("not for anybody", encoding="utf-8")
    way.symlink_to(outside)
    paths = (
        "..%2Foutside.html",
        "crm_accounts%2F..%2F..%2Foutside.html",
        quote(str(outside), safe=""),
        ".hidden.html",
        "way.html",
    )
    try:
        with console.client("engineer") as client:
            found = [client.get(f"/docs/{path}").status_code for path in paths]
            assert client.get("/docs/crm_accounts/index.html").status_code == 200
    finally:
        for path in (outside, hidden, way):
            path.unlink()

    assert found == [404] * len(paths)


def test_a_defect_in_any_route_is_told_and_logged_by_a_number_alone(console: Console, monkeypatch):
    def fail(*_given: object) -> None:
        raise KeyError(TELLING)

    broken = tuple(replace(route, handle=fail, again=None) for route in ROUTES)
    monkeypatch.setattr("riskreview.console.app.ROUTES", broken)
    monkeypatch.setattr("riskreview.console.app.api.API_ROUTES", tuple(route for route in broken if route.path in {item.path for item in API_ROUTES}))  # fmt: skip
    tokens = FormTokens(console.services.instance)
    bearer = {login: create_token(console.services, user_id=login, name="defects", writes=True, days=1, actor="jiang.tao") for login in LOGINS}  # fmt: skip
    with served(mounted(console.services, DAY)) as address, capture_logs() as logged, httpx.Client() as client:
        for route in broken:
            login = next(login for login, (_, role) in LOGINS.items() if Role(role) in route.roles)
            form = {"token": tokens.make(login)} if route.method == "POST" else None
            headers = {"cookie": f"login={login}", "accept": "text/html", "sec-fetch-site": "same-origin"}
            answers = [client.request(route.method, f"{address}/riskreview{filled(route.path, console)}", data=form, headers=headers)]  # fmt: skip
            if route.path in {item.path for item in API_ROUTES}:
                headers, said = {"authorization": f"Bearer {bearer[login]}"}, {} if form else None
                answers.append(client.request(route.method, f"{address}/riskreview{API}{filled(route.path, console)}", json=said, headers=headers))  # fmt: skip
            for answer in answers:
                assert answer.status_code == 500, route.path
                assert re.search(r"(quote|编号) [0-9a-f]{12}", answer.text), route.path
                assert not re.search("Quenmoth|secret|KeyError|Traceback", answer.text), route.path

    assert len(logged) >= len(broken)
    assert not [line for line in logged if re.search("Quenmoth|secret|forged", str(line))]


def test_no_page_that_is_only_looked_at_writes_anything_but_an_auditor_s_look(console: Console):
    before = traces(console)
    for route in ROUTES:
        if route.method == "GET" and route.roles - {Role.auditor}:
            login = next(login for login, (_, role) in LOGINS.items() if Role(role) in route.roles - {Role.auditor})
            with console.client(login) as client:
                client.get(filled(route.path, console))

    assert traces(console) == before


def traces(console: Console) -> dict[str, tuple[int, int]]:
    """Return rows and newest transaction of every table but the counter of requests."""
    with console.services.engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'console_rate'").scalars().all()  # fmt: skip
        counted = " UNION ALL ".join(f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{name}\"" for name in tables)  # noqa: S608  # fmt: skip
        return {row[0]: (row[1], row[2]) for row in connection.exec_driver_sql(counted)}


def test_pages_are_made_in_a_sandbox_and_what_a_customer_is_called_is_no_template(console: Console):
    templates = Renderer(console.services, "")._templates

    with pytest.raises(SecurityError):
        templates.from_string("{{ x.__class__.__mro__ }}").render(x="")
    with pytest.raises(UndefinedError):
        templates.from_string("{{ nobody_set_this }}").render()
    assert templates.from_string("{{ x }}").render(x="{{ 7*7 }}<b>") == "{{ 7*7 }}&lt;b&gt;"


def test_no_text_of_a_chart_ends_its_element_and_no_page_is_read_in_a_transaction_that_could_write(console: Console):
    page = Visit(console.services, None, None, DAY, "", Publisher())

    assert json.loads(as_data(["</script><!--&"])) == ["</script><!--&"]
    assert set("<>&") & set(as_data(["</script><!--&"])) == set()
    with pytest.raises(DBAPIError, match="read-only transaction"), page.reading() as connection:
        connection.exec_driver_sql("DELETE FROM console_rate")


def test_every_link_is_below_the_path_that_airflow_is_served_from(console: Console):
    host = FastAPI(root_path="/airflow")
    host.mount("/riskreview", make_app(console.services, NamedLogin(), lambda: DAY, Publisher(), OPEN))
    with (
        served(host) as address,
        httpx.Client(cookies={"login": "approver"}, headers={"accept": "text/html"}) as client,
    ):
        pages = [
            client.get(f"{address}/airflow/riskreview{path}").text
            for path in ("/customers/1", f"/reviews/{console.ids['review_id']}")
        ]
        strange = client.get(f"{address}/airflow/riskreview{API}/no/such").headers["content-type"]

    links = {link for page in pages for link in re.findall(r'(?:href|src|action|data-later)="([^"#]+)"', page)}
    assert all("<h1>" in page and "404" not in page[:400] for page in pages)
    assert "/airflow/riskreview/customers/1/trend" in links
    assert [link for link in links if not link.startswith("/airflow/riskreview")] == ["/logout"]
    assert strange == "application/problem+json"
