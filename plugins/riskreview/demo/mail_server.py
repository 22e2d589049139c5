"""Owns the demo's mail server: real SMTP on loopback that keeps every mail as a file and counts them.

``python -m riskreview.demo.mail_server --port 2525 --maildir DIR --pid FILE``; SIGTERM or SIGINT stops it.
"""

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MAIL = 10_000_000


class Mailbox:
    """Keeps each mail it receives as ``<number>.eml`` and the number of mails in ``count.json``; goes on counting after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.count = max((int(path.stem) for path in folder.glob("[0-9]*.eml")), default=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        """Store one mail; the answer is given only once the file is complete."""
        self.count += 1
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        self._write(
            f"{self.count:06d}.eml", b"X-Envelope-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + content
        )
        self._write("count.json", json.dumps({"received": self.count}).encode())
        return "250 Message accepted for delivery"

    def _write(self, name: str, content: bytes) -> None:
        temporary = self.folder / f".{name}.part"
        temporary.write_bytes(content)
        temporary.replace(self.folder / name)


def received(folder: Path) -> int:
    """Return how many mails are in a mailbox folder."""
    return sum(1 for _ in folder.glob("[0-9]*.eml"))


async def serve(port: int, folder: Path, pid_file: Path | None) -> None:
    """Receive mail on loopback until SIGTERM or SIGINT; the pid file exists while mail is received."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    mailbox = Mailbox(folder)

    def session() -> SMTP:
        return SMTP(
            mailbox, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="localhost", ident="riskreview demo"
        )

    server = await loop.create_server(session, "127.0.0.1", port)
    _announce(pid_file)
    try:
        await stopped.wait()
    finally:
        server.close()
        await server.wait_closed()
        _withdraw(pid_file)


def _announce(pid_file: Path | None) -> None:
    if pid_file is not None:
        written = pid_file.with_suffix(".new")
        written.write_text(f"{os.getpid()}\n", encoding="ascii")
        written.replace(pid_file)


def _withdraw(pid_file: Path | None) -> None:
    if pid_file is not None:
        pid_file.unlink(missing_ok=True)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="A mail server on loopback that keeps every mail as a file.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    parser.add_argument("--pid", type=Path)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.maildir, given.pid))


if __name__ == "__main__":
    main()
