"""The demo's mail server is a real one: it stores, counts, survives a restart and stops when told."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.notifications.loopback import free_port

from riskreview.demo.mail_server import received


def started(port: int, folder: Path, pid_file: Path) -> subprocess.Popen[bytes]:
    plugins = str(Path(__file__).parents[2] / "plugins")
    command = [sys.executable, "-m", "riskreview.demo.mail_server", "--port", str(port), "--maildir", str(folder),
               "--pid", str(pid_file)]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": plugins})
    deadline = time.monotonic() + 120
    while not pid_file.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    return process


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
        connection.sendmail("a@x.example", ["b@x.example"], "Subject: hello\r\n\r\nbody")


@pytest.mark.long
def test_it_stores_each_mail_counts_on_after_a_restart_and_stops_on_sigterm(tmp_path: Path) -> None:
    port, folder, pid_file = free_port(), tmp_path / "mails", tmp_path / "pid"
    for expected in (2, 4):
        process = started(port, folder, pid_file)
        assert int(pid_file.read_text(encoding="ascii")) == process.pid
        send(port)
        send(port)
        assert received(folder) == expected
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not pid_file.exists()
    assert "X-Envelope-To: b@x.example" in (folder / "000004.eml").read_text(encoding="ascii")
