"""Owns the one deadline of a post: a service that answers a byte at a time is cut off too, which no limit on a single read does."""

import socket
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Any, Self

CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Deadline:
    """Ends the connection it was told of when time is over; whoever reads then finds it closed."""

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._socket: socket.socket | None = None

    def told(self, event: str, information: dict[str, Any]) -> None:
        """Take what the HTTP client tells of its connection."""
        if event in CONNECTED:
            self._socket = information["return_value"].get_extra_info("socket")

    def _end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
