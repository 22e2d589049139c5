"""Owns how an emulator is spoken to: by real HTTP, or inside one process where time and faults are under control."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx

from riskreview.crm.timing import Timer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SILENT_SECONDS = 2.0
"""How long a real connection is kept waiting before it is closed without an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; header names are in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    host: str = ""

    def json(self) -> dict[str, Any]:  # JSON has any shape
        """Return the body's object, an empty one where there is none."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Silence(Exception):
    """No answer comes: the client waits in vain."""


class Hangup(Exception):
    """The connection is closed without an answer, after the call was carried out."""


class Emulator(Protocol):
    """An imitated CRM."""

    timer: Timer

    def answer(self, request: Request) -> Response:
        """Return the answer to a request.

        :raises Silence: :raises Hangup: where a fault asks for it.
        """


def as_json(status: int, document: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": "application/json;charset=UTF-8", **(headers or {})})


class EmulatorTransport(httpx.BaseTransport):
    """Carries the calls of an httpx client to an emulator of the same process; waiting in vain costs virtual time."""

    def __init__(self, emulator: Emulator, *, seconds_per_call: float = 0.0) -> None:
        self._emulator, self._seconds = emulator, seconds_per_call
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, or raise what a network would."""
        url = urlsplit(str(request.url))
        given = Request(request.method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)),
                        {name.lower(): value for name, value in request.headers.items()}, request.read(), url.netloc)  # fmt: skip
        with self._lock:
            self._emulator.timer.sleep(self._seconds)
            try:
                done = self._emulator.answer(given)
            except Silence:
                self._emulator.timer.sleep(float(request.extensions.get("timeout", {}).get("read") or 60.0))
                raise httpx.ReadTimeout("no answer", request=request) from None
            except Hangup:
                raise httpx.RemoteProtocolError("the connection was closed", request=request) from None
            date = format_datetime(self._emulator.timer.now(), usegmt=True)
        return httpx.Response(done.status, headers={"Date": date, **done.headers}, content=done.body, request=request)


class EmulatorServer(ThreadingHTTPServer):
    """Listens for calls to an emulator; one call is answered at a time, as its records have no locks."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], emulator: Emulator) -> None:
        super().__init__(address, _Handler)
        self.emulator, self.lock = emulator, threading.Lock()

    def answer(self, request: Request) -> Response | None:
        """Return the answer, None where the connection is to be closed without one."""
        try:
            with self.lock:
                return self.emulator.answer(request)
        except Silence:
            self.emulator.timer.sleep(SILENT_SECONDS)
        except Hangup:
            pass
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    server: EmulatorServer

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        done = self.server.answer(
            Request(
                self.command,
                url.path,
                dict(parse_qsl(url.query, keep_blank_values=True)),
                headers,
                body,
                headers.get("host", ""),
            )
        )
        if done is None:
            self.close_connection = True
            return
        has_body = done.status not in {204, 304}
        self.send_response_only(done.status)
        date = format_datetime(self.server.emulator.timer.now(), usegmt=True)
        length = {"Content-Length": str(len(done.body))} if has_body else {}
        for name, value in {"Date": date, **done.headers, **length}.items():
            self.send_header(name, value)
        self.end_headers()
        if has_body:
            self.wfile.write(done.body)

    def log_message(self, *_args: object) -> None:
        """Say nothing: requests carry secrets."""


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.handle_any)


def serve(emulator: Emulator, port: int, *, host: str = "127.0.0.1") -> EmulatorServer:
    """Return a server that listens on a port; the caller runs and closes it. Port 0 takes a free one."""
    return EmulatorServer((host, port), emulator)
