"""People of the benchmark open pages as a browser does: a kept connection that the server closed meanwhile is opened anew."""

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from riskreview.orchestration.bench_pages import _ask

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
def port() -> Iterator[int]:
    """A server that promises to keep a connection and closes it after each answer, and the third time before it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for number in range(3):
                taken, _ = listening.accept()
                with taken:
                    if taken.recv(4096) and number < 2:
                        taken.sendall(ANSWER)

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield int(listening.getsockname()[1])
        server.join(5)


def test_a_kept_connection_that_was_closed_is_opened_anew_and_a_new_one_that_fails_is_told(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    found = [_ask(connection, "/work") for _ in range(3)]

    assert found == ["200", "200", "RemoteDisconnected"]
    connection.close()
