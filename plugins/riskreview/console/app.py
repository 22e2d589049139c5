"""Owns the console's app: who is let in, what is denied, and how errors are told. Denies by default.

Airflow gives an app that a plugin mounts no authentication at all, so the check stands on the app itself and holds for every route,
also for one that does not exist. Before it passes nothing is looked up but the login's roles, anew for every request.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from traceback import format_tb
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import DBAPIError

from riskreview.audit.log import AuditEvent, append
from riskreview.console.answers import Answer, CsvFile, Document, Page, Redirect, StaticFile
from riskreview.console.headers import SecurityHeaders
from riskreview.console.people import Doorkeeper
from riskreview.console.rendering import Renderer
from riskreview.console.roles import Role
from riskreview.console.routes import ROUTES, Route
from riskreview.console.tokens import CrossSite, FormTokens, check_origin
from riskreview.console.visit import Publishing, Visit, Visitor
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, Conflict, NotFound, RiskReviewError, RuleViolation, Unavailable
from riskreview.foundation.services import Services

LARGEST_FORM = 200_000
"""Bytes of a form; the longest text a use case takes is far below."""
ANYTHING = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
STATUS = {NotFound: 404, Conflict: 409, CrossSite: 403, RuleViolation: 422, BadInput: 422, Unavailable: 503}
LOG = structlog.get_logger("riskreview.console")


class Login(Protocol):
    """How the host of the console knows who is logged in."""

    async def user_id(self, request: Request) -> str | None:
        """Return the login of a request, None for nobody."""

    def page(self, back_to: str) -> str:
        """Return the address of the login page that leads back."""


class NotLoggedIn(RiskReviewError):
    """Nobody is logged in."""


class Denied(RiskReviewError):
    """The login may not do this."""


@dataclass(frozen=True, slots=True)
class House:
    """What every request needs."""

    services: Services
    login: Login
    door: Doorkeeper
    tokens: FormTokens
    renderer: Renderer
    today: Callable[[], date]
    publishing: Publishing


def make_app(services: Services, login: Login, today: Callable[[], date], publishing: Publishing) -> FastAPI:
    """Return the app.

    :param today: the business day; a rehearsal stands still on its own.
    """
    tokens, renderer = FormTokens(services.instance), Renderer(services)
    house = House(services, login, Doorkeeper(services), tokens, renderer, today, publishing)
    rules: dict[tuple[str, str], Route] = {(route.method, route.path): route for route in ROUTES}

    async def admit(request: Request) -> None:
        request.state.visit = await _admit(house, rules, request)

    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, dependencies=[Depends(admit)]
    )
    for route in ROUTES:
        app.add_api_route(route.path, _endpoint(house, route), methods=[route.method], response_model=None)
    app.add_api_route("/{rest:path}", _nothing, methods=ANYTHING, response_model=None)
    for kind in (RiskReviewError, DBAPIError, Exception):
        app.add_exception_handler(kind, _teller(house))
    app.add_middleware(SecurityHeaders)
    return app


async def _admit(house: House, rules: dict[tuple[str, str], Route], request: Request) -> Visit:
    """Return the visit of somebody who may; everybody else is turned away before anything is looked up.

    :raises NotLoggedIn, Denied, CrossSite: when nobody is logged in, the login may not, or another site sent the form.
    """
    user_id = await house.login.user_id(request)
    if user_id is None:
        raise NotLoggedIn("log in first")
    visitor, team = await run_in_threadpool(house.door.visitor, user_id)
    request.state.visitor = visitor
    rule = rules.get((request.method, request.scope["route"].path))
    if visitor is None:
        raise Denied(f"the login {user_id} has no role in the console; ask an administrator for one")
    if rule is not None and not rule.roles & visitor.roles:
        raise Denied("your role does not open this page")
    form: dict[str, str] = {}
    if request.method not in {"GET", "HEAD"}:
        check_origin(request.headers, _own_places(house, request))
        form = await _form(request)
        house.tokens.check(form.pop("token", ""), user_id)
    return Visit(house.services, visitor, team, house.today(), _root(request), house.publishing, dict(request.path_params),
                 dict(request.query_params), form)  # fmt: skip


def _own_places(house: House, request: Request) -> tuple[str, str]:
    return f"{request.url.scheme}://{request.url.netloc}", house.services.instance.console_url


async def _form(request: Request) -> dict[str, str]:
    """Read an ordinary form, never more of it than allowed.

    :raises BadInput: for another type of content, or too much of it.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadInput("E-FORM", "this is no form", "Send application/x-www-form-urlencoded")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise BadInput("E-FORM", "the form is too large", f"Send at most {LARGEST_FORM // 1000} kB")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=2000, errors="strict"
        )
    except ValueError as error:
        raise BadInput("E-FORM", "the form cannot be read", "Open the page again") from error
    if any("\0" in value for _, value in pairs):
        raise BadInput("E-CHAR-NUL", "a text has a NUL character", "Take it out")
    return {name: ",".join(value for key, value in pairs if key == name) for name, _ in pairs}


