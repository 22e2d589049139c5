"""Who may do what: every route against every role, own and foreign things, roles and people that are gone."""

import re

import pytest
from starlette.routing import Mount, Route
from tests.console.conftest import Console
from tests.console.furnishing import LOGINS
from tests.console.reading import filled, foreign_signal
from tests.console.serving import OPEN, NamedLogin

from riskreview.audit.log import verify
from riskreview.console.api import API, API_ROUTES, OPENAPI
from riskreview.console.app import make_app
from riskreview.console.grants import find_grant, grant, revoke
from riskreview.console.menu import MENU
from riskreview.console.roles import Role
from riskreview.console.routes import ROUTES
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.notifications.acknowledgement import link_maker
from riskreview.orchestration.redrive import Publisher

pytestmark = pytest.mark.database
OF_CUSTOMERS = {
    "customer_key",
    "signal_id",
    "review_id",
    "opinion_id",
    "activation_id",
    "step_key",
    "group_id",
    "proposal_id",
    "measure_id",
    "write_id",
    "cadence_id",
}


def test_the_app_has_no_route_beside_the_table_and_nothing_mounted(console: Console):
    app = make_app(console.services, NamedLogin(), lambda: None, Publisher(), OPEN)

    served = {(method, item.path) for item in app.routes if isinstance(item, Route) for method in item.methods}
    assert not [item for item in app.routes if isinstance(item, Mount)]
    pages = {(route.method, route.path) for route in ROUTES}
    programs = {(route.method, f"{API}{route.path}") for route in API_ROUTES}
    assert {item for item in served if item[1] != "/{rest:path}"} == pages | programs | {("GET", OPENAPI)}
    assert all(route.roles for route in ROUTES)
    assert app.router.dependencies


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_is_open_to_its_roles_alone(route, console: Console):
    path = filled(route.path, console)

    def status(login: str | None) -> int:
        with console.client(login, accept="application/json") as client:
            return client.request(route.method, path).status_code

    assert status(None) == 401
    assert status("nobody-knows-me") == 403
    allowed = [login for login, (_, role) in LOGINS.items() if Role(role) in route.roles]
    for login in {*LOGINS} - {*allowed[2:]} | {"auditor"}:  # of those let in, two and the auditor stand for all
        role, found = LOGINS[login][1], status(login)
        if (
            Role(role) not in route.roles or route.method == "POST"
        ):  # a form without a token is refused whoever sends it
            assert found in {403, 422}, login
            assert found == 403 or Role(role) in route.roles, login
        elif login == "stranger" and OF_CUSTOMERS & set(re.findall(r"{(\w+)}", route.path)):
            assert found == 404, login
        elif "{token}" not in route.path and "{number}" not in route.path:
            assert found in {200, 303}, login


@pytest.mark.parametrize(
    "route",
    [
        route
        for route in ROUTES
        if route.method == "POST"
        and "{verb}" in route.path
        and Role.risk_owner in route.roles
        and OF_CUSTOMERS & set(re.findall(r"{(\w+)}", route.path))
    ],
    ids=lambda r: r.path,
)
def test_acting_on_what_belongs_to_somebody_else_looks_like_acting_on_nothing(route, console: Console):
    answer = console.post(
        "stranger", filled(route.path, console), "/signals/" + foreign_signal(console), version="1", reason="x" * 20
    )

    assert answer.status_code == 404


def test_whoever_is_not_logged_in_is_led_to_the_login_and_back_to_the_page(console: Console):
    with console.client(None) as client:
        answer = client.get("/reviews?state=closed")
        misled = client.get("/reviews?next=//evil.example")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Friskreview%2Freviews%3Fstate%3Dclosed"
    assert misled.headers["location"] == "/auth/login?next=%2Friskreview%2Freviews%3Fnext%3D%2F%2Fevil.example"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_what_does_not_exist_is_no_more_open_than_what_does(method, console: Console):
    with console.client(None, accept="application/json") as client:
        assert client.request(method, "/no/such/page").status_code == 401
        assert client.request(method, "/docs").status_code == 401


def test_an_auditor_sees_everything_changes_nothing_and_every_look_is_in_the_log(console: Console):
    number = console.ids["review_id"]
    with console.client("auditor") as client:
        page = client.get(f"/reviews/{number}").text
        answer = client.post(
            f"/reviews/{number}/start_analysis", data={"version": "1"}, headers={"sec-fetch-site": "same-origin"}
        )

    assert '<form method="post"' not in page
    assert answer.status_code == 403
    with console.services.engine.connect() as connection:
        read = connection.exec_driver_sql(
            "SELECT subject_type, subject_id, actor FROM audit_event WHERE action = 'console:read' AND subject_type = 'review'"
        ).all()
        assert ("review", number, "feng.lei") in [tuple(row) for row in read]
        assert verify(connection).problem == ""


def test_a_login_whose_roles_were_taken_is_shut_out_at_its_next_request(console: Console):
    grant(console.services, user_id="guest", person="tang.yu", roles=["approver"], actor="jiang.tao")
    with console.client("guest") as client:
        assert client.get("/reviews").status_code == 200
        revoke(console.services, user_id="guest", actor="jiang.tao")
        assert client.get("/reviews").status_code == 403


def test_whoever_left_the_team_is_shut_out_at_the_next_request_also_by_a_link(console: Console):
    shipped = console.services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    own = console.services.instance.home / "policies" / "team.yaml"
    assert not own.exists()
    grant(console.services, user_id="leaver", person="tang.yu", roles=["approver"], actor="jiang.tao")
    link = f"/acknowledge/{link_maker(console.services.instance).token('nonce1')}"
    try:
        with console.client("leaver") as client:
            stayed = [client.get(path).status_code for path in ("/reviews", link)]
            own.write_text(shipped.replace("tang.yu", "somebody.else"), encoding="utf-8")
            left = [client.get(path).status_code for path in ("/reviews", link)]
    finally:
        own.unlink(missing_ok=True)
        revoke(console.services, user_id="leaver", actor="jiang.tao")

    assert (stayed, left) == ([200, 404], [403, 403])


def test_one_person_is_one_login_and_an_auditor_has_no_other_role(console: Console):
    with pytest.raises(Conflict, match=r"another login is wang\.fang already"):
        grant(console.services, user_id="fourth", person="wang.fang", roles=["approver"], actor="jiang.tao")
    with pytest.raises(RuleViolation, match="who inspects does not act"):
        grant(console.services, user_id="third", person="tang.yu", roles=["auditor", "approver"], actor="jiang.tao")
    with pytest.raises(RuleViolation, match="is no person id"):
        grant(console.services, user_id="third", person="u-1001", roles=["approver"], actor="jiang.tao")
    with console.services.engine.connect() as connection:
        assert find_grant(connection, "fourth") is None
        assert find_grant(connection, "third") is None


def test_the_menu_offers_what_the_routes_open(console: Console):
    opened = {route.path: route.roles for route in ROUTES if route.method == "GET"}

    assert dict(MENU) == {page: opened[f"/{page}"] for page, _ in MENU}
