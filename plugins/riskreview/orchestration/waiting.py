"""Owns the watcher of continuous monitoring: it looks whether anything waits for a pass, in the triggerer, and writes nothing.

A triggerer may be restarted or doubled at any moment: then a pass more is asked for, and one that finds nothing does nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any, Self

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

LOOK_EVERY_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 30.0
"""After a look that failed: the database or the inbox does not answer."""


class EventsWaiting(BaseEventTrigger):
    """Fires when something waits that did not wait at the look before."""

    def __init__(self, seconds: float = LOOK_EVERY_SECONDS) -> None:
        super().__init__()
        self.seconds = seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return how the triggerer makes this trigger."""
        return f"{__name__}.{type(self).__name__}", {"seconds": self.seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look again and again; what waited already does not fire twice."""
        seen: frozenset[str] = frozenset()
        while True:
            try:
                with await asyncio.to_thread(_Look) as look:
                    while True:
                        waiting = await asyncio.to_thread(look)
                        if waiting - seen:
                            yield TriggerEvent({"waiting": len(waiting)})
                        seen = waiting
                        await asyncio.sleep(self.seconds)
            except Exception as error:  # noqa: BLE001  whatever went wrong, the watcher must go on looking
                self.log.warning("looking for waiting events failed: %s", error)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


class _Look:
    """Looks with one set of connections until it is closed."""

    def __init__(self) -> None:
        from riskreview.foundation.roles import DatabaseRole
        from riskreview.foundation.services import open_reader

        self._open = ExitStack()
        self._services = self._open.enter_context(open_reader(role=DatabaseRole.INGEST))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self) -> frozenset[str]:
        """Return a name for each thing that waits; the same thing has the same name at each look."""
        from riskreview.orchestration.continuous import what_waits

        return what_waits(self._services)
