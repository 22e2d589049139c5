"""Owns an ASGI app that is built at its first request: mounting it costs nothing in the processes that never serve it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from riskreview.foundation.errors import RiskReviewError

Scope = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
LOG = structlog.get_logger("riskreview.web")
SENTENCE = (
    b"Risk review cannot start just now. Whoever keeps the system finds the reason in the log of the API server.\n"
)
HEADERS = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"30"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
           (b"content-security-policy", b"default-src 'none'; frame-ancestors 'self'")]  # fmt: skip


class LazyApp:
    """Stands for an app until somebody asks for it; while it cannot be built, everybody is told to come back, and it is tried at every request."""

    def __init__(self, build: Callable[[], App]) -> None:
        self._build = build
        self._app: App | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, building the app first if need be."""
        async with self._lock:
            if self._app is None:
                try:
                    self._app = await asyncio.to_thread(self._build)
                except (RiskReviewError, SQLAlchemyError, OSError) as error:
                    LOG.warning(
                        "app_not_built",
                        error=type(error).__name__,
                        reason=str(error) if isinstance(error, RiskReviewError) else "",
                    )
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 503, "headers": HEADERS})
            await send({"type": "http.response.body", "body": SENTENCE})
