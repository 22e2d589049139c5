"""Pages that tell where something is done and shown tell the truth: every module, test and event they name exists, and no number is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
FAULTS, BAD_INPUTS, CAPABILITIES, REQUIREMENTS = 60, 108, 61, 27


def rows(page: str, mark: str) -> dict[int, list[str]]:
    """The cells of the rows that begin with a number, by number."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(rf"\| {mark}\d+ \|", line)]
    found = {
        int(re.match(rf"\| {mark}(\d+)", line)[1]): [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
    }  # type: ignore[index]
    assert len(found) == len(lines), "a number comes twice"
    return found


def missing_tests(text: str) -> list[str]:
    """What is named as a test, with or without ``tests/`` before it, and is none."""
    named = re.findall(r"`(?:tests/)?([a-z0-9_/]+\.py)::(test_\w+)`", text)
    return [f"{path}::{name}" for path, name in named
            if not (ROOT / "tests" / path).exists() or f"def {name}(" not in (ROOT / "tests" / path).read_text(encoding="utf-8")]  # fmt: skip


def actions() -> set[str]:
    """Every action of an event the code writes: as it stands, by lifecycles (``thing`` and ``event``), or by its state."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "riskreview").rglob("*.py"))
    return set(re.findall(r'f?"([a-z_]+:(?:[a-z_]+|\{[a-z_.]+\}))"', sources))


def is_written(action: str, known: set[str]) -> bool:
    """Whether the code writes an action literally or with a word filled in."""
    subject = action.partition(":")[0]
    return action in known or any(item.startswith(f"{subject}:{{") for item in known)


def test_every_capability_names_code_test_and_event_that_exist():
    found, known = rows("traceability.md", ""), actions()
    modules = {number: re.findall(r"`([a-z_/]+\.py)`", cells[2]) for number, cells in found.items()}
    told = {number: re.findall(r"`([a-z_]+:[a-z_]+)`", cells[4]) for number, cells in found.items()}

    assert set(found) == set(range(1, CAPABILITIES + 1))
    assert [number for number, paths in modules.items() if not paths] == []
    assert [
        path for paths in modules.values() for path in paths if not (ROOT / "plugins" / "riskreview" / path).exists()
    ] == []
    assert missing_tests("\n".join(" | ".join(cells) for cells in found.values())) == []
    assert [number for number, cells in found.items() if "::" not in cells[3]] == []
    assert [number for number, words in told.items() if not words and "run history" not in found[number][4]] == []
    assert [word for words in told.values() for word in words if not is_written(word, known)] == []


def test_every_requirement_of_security_has_tests():
    found = rows("security.md", "S")

    assert set(found) == set(range(1, REQUIREMENTS + 1))
    assert [number for number, cells in found.items() if "::" not in cells[2]] == []
    assert missing_tests("\n".join(cells[2] for cells in found.values())) == []


def test_every_fault_of_the_matrix_has_a_test_or_a_reason():
    found = rows("faults.md", "F")

    assert set(found) == set(range(1, FAULTS + 1))
    assert [number for number, cells in found.items() if "::" not in cells[2] and len(cells[2]) < 40] == []
    assert missing_tests((REFERENCE / "faults.md").read_text(encoding="utf-8")) == []


def test_every_bad_input_has_a_test_or_a_reason():
    found = rows("bad-inputs-shown.md", "")

    assert set(found) == set(range(1, BAD_INPUTS + 1))
    assert [number for number, cells in found.items() if "::" not in cells[2] and len(cells[2]) < 40] == []
    assert missing_tests((REFERENCE / "bad-inputs-shown.md").read_text(encoding="utf-8")) == []
