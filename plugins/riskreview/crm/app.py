"""Owns the address the CRMs send their notices to: one route, which does nothing before the notice's token is right."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from riskreview.crm.notices import take_notice
from riskreview.crm.use_cases import Network
from riskreview.foundation.errors import RiskReviewError, RuleViolation, Unavailable
from riskreview.foundation.services import Services

LOG = structlog.get_logger("riskreview.crm")
MOST_BYTES = 64 * 1024
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def make_app(services: Services, network: Network) -> FastAPI:
    """Return the app; whoever does not bring a channel's token hears nothing but that."""

    async def take(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the notice is too large")
        try:
            new = await run_in_threadpool(take_notice, services, network, str(request.path_params["connection"]), body)
        except RiskReviewError as error:
            return _refused(error)
        return JSONResponse({"received": new}, HTTPStatus.OK, HEADERS)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/{connection}", take, methods=["POST"])
    return app


def _refused(error: RiskReviewError) -> Response:
    LOG.warning("crm_notice_refused", reason=type(error).__name__)
    if isinstance(error, RuleViolation):
        return _said(HTTPStatus.UNAUTHORIZED, str(error))
    if isinstance(error, Unavailable):
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, "come again later; the next poll reads it anyway")
    return _said(HTTPStatus.UNPROCESSABLE_ENTITY, "the notice cannot be taken")


def _said(status: HTTPStatus, sentence: str) -> Response:
    content = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": sentence}
    return JSONResponse(content, status, HEADERS, media_type="application/problem+json")
