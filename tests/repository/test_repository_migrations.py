"""A migration leaves what there is as it is, so that the program of before works on beside the new one, or says which programs survive it."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

RECORDED = "0057"
"""Since then the database says which programs may work with it; migrations of before are not looked at."""
VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"
LATER = [path for path in sorted(VERSIONS.glob("[0-9]*.py")) if path.name[:4] > RECORDED]
BREAKING = (
    r"\bDROP (TABLE|COLUMN|VIEW|FUNCTION|SEQUENCE|SCHEMA)\b", r"\bRENAME\b", r"\bALTER (COLUMN )?\w+ (SET DATA )?TYPE\b", r"\bSET NOT NULL\b", r"\bTRUNCATE\b",
    r"\bADD COLUMN (IF NOT EXISTS )?(?![^,]*\bDEFAULT\b)[^,]*\bNOT NULL\b", r"\bCREATE UNIQUE INDEX\b(?!.*\bWHERE false\b)", r"\bADD CONSTRAINT\b",
    r"\bADD (CHECK|UNIQUE|FOREIGN KEY|PRIMARY KEY)\b",
)  # fmt: skip
"""What takes something away from a program of before, or refuses what it writes."""


def breaking(statement: str) -> list[str]:
    """Return what of a statement a program of before may not survive; in a table that is created with it nothing can be."""
    if re.match(r"\s*CREATE (TABLE|OR REPLACE FUNCTION|FUNCTION)\b", statement, re.IGNORECASE):
        return []
    return [found[0] for pattern in BREAKING if (found := re.search(pattern, statement, re.IGNORECASE | re.DOTALL))]


def own_tables(statements: list[str]) -> set[str]:
    """Return the tables a migration creates."""
    return {name for statement in statements for name in re.findall(r"CREATE TABLE (\w+)", statement)}


def load(path: Path) -> ModuleType:
    """Return a migration as a module."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", LATER, ids=lambda path: path.stem)
def test_a_migration_only_adds_or_names_the_oldest_program_that_survives_it(path: Path):
    module = load(path)
    created = own_tables(list(module.STATEMENTS))
    found = [(statement, what) for statement in module.STATEMENTS for what in breaking(statement)
             if not created & set(re.findall(r"\w+", statement))]  # fmt: skip

    if hasattr(module, "oldest_program"):
        assert RECORDED < module.oldest_program < module.revision
    else:
        assert found == [], "split it: add now, take away when no program needs it, with oldest_program"


@pytest.mark.parametrize(("statement", "broken"), [
    ("ALTER TABLE review ADD COLUMN later text", False), ("ALTER TABLE review ADD COLUMN later int NOT NULL DEFAULT 0", False), ("CREATE INDEX x ON review (state)", False),
    ("CREATE TABLE x (a int NOT NULL, UNIQUE (a))", False), ("ALTER TABLE review ADD COLUMN later int NOT NULL", True), ("ALTER TABLE review DROP COLUMN state", True),
    ("ALTER TABLE review RENAME TO examination", True), ("ALTER TABLE review ALTER COLUMN state TYPE int", True), ("CREATE UNIQUE INDEX x ON review (owner)", True),
    ("ALTER TABLE review ADD CONSTRAINT x CHECK (version > 1)", True), ("DROP VIEW current_breach", True), ("ALTER TABLE review ALTER owner SET NOT NULL", True),
])  # fmt: skip
def test_what_a_program_of_before_would_not_survive_is_recognized(statement: str, *, broken: bool):
    assert bool(breaking(statement)) is broken
