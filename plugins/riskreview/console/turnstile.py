"""Owns how many requests are worked on at once: a few more wait their turn, and whoever comes after them is told to come back."""

import asyncio
from collections.abc import Awaitable, Callable

from riskreview.console.headers import Message, Receive, Send
from riskreview.console.telling import problem
from riskreview.policy.console_policy import ConsolePolicy

App = Callable[[Message, Receive, Send], Awaitable[None]]
FREE = "/static/"
"""What costs nothing does not wait."""


class Turnstile:
    """Lets only so many requests through at once: each of them holds a connection to the database, and those are few."""

    def __init__(self, app: App, policy: ConsolePolicy) -> None:
        self._app, self._policy = app, policy
        self._slots = asyncio.Semaphore(policy.at_once)
        self._waiting = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request in its turn."""
        if scope["type"] != "http" or _below_root(scope).startswith(FREE):
            await self._app(scope, receive, send)
        elif await self._admitted():
            try:
                await self._app(scope, receive, send)
            finally:
                self._slots.release()
        else:
            busy = problem(503, "Busy", "too many people are here just now; try again")
            await busy(scope, receive, send)

    async def _admitted(self) -> bool:
        if self._slots.locked() and self._waiting >= self._policy.waiting:
            return False
        self._waiting += 1
        try:
            await asyncio.wait_for(self._slots.acquire(), self._policy.wait_seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True


def _below_root(scope: Message) -> str:
    """Return the path below where the console is mounted; what a longer path only mentions is not at its beginning."""
    return str(scope["path"]).removeprefix(str(scope.get("root_path", "")).rstrip("/"))
