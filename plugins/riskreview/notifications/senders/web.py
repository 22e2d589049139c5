"""Owns posting JSON to a web hook: no redirects, small answers, one deadline for everything, destinations checked after look-up."""

import json
import socket
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from riskreview.notifications.content import Answer
from riskreview.notifications.senders.deadline import Deadline
from riskreview.policy.channels import Channel, check_host

LARGEST_ANSWER = 64_000
"""Bytes read of an answer."""

DEFAULT_WAIT = 60.0
"""Seconds to wait after a rate limit that does not say how long."""


class NotDelivered(Exception):
    """A post that did not bring a usable answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.detail)
        self.answer = answer


def post_json(
    channel: Channel, url: str, body: Mapping[str, object]
) -> Mapping[str, Any]:  # a service's JSON has any shape
    """Post a document and return the JSON object of the answer.

    :raises NotDelivered: for anything but HTTP 200 with a JSON object; its answer says what is known.
    """
    guard(channel, url)
    trusted = _trusted()  # read once, which takes longer than many an answer
    ends_at = time.monotonic() + channel.timeout_seconds
    limits = httpx.Timeout(channel.timeout_seconds, connect=min(channel.timeout_seconds, 10))
    try:
        with (
            httpx.Client(verify=trusted, timeout=limits, follow_redirects=False, trust_env=False) as client,
            Deadline(channel.timeout_seconds),
            client.stream(
                "POST",
                url,
                content=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json"},
            ) as response,
        ):
            status, headers = response.status_code, response.headers
            raw = _read(response, ends_at)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise NotDelivered(Answer("refused", f"not reached: {type(error).__name__}")) from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise NotDelivered(Answer("unknown", f"no answer: {type(error).__name__}")) from error
    _check_status(status, headers)
    return _object(raw)


@cache
def _trusted() -> ssl.SSLContext:
    """Return whose certificates are believed; reading them takes longer than a post."""
    return httpx.create_ssl_context(trust_env=False)


def guard(channel: Channel, url: str) -> None:
    """Look the host up and refuse it if any of its addresses is one the channel must not reach.

    :raises NotDelivered: for such a host or one without address.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered(Answer("refused", "not reached: the host has no address")) from error
    try:
        for *_, address in found:
            check_host(channel, str(address[0]))
    except ValueError as error:
        raise NotDelivered(Answer("refused", str(error))) from error


def waiting_time(headers: Mapping[str, str]) -> float:
    """Return the seconds of ``Retry-After``, between 1 second and 1 hour; a minute where it is missing or a date."""
    try:
        return min(max(float(headers.get("retry-after", "")), 1.0), 3600.0)
    except ValueError:
        return DEFAULT_WAIT


def _read(response: httpx.Response, ends_at: float) -> bytes:
    raw = b""
    for piece in response.iter_bytes():
        raw += piece
        if time.monotonic() > ends_at or len(raw) > LARGEST_ANSWER:
            raise TimeoutError("the answer takes too long")
    return raw


def _check_status(status: int, headers: Mapping[str, str]) -> None:
    if status == 429 or (status == 503 and "retry-after" in headers):
        raise NotDelivered(Answer("refused", f"HTTP {status}: too many messages", waiting_time(headers)))
    if status >= 500:
        raise NotDelivered(Answer("unknown", f"HTTP {status}"))
    if status != 200:
        raise NotDelivered(Answer("refused", f"HTTP {status}"))


def _object(raw: bytes) -> Mapping[str, Any]:  # a service's JSON has any shape
    try:
        found = json.loads(raw)
    except ValueError as error:
        kind = "an HTML page" if raw.lstrip()[:1] == b"<" else "no JSON" if raw.strip() else "nothing"
        raise NotDelivered(Answer("refused", f"HTTP 200 with {kind} instead of an answer")) from error
    if not isinstance(found, dict):
        raise NotDelivered(Answer("refused", "HTTP 200 with JSON that is no object"))
    return found
