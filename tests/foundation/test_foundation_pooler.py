"""Behind a pooler that gives every transaction another session: locks hold, settings are there, nothing of one transaction is seen by the next."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from tests.foundation.parting import part

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.services import Services
from riskreview.groups.store import kept_relations
from riskreview.orchestration.locks import Lock, is_held, stage_lock

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SETTINGS = """
[databases]
* = host={server} port=5432
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
logfile = {folder}/log
user = {user}
"""
pytestmark = pytest.mark.skipif(POOLER is None, reason="pgbouncer is not installed (Debian: apt-get install pgbouncer)")


@pytest.fixture
def pooled(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services as the judging role, each transaction in whichever of a few sessions is free."""
    part(services, monkeypatch).engine.dispose()
    server = Path(str(services.engine.url.query["host"]))
    folder, user = Path(tempfile.mkdtemp(prefix="rrpool-")), pwd.getpwuid(server.stat().st_uid).pw_name
    login = DatabaseRole.SCORE.login
    (folder / "users").write_text(f'"{login}" ""\n', encoding="ascii")
    (folder / "settings").write_text(SETTINGS.format(server=server, folder=folder, user=user), encoding="ascii")
    for path in (folder, *folder.iterdir()) if os.geteuid() == 0 else ():
        shutil.chown(path, user)
    running = subprocess.Popen([str(POOLER), "-q", str(folder / "settings")], stderr=subprocess.DEVNULL)
    url = services.engine.url.set(username=login, query={"host": str(folder), "port": "6432"})
    engine = create_engine(url)
    _wait(engine, running)
    yield Services(services.instance, engine, services.clock, services.progress)
    engine.dispose()
    running.terminate()
    running.wait(timeout=10)
    shutil.rmtree(folder)


def test_locks_settings_and_passing_tables_are_right_behind_a_pooler(pooled: Services):
    with stage_lock(pooled, Lock.WATCH):
        assert is_held(pooled, Lock.WATCH)
        with pytest.raises(Unavailable, match="watch is still under way"), stage_lock(pooled, Lock.WATCH, wait_seconds=1):  # fmt: skip
            pytest.fail("two runs of one stage at once")
    assert not is_held(pooled, Lock.WATCH)

    for _ in range(3):
        with pooled.engine.begin() as connection, kept_relations(connection):
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "1min"
            connection.execute(text("CREATE TEMPORARY TABLE passing (number integer) ON COMMIT DROP"))


def _wait(engine: Engine, running: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        try:
            with engine.connect():
                return
        except Exception:  # noqa: BLE001  not there yet
            assert running.poll() is None, "the pooler did not start"
            time.sleep(0.05)
    pytest.fail("the pooler does not answer")
