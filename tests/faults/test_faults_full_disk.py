"""F12: a disk that is full in the middle of writing leaves nothing half published, in no store, and the same work goes through later.

Room is taken away twice over: by a limit on the size of any file this process writes, which works everywhere, and by a disk of its own that
is really full, where the tests may mount one.
"""

import hashlib
import io
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs
from tests.torture.portfolio import AS_OF, write_portfolio

from riskreview.audit.archive import Archive
from riskreview.audit.checkpoints import bring_out, make_checkpoint
from riskreview.audit.exporting import export_log
from riskreview.audit.log import AuditEvent, append
from riskreview.doctor.use_cases import examine
from riskreview.evidence.keeping import keep_pack
from riskreview.evidence.pack import Subject, write_pack
from riskreview.facts import delta_tables
from riskreview.facts.register import REGISTER
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import create_instance, open_instance
from riskreview.foundation.no_room import SIGNS, is_full, said_when_no_room
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.orchestration import stages

pytestmark = [pytest.mark.database, pytest.mark.deep]
ROOMS = (4096, 12_288, 24_576, 49_152, 98_304, 393_216)
"""Bytes: too few for the first file, enough for some, enough for most."""
ACCEPTED = "SELECT sum(CAST(value ->> 'accepted' AS bigint)) FROM batch, jsonb_each(counts #> '{validation,datasets}')"
LARGE = 96 << 20
Room = Callable[[int], AbstractContextManager[None]]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size; compiled modules are left alone, which Python 3.11 would keep cut off."""
    before, compiles = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    with capture_logs(), redirect_stdout(io.StringIO()):  # what is logged or printed may go into a file too
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            sys.dont_write_bytecode = compiles


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[None]:
    """A disk of its own at a folder; skips the test where none may be mounted."""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(options, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(params=["a limit", "a disk"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Takes room away from the folder ``disk`` of the test."""
    folder = tmp_path / "disk"
    if request.param == "a limit":
        folder.mkdir()
        yield largest_file
        return

    def sized(size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    @contextmanager
    def only(size: int) -> Iterator[None]:
        sized(shutil.disk_usage(folder).used + size)
        try:
            yield
        finally:
            sized(LARGE)

    with mounted(folder, LARGE):
        yield only


@pytest.fixture
def on_disk(room: Room, tmp_path: Path, database_url: str, clock: FixedClock) -> Iterator[Services]:
    """Services on an instance whose home is the folder that gets full."""
    home = tmp_path / "disk" / "home"
    create_instance(home)
    engine = create_engine(database_url)
    yield Services(open_instance(home), engine, clock, LogProgress())
    engine.dispose()


def ingest(services: Services) -> str:
    """Bring the deliveries as far as the facts; returns what was said where that did not work."""
    try:
        stages.ingest(services, as_of=AS_OF, triggered_by="test")
    except Unavailable as error:
        return str(error)
    return ""


def one(services: Services, query: str) -> Any:  # whatever a column holds
    with services.engine.connect() as connection:
        return connection.execute(text(query)).scalar()


def visible_rows(services: Services) -> dict[str, int]:
    """The rows of facts that readers see, by table, those of batches that are published."""
    with services.engine.connect() as connection:
        pins = connection.execute(text("SELECT dataset, version FROM fact_table ORDER BY dataset")).all()
        published = set(connection.execute(text("SELECT batch_id FROM batch WHERE state = 'published'")).scalars())
    found = {}
    for dataset, version in pins:
        table = None if dataset == REGISTER else delta_tables.open_table(services.instance, dataset, version)
        if table is None:
            continue
        rows = delta_tables.rows_of(services.instance, table)
        if "batch_id" in rows.column_names:
            found[dataset] = sum(batch in published for batch in rows["batch_id"].to_pylist())
    return found


def half_written(services: Services) -> list[str]:
    """Drafts that were left, and raw objects that are not what their name says."""
    home = services.instance.home
    drafts = [path for path in home.rglob(".*") if path.is_file() and path.name not in {".source", ".gitignore"}]
    raw = [path for path in (home / "raw").rglob("*") if path.is_file() and path.name != hashlib.sha256(path.read_bytes()).hexdigest()]  # fmt: skip
    return [str(path.relative_to(home)) for path in (*drafts, *raw)]


def test_f12_raw_staging_and_facts_are_whole_or_not_there_and_the_same_ingest_goes_through_later(
    room: Room, on_disk: Services
) -> None:
    write_portfolio(on_disk.instance.home, smtp_port=1)
    inbox = sorted(path.name for path in Path(on_disk.instance.inbox).glob("*.csv"))
    said = []
    for size in ROOMS:
        with room(size):
            said.append(ingest(on_disk))
        assert half_written(on_disk) == []
        assert one(on_disk, "SELECT count(*) FROM batch WHERE state IN ('held', 'refused')") == 0
        assert sorted(path.name for path in Path(on_disk.instance.inbox).glob("*.csv")) == inbox
        assert sum(visible_rows(on_disk).values()) == (one(on_disk, "SELECT sum(rows_appended) FROM fact_batch") or 0)

    assert ingest(on_disk) == ""

    failed = [sentence for sentence in said if sentence]
    assert len(failed) >= 2, "too small for the first file, then for a later one"
    assert [sentence for sentence in failed if not any(sign in sentence for sign in ("is full", *SIGNS))] == []
    assert "full" in one(on_disk, "SELECT problem FROM run WHERE state = 'failed' ORDER BY run_id LIMIT 1")
    assert sum(visible_rows(on_disk).values()) == one(on_disk, ACCEPTED)
    broken = {item.invariant.id for item in examine(on_disk, as_of=AS_OF).broken}
    assert not broken & {
        "rows_accounted_for",
        "facts_within_pointer",
        "facts_unaltered",
        "held_batch_unpublished",
        "log_verifies",
    }


def test_f12_keys_checkpoints_exports_and_packs_are_whole_or_not_there(
    room: Room, on_disk: Services, tmp_path: Path
) -> None:
    away = tmp_path / "disk" / "away"
    with on_disk.engine.begin() as connection:
        append(connection, [AuditEvent("feed:unreachable", "feed", f"erp_{n}", "system:intake") for n in range(400)], at=on_disk.clock.now())  # fmt: skip
    today = on_disk.clock.now().date()
    with room(0), pytest.raises(Exception) as caught:  # noqa: PT011  whoever writes first says it
        make_checkpoint(on_disk)
    assert is_full(caught.value)
    assert (list((on_disk.instance.home / "keys").iterdir()), one(on_disk, "SELECT count(*) FROM audit_key")) == ([], 0)
    make_checkpoint(on_disk)
    with room(0):
        assert bring_out(on_disk).waiting == 1
    assert Archive(on_disk.instance).newest() is None
    for write in (
        lambda: export_log(on_disk, away / "export"),
        lambda: write_pack(on_disk, period(today), away / "folder", language="en"),
        lambda: write_pack(on_disk, period(today), away / "pack.zip", language="zh"),
        lambda: keep_pack(on_disk, period(today), language="en"),
    ):
        with room(8192), pytest.raises(Unavailable, match="full"), said_when_no_room():
            write()
        assert [path for path in away.rglob("*") if path.is_file()] == []
        assert list((on_disk.instance.home / "evidence").rglob("*.zip")) == []
        assert half_written(on_disk) == []
        write()
        shutil.rmtree(away, ignore_errors=True)

    assert bring_out(on_disk).waiting == 0


def period(day: date) -> Subject:
    return Subject("period", days=(day, day))


@pytest.fixture
def on_full_database(services: Services, server: str) -> Iterator[tuple[Services, Path]]:
    """Services on a database that is on a small disk of its own, where the server's user may look."""
    admin = create_engine(server.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
    with tempfile.TemporaryDirectory(prefix="rrspace-") as above:
        Path(above).chmod(0o755)
        folder = Path(above) / "space"
        with mounted(folder, LARGE), admin.connect() as connection:
            shutil.chown(folder, Path(connection.execute(text("SHOW data_directory")).scalar_one()).owner())
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{folder}'"))
            connection.execute(text("CREATE DATABASE small TEMPLATE riskreview TABLESPACE small STRATEGY FILE_COPY"))
            engine = create_engine(server.replace("/riskreview?", "/small?"))
            try:
                yield Services(services.instance, engine, services.clock, services.progress), folder
            finally:
                engine.dispose()
                connection.execute(text("DROP DATABASE small WITH (FORCE)"))
                connection.execute(text("DROP TABLESPACE small"))
    admin.dispose()


def test_f12_a_full_disk_of_the_database_undoes_what_it_stopped_and_the_same_ingest_goes_through_later(
    on_full_database: tuple[Services, Path],
) -> None:
    services, folder = on_full_database
    write_portfolio(services.instance.home, smtp_port=1)
    filler = folder / "filler"
    said = []
    for left in (0, 32_768, 131_072):
        used = shutil.disk_usage(folder)
        filler.write_bytes(b"")
        filler.write_bytes(bytes(used.free + filler.stat().st_size - left) if used.free > left else b"")
        said.append(ingest(services))
        filler.unlink()
        services.engine.dispose()
        assert one(services, "SELECT count(*) FROM batch WHERE state IN ('held', 'refused')") == 0
        assert sum(visible_rows(services).values()) == (one(services, "SELECT sum(rows_appended) FROM fact_batch") or 0)
    services.clock.moment += timedelta(hours=1)  # type: ignore[attr-defined]

    assert ingest(services) == ""

    assert "the database's disk is full" in said[0]
    assert sum(visible_rows(services).values()) == one(services, ACCEPTED)
