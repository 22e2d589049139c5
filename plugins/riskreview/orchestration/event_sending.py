"""Owns sending events to a running instance as an outside system would, and measuring how long each takes to the message."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from riskreview.demo.notices import Notice
from riskreview.events.app import ID, SENT, SIGNATURE
from riskreview.events.secrets import make_secret, sender_keys
from riskreview.events.signature import sign
from riskreview.foundation.errors import BadInput, Unavailable
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Latency:
    """How long events took.

    :param sent: events that were sent; ``evaluated`` those whose customers were judged; ``told`` those whose pass had something to tell.
    :param passes: how many passes of ``watch_events`` took them.
    :param p95_seconds: from the moment an event was received until every message of its pass was accepted by its channel, or
        until it was evaluated where there was nothing to tell.
    """

    sent: int
    evaluated: int
    told: int
    passes: int
    p50_seconds: float
    p95_seconds: float
    max_seconds: float


class EventSender:
    """An outside system with a secret of its own, which posts to the web hook of the API server."""

    def __init__(self, services: Services, url: str, source: str) -> None:
        instance = services.instance
        keys = sender_keys(instance, source)
        if not keys:
            make_secret(instance, source)
            keys = sender_keys(instance, source)
        self._key, self._url, self._queue = (
            keys[-1],
            f"{url}/riskreview-events/{source}",
            Path(instance.inbox) / "queue" / source,
        )
        self._clock = services.clock
        self._client = httpx.Client(timeout=30, trust_env=False)

    def send(self, notice: Notice) -> None:
        """Send a notice by its way; the same one twice is one.

        :raises BadInput: when it is refused.
        """
        if notice.way == "queue":
            self._queue.mkdir(parents=True, exist_ok=True)
            draft = self._queue / f"{notice.number}.json.part"
            draft.write_bytes(notice.body)
            draft.replace(self._queue / f"{notice.number}.json")
            return
        sent = int(self._clock.now().timestamp())
        headers = {ID: notice.number, SENT: str(sent), SIGNATURE: sign(self._key, notice.number, sent, notice.body),
                   "content-type": "application/json"}  # fmt: skip
        answer = self._client.post(self._url, content=notice.body, headers=headers)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise BadInput("E-EVENT", f"the web hook answered {answer.status_code}: {answer.text[:200]}", "Look into the log of the api-server")  # fmt: skip


def send_spread(sender: EventSender, notices: Sequence[Notice], *, over_seconds: float) -> None:
    """Send notices evenly over some time."""
    begun = time.monotonic()
    for number, notice in enumerate(notices):
        time.sleep(max(0.0, begun + over_seconds * number / max(len(notices), 1) - time.monotonic()))
        sender.send(notice)


def wait_until_told(services: Services, source: str, numbers: Sequence[str], *, seconds: float) -> Latency:
    """Wait until the events of a source with these ids are settled and their messages accepted, and return how long they took.

    :raises Unavailable: when they are not in time.
    """
    deadline, wanted = time.monotonic() + seconds, {"source_id": source, "event_keys": list(numbers)}
    while True:
        with services.engine.connect() as connection:
            rows = connection.execute(text(sql("orchestration", "event_latency")), wanted).all()
        if len(rows) == len(numbers) and all(row.is_settled for row in rows):
            return latency(len(numbers), rows)
        if time.monotonic() > deadline:
            done = sum(bool(row.is_settled) for row in rows)
            raise Unavailable(f"{done} of {len(numbers)} events were evaluated and told within {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def latency(sent: int, rows: Sequence[Any]) -> Latency:  # result rows
    """Return the figures of settled events; percentiles are those of the nearest rank."""
    taken = sorted(float(row.seconds) for row in rows)

    def rank(share: float) -> float:
        return round(taken[math.ceil(share * len(taken)) - 1], 2) if taken else 0.0

    return Latency(sent, sum(row.state == "evaluated" for row in rows), sum(row.is_told for row in rows),
                   len({row.run_id for row in rows}), rank(0.5), rank(0.95), rank(1.0))  # fmt: skip
