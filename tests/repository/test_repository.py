"""The repository keeps its own promises: locked dependencies, numbered migrations, used SQL files, complete pages."""

import ast
import re
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "plugins" / "riskreview"
SQL = sorted((ROOT / "include" / "sql").rglob("*.sql"))
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize(
    "name", ["requirements", "requirements-dev", "requirements-training", "requirements-production"]
)
def test_every_requirement_is_pinned_with_hashes(name: str):
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    entries = [block for block in re.split(r"\n(?=\S)", text) if block and not block.startswith("#")]

    assert len(entries) > 20
    assert [entry.split("\n")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_direct_requirement_has_a_reason():
    lines = [line for name in ("requirements", "requirements-dev", "requirements-training", "requirements-production")
             for line in (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines()
             if line.strip() and not line.startswith(("#", "-"))]  # fmt: skip

    assert [line for line in lines if "#" not in line] == []


def test_migrations_are_numbered_in_one_line():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    script = ScriptDirectory.from_config(config)
    revisions = [item.revision for item in reversed(list(script.walk_revisions()))]

    assert script.get_heads() == [revisions[-1]]
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]


def test_every_sql_file_is_used_and_every_used_one_exists():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    used = set(re.findall(r"""sql\(\s*["'](\w+)["'],\s*["'](\w+)["']""", sources))
    literals = set(re.findall(r'"(\w+)"', sources))
    files = {(path.parent.name, path.stem) for path in SQL}

    assert used - files == set()
    assert {item for item in files - used if item[1] not in literals} == set()


def test_every_statement_says_its_purpose_and_dialect():
    heads = {f"{path.parent.name}/{path.stem}": path.read_text(encoding="utf-8").split("\n\n")[0] for path in SQL}

    assert [name for name, head in heads.items() if not head.startswith("--")] == []
    assert [name for name, head in heads.items() if "Purpose:" not in head or "Dialect:" not in head] == []


def test_every_module_opens_with_what_it_owns_and_stays_readable():
    texts = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in MODULES}

    assert [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []
    assert [name for name, text in texts.items() if len(text.splitlines()) > 400] == []
    assert [path for path in MODULES if path.stem in {"utils", "helpers", "common", "misc", "manager"}] == []


def test_only_the_orchestration_room_imports_airflow():
    outside = [path for path in MODULES if "orchestration" not in path.parts]
    importing = [
        path
        for path in outside
        if re.search(r"^\s*(from|import) airflow\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert importing == []


def test_no_rule_reads_the_clock_by_itself():
    allowed = {
        "foundation/clock.py",
        "foundation/file_cache.py",  # when a copy of a file was used, by the time of the file itself
        "intake/check.py",  # works without services; only names the day of receipt
        "intake/inbox.py",  # the age of a file against the machine that wrote it
        "notifications/senders/chat_robots.py",  # the signature the provider checks against its own clock
        "orchestration/embedded.py",  # supervises processes
    }
    reading = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if re.search(r"\b(datetime\.now|date\.today|time\.time)\(", path.read_text(encoding="utf-8"))
    ]

    assert set(reading) - allowed == set()


def test_every_decision_is_listed():
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in sorted((ROOT / "docs" / "adr").glob("0*.md")) if path.name not in listed] == []