def _endpoint(house: House, route: Route) -> Callable[[Request], Awaitable[Response]]:
    tell = _teller(house)

    async def serve(request: Request) -> Response:
        try:
            return await run_in_threadpool(_serve, house, route, request.state.visit)
        except (RiskReviewError, DBAPIError):
            raise
        except Exception as error:  # noqa: BLE001  a defect: left to the server, its log would hold what the page was about
            return await tell(request, error)

    return serve


async def _nothing() -> Response:
    raise NotFound("there is no such page")


def _serve(house: House, route: Route, visit: Visit) -> Response:
    try:
        answer = route.handle(visit)
    except (RuleViolation, Conflict, BadInput) as error:
        if route.again is None or isinstance(error, CrossSite):
            raise
        seen = replace(visit, problem=str(error))
        return _respond(house, seen, route.again(seen), STATUS[_kind(error)])
    if Role.auditor in visit.visitor.roles and not isinstance(answer, StaticFile):
        _note_read(house.services, visit, route, answer)
    return _respond(house, visit, answer, 200)


def _respond(house: House, visit: Visit, answer: Answer, status: int) -> Response:
    if isinstance(answer, Redirect):
        done = f"?{urlencode({'done': answer.done})}" if answer.done else ""
        return Response(status_code=303, headers={"Location": f"{visit.root}{answer.to}{done}"})
    if isinstance(answer, CsvFile):
        headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.content(), media_type="text/csv; charset=utf-8", headers=headers)
    if isinstance(answer, StaticFile):
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(answer.content, media_type=answer.media_type, headers=headers)
    if isinstance(answer, Document):
        return Response(
            answer.content, media_type=answer.media_type, headers={"Content-Security-Policy": answer.policy}
        )
    html = house.renderer.page(answer, visit, house.tokens.make(visit.visitor.user_id))
    return Response(html, status, media_type="text/html; charset=utf-8")


def _note_read(services: Services, visit: Visit, route: Route, answer: Answer) -> None:
    """Keep in the event log what an auditor looked at; what was searched for may be a name and is left out."""
    kind, name = (answer.reads if isinstance(answer, Page) else None) or ("page", route.path)
    event = AuditEvent("console:read", kind, name, visit.visitor.person, cause={"login": visit.visitor.user_id})
    with transaction(services.engine) as connection:
        append(connection, [event], at=services.clock.now())


def _teller(house: House) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an error: the login page, a page with the sentence, or problem+json for a program."""

    async def tell(request: Request, error: Exception) -> Response:
        status, sentence = _told(error)
        if isinstance(error, NotLoggedIn) and request.method == "GET" and _wants_page(request):
            back = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
            return Response(status_code=303, headers={"Location": house.login.page(back)})
        headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        if _wants_page(request):
            html = house.renderer.error(status, sentence, visitor, _root(request))
            return Response(html, status, headers, media_type="text/html; charset=utf-8")
        return _problem(status, type(error).__name__, sentence, headers)

    return tell


def _told(error: Exception) -> tuple[int, str]:
    """Return status and sentence; of a defect nothing but a number that is in the log."""
    if isinstance(error, NotLoggedIn):
        return HTTPStatus.UNAUTHORIZED, str(error)
    if isinstance(error, Denied):
        return HTTPStatus.FORBIDDEN, str(error)
    if isinstance(error, RiskReviewError):
        return STATUS[_kind(error)], str(error)
    if isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) == "57014":
        return HTTPStatus.SERVICE_UNAVAILABLE, "the database took too long; narrow the search or try again"
    number = uuid.uuid4().hex[:12]
    LOG.error("console_failed", correlation=number, error=type(error).__name__, trace=format_tb(error.__traceback__))
    return HTTPStatus.INTERNAL_SERVER_ERROR, f"something is broken here; quote {number}"


def _kind(error: RiskReviewError) -> type[RiskReviewError]:
    return next(
        (kind for kind in STATUS if type(error) is kind), next(kind for kind in STATUS if isinstance(error, kind))
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _problem(status: int, code: str, sentence: str, headers: dict[str, str]) -> Response:
    import json

    content: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "code": code, "detail": sentence}  # fmt: skip
    return Response(json.dumps(content, ensure_ascii=False), status, headers, media_type="application/problem+json")
