"""The handbook and the how-to pages show commands that exist, and link to pages that are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from riskreview.cli.app import app, home_first

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = sorted((ROOT / "docs" / "operations").glob("*.md"))
PAGES = [*HANDBOOK, *sorted((ROOT / "docs" / "how-to").glob("*.md")), ROOT / "README.md"]
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"(?<![\w/.=-])(?:bin/)?riskreview ((?:[^\n|`#;&]|\\\n)+)")
TREE: Any = typer.main.get_command(app)  # Click's command classes are Typer's own copies


def calls(page: Path) -> Iterator[list[str]]:
    """Return the words of every call of the command line that a page shows."""
    for code in CODE.findall(page.read_text(encoding="utf-8")):
        for words in CALL.findall(code):
            given = [word for word in home_first(re.sub(r'"[^"]*"', "TEXT", words).split()) if word != "\\"]
            yield given[2:] if given[:1] == ["--home"] else given


def problem(words: list[str]) -> str | None:
    """Return what is wrong with a call, None for nothing."""
    command, path = TREE, "riskreview"
    for word in words:
        if not getattr(command, "commands", None) or word.startswith(("-", "…")):
            break
        if word not in command.commands:
            return f"{path} has no {word}"
        command, path = command.commands[word], f"{path} {word}"
    known = {option for item in command.params for option in (*item.opts, *item.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{path} has no {unknown[0]}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_exists_with_its_options(page: Path):
    assert [found for found in map(problem, calls(page)) if found] == []


def test_a_command_or_option_that_does_not_exist_is_found():
    assert problem(["audit", "forget"]) == "riskreview audit has no forget"
    assert problem(["audit", "key", "--loud"]) == "riskreview audit key has no --loud"
    assert problem(["user", "token", "create", "LOGIN", "--name", "x", "--as", "PERSON"]) is None
    assert sum(1 for page in HANDBOOK for _ in calls(page)) > 50


@pytest.mark.parametrize("page", [*HANDBOOK, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_link_of_the_handbook_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", item.lower()).replace(" ", "-") for item in headings}, target
