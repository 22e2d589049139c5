"""No table is forgotten by the log: docs/reference/audit.md says of each under which subject its changes are recorded, or why not."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.orchestration.lifecycle_docs import LIFECYCLES

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \|$", re.MULTILINE)


def catalogue() -> list[tuple[list[str], str]]:
    page = (ROOT / "docs" / "reference" / "audit.md").read_text(encoding="utf-8")
    part = page.partition("## What is recorded of each table")[2].partition("\n## ")[0]
    return [(re.findall(r"`(\w+)`", tables), said) for tables, said in ROW.findall(part)]


@cache
def recorded_subjects() -> set[str]:
    """Every subject type that the code records: of lifecycles, and of events that are made directly."""
    found = {item.name for item in LIFECYCLES}
    for path in (ROOT / "plugins" / "riskreview").rglob("*.py"):
        text_of = path.read_text(encoding="utf-8")
        if "AuditEvent(" not in text_of:
            continue
        tree = ast.parse(text_of)
        names = {node.targets[0].id: node.value.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                 and isinstance(node.value, ast.Constant)}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AuditEvent" and len(node.args) > 1:
                subject = node.args[1]
                found.add(
                    subject.value if isinstance(subject, ast.Constant) else names.get(getattr(subject, "id", ""), "")
                )
    return found


def test_every_table_of_the_database_is_in_the_catalogue_once(services: Services):
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    with services.engine.connect() as connection:
        tables = list(connection.execute(text(query)).scalars())

    assert sorted(name for names, _ in catalogue() for name in names) == sorted(tables)


@pytest.mark.parametrize(("tables", "said"), catalogue(), ids=lambda item: item[0] if isinstance(item, list) else "")
def test_every_subject_the_catalogue_names_is_recorded_somewhere(tables: list[str], said: str):
    assert set(re.findall(r"`([\w ]+)`", said)) <= recorded_subjects()
