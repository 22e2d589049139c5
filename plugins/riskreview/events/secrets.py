"""Owns the secrets of senders: from the environment, else from a private file of the instance; each source has its own."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from riskreview.events.signature import read_key, write_key
from riskreview.foundation.errors import Conflict
from riskreview.foundation.instance import Instance
from riskreview.foundation.private_file import create_private, read_private, write_private

VARIABLE = "RISKREVIEW_EVENTS_SECRET_"
KEY_BYTES = 32
KEPT = 2
"""Secrets that are valid at once: the newest, and the one before while the sender changes over."""


def sender_keys(instance: Instance, source_id: str, environment: Mapping[str, str] | None = None) -> tuple[bytes, ...]:
    """Return the keys a source's messages may be signed with; none when no sender was set up.

    The variable ``RISKREVIEW_EVENTS_SECRET_<SOURCE>`` wins over ``keys/events/<source>.key``; both hold one secret or several.

    :raises BadInput: E-SECRET or E-SECRET-FILE.
    """
    given = (os.environ if environment is None else environment).get(VARIABLE + source_id.upper())
    if given is None:
        path = _path(instance, source_id)
        given = read_private(path) if path.exists() else ""
    return tuple(read_key(text, source_id) for text in given.split())


def make_secret(instance: Instance, source_id: str, *, rotate: bool = False) -> str:
    """Make a secret for a source's sender and return it as the sender writes it.

    :param rotate: add a second one; the first stays valid until the next rotation.
    :raises Conflict: when there is one and no rotation was asked for.
    """
    new = write_key(secrets.token_bytes(KEY_BYTES))
    path = _path(instance, source_id)
    if create_private(path, new + "\n"):
        return new
    if not rotate:
        raise Conflict(f"the source {source_id} has a secret already; rotate it, the old one stays valid meanwhile")
    kept = read_private(path).split()[-(KEPT - 1) :]
    write_private(path, "\n".join([*kept, new]) + "\n")
    return new


def _path(instance: Instance, source_id: str) -> Path:
    return instance.home / "keys" / "events" / f"{source_id}.key"
