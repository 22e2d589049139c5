"""Owns an ASGI app that is built when it is wanted: mounting it costs nothing in the processes that never serve it, nor its server's start."""

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
SECONDS = 3.0
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
        await self.prepare()
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 503, "headers": HEADERS})
            await send({"type": "http.response.body", "body": SENTENCE})

    async def prepare(self) -> None:
        """Build the app unless it is built."""
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


class PreparedSoon:
    """A middleware of the server that mounts a ``LazyApp``: has it built soon after the server began to listen, so that nobody waits for it.

    Not at once: the server's own first answers tell others that it started.
    """

    def __init__(self, app: App, lazy: LazyApp, seconds: float = SECONDS) -> None:
        self._app, self._lazy, self._seconds = app, lazy, seconds
        self._task: asyncio.Task[None] | None = None  # a task nobody holds may vanish

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; the end of the server's start begins the waiting."""

        async def noticed(message: MutableMapping[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._task = asyncio.create_task(self._prepare())

        await self._app(scope, receive, noticed if scope["type"] == "lifespan" else send)

    async def _prepare(self) -> None:
        await asyncio.sleep(self._seconds)
        await self._lazy.prepare()
