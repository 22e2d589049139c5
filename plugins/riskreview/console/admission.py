"""Owns who is let in: people by Airflow's login, programs by a token of ours or of Airflow; by role, by scope, and not too often."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from riskreview.console import rates
from riskreview.console.api import API, METRICS
from riskreview.console.api_tokens import PREFIX, Bearer, find_bearer
from riskreview.console.bodies import fields_of, form_of, read_body
from riskreview.console.hosts import check_host
from riskreview.console.people import Doorkeeper
from riskreview.console.rendering import Renderer
from riskreview.console.routes import Route
from riskreview.console.telling import Denied, NotLoggedIn
from riskreview.console.tokens import FormTokens, check_origin
from riskreview.console.visit import Publishing, Visit
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.policy.console_policy import ConsolePolicy

NUL = "\0"
"""No name and no number has this character in it, and the database takes no text with it."""


class Login(Protocol):
    """How the host of the console knows who is logged in."""

    async def user_id(self, request: Request) -> str | None:
        """Return the login of a request, None for nobody."""

    def page(self, back_to: str) -> str:
        """Return the address of the login page that leads back."""

    def out(self) -> str:
        """Return the address that ends a browser's session."""


@dataclass(frozen=True, slots=True)
class House:
    """What every request needs.

    :param names: those the console answers to, see ``hosts``.
    """

    services: Services
    login: Login
    door: Doorkeeper
    tokens: FormTokens
    renderer: Renderer
    today: Callable[[], date]
    publishing: Publishing
    policy: ConsolePolicy
    names: frozenset[str]


def is_api(request: Request) -> bool:
    """Tell whether a program asks."""
    route = request.scope.get("route")
    path = f"/{request.path_params['rest']}" if "rest" in request.path_params else str(route.path if route else "")
    return path.startswith(f"{API}/") or path == METRICS


def root_of(request: Request) -> str:
    """Return where the console is mounted, without a slash at the end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


async def admit(house: House, rule: Route | None, request: Request) -> Visit:
    """Return the visit of somebody who may; everybody else is turned away before anything is looked up.

    :param rule: of the route that was asked for, None for one that does not exist.
    :raises WrongHost, NotLoggedIn, Denied, TooMany, CrossSite: when the address is not ours, nobody is logged in, the login may not or too often, or
        another site sent the form.
    """
    check_host(request, house.names)
    address = request.client.host if request.client else "unknown"
    bearer = await _bearer(house, request)
    if bearer is None:
        await _count(house, {f"refused:{address}": house.policy.refusals_per_minute_address})
        raise NotLoggedIn("log in first")
    user_id = bearer.user_id
    if rule is None or not rule.path.startswith("/static/"):
        await _count(house, {f"login:{user_id}": house.policy.requests_per_minute, f"address:{address}": house.policy.requests_per_minute_address})  # fmt: skip
    visitor, team = await run_in_threadpool(house.door.visitor, user_id)
    request.state.visitor = visitor
    if visitor is None:
        await _count(house, {f"refused:{address}": house.policy.refusals_per_minute_address})
        raise Denied(f"the login {user_id} has no role in the console; ask an administrator for one")
    if rule is not None and not rule.roles & visitor.roles:
        raise Denied("your role does not open this page")
    says = rule is not None and rule.method == "POST"
    body = await read_body(request) if says else b""
    request.state.body = body
    form = _said(house, request, bearer, body) if says else {}
    services = await run_in_threadpool(house.services.by_approved, house.services.today)
    path = {name: str(value) for name, value in request.path_params.items()}
    if any(NUL in value for value in path.values()):
        raise NotFound("there is no such page")
    asked = {name: value.replace(NUL, "") for name, value in request.query_params.items()}
    return Visit(services, visitor, team, house.today(), root_of(request), house.publishing, path, asked, form)


async def _count(house: House, allowed: dict[str, int]) -> None:
    await run_in_threadpool(rates.count, house.services, allowed)


async def _bearer(house: House, request: Request) -> Bearer | None:
    """Return who asks: for a program by one of our tokens if it carries one, else by Airflow's login."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token.startswith(PREFIX):
        if scheme.lower() != "bearer" or not is_api(request):
            return None
        return await run_in_threadpool(find_bearer, house.services, token, at=house.services.clock.now())
    user_id = await house.login.user_id(request)
    return None if user_id is None else Bearer(user_id, writes=True)


def _said(house: House, request: Request, bearer: Bearer, body: bytes) -> dict[str, str]:
    """Return what a request says, once it is sure that its sender wanted to send it.

    :raises CrossSite: for a form that is not from our own page. :raises Denied: for a program without a token that may write.
    """
    if is_api(request):
        if not request.headers.get("authorization"):
            raise Denied("a program writes with a bearer token in the header, not by the session of a browser")
        if not bearer.writes:
            raise Denied("this token reads only")
        return fields_of(request, body)
    check_origin(request.headers, (f"{request.url.scheme}://{request.url.netloc}", house.services.instance.console_url))
    form = form_of(request, body)
    house.tokens.check(form.pop("token", ""), bearer.user_id)
    return form
