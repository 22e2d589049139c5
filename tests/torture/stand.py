"""Owns what every history needs beside its instance: a mail server that takes every mail, and the template all instances are copied from."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.portfolio import write_portfolio

from riskreview.orchestration.airflow_settings import free_port

STARTED_SECONDS = 120


@contextmanager
def template(base: Path) -> Iterator[None]:
    """Write the template below ``base`` and receive its mail meanwhile."""
    port, pid_file = free_port(), base / "mail.pid"
    command = [sys.executable, "-m", "riskreview.demo.mail_server", "--port", str(port), "--maildir", str(base / "mail"),
               "--pid", str(pid_file)]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        write_portfolio(base / "template", smtp_port=port)
        deadline = time.monotonic() + STARTED_SECONDS
        while not pid_file.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the mail server did not start")
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(timeout=10)
