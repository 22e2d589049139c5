"""Owns the console's app: pages for people and the same for programs, denied by default, and how errors are told.

Airflow gives an app that a plugin mounts no authentication at all, so the check stands on the app itself and holds for every route,
also for one that does not exist. Before it passes nothing is looked up but the login's roles, anew for every request.
"""

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from riskreview.audit.log import AuditEvent, append
from riskreview.console import api, repeats
from riskreview.console.admission import House, Login, admit, is_api, root_of
from riskreview.console.answers import (
    Answer,
    Attachment,
    CsvFile,
    Document,
    ExcelFile,
    Exposition,
    Page,
    Redirect,
    StaticFile,
)
from riskreview.console.headers import SecurityHeaders
from riskreview.console.hosts import own_names
from riskreview.console.missing import PATH, Missing
from riskreview.console.openapi import describe
from riskreview.console.people import Doorkeeper
from riskreview.console.rendering import Renderer
from riskreview.console.roles import Role
from riskreview.console.routes import ROUTES, Route
from riskreview.console.telling import NotLoggedIn, allow, code_of, headers_of, problem, status_of, told
from riskreview.console.tokens import CrossSite, FormTokens
from riskreview.console.turnstile import Turnstile
from riskreview.console.visit import Publishing, Visit, Visitor
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, Conflict, NotFound, RiskReviewError, RuleViolation
from riskreview.foundation.services import Services
from riskreview.policy.console_policy import ConsolePolicy, load_console_policy

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Serving = Callable[[Request], Awaitable[Response]]


def make_app(
    services: Services, login: Login, today: Callable[[], date], publishing: Publishing, policy: ConsolePolicy | None = None,
    addresses: Collection[str] = (),
) -> FastAPI:  # fmt: skip
    """Return the app.

    :param today: the business day; a rehearsal stands still on its own.
    :param policy: how it protects itself; None: what the instance says.
    :param addresses: at which people open the console's host, beside the console's own.
    """
    tokens, renderer, policy = (
        FormTokens(services.instance),
        Renderer(services, login.out()),
        policy or load_console_policy(services.instance),
    )
    house = House(services, login, Doorkeeper(services), tokens, renderer, today, publishing, policy,
                  own_names(services.instance, addresses))  # fmt: skip
    rules: dict[tuple[str, str], Route] = {(route.method, route.path): route for route in ROUTES}
    rules |= {(route.method, f"{api.API}{route.path}"): route for route in api.API_ROUTES}

    async def check(request: Request) -> None:
        request.state.visit = await admit(house, rules.get((request.method, request.scope["route"].path)), request)

    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, dependencies=[Depends(check)]
    )
    for (method, path), route in rules.items():
        app.add_api_route(path, _endpoint(house, route), methods=[method], response_model=None)
    app.add_api_route(api.OPENAPI, _describe, methods=["GET"], response_model=None)
    app.add_api_route(
        PATH, Missing([*rules, ("GET", api.OPENAPI)]), methods=[], operation_id="missing", response_model=None
    )
    for kind in (RiskReviewError, DBAPIError, NoConnection, Exception):
        app.add_exception_handler(kind, _teller(house))
    app.add_middleware(Turnstile, policy=policy)
    app.add_middleware(SecurityHeaders)
    return app


def _endpoint(house: House, route: Route) -> Serving:
    tell = _teller(house)

    async def serve(request: Request) -> Response:
        try:
            if is_api(request):
                return await run_in_threadpool(_serve_program, house, route, request)
            return await run_in_threadpool(_serve, house, route, request.state.visit)
        except (RiskReviewError, DBAPIError, NoConnection):
            raise
        except Exception as error:  # noqa: BLE001  a defect: left to the server, its log would hold what the page was about
            return await tell(request, error)

    return serve


async def _describe(request: Request) -> Response:
    return Response(json.dumps(describe(root_of(request)), ensure_ascii=False), media_type="application/json")


def _serve(house: House, route: Route, visit: Visit) -> Response:
    try:
        answer = route.handle(visit)
    except (RuleViolation, Conflict, BadInput) as error:
        if route.again is None or isinstance(error, CrossSite):
            raise
        seen = replace(visit, problem=str(error))
        return _respond(house, seen, route.again(seen), status_of(error))
    _note_read(house.services, visit, route, answer)
    return _respond(house, visit, answer, 200)


