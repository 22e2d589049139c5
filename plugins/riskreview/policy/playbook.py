"""Owns reading playbooks from YAML, checked by line before anything may rely on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import line_of, load_yaml, parse_yaml
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.playbook_text import check_text


def load_playbook(path: Path) -> Playbook:
    """Read and check one playbook.

    :raises BadInput: the first problem of ``check_playbook``.
    """
    problems = check_playbook(path)
    if problems:
        raise problems[0]
    return load_yaml(path, Playbook)


def load_playbooks(instance: Instance) -> tuple[Playbook, ...]:
    """Read every playbook of an instance, by id.

    :raises BadInput: for the first file that is wrong, and when two playbooks answer to one trigger.
    """
    return check_playbooks(instance.configuration("playbooks"))


def check_playbooks(paths: Sequence[Path]) -> tuple[Playbook, ...]:
    """Read several playbooks that will be used together, by id.

    :raises BadInput: for the first file that is wrong, and when two playbooks answer to one trigger.
    """
    books = [load_playbook(path) for path in paths]
    problems = check_together(list(zip(paths, books, strict=True)))
    if problems:
        raise problems[0]
    return tuple(sorted(books, key=lambda book: book.playbook))


def check_playbook(path: Path) -> tuple[BadInput, ...]:
    """Return every problem of one file, by line; empty when the playbook may be used."""
    try:
        data = parse_yaml(path)
    except BadInput as error:
        return (error,)
    found = [_at(path, data, place, problem) for place, text in _texts(data, ()) for problem in check_text(text)]
    try:
        book = load_yaml(path, Playbook)
    except BadInput as error:
        return (*found, _own_code(error))
    found += [_at(path, data, place, problem) for place, problem in _contradictions(book)]
    return tuple(sorted(found, key=lambda item: item.line or 0))


def check_together(books: Sequence[tuple[Path, Playbook]]) -> tuple[BadInput, ...]:
    """Return the problems several playbooks have with each other: an id used twice, a trigger answered twice."""
    found: list[BadInput] = []
    ids: dict[str, str] = {}
    rules: dict[str, str] = {}
    for path, book in books:
        if book.id in ids:
            found.append(BadInput("E-PLAYBOOK-DUPLICATE", f"{book.id} is also defined in {ids[book.id]}",
                                  "Give each playbook its own id", path.name, 1))  # fmt: skip
        ids.setdefault(book.id, path.name)
        for number, trigger in enumerate(book.identification.triggers):
            if rules.setdefault(trigger.rule, path.name) != path.name:
                line = line_of(parse_yaml(path), ("identification", "triggers", number))
                found.append(BadInput("E-PLAYBOOK-AMBIGUOUS", f"the rule {trigger.rule} also starts {rules[trigger.rule]}",
                                      "Let one playbook answer to a rule", path.name, line))  # fmt: skip
    return tuple(found)


Problem = tuple[str, str, str]
Place = tuple[str | int, ...]


def _contradictions(book: Playbook) -> Iterator[tuple[Place, Problem]]:
    steps = book.measures.steps
    ids = [step.id for step in steps]
    for number, step in enumerate(steps):
        place: Place = ("measures", "steps", number)
        if step.id in ids[:number]:
            yield (*place, "id"), ("E-PLAYBOOK-STEP", f"the step {step.id} is there twice", "Rename one")
        if step.role not in book.duties.roles:
            yield (
                (*place, "role"),
                ("E-PLAYBOOK-OWNER", f"{step.role} has no entry under duties", "Name its deputy under duties.roles"),
            )
        for name in step.depends_on:
            if name not in ids:
                yield (
                    (*place, "depends_on"),
                    ("E-PLAYBOOK-STEP", f"{step.id} depends on {name}, which is no step", "Correct the id"),
                )
    cycle = _cycle({step.id: step.depends_on for step in steps})
    if cycle:
        found = ("E-PLAYBOOK-CYCLE", f"{' → '.join(cycle)} waits for itself", "Remove one of these dependencies")
        yield ("measures", "steps", ids.index(cycle[0]), "depends_on"), found


def _cycle(needs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a circle of dependencies as step ids, its first step in the file repeated at the end, or nothing."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = error.args[1][:0:-1]  # each waits for the one before
        begin = circle.index(next(name for name in needs if name in circle))
        return (*circle[begin:], *circle[: begin + 1])
    return ()


def _texts(node: Any, place: Place) -> Iterator[tuple[Place, str]]:  # parsed YAML has any shape
    if isinstance(node, str):
        yield place, str(node)
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from _texts(value, (*place, key))


def _at(path: Path, data: Any, place: Place, problem: Problem) -> BadInput:  # parsed YAML has any shape
    code, found, repair = problem
    return BadInput(code, found, repair, path.name, line_of(data, place), ".".join(map(str, place)))


def _own_code(error: BadInput) -> BadInput:
    return replace(error, code="E-PLAYBOOK-DURATION") if error.code == "E-DURATION" else error
