"""Owns signed notes: text with Ed25519 signatures below it, in the format of C2SP signed-note. Pure."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from riskreview.foundation.errors import RuleViolation

ED25519 = b"\x01"
DASH = "— "


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A named key that notes are checked with."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes a signature names its key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"


def public_key_of(name: str, key: Ed25519PrivateKey) -> PublicKey:
    """Return the public half of a key under a name."""
    return PublicKey(name, key.public_key().public_bytes_raw())


def read_public_key(text: str) -> PublicKey:
    """Read ``name+id+key`` as C2SP writes it.

    :raises RuleViolation: when it is no such key.
    """
    name, _, rest = text.strip().partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    key = PublicKey(name, raw[1:])
    if raw[:1] != ED25519 or len(raw) != 33 or key.key_id.hex() != identity:
        raise RuleViolation(f"{text.strip()[:80]!r} is no public key; it reads NAME+ID+KEY")
    return key


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return ``text``, which ends with a newline, with its signature below."""
    signature = public_key_of(name, key).key_id + key.sign(text.encode())
    return f"{text}\n{DASH}{name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, key: PublicKey) -> str:
    """Return the text of a note that ``key`` signed.

    :raises RuleViolation: when it did not.
    """
    text, mark, signatures = note.rpartition(f"\n\n{DASH}")
    text += "\n"
    for line in (DASH + signatures).splitlines() if mark else ():
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue
        if name == key.name and raw[:4] == key.key_id and _is_valid(key, raw[4:], text):
            return text
    raise RuleViolation(f"the note is not signed by {key}")


def _is_valid(key: PublicKey, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True
