"""A start brings the database to the newest schema, and only looks where it is there already."""

import shutil
import time
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from riskreview.foundation import schema
from riskreview.foundation.errors import RuleViolation, Unavailable
from riskreview.foundation.schema import fits, migrate, newest
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


@pytest.fixture
def upgrades(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets of upgrades that were begun instead of being done."""
    begun: list[str] = []
    monkeypatch.setattr(command, "upgrade", lambda _config, target: begun.append(target))
    return begun


def test_a_database_at_the_newest_schema_is_left_alone(services: Services, upgrades: list[str]) -> None:
    migrate(services.engine)

    assert upgrades == []


@pytest.mark.parametrize("statement", ["UPDATE schema_version SET version_num = '0001'", "DROP TABLE schema_version"])
def test_a_database_that_is_behind_or_empty_is_upgraded(
    services: Services, upgrades: list[str], statement: str
) -> None:
    with services.engine.begin() as connection:
        connection.execute(text(statement))

    migrate(services.engine)

    assert upgrades == ["head"]


@pytest.mark.parametrize("oldest", [None, "9998"])
def test_a_database_that_is_too_new_for_the_program_is_refused_in_one_sentence(
    services: Services, upgrades: list[str], oldest: str | None
) -> None:
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '9999'"))
        connection.execute(text("UPDATE oldest_program SET schema = :oldest" if oldest else "DROP TABLE oldest_program"), {"oldest": oldest})  # fmt: skip

    with pytest.raises(RuleViolation, match="the database is at schema 9999, newer than"):
        migrate(services.engine)
    assert upgrades == []


def test_the_old_program_works_on_beside_the_new_one_until_a_migration_it_would_not_survive(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = newest()
    folder = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    add(folder, "9001", old, "SET LOCAL lock_timeout = '50ms'; ALTER TABLE review ADD COLUMN later text")
    with monkeypatch.context() as as_new:
        as_new.setattr(schema, "MIGRATIONS", folder)
        with services.engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE review IN ACCESS SHARE MODE")
            with pytest.raises(Unavailable, match="another session holds what the migrations need"):
                migrate(services.engine)
        migrate(services.engine)
        assert fits(services.engine)
    assert fits(services.engine), "the old program goes on"

    add(folder, "9002", "9001", "ALTER TABLE review DROP COLUMN later", oldest="9001")
    with monkeypatch.context() as as_new, create_engine(services.engine.url, connect_args={"application_name": f"riskreview {old}"}).connect() as running:  # fmt: skip
        as_new.setattr(schema, "MIGRATIONS", folder)
        with pytest.raises(RuleViolation, match=f"a program that knows schema {old} is still connected"):
            migrate(services.engine)
        running.invalidate()
        until_gone(services)
        migrate(services.engine)
    with pytest.raises(RuleViolation, match="lets programs from 9001 on work with it"):
        fits(services.engine)


def test_a_migration_that_fails_changes_nothing_and_the_program_of_before_works_on(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = newest()
    folder = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    add(folder, "9001", old, "CREATE TABLE half_done (); SELECT 1 / 0")

    with monkeypatch.context() as as_new:
        as_new.setattr(schema, "MIGRATIONS", folder)
        with pytest.raises(RuleViolation, match=f"from {old} to 9001 failed and nothing was changed.*division by zero"):
            migrate(services.engine)

    assert fits(services.engine)
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('half_done')")).scalar_one() is None


def add(folder: Path, number: str, before: str, statement: str, oldest: str | None = None) -> None:
    """Add a migration to a program's."""
    lines = ["from alembic import op", f"revision = {number!r}", f"down_revision = {before!r}", f"def upgrade():\n    op.execute({statement!r})"]  # fmt: skip
    lines += [f"oldest_program = {oldest!r}"] if oldest else []
    (folder / "versions" / f"{number}_later.py").write_text("\n".join(lines), encoding="utf-8")


def until_gone(services: Services) -> None:
    """Wait until the server has noticed that a session ended."""
    for _ in range(1200):
        with services.engine.connect() as connection:
            if not connection.execute(text(sql("foundation", "programs_before")), {"schema": "9001"}).all():
                return
        time.sleep(0.05)
