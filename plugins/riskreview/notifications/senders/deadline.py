"""Owns the one deadline of a send: a service that answers a byte at a time is cut off too, which no limit on a single read does.

Mail, web hooks and whatever Apprise carries connect by Python's own sockets, each in its own library. The interpreter tells of every
connection before it is made (``socket.connect`` of its audit events), so that one clock ends them all.
"""

import socket
import sys
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Ends the connections that are made within it, in this thread or in one that took its context over, when time is over.

    Whoever reads or writes then finds its connection closed; no new one is made.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = Lock()
        self._lines: list[socket.socket] = []
        self.is_over = False

    def connecting(self, made: socket.socket) -> None:
        """Take note of a connection that is about to be made.

        :raises TimeoutError: when time is over.
        """
        with self._lock:
            if self.is_over:
                raise TimeoutError("the time for this message is over")
            # A line of our own: under TLS the socket that is told of here is soon given up for another one.
            self._lines.append(socket.fromfd(made.fileno(), made.family, made.type))

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        _listen()
        self._before = _CURRENT.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _CURRENT.reset(self._before)
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()


@cache
def _listen() -> None:
    """Have every connection of this process told, once: an audit hook stays as long as the process."""
    sys.addaudithook(_told)


def _told(event: str, arguments: tuple[Any, ...]) -> None:  # the interpreter's own shape
    if event == "socket.connect" and (deadline := _CURRENT.get()) is not None:
        deadline.connecting(arguments[0])


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
