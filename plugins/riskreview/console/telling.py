"""Owns telling what went wrong: status and sentence of an error, as problem+json for a program; of a defect nothing but a number."""

import json
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from traceback import format_tb
from typing import Any

import structlog
from fastapi import Response
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from riskreview.console.hosts import WrongHost
from riskreview.console.rates import TooMany
from riskreview.console.tokens import CrossSite
from riskreview.foundation.errors import BadInput, Conflict, NotFound, RiskReviewError, RuleViolation, Unavailable

STATUS = {NotFound: 404, Conflict: 409, CrossSite: 403, RuleViolation: 422, BadInput: 422, Unavailable: 503}
CANCELLED = "57014"
RETRY_AFTER = {HTTPStatus.SERVICE_UNAVAILABLE: "5", HTTPStatus.TOO_MANY_REQUESTS: "60"}
LOG = structlog.get_logger("riskreview.console")


class NotLoggedIn(RiskReviewError):
    """Nobody is logged in."""


class WrongMethod(RiskReviewError):
    """What is there is asked for by other methods."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"this is asked for by {' or '.join(allowed)}")
        self.allowed = allowed


class Denied(RiskReviewError):
    """The login may not do this."""


def told(error: Exception) -> tuple[int, str]:
    """Return status and sentence; a defect goes to the log under a number, without what it was about."""
    own: dict[type[Exception], int] = {
        WrongHost: HTTPStatus.BAD_REQUEST,
        NotLoggedIn: HTTPStatus.UNAUTHORIZED,
        Denied: HTTPStatus.FORBIDDEN,
        TooMany: HTTPStatus.TOO_MANY_REQUESTS,
        WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
    }
    if type(error) in own:
        return own[type(error)], str(error)
    if isinstance(error, RiskReviewError):
        return status_of(error), str(error)
    if isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) == CANCELLED:
        return HTTPStatus.SERVICE_UNAVAILABLE, "the database took too long; narrow the search or try again"
    if isinstance(error, OperationalError | NoConnection):
        LOG.warning("console_without_database", error=type(error).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer just now; try again in a moment"
    number = uuid.uuid4().hex[:12]
    LOG.error("console_failed", correlation=number, error=type(error).__name__, trace=format_tb(error.__traceback__))
    return HTTPStatus.INTERNAL_SERVER_ERROR, f"something is broken here; quote {number}"


def status_of(error: RiskReviewError) -> int:
    """Return the status of an error: of its own kind, else of what it is a kind of."""
    return STATUS.get(type(error)) or next(status for kind, status in STATUS.items() if isinstance(error, kind))


def headers_of(status: int) -> dict[str, str]:
    """Return when to come back, for a status that passes."""
    seconds = RETRY_AFTER.get(HTTPStatus(status))
    return {} if seconds is None else {"Retry-After": seconds}


def code_of(error: Exception) -> str:
    """Return the name of an error for programs; what kind of defect it was, or what the database said, is nobody's business."""
    return type(error).__name__ if isinstance(error, RiskReviewError) else "Failed"


def allow(error: Exception) -> dict[str, str]:
    """Return the header that names the methods an address is asked for by."""
    return {"Allow": ", ".join(error.allowed)} if isinstance(error, WrongMethod) else {}


def problem(status: int, code: str, sentence: str) -> Response:
    """Return an error for a program."""
    content: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "code": code, "detail": sentence}  # fmt: skip
    return Response(
        json.dumps(content, ensure_ascii=False), status, headers_of(status), media_type="application/problem+json"
    )
