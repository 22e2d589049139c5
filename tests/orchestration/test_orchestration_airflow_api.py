"""Airflow is asked again where it did not answer a question, and never where it was told to act."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from riskreview.foundation.errors import Unavailable
from riskreview.orchestration.airflow_api import AirflowApi

Asked = list[str]


@pytest.fixture
def airflow() -> Iterator[tuple[AirflowApi, Asked, list[bool]]]:
    """An API server that hangs up on as many requests as it is told to, what it was asked, and a client of it."""
    asked: Asked = []
    hangs_up: list[bool] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"dag_runs": []})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer({"access_token": "t", "dag_run_id": "r"})

        def _answer(self, said: dict[str, object]) -> None:
            if not self.path.startswith("/auth"):
                asked.append(f"{self.command} {self.path.partition('?')[0]}")
                if hangs_up and hangs_up.pop():
                    self.close_connection = True
                    return
            content = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield AirflowApi(f"http://127.0.0.1:{server.server_port}", "admin", "x"), asked, hangs_up
        server.shutdown()


def test_a_question_a_busy_server_did_not_answer_is_asked_again(
    airflow: tuple[AirflowApi, Asked, list[bool]],
) -> None:
    api, asked, hangs_up = airflow
    hangs_up += [True, True]

    assert api.recent_runs() == []
    assert asked == ["GET /api/v2/dags/~/dagRuns"] * 3
    hangs_up += [True] * 3
    with pytest.raises(Unavailable, match="did not answer GET"):
        api.recent_runs()


def test_what_a_server_was_told_to_do_is_not_told_again(airflow: tuple[AirflowApi, Asked, list[bool]]) -> None:
    api, asked, hangs_up = airflow
    hangs_up.append(True)

    with pytest.raises(Unavailable, match="did not answer POST"):
        api.trigger("watch", {})
    assert asked == ["POST /api/v2/dags/watch/dagRuns"]
