"""Owns sending what is due: claim and commit, send, record; a few sends at a time, within a time budget."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.failpoints import InjectedFault, reach
from riskreview.foundation.services import Services
from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.grouping import NO_CHANNEL
from riskreview.notifications.ledger import INTENT, LOST, SENT, Claimed, claim, due_channels, load_view, lost, settle
from riskreview.notifications.people import Directory
from riskreview.notifications.rendering import Renderer
from riskreview.notifications.senders import sender_for
from riskreview.policy.channels import Channel, filled

AT_ONCE = 4
"""Messages one dispatcher claims and sends side by side; a claim lives as long as the slowest of them."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """One process that sends.

    :param environment: fills ``${NAME}`` in channel URLs.
    :param alarm_to: person ids that hear of a message given up.
    """

    services: Services
    directory: Directory
    renderer: Renderer
    environment: Mapping[str, str]
    alarm_to: tuple[str, ...]

    def recover(self) -> Counter[str]:
        """Give messages back whose dispatcher ended during the send: their attempt is ``unknown``, they are tried again."""
        now = self.services.clock.now()

        def work(connection: Connection) -> Counter[str]:
            delivery = self.directory.channels.delivery
            found = lost(connection, now=now)
            return Counter(
                settle(connection, item, LOST, delivery, now=now, alarm_to=self.alarm_to,
                       others=self.directory.known_channels(item.recipient))
                for item in found
            )  # fmt: skip

        return retry_transaction(self.services.engine, work)

    def send_due(self, *, seconds: float) -> Counter[str]:
        """Send until nothing is due, the rates are used up, or the time is over. Returns how many messages got which state."""
        counts: Counter[str] = Counter()
        deadline = time.monotonic() + seconds
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            for batch in self._batches(deadline):
                for state in pool.map(self._send, batch):
                    counts[state] += 1
                self.services.progress.advance("deliver", sum(counts.values()))
        return counts

    def _batches(self, deadline: float) -> Iterator[tuple[Claimed, ...]]:
        now = self.services.clock.now()
        with self.services.engine.begin() as connection:
            names = [name for name in due_channels(connection, now=now) if name != NO_CHANNEL]
        while names and time.monotonic() < deadline:
            for name in tuple(names):
                batch = self._claim(name)
                if batch:
                    yield batch
                else:
                    names.remove(name)

    def _claim(self, name: str) -> tuple[Claimed, ...]:
        channels = self.directory.channels
        # Messages of a channel taken out of the file are claimed too: their ledger then says why they cannot be sent.
        channel = channels.channels.get(name) or next(iter(channels.channels.values()))
        now = self.services.clock.now()
        return retry_transaction(
            self.services.engine,
            lambda connection: claim(connection, name, channel, channels.delivery, now=now, limit=AT_ONCE),
        )

    def _send(self, message: Claimed) -> str:
        reach(INTENT)
        content: Content | None = None
        try:
            content, answer = self._attempt(message)
        except InjectedFault:
            raise
        except BadInput as error:
            answer = Answer("refused", f"{error.code} {error.found}")
        except Exception as error:  # noqa: BLE001  one broken message must not stop the others; the ledger keeps its reason
            structlog.get_logger("riskreview").warning("message_failed", ref=message.ref, error=type(error).__name__)
            answer = Answer("unknown", f"failed inside: {type(error).__name__}")
        reach(SENT)
        now = self.services.clock.now()
        return retry_transaction(
            self.services.engine,
            lambda connection: settle(
                connection, message, answer, self.directory.channels.delivery, now=now, alarm_to=self.alarm_to,
                others=self.directory.known_channels(message.recipient), body_sha256=content.sha256 if content else None,
            ),
        )  # fmt: skip

    def _attempt(self, message: Claimed) -> tuple[Content | None, Answer]:
        channel = self.directory.channels.channels.get(message.channel)
        address = self.directory.address(message.recipient, message.channel)
        if channel is None or address is None:
            return None, Answer("refused", "the person has no such channel any more")
        target = self._target(channel, address)
        content = self._render(message, channel)
        return content, sender_for(channel.kind).send(channel, target, content)

    def _render(self, message: Claimed, channel: Channel) -> Content:
        with self.services.engine.connect() as connection:
            view = load_view(connection, message, is_named=channel.customer_names)
        person = message.recipient
        return self.renderer.render(
            view,
            language=self.directory.language_of(person),
            time_zone=self.directory.zone_of(person),
            limit=channel.body_limit,
        )

    def _target(self, channel: Channel, address: str) -> Target:
        secret = filled(channel.secret, self.environment) if channel.secret else None
        return Target(channel.target(address, self.environment), secret, address)
