"""Chat services on loopback that take and refuse what the real ones do, and what a phone shows of what they took.

Formats and limits are those the services document: WeCom 91770, DingTalk custom robots, Feishu and Lark custom bots, Slack incoming web
hooks, and the Workflows that stand for web hooks in Teams.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC-of-the-robot"  # noqa: S105  of this simulator
Reply = tuple[int, object]
OK: Mapping[str, Reply] = {
    "wecom": (200, {"errcode": 0, "errmsg": "ok"}), "dingtalk": (200, {"errcode": 0, "errmsg": "ok"}),
    "feishu": (200, {"code": 0, "msg": "success", "data": {}}), "lark": (200, {"code": 0, "msg": "success", "data": {}}),
    "slack": (200, "ok"), "teams": (202, ""),
}  # fmt: skip


@dataclass
class Phones:
    """What arrived, by service."""

    url: str = ""
    shown: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in OK})
    sizes: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in OK})

    def take(self, service: str, path: str, raw: bytes) -> Reply:
        """Answer one post as the service would."""
        refused, text = TAKING[service](path, raw)
        if refused is not None:
            return refused
        self.shown[service].append(text)
        self.sizes[service].append(len(raw))
        return OK[service]


def _wecom(path: str, raw: bytes) -> tuple[Reply | None, str]:
    body = json.loads(raw)
    content = body["markdown"]["content"]
    if not parse_qs(urlsplit(path).query).get("key"):
        return (200, {"errcode": 93000, "errmsg": "invalid webhook url"}), ""
    if body["msgtype"] != "markdown" or len(content.encode()) > 4096:
        return (200, {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}), ""
    return None, _read(content)


def _dingtalk(path: str, raw: bytes) -> tuple[Reply | None, str]:
    body, query = json.loads(raw), parse_qs(urlsplit(path).query)
    stamp = query.get("timestamp", ["0"])[0]
    sign = base64.b64encode(hmac.digest(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256)).decode()
    if query.get("sign") != [sign] or abs(time.time() * 1000 - int(stamp)) > 3_600_000:
        return (200, {"errcode": 310000, "errmsg": "sign not match"}), ""
    if body["msgtype"] != "markdown" or not body["markdown"]["title"]:
        return (200, {"errcode": 40035, "errmsg": "title is missing"}), ""
    if len(raw) > 20_000:
        return (200, {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}), ""
    paragraphs = re.split(r"\n{2,}", body["markdown"]["text"])
    return None, _read(
        "\n\n".join(re.sub(r"\n(?!\d+\. )", " ", part) for part in paragraphs)
    )  # one line break alone is none


def _feishu(_path: str, raw: bytes) -> tuple[Reply | None, str]:
    body = json.loads(raw)
    wanted = base64.b64encode(hmac.digest(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256)).decode()
    if body["sign"] != wanted or abs(time.time() - int(body["timestamp"])) > 3600:
        return (
            200,
            {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"},
        ), ""
    if len(raw) > 20 * 1024:
        return (200, {"code": 9499, "msg": "Bad Request: the request body is larger than 20 KB"}), ""
    card = body["card"]
    head, (text, action) = card["header"]["title"], card["elements"]
    button = action["actions"][0]
    assert (body["msg_type"], head["tag"], text["tag"], button["tag"]) == (
        "interactive",
        "plain_text",
        "markdown",
        "button",
    )
    return None, f"{head['content']}\n\n{_read(text['content'])}\n\n[{button['text']['content']}] <{button['url']}>"


def _slack(_path: str, raw: bytes) -> tuple[Reply | None, str]:
    (attached,) = json.loads(raw)["attachments"]
    if len(attached["text"]) > 40_000:
        return (400, "msg_too_long"), ""
    text = re.sub(r"<([^|<>]+)\|([^<>]*)>", r"\2 <\1>", attached["text"])
    text = re.sub(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)", r"\1", text)
    return None, html.unescape(f"{attached['title']}\n\n{text}")


def _teams(_path: str, raw: bytes) -> tuple[Reply | None, str]:
    if len(raw) > 28 * 1024:
        return (413, "RequestEntityTooLarge"), ""
    (attached,) = json.loads(raw)["attachments"]
    blocks = attached["content"]["body"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    shown = [_read(block["text"]) if block.get("wrap") else f"{block['text'][:40]}…" for block in blocks]
    return None, "\n\n".join(shown)


def _read(markdown: str) -> str:
    """Return Markdown as a reader sees it: bold letters, and links as their words with the address behind."""
    text = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"\1", markdown)
    return re.sub(r"(?<!\\)\[([^\[\]]*)\]\(([^()\s]*)\)", r"\1 <\2>", text)


TAKING: Mapping[str, Callable[[str, bytes], tuple[Reply | None, str]]] = {
    "wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu, "lark": _feishu, "slack": _slack, "teams": _teams}  # fmt: skip


@contextmanager
def running_phones() -> Iterator[Phones]:
    """Serve all of them; the first part of the path names the service."""
    phones = Phones()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = phones.take(self.path.split("/")[1], self.path, raw)
            answer = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    phones.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield phones
    server.shutdown()
    thread.join()
    server.server_close()


def urls(phones: Phones) -> dict[str, str]:
    """Return the URL of a channel of each kind; those of Slack and Teams are what Apprise takes, see ``reach``."""
    return {
        "wecom": f"{phones.url}/wecom/send?key=k", "dingtalk": f"{phones.url}/dingtalk/send?access_token=t",
        "feishu": f"{phones.url}/feishu/hook", "lark": f"{phones.url}/lark/hook",
        "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7", "teams": f"workflows://{urlsplit(phones.url).netloc}/flow/signature",
    }  # fmt: skip


def reach(phones: Phones, url: str) -> str:
    """Return where a post that is meant for Slack or Teams goes instead."""
    service = "slack" if "slack.com" in url else "teams"
    return f"{phones.url}/{service}{urlsplit(url).path}"


def redirected(phones: Phones, request: Callable[..., Any]) -> Callable[..., Any]:
    """Return what stands for ``requests.Session.request`` and reaches the simulators."""
    return lambda session, method, url, **named: request(session, method, reach(phones, url), **named)
