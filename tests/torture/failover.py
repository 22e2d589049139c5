"""Owns the failover drill: a primary PostgreSQL is killed under a running loop, its standby takes over, and what had been acknowledged is looked for.

``python -m tests.torture.failover`` with a standby that every commit waits for, ``--asynchronous`` with one that it does not: then the
loss is measured instead. The line to the standby stands still for a moment before the kill, as lines do.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.torture.portfolio import AS_OF, write_portfolio
from tests.torture.replicas import Replicas, wait_until

from riskreview.audit.log import AuditEvent, append
from riskreview.doctor.use_cases import examine
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import open_services
from riskreview.mechanisms.duty import NewDuty, open_duties
from riskreview.mechanisms.outbox import OutboxEvent, enqueue

REF = re.compile("RR-[A-Z2-7]{4}-[A-Z2-7]{4}")
LAG_SECONDS = 1.0
LATEST_SECONDS = 400.0
UNAVAILABLE = 75
FAR_OFF = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Found:
    """What the drill found.

    :param lost: acknowledged duties that the new primary does not have.
    :param doubled: duties, or mails of one reference beyond its recorded attempts, that are there twice.
    :param lost_seconds: how long before the kill the oldest lost one had been acknowledged.
    :param promoted_seconds: from the kill until the standby took writes.
    """

    mode: str
    acknowledged: int
    lost: int
    lost_seconds: float
    doubled: int
    mails: int
    unknown_mails: int
    promoted_seconds: float
    loops: int
    broken: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing acknowledged was lost, nothing doubled, and every invariant holds."""
        return not (self.lost or self.doubled or self.unknown_mails or self.broken)


class Client:
    """Opens duties one after the other, each with its event and its message in one transaction, and notes which were acknowledged and when."""

    def __init__(self, url: str) -> None:
        self.acknowledged: dict[str, float] = {}
        self._engine = create_engine(url, pool_pre_ping=True)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present duty."""
        self._stopped.set()
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        number = 0
        while not self._stopped.is_set():
            try:
                self._open(f"drill-{number}")
            except (RiskReviewError, OperationalError):
                time.sleep(0.2)  # the same duty again: its key makes the repeat harmless
                continue
            self.acknowledged[f"drill-{number}"] = time.monotonic()
            number += 1

    def _open(self, key: str) -> None:
        now = datetime.now(UTC)
        with transaction(self._engine) as connection:
            duty = NewDuty("drill", "drill", key, "it", "nora.lind", None, now + FAR_OFF, ())
            if open_duties(connection, [duty], at=now):
                append(connection, [AuditEvent("drill:opened", "drill", key, "system:drill")], at=now)
                enqueue(connection, [OutboxEvent(key, "drill", "drill", key, "low", ("nora.lind",), suppressed_reason="drill")], at=now)  # fmt: skip


def drill(place: Path, *, synchronous: bool) -> Found:
    """Lose the primary while messages are sent and duties opened, let the standby take over, run the loop to its end and look."""
    servers, mails = Replicas(place / "servers"), place / "mail"
    mail_port = _free_port()
    post = subprocess.Popen([sys.executable, "-m", "riskreview.demo.mail_server", "--port", str(mail_port), "--maildir", str(mails)])  # fmt: skip
    try:
        servers.start(synchronous=synchronous)
        os.environ["RISKREVIEW_DATABASE_URL"] = servers.url
        home = write_portfolio(place / "home", smtp_port=mail_port).home
        with open_services(home):  # migrates
            pass
        client = Client(servers.url)
        client.start()
        try:
            running = _begin(home)
            wait_until(lambda: any(mails.glob("[0-9]*.eml")) or running.poll() is not None, seconds=LATEST_SECONDS)
            servers.stop_sending()
            time.sleep(LAG_SECONDS)
            killed = time.monotonic()
            servers.lose_primary()
            servers.promote()
            promoted = time.monotonic() - killed
            running.wait(timeout=LATEST_SECONDS)
            loops = _finish(home)
        finally:
            client.stop()
        before = {key: at for key, at in client.acknowledged.items() if at <= killed}
        mode = "synchronous" if synchronous else "asynchronous"
        return _look(home, mode, mails, client.acknowledged, killed, (len(before), promoted, loops))
    finally:
        post.terminate()
        post.wait(timeout=10)
        servers.stop()


def _begin(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "riskreview.cli", "--home", str(home), "run", "--as-of", AS_OF.isoformat()]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _finish(home: Path) -> int:
    """Run the loop until it came to its end and return how often that took."""
    for number in range(1, 6):
        code = _begin(home).wait(timeout=LATEST_SECONDS)
        if code == 0:
            return number
        assert code == UNAVAILABLE, f"the loop ended with {code}"
    raise AssertionError("the loop did not come to its end")


def _look(
    home: Path, mode: str, mails: Path, acknowledged: dict[str, float], killed: float, known: tuple[int, float, int]
) -> Found:
    with open_services(home) as services:
        with services.engine.connect() as connection:
            duties = connection.execute(text("SELECT subject_id FROM duty WHERE kind = 'drill'")).scalars().all()
            told = set(connection.execute(text("SELECT event_key FROM outbox_event WHERE kind = 'drill'")).scalars())
            logged = set(
                connection.execute(text("SELECT subject_id FROM audit_event WHERE action = 'drill:opened'")).scalars()
            )
            attempts = {str(row.ref): int(row.number) for row in connection.execute(text("SELECT m.ref, count(*) AS number FROM message AS m INNER JOIN message_attempt AS a USING (message_id) GROUP BY m.ref"))}  # fmt: skip
        broken = tuple(item.invariant.id for item in examine(services, as_of=AS_OF).findings if item.broken)
    present = set(duties) & told & logged
    lost = {key: at for key, at in acknowledged.items() if key not in present}
    refs = [_ref_of(path) for path in sorted(mails.glob("[0-9]*.eml"))]
    return Found(
        mode, known[0], len(lost), round(killed - min(lost.values()), 2) if lost else 0.0,
        len(duties) - len(set(duties)) + sum(max(0, refs.count(ref) - attempts[ref]) for ref in set(refs) if ref in attempts),
        len(refs), sum(ref not in attempts for ref in refs), round(known[1], 2), known[2], broken,
    )  # fmt: skip


def _ref_of(mail: Path) -> str:
    """Return the reference a mail shows."""
    parts = message_from_bytes(mail.read_bytes()).walk()
    texts = (bytes(part.get_payload(decode=True) or b"").decode(errors="replace") for part in parts)
    return next((found[0] for said in texts if (found := REF.search(said))), "")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the drill and print what was found; exit code 1 when something acknowledged is gone although the standby was synchronous."""
    parser = argparse.ArgumentParser(description="Lose PostgreSQL's primary under a running loop.")
    parser.add_argument(
        "--asynchronous", action="store_true", help="commits do not wait for the standby; measures the loss"
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="failover-") as folder:
        Path(folder).chmod(0o755)
        found = drill(Path(folder), synchronous=not wanted.asynchronous)
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
    return 0 if found.is_clean or wanted.asynchronous else 1


if __name__ == "__main__":
    sys.exit(main())
