"""Fixtures every test may use: an instance on a real PostgreSQL, with a fresh database for each test."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, text
from tests.databases import Lent, administrator
from tests.examples import DRAWN, few
from tests.s3_place import S3Place

from riskreview.foundation import embedded_postgres
from riskreview.foundation.clock import Clock, FixedClock, midnight_utc
from riskreview.foundation.database import start_embedded, stop_embedded
from riskreview.foundation.instance import Instance, create_instance, open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.schema import migrate
from riskreview.foundation.services import Services

_numbers = itertools.count(1)
# Two workers share two processors: threads that wait for each other inside a computation take its time three times over.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
# A busy machine is no defect of what is tested: examples have no deadline and may be made slowly. The same code is tried on the same
# ones, so that a run passes or fails for what was changed; RISKREVIEW_EXAMPLES draws as many new ones (make examples).
settings.register_profile(
    "riskreview", max_examples=few(40), derandomize=not DRAWN, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("riskreview")


# Hundreds of thousands of objects live as long as the session: looking through them again and again took a sixth of its time.
gc.set_threshold(100_000, 20, 100)


def pytest_collection_finish() -> None:
    """Leave what was collected and imported out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the embedded PostgreSQL by the fixtures it asks for, so that nobody forgets the marker; put what takes long first."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True, scope="session")
def _files_are_finished_at_once() -> Iterator[None]:
    """Take a file for finished sooner than where others write it: hundreds of inboxes are filled by the tests themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("riskreview.intake.inbox.STABLE_SECONDS", 0.1)
        yield


SMALL_CACHE_MB = 16
"""Of a server for tests: creating and dropping a database looks through all of it, and the files lie in memory anyway."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded PostgreSQL for the session, with a migrated template database; yields its URL without a database."""
    home = Path(tempfile.mkdtemp(prefix="rrtest-"))
    instance = create_instance(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_postgres, "CACHE_MB", SMALL_CACHE_MB)
        url = start_embedded(instance)
    trade_durability_for_speed(url)
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    administrator(url).dispose()
    stop_embedded(instance)
    shutil.rmtree(home, ignore_errors=True)


def trade_durability_for_speed(url: str) -> None:
    """Stop waiting for the disk and tidying up: tests kill processes, not the machine, and create hundreds of databases."""
    admin = create_engine(url.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()


@pytest.fixture(scope="session")
def lent(server: str) -> Iterator[Lent]:
    """The database that is lent to one test after the other."""
    found = Lent(server)
    yield found
    found.end()


@pytest.fixture
def database(lent: Lent) -> Iterator[Engine]:
    """The way to a migrated database in which nobody has written yet."""
    with lent.lend() as engine:
        yield engine


@pytest.fixture
def database_url(database: Engine) -> str:
    """The address of a migrated database in which nobody has written yet."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An empty instance."""
    create_instance(tmp_path / "home")
    return open_instance(tmp_path / "home")


@pytest.fixture
def clock() -> FixedClock:
    """A clock standing at 2026-07-01 00:00 UTC."""
    from datetime import date

    return FixedClock(midnight_utc(date(2026, 7, 1)))


@pytest.fixture
def services(instance: Instance, database: Engine, clock: Clock) -> Services:
    """Services on a database without rows and an empty instance, with a fixed clock."""
    return Services(instance, database, clock, LogProgress())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data beside the checkout; tests that need it are skipped without it."""
    folder = Path(os.environ.get("RISKREVIEW_REAL_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    if not folder.exists():
        pytest.skip("the real data are not beside this checkout; set RISKREVIEW_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a real S3 server process for the session; see ``tests/s3_server.py`` for how to break it."""
    import subprocess
    import sys

    with subprocess.Popen([sys.executable, "-m", "tests.s3_server"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture
def s3_place(s3_server: str) -> Iterator[S3Place]:
    """A place of its own on the S3 server, which is whole again afterwards."""
    found = S3Place(s3_server, f"place{next(_numbers)}")
    found.make()
    yield found
    found.mend()
