"""Owns the web hook: one route that takes signed events and says nothing to anybody else. Denies by default.

Airflow gives an app that a plugin mounts no authentication at all, so the check stands on the app itself and holds for every
route it will ever have. Before the signature is right nothing is parsed and no database is asked.
"""

import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from riskreview.events.receiving import Message, TooMany, receive
from riskreview.events.secrets import sender_keys
from riskreview.events.signature import NotSigned, check_signature
from riskreview.foundation.errors import BadInput, Conflict, NotFound, RiskReviewError, Unavailable
from riskreview.foundation.services import Services
from riskreview.policy.monitoring_policy import load_monitoring_policy

ID, SENT, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
"""Headers of Standard Webhooks."""
SOURCE = re.compile(r"[a-z][a-z0-9_]{1,60}")
NO_KEY = bytes(32)
"""Compared with where a source has no sender, so that an answer takes as long whether the source exists or not."""
STATUS = {
    "E-EVENT-SIZE": 413,
    "E-EVENT-TYPE": 415,
    "E-JSON": 400,
    "E-ENCODING": 400,
    "E-CHAR-NUL": 400,
    "E-EVENT-KEY": 400,
}
"""HTTP status by code of a refusal; 422 for the rest."""
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
RETRY_SECONDS = {TooMany: "60", Unavailable: "5"}
LOG = structlog.get_logger("riskreview.events")


def make_app(services: Services) -> FastAPI:
    """Return the app; every route of it needs a valid signature."""

    async def signed(request: Request) -> None:
        request.state.message = await _signed_message(services, request)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(signed)])
    app.add_api_route("/{source_id}", _endpoint(services), methods=["POST"], status_code=HTTPStatus.ACCEPTED)
    app.add_exception_handler(RiskReviewError, _refused)
    app.add_exception_handler(Exception, _broken)
    return app


def _endpoint(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def take_event(request: Request) -> Response:
        done = await run_in_threadpool(receive, services, request.state.message)
        answer = {"reference": done.reference, "received_at": done.received_at.isoformat()}
        repeated = {"Idempotent-Replayed": "true"} if done.repeated else {}
        return JSONResponse(answer, HTTPStatus.ACCEPTED, HEADERS | repeated)

    return take_event


async def _signed_message(services: Services, request: Request) -> Message:
    limits = load_monitoring_policy(services.instance).events
    source, key = str(request.path_params.get("source_id", "")), request.headers.get(ID, "")
    body = await _body(request, limits.body_kb * 1024)
    keys = sender_keys(services.instance, source) if SOURCE.fullmatch(source) else ()
    check_signature(
        keys or (NO_KEY,), event_key=key, sent=request.headers.get(SENT, ""), signatures=request.headers.get(SIGNATURE, ""),
        body=body, now=services.clock.now(), window=timedelta(seconds=limits.window_seconds),
    )  # fmt: skip
    if not keys:
        raise NotSigned("the source has no sender")
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Message(source, key, body, content_type, "webhook")


async def _body(request: Request, most: int) -> bytes:
    """Read the body, never more than allowed, whatever its announced length."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise BadInput("E-EVENT-SIZE", "the body is too large", f"Send at most {most // 1024} KB, or a file")
        parts.append(part)
    return b"".join(parts)


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal; who did not sign hears nothing but that."""
    if isinstance(error, NotSigned):
        LOG.warning("event_not_signed", reason=str(error))
        return _problem(
            HTTPStatus.UNAUTHORIZED, "E-EVENT-SIGNATURE", "the message is not signed by a sender of this source"
        )
    if isinstance(error, BadInput):
        return _problem(HTTPStatus(STATUS.get(error.code, 422)), error.code, str(error))
    if isinstance(error, Unavailable):
        status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooMany) else HTTPStatus.SERVICE_UNAVAILABLE
        wait = next(seconds for kind, seconds in RETRY_SECONDS.items() if isinstance(error, kind))
        return _problem(status, type(error).__name__, str(error), {"Retry-After": wait})
    status = HTTPStatus.NOT_FOUND if isinstance(error, NotFound) else HTTPStatus.UNPROCESSABLE_ENTITY
    return _problem(status, "E-EVENT-REUSED" if isinstance(error, Conflict) else type(error).__name__, str(error))


async def _broken(_request: Request, error: Exception) -> Response:
    """Answer a defect with a number that is in the log, and with nothing of its inside."""
    number = uuid.uuid4().hex[:12]
    LOG.error("event_failed", correlation=number, error=type(error).__name__)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "E-INTERNAL", f"something is broken here; quote {number}")


def _problem(status: HTTPStatus, code: str, sentence: str, more: dict[str, str] | None = None) -> Response:
    content = {"type": "about:blank", "title": status.phrase, "status": int(status), "code": code, "detail": sentence}
    return JSONResponse(content, status, HEADERS | (more or {}), media_type="application/problem+json")
