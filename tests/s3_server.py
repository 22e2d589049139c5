"""A real S3 server process for tests and figures: moto's, which also breaks on command. Run as ``python -m tests.s3_server``.

What it promises beyond moto is what S3 promises: a conditional write is decided and done at once, so writes wait for one another.
``PUT /-/break`` takes JSON: ``kind`` (``503``, ``403``, ``slow``, ``cut``, ``half``: half of what is written is kept as if it were all), ``times``, ``method`` and ``path`` (a part of it).
"""

import io
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

SLOW_SECONDS = 5.0
PARTS = 1 << 16


class Quiet(WSGIRequestHandler):
    """Answers without a line in a log for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Write nothing."""


class Breaking:
    """The S3 application behind what breaks it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._writing, self._calls = app, threading.Lock(), Counter[str]()
        self._fault: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path.startswith("/-/"):
            return self._command(environ, path, start)
        self._calls[method] += 1
        kind = self._struck(method, path)
        if kind in {"503", "403"}:
            start({"503": "503 Slow Down", "403": "403 Forbidden"}[kind], [("Content-Type", "text/xml")])
            return [b"<Error><Code>Fault</Code></Error>"]
        if kind == "slow":
            time.sleep(SLOW_SECONDS)
        if kind == "half":
            size = int(environ["CONTENT_LENGTH"])
            body = environ["wsgi.input"].read(size)[: size // 2]
            environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        with self._writing:
            body = b"".join(self._app(environ, start))
        return _cut(body) if kind == "cut" else [body]

    def _struck(self, method: str, path: str) -> str | None:
        fault = self._fault
        if not fault or fault["times"] < 1 or method not in fault["method"] or fault["path"] not in path:
            return None
        fault["times"] -= 1
        return str(fault["kind"])

    def _command(self, environ: dict[str, Any], path: str, start: Callable[..., Any]) -> Iterable[bytes]:
        if path == "/-/break":
            given = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            self._fault = (
                {"times": 1_000_000, "method": "GET HEAD PUT POST DELETE", "path": "", **given} if given else {}
            )
        found = json.dumps(self._calls).encode()
        self._calls.clear()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(found)))])
        return [found]


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: max(1, len(body) // 2)]
    raise ConnectionAbortedError


def main() -> None:
    """Serve on the given port, or a free one, which is printed."""
    server = make_server(
        "127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0, Breaking(create_backend_app("s3")), threaded=True, request_handler=Quiet
    )  # fmt: skip
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
