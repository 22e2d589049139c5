"""Owns measuring messages in bulk: ten thousand alerts queued at once, and brought by eight dispatchers to a slow chat robot as digests."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import text

from riskreview.foundation.database import transaction
from riskreview.foundation.instance import create_instance
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, Urgency, enqueue
from riskreview.notifications.use_cases import deliver
from riskreview.orchestration import bench_data
from riskreview.orchestration.bench import empty_home, hardware

EVENTS, PEOPLE, DISPATCHERS = 10_000, 20, 8
ANSWER_SECONDS = 1.0
POSTS_PER_MINUTE = 20
"""What the robot takes in any minute; more are refused with status 200 and a code in the body, as WeCom's does."""

LONGEST_SECONDS = 1800.0
URGENCIES: tuple[Urgency, ...] = ("critical", "high", "high", *("normal",) * 17)

CHANNELS = """
channels:
  chat: {{kind: wecom, url: "{url}/cgi-bin/webhook/send?key=bench", allow_loopback: true, rate_per_minute: 18, timeout_seconds: 20}}
delivery: {{}}
"""
PERSON = "  - {{id: person{number}, name: Person {number}, channels: {{chat: p{number}}}, roles: [{role}]}}\n"


@dataclass(frozen=True, slots=True)
class MessageBench:
    """What was measured, in seconds of wall time.

    :param messages: single messages and digests the robot took; ``most_per_person`` of them for one person.
    :param untold: events that were in no accepted message at the end; ``doubled`` posts beyond one per message. 0, or something is wrong.
    """

    events: int
    enqueue_seconds: float
    expand_seconds: float
    dispatchers: int
    deliver_seconds: float
    messages: int
    digests: int
    most_per_person: int
    untold: int
    doubled: int
    refused_by_robot: int
    load_average: float
    hardware: dict[str, str]


@dataclass(slots=True)
class _Robot:
    """A chat service that takes its time."""

    url: str = ""
    taken: list[float] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self) -> dict[str, object]:
        now = time.monotonic()
        with self.lock:
            if sum(moment > now - 60 for moment in self.taken) >= POSTS_PER_MINUTE:
                self.refused += 1
                return {"errcode": 45009, "errmsg": "api freq out of limit"}
            self.taken.append(now)
        time.sleep(ANSWER_SECONDS)
        return {"errcode": 0, "errmsg": "ok"}


def run_message_bench(*, home: Path, events: int = EVENTS) -> MessageBench:
    """Queue events to the people of an invented team and deliver them.

    :param home: an instance of its own; the one of the last run is removed.
    """
    empty_home(home)
    instance = create_instance(home)
    (instance.home / bench_data.MARKER).touch()
    with _running() as robot:
        people = "".join(PERSON.format(number=n, role="executive" if n == 0 else "risk_owner") for n in range(PEOPLE))
        policies = instance.home / "policies"
        (policies / "team.yaml").write_text(f"final_duty_role: executive\npersons:\n{people}", encoding="utf-8")
        (policies / "channels.yaml").write_text(CHANNELS.format(url=robot.url), encoding="utf-8")
        with open_services(home) as services:
            return _measure(services, robot, _events(events))


def _events(count: int) -> list[OutboxEvent]:
    return [
        OutboxEvent(f"bench:{number}", "signal_raised", "signal", str(number), URGENCIES[number // PEOPLE % len(URGENCIES)],
                    (f"person{number % PEOPLE}", f"person{(number * 7 + 1) % PEOPLE}"),
                    {"customer_id": f"C-{number}", "risk_class": "high", "rule_id": "payment_default", "severity": "alarm"})
        for number in range(count)
    ]  # fmt: skip


def _measure(services: Services, robot: _Robot, events: list[OutboxEvent]) -> MessageBench:
    load, start = os.getloadavg()[0], time.perf_counter()
    with transaction(services.engine) as connection:
        enqueue(connection, events, at=services.clock.now())
    queued = time.perf_counter()
    deliver(services, seconds=-1)
    expanded = time.perf_counter()
    _deliver_all(services.instance.home)
    ended = time.perf_counter()
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("bench", "count_messages"))).one()
    return MessageBench(len(events), round(queued - start, 2), round(expanded - queued, 2), DISPATCHERS, round(ended - expanded, 1),
                        found.messages, found.digests, found.most_per_person, found.untold, len(robot.taken) - found.messages,
                        robot.refused, round(load, 2), hardware())  # fmt: skip


def _deliver_all(home: Path) -> None:
    """Let dispatchers, each with its own connections, deliver until nothing waits."""
    deadline = time.monotonic() + LONGEST_SECONDS

    def work() -> None:
        with open_services(home) as services:
            while deliver(services, seconds=60).waiting and time.monotonic() < deadline:
                time.sleep(1)

    threads = [threading.Thread(target=work) for _ in range(DISPATCHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _running() -> Iterator[_Robot]:
    robot = _Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(robot.answer()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    robot.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield robot
    finally:
        server.shutdown()
        server.server_close()