def _serve_program(house: House, route: Route, request: Request) -> Response:
    """Answer a program; one that gave a key is answered once for it."""
    visit, key = request.state.visit, request.headers.get("idempotency-key")
    user_id = visit.visitor.user_id
    if request.method == "POST" and key is not None:
        wanted = f"{request.url.path}?{request.url.query}".encode() + b"\n" + request.state.body
        stored = repeats.begin(house.services, user_id=user_id, key=key, request=wanted)
        if stored is not None:
            return _stored(stored)
        found = _stored(_attempt(route, visit))
        repeats.end(
            house.services,
            user_id=user_id,
            key=key,
            answer=repeats.Stored(found.status_code, bytes(found.body).decode()),
        )
        return found
    answer = route.handle(visit)
    _note_read(house.services, visit, route, answer)
    return api.respond(answer, visit.root)


def _attempt(route: Route, visit: Visit) -> repeats.Stored:
    """Do what a program asked for; a refusal by a rule is an answer too, and stays the answer for its key."""
    try:
        found = api.respond(route.handle(visit), visit.root)
    except (RuleViolation, Conflict, BadInput, NotFound) as error:
        found = problem(status_of(error), type(error).__name__, str(error))
    return repeats.Stored(found.status_code, bytes(found.body).decode())


def _stored(answer: repeats.Stored) -> Response:
    kind = "application/json" if answer.status < 400 else "application/problem+json"
    return Response(answer.body, answer.status, headers_of(answer.status), media_type=kind)


def _respond(house: House, visit: Visit, answer: Answer, status: int) -> Response:
    if isinstance(answer, Redirect):
        path, mark, place = answer.to.partition("#")
        done = f"{'&' if '?' in path else '?'}{urlencode({'done': answer.done})}" if answer.done else ""
        return Response(status_code=303, headers={"Location": f"{visit.root}{path}{done}{mark}{place}"})
    if isinstance(answer, CsvFile | ExcelFile | Attachment):
        return _file(answer)
    if isinstance(answer, StaticFile):
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(answer.content, media_type=answer.media_type, headers=headers)
    if isinstance(answer, Document):
        return Response(
            answer.content, media_type=answer.media_type, headers={"Content-Security-Policy": answer.policy}
        )
    if not isinstance(answer, Page):
        raise TypeError(f"{type(answer).__name__} is nothing for a page")
    html = house.renderer.page(answer, visit, house.tokens.make(visit.visitor.user_id))
    return Response(html, status, media_type="text/html; charset=utf-8")


def _file(answer: CsvFile | ExcelFile | Attachment) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
    if isinstance(answer, CsvFile):
        return StreamingResponse(answer.pieces(), media_type="text/csv; charset=utf-8", headers=headers)
    if isinstance(answer, ExcelFile):
        return Response(answer.content(), media_type=EXCEL, headers=headers)
    return Response(answer.content, media_type=answer.media_type, headers=headers)


def _note_read(services: Services, visit: Visit, route: Route, answer: Answer) -> None:
    """Keep in the event log what an auditor looked at; what was searched for may be a name and is left out."""
    if Role.auditor not in visit.visitor.roles or isinstance(answer, StaticFile | Exposition):
        return
    kind, name = (answer.reads if isinstance(answer, Page | Attachment) else None) or ("page", route.path)
    event = AuditEvent("console:read", kind, name, visit.visitor.person, cause={"login": visit.visitor.user_id})
    with transaction(services.engine) as connection:
        append(connection, [event], at=services.clock.now())


def _teller(house: House) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an error: the login page, a page with the sentence, or problem+json for a program."""

    async def tell(request: Request, error: Exception) -> Response:
        status, sentence = told(error)
        wants_page = "text/html" in request.headers.get("accept", "") and not is_api(request)
        if isinstance(error, NotLoggedIn) and request.method == "GET" and wants_page:
            back = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
            return Response(status_code=303, headers={"Location": house.login.page(back)})
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        if wants_page:
            html = house.renderer.error(status, sentence, visitor, root_of(request))
            return Response(html, status, headers_of(status) | allow(error), media_type="text/html; charset=utf-8")
        answer = problem(status, code_of(error), sentence)
        answer.headers.update(allow(error))
        return answer

    return tell
