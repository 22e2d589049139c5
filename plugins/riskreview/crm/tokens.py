"""Owns access tokens: one at a time for a connection, shared by all processes, renewed by one of them while the others wait."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Engine, text

from riskreview.crm.problems import CrmUnavailable
from riskreview.crm.timing import Timer
from riskreview.foundation.database import transaction
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class Token:
    """What opens the CRM for a while.

    :param good_until: when it is renewed, some minutes before it ends. :param place: what else the answer said: API server or company.
    """

    value: str
    good_until: datetime
    place: str = ""

    def __repr__(self) -> str:
        return f"Token(good_until={self.good_until.isoformat()})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The CRM gives no token before a moment: too many were asked for."""

    until: datetime
    sentence: str


Mint = Callable[[], Token | Refusal]


class Slot(Protocol):
    """Where the token of one connection is kept while it is locked."""

    def read(self) -> Token | Refusal | None:
        """Return what is kept."""

    def write(self, kept: Token | Refusal) -> None:
        """Keep something else."""


class TokenStore(Protocol):
    """Keeps a connection's token for all who share it."""

    def locked(self) -> AbstractContextManager[Slot]:
        """Keep others from reading and renewing while the block runs."""


class Tokens:
    """Hands out the current token of a connection."""

    def __init__(self, store: TokenStore, mint: Mint, timer: Timer) -> None:
        self._store, self._mint, self._timer = store, mint, timer
        self._held: Token | None = None

    def current(self) -> Token:
        """Return a token that is good now.

        :raises CrmUnavailable: while the CRM gives none.
        """
        if self._held is None or self._held.good_until <= self._timer.now():
            self._held = self._shared(failed=None)
        return self._held

    def renew(self, failed: Token) -> Token:
        """Return another token than one the CRM refused; somebody else's new one if there is."""
        self._held = self._shared(failed=failed.value)
        return self._held

    def _shared(self, failed: str | None) -> Token:
        with self._store.locked() as slot:
            kept = slot.read()
            if not self._is_good(kept, failed):
                kept = self._mint()
                slot.write(kept)
        if isinstance(kept, Token):
            return kept
        raise CrmUnavailable("the CRM gives no token" if kept is None else kept.sentence)

    def _is_good(self, kept: Token | Refusal | None, failed: str | None) -> bool:
        now = self._timer.now()
        if isinstance(kept, Refusal):
            return now < kept.until
        return kept is not None and kept.good_until > now and kept.value != failed


class MemoryStore:
    """Keeps a token for the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: Token | Refusal | None = None

    @contextmanager
    def locked(self) -> Iterator["MemoryStore"]:
        """Hold the lock."""
        with self._lock:
            yield self

    def read(self) -> Token | Refusal | None:
        """Return what is kept."""
        return self._kept

    def write(self, kept: Token | Refusal) -> None:
        """Keep something else."""
        self._kept = kept


class DatabaseStore:
    """Keeps a token for all processes and machines of an instance, sealed with the connection's own secret."""

    def __init__(self, engine: Engine, name: str, secret: str) -> None:
        self._engine, self._name = engine, name
        self._seal = Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"crm token {name} {secret}".encode()).digest()))

    @contextmanager
    def locked(self) -> Iterator[Slot]:
        """Hold the row's lock in a transaction of its own; it ends with its holder."""
        with transaction(self._engine) as connection:
            connection.execute(text(sql("crm", "lock_token")), {"connection": self._name})
            yield _Row(connection, self._name, self._seal)


@dataclass(frozen=True, slots=True)
class _Row:
    connection: Connection
    name: str
    seal: Fernet

    def read(self) -> Token | Refusal | None:
        """Return what is kept; what was sealed with an earlier secret is nothing."""
        row = self.connection.execute(text(sql("crm", "read_token")), {"connection": self.name}).one_or_none()
        if row is None:
            return None
        try:
            fields = json.loads(self.seal.decrypt(bytes(row.sealed)))
        except InvalidToken:
            return None
        if fields["refused"]:
            return Refusal(row.good_until, fields["value"])
        return Token(fields["value"], row.good_until, fields["place"])

    def write(self, kept: Token | Refusal) -> None:
        """Keep something else."""
        if isinstance(kept, Refusal):
            fields, until = {"value": kept.sentence, "place": "", "refused": True}, kept.until
        else:
            fields, until = {"value": kept.value, "place": kept.place, "refused": False}, kept.good_until
        values = {
            "connection": self.name,
            "sealed": self.seal.encrypt(json.dumps(fields).encode()),
            "good_until": until,
        }
        self.connection.execute(text(sql("crm", "write_token")), values)


def until(timer: Timer, seconds: float, *, early: float) -> datetime:
    """Return when a token that lives for some seconds is renewed: early, but not before half of its life."""
    return timer.now() + timedelta(seconds=max(seconds - early, seconds / 2))
