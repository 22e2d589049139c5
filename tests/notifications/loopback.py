"""Servers on loopback that behave as real ones do, a team and channels that use them, and events to deliver."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent, Urgency, enqueue

TEAM = """
final_duty_role: executive
persons:
  - {id: li, name: Li, language: zh, channels: {mail: li@demo.example, chat: li}, roles: [risk_owner]}
  - {id: anna, name: Anna, language: en, time_zone: Europe/Berlin, channels: {mail: anna@demo.example}, roles: [executive]}
  - {id: it, name: It, language: en, channels: {chat: it, mail: it@demo.example}, roles: [it]}
  - {id: mute, name: Mute, language: en, roles: [legal]}
"""


@dataclass
class MailServer:
    """Receives mail; refuses addresses beginning with ``no`` and content while ``busy``; ``cuts`` the line when it has the content."""

    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0
    busy: bool = False
    cuts: bool = False
    delay: float = 0.0

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("no"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.busy:
            return "452 rate limit, try later"
        if self.cuts:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "250 OK"
        assert isinstance(envelope.content, bytes)
        time.sleep(self.delay)  # noqa: ASYNC251
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    received = MailServer()
    controller = Controller(received, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    received.port = controller.port
    yield received
    controller.stop()


@dataclass
class ChatService:
    """Answers every post with ``answer(number)``: status, headers, body, and seconds to wait before it."""

    url: str = ""
    posts: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    answer: Callable[[int], tuple[int, dict[str, str], bytes, float]] = lambda _: (
        200,
        {},
        b'{"errcode":0,"code":0}',
        0.0,
    )

    def say(self, body: object, status: int = 200, headers: dict[str, str] | None = None, wait: float = 0.0) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = lambda _: (status, headers or {}, raw, wait)


@contextmanager
def running_chat_service() -> Iterator[ChatService]:
    service = ChatService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.posts.append((self.path, json.loads(body)))
            status, headers, answer, wait = service.answer(len(service.posts))
            time.sleep(wait)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


def channels_yaml(mail: int, chat: str, *, extra: str = "", delivery: str = "") -> str:
    return f"""
channels:
  mail:
    kind: mail
    url: "mailto://127.0.0.1:{mail}?from=risk@demo.example&name=riskreview&to={{address}}"
    allow_loopback: true
    rate_per_minute: 6000
    digest_minutes: 15
    singles: 3
    timeout_seconds: 5
    {extra}
  chat:
    kind: wecom
    url: "{chat}/cgi-bin/webhook/send?key=secret-key"
    allow_loopback: true
    from_urgency: high
    timeout_seconds: 1
    rate_per_minute: 6000
delivery:
  backoff_minutes: [1, 5]
  lease_seconds: 60
  {delivery}
"""


def rewrite_channels(home: Path, mail: int, chat: str, **changes: str) -> None:
    (home / "policies" / "channels.yaml").write_text(channels_yaml(mail, chat, **changes), encoding="utf-8")


def event(
    number: int, *, urgency: Urgency = "normal", audience: tuple[str, ...] = ("anna",), kind: str = "signal_raised",
    suppressed: str | None = None,
) -> OutboxEvent:  # fmt: skip
    facts = {"customer_id": f"C-{number}", "risk_class": "high", "rule_id": "payment_default", "severity": "alarm"}
    return OutboxEvent(f"{kind}:{number}", kind, "signal", str(number), urgency, audience, facts, suppressed)


def told(services: Services, *events: OutboxEvent) -> None:
    with services.engine.begin() as connection:
        enqueue(connection, events, at=services.clock.now())
