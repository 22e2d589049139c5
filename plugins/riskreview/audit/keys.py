"""Owns the log's signing key and its succession: one private key file, and the statements by which each key names the next."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, text

from riskreview.audit import notes
from riskreview.audit.notes import PublicKey
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.private_file import create_private, read_private, write_private
from riskreview.foundation.sql import sql

FILE = "audit.key"
HEADING = "riskreview audit key"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a log, the oldest first, each with the number of the first checkpoint it signs."""

    origin: str
    keys: tuple[tuple[int, PublicKey], ...]

    def key_of(self, number: int) -> PublicKey:
        """Return the key that signs the checkpoint ``number``.

        :raises RuleViolation: when it is from before all of them.
        """
        found = next((key for first, key in reversed(self.keys) if first <= number), None)
        if found is None:
            raise RuleViolation(f"checkpoint {number} is from before the first of the log's keys")
        return found


@dataclass(frozen=True, slots=True)
class Signer:
    """The newest key of a log with its private half."""

    ring: KeyRing
    private: Ed25519PrivateKey

    def sign(self, content: str) -> str:
        """Return ``content``, which ends with a newline, as a note signed by the log."""
        return notes.sign(content, self.ring.origin, self.private)


def read_ring(statements: Sequence[str]) -> KeyRing:
    """Read the statements of a log: the first key signs itself, every other is signed by the one before.

    :raises RuleViolation: when a statement is not signed by whom it must be.
    """
    keys: list[tuple[int, PublicKey]] = []
    for statement in statements:
        first, key = _stated(statement)
        content = notes.open_note(statement, keys[-1][1] if keys else key)
        if not content.startswith(f"{HEADING}\n") or (keys and (key.name != keys[0][1].name or first <= keys[-1][0])):
            raise RuleViolation("a statement about the log's keys does not follow the one before it")
        keys.append((first, key))
    if not keys:
        raise RuleViolation("the log has no key yet; it gets one with its first checkpoint")
    return KeyRing(keys[0][1].name, tuple(keys))


def _stated(statement: str) -> tuple[int, PublicKey]:
    try:
        said = dict(line.split(" ", 1) for line in statement.partition("\n\n")[0].splitlines()[1:])
        return int(said["from"]), notes.read_public_key(said["key"])
    except (ValueError, KeyError) as error:
        raise RuleViolation("what stands among the statements about the log's keys is none") from error


def split_statements(content: str) -> list[str]:
    """Return the statements of a text in which they follow each other."""
    return [item for item in re.split(rf"(?m)^(?={HEADING}$)", content) if item]


def statements_of(connection: Connection) -> list[str]:
    """Return the stored statements about the log's keys, the oldest first."""
    return [str(item) for item in connection.execute(text(sql("audit", "read_keys"))).scalars()]


def open_signer(instance: Instance, connection: Connection, *, at: datetime) -> Signer:
    """Return the log's signer; a log without a key gets one, in a file only its owner can read.

    :raises BadInput: E-AUDIT-KEY when the file is not the log's newest key.
    """
    statements = statements_of(connection)
    if not statements:
        private = _first_key(_path(instance))
        origin = "riskreview.audit/" + hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16]
        statements = [_state(connection, origin, private, private, first=1, at=at)]
    ring = read_ring(statements)
    newest = ring.keys[-1][1]
    for path in (_path(instance), _next_path(instance)):
        found = _load(path)
        if found is not None and notes.public_key_of(ring.origin, found) == newest:
            if path != _path(instance):
                path.replace(_path(instance))
            return Signer(ring, found)
    raise BadInput("E-AUDIT-KEY", "the file is not the newest signing key of this log",
                   f"Put the key file that belongs to {newest} back", f"keys/{FILE}")  # fmt: skip


def rotate(instance: Instance, connection: Connection, *, first: int, at: datetime) -> Signer:
    """Make a new key, have the old one sign it in the caller's transaction, and return its signer.

    The new private key is on the disk before the statement is, and takes the old one's place when it is first used.

    :param first: number of the first checkpoint the new key signs.
    """
    old = open_signer(instance, connection, at=at)
    private = Ed25519PrivateKey.generate()
    write_private(_next_path(instance), _pem(private))
    _state(connection, old.ring.origin, private, old.private, first=first, at=at)
    return Signer(read_ring(statements_of(connection)), private)


def _state(
    connection: Connection, origin: str, new: Ed25519PrivateKey, signer: Ed25519PrivateKey, *, first: int, at: datetime
) -> str:
    key = notes.public_key_of(origin, new)
    content = f"{HEADING}\norigin {origin}\nkey {key}\nfrom {first}\nat {at.isoformat()}\n"
    statement = notes.sign(content, origin, signer)
    connection.execute(text(sql("audit", "insert_key")), {"statement": statement, "at": at})
    return statement


def _first_key(path: Path) -> Ed25519PrivateKey:
    create_private(path, _pem(Ed25519PrivateKey.generate()))  # when there is one already, that one counts
    key = _load(path)
    if key is None:
        raise BadInput(
            "E-AUDIT-KEY", "the signing key cannot be read", "Check the folder's permissions", f"keys/{FILE}"
        )
    return key


def _load(path: Path) -> Ed25519PrivateKey | None:
    if not path.exists():
        return None
    try:
        key = load_pem_private_key(read_private(path).encode(), None)
    except (ValueError, TypeError) as error:
        raise BadInput("E-AUDIT-KEY", "the file holds no signing key", "Put the key file back from its backup", path.name) from error  # fmt: skip
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("E-AUDIT-KEY", "the key is no Ed25519 key", "Put the key file back from its backup", path.name)
    return key


def _pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _path(instance: Instance) -> Path:
    return instance.home / "keys" / FILE


def _next_path(instance: Instance) -> Path:
    return instance.home / "keys" / f"{FILE}.next"
