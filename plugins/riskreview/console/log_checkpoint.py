"""Owns remembering up to where the log was verified: signed outside the database, so that each look verifies only what is new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Connection

from riskreview.audit.log import Checkpoint, Verification, verify
from riskreview.console.tokens import signing_keys
from riskreview.console.visit import rows
from riskreview.foundation.instance import Instance

SALT = "riskreview.console.log"
FILE = "console-log.checkpoint"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    :param since: the event it began after, 0 for the whole log. :param whole_at: when the whole log was verified last.
    """

    found: Verification
    since: int
    whole_at: datetime | None


def verify_log(instance: Instance, connection: Connection, *, at: datetime, whole: bool) -> Verified:
    """Verify the log from where the last verification ended, or all of it; remember the end only where everything holds."""
    known, whole_at = (None, None) if whole else _read(instance)
    found = verify(connection, after=known)
    whole_at = at if known is None else whole_at
    if found.first_bad is None:
        _keep(instance, _head(connection, found.verified), whole_at)
    return Verified(found, 0 if known is None else known.seq, whole_at)


def _head(connection: Connection, seq: int) -> Checkpoint:
    """Return the verified end of the log; events that came meanwhile are not in it."""
    row = rows(connection, "log_event", seq=seq)
    return Checkpoint(seq, bytes(row[0]["chain_hash"])) if row else Checkpoint(0, bytes(32))


def _read(instance: Instance) -> tuple[Checkpoint | None, datetime | None]:
    """Return what was remembered; nothing when it was not signed by this instance."""
    path = instance.home / "keys" / FILE
    try:
        found: dict[str, Any] = _signer(instance).loads(path.read_text(encoding="ascii"))
        moment = found["whole_at"]
        return Checkpoint(int(found["seq"]), bytes.fromhex(found["chain"])), datetime.fromisoformat(
            moment
        ) if moment else None
    except (OSError, BadSignature, KeyError, ValueError):
        return None, None


def _keep(instance: Instance, end: Checkpoint, whole_at: datetime | None) -> None:
    path = instance.home / "keys" / FILE
    content = {"seq": end.seq, "chain": end.chain.hex(), "whole_at": whole_at.isoformat() if whole_at else None}
    draft = path.with_name(f".{FILE}")
    draft.write_text(str(_signer(instance).dumps(content)), encoding="ascii")
    draft.replace(path)


def _signer(instance: Instance) -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys(instance), salt=SALT)
