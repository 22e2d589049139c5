"""Owns the signature of a web hook: HMAC-SHA256 as the open Standard Webhooks describe it, so that senders need no code of ours.

Signed is ``<id>.<time>.<body>``: neither the body nor the id can be exchanged, and an old message cannot be sent again. Pure.
https://github.com/standard-webhooks/standard-webhooks
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from riskreview.foundation.errors import BadInput, RuleViolation

PREFIX = "whsec_"
SCHEME = "v1"
SHORTEST_KEY = 24
"""Bytes; Standard Webhooks asks for 24 to 64."""


class NotSigned(RuleViolation):
    """A message without a valid signature. Its sender hears nothing but that; the log says why."""


def sign(key: bytes, event_key: str, seconds: int, body: bytes) -> str:
    """Return the signature of a message sent at a Unix time."""
    signed = f"{event_key}.{seconds}.".encode() + body
    return f"{SCHEME},{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def check_signature(
    keys: Sequence[bytes], *, event_key: str, sent: str, signatures: str, body: bytes, now: datetime, window: timedelta
) -> None:
    """Accept a message that one of the keys signed within ``window`` of now.

    :param sent: Unix time as text; ``signatures``: as in the header, several separated by blanks while a sender changes its key.
    :raises NotSigned: otherwise; every key is tried in constant time.
    """
    seconds = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) <= 12 else -1
    given = [item.encode("utf-8", "replace") for item in signatures.split(" ") if item.startswith(f"{SCHEME},")][:8]
    matches = [
        hmac.compare_digest(sign(key, event_key, seconds, body).encode(), item) for key in keys for item in given
    ]
    if seconds < 0 or not any(matches):
        raise NotSigned("the message is not signed by a sender of this source")
    if abs(now - datetime.fromtimestamp(seconds, tz=UTC)) > window:
        raise NotSigned(f"the message was signed more than {window.total_seconds():.0f} s away from our clock")


def read_key(text: str, source: str) -> bytes:
    """Return the bytes of a secret written as ``whsec_`` and base64.

    :raises BadInput: E-SECRET for one that is too short or no base64; the secret itself is never shown.
    """
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise BadInput(
            "E-SECRET", "the secret is no base64", "Make one with: riskreview events secret SOURCE", source
        ) from error
    if len(key) < SHORTEST_KEY:
        raise BadInput(
            "E-SECRET", f"the secret has {len(key)} bytes", f"Use at least {SHORTEST_KEY} random bytes", source
        )
    return key


def write_key(key: bytes) -> str:
    """Return a secret as senders write it."""
    return PREFIX + base64.b64encode(key).decode()
