"""Owns reading of YAML that people edit: YAML 1.2, duplicates and tags refused, errors by line, checked by a pydantic model."""

import difflib
import hashlib
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from riskreview.foundation.errors import BadInput
from riskreview.foundation.plain_yaml import UNSURE, read_plain

MAX_BYTES = 1_000_000
MAX_LOADED = 300
SHAPES = {
    "tuple_type": "Input should be a list, such as [a, b]", "list_type": "Input should be a list, such as [a, b]",
    "dict_type": "Input should be keys with values, such as {a: b}", "model_type": "Input should be keys with values, such as {a: b}",
}  # fmt: skip
"""What a shape is called in YAML, by pydantic's type of problem."""


class StrictModel(BaseModel):
    """Base of everything read from YAML: no unknown keys, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


Model = TypeVar("Model", bound=BaseModel)
_loaded: dict[tuple[bytes, type[BaseModel]], BaseModel] = {}
_parsed: dict[bytes, Any] = {}


def load_yaml(path: Path, model: type[Model], *, shipped: Path | None = None) -> Model:
    """Read one YAML document into ``model``; the same bytes are checked once, since reading YAML with care takes its time.

    :param shipped: gives the required keys that the document lacks, where nothing else is wrong with it.
    :raises BadInput: naming file, line, key, what was found and the repair.
    """
    key = (hashlib.sha256(path.read_bytes()).digest(), model)
    known = _loaded.get(key)
    if isinstance(known, model):
        return known
    data = parse_yaml(path)
    plain = _plain(data, path.name)
    try:
        loaded = model.model_validate(plain)
    except ValidationError as error:
        completed = None if shipped is None or shipped == path else _completed(plain, error, parse_yaml(shipped))
        if completed is None:
            raise _first_problem(path, data, error, model) from error
        loaded = _checked(path, data, completed, model)
    if len(_loaded) >= MAX_LOADED:
        _loaded.clear()
    _loaded[key] = loaded
    return loaded


def _checked(path: Path, data: Any, completed: Any, model: type[Model]) -> Model:  # see parse_yaml
    try:
        return model.model_validate(completed)
    except ValidationError as error:
        raise _first_problem(path, data, error, model) from error


def _completed(plain: Any, error: ValidationError, shipped: Any) -> Any:  # see parse_yaml
    """Return the document with the keys it lacks as shipped; None where anything else is wrong with it."""
    problems = error.errors()
    if any(problem["type"] != "missing" for problem in problems):
        return None
    for problem in problems:
        here, there = plain, shipped
        *above, key = problem["loc"]
        for part in above:
            here = here.get(part) if isinstance(here, dict) else None
            there = there.get(part) if isinstance(there, dict) else None
        if not isinstance(here, dict) or not isinstance(there, dict) or key not in there:
            return None
        here[key] = _plain(there[key], "")
    return plain


def parse_yaml(path: Path) -> Any:  # a YAML document has any shape until its model has checked it
    """Parse a document safely, keeping line numbers; the same bytes are parsed once, so nobody may change what is returned.

    :raises BadInput: for a file that is too large, not UTF-8, or not plain YAML 1.2.
    """
    raw = path.read_bytes()
    key = hashlib.sha256(raw).digest()
    if key not in _parsed:
        document = _parse(path, raw)
        if len(_parsed) >= MAX_LOADED:
            _parsed.clear()
        _parsed[key] = document
    return _parsed[key]


def _parse(path: Path, raw: bytes) -> Any:  # see parse_yaml
    if len(raw) > MAX_BYTES:
        raise BadInput("E-YAML-SIZE", f"the file has {len(raw)} bytes", f"Keep it under {MAX_BYTES} bytes", path.name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("E-ENCODING", f"byte {error.start} is not UTF-8", "Save the file as UTF-8", path.name) from error
    found = read_plain(text)
    return _read_with_care(path, text) if found is UNSURE else found


def _read_with_care(path: Path, text: str) -> Any:  # see parse_yaml
    _refuse_aliases_and_tags(path, text)
    reader = YAML(typ="rt", pure=True)
    reader.version = (1, 2)
    try:
        return reader.load(StringIO(text))
    except DuplicateKeyError as error:
        raise _marked(path, error, "E-YAML-DUPKEY", "Keep one of the two") from error
    except ConstructorError as error:
        raise _marked(path, error, "E-YAML-TAG", "Remove the tag; only plain values are read") from error
    except MarkedYAMLError as error:
        raise _marked(path, error, "E-YAML-SYNTAX", "Correct the YAML at this line") from error


def _refuse_aliases_and_tags(path: Path, text: str) -> None:
    from ruamel.yaml.tokens import AliasToken, AnchorToken, TagToken

    if not any(mark in text for mark in "&*!"):
        return
    try:
        for token in YAML(typ="rt", pure=True).scan(text):
            line = token.start_mark.line + 1
            if isinstance(token, AliasToken | AnchorToken):
                raise BadInput(
                    "E-YAML-ALIAS", "the file uses anchors or aliases", "Write the value out", path.name, line
                )
            if isinstance(token, TagToken):
                repair = "Remove the tag; only plain values are read"
                raise BadInput("E-YAML-TAG", "a value carries a tag", repair, path.name, line)
    except MarkedYAMLError:
        return  # the real parse reports the syntax error with its line


def _marked(path: Path, error: MarkedYAMLError, code: str, repair: str) -> BadInput:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    return BadInput(code, str(error.problem or error.context or "unreadable").splitlines()[0], repair, path.name, line)


def _plain(node: Any, source: str) -> Any:  # ruamel's commented containers are dicts and lists of any shape
    tag = str(getattr(node, "tag", None) or "")
    if tag.startswith(("!", "tag:yaml.org,2002:python")):
        raise BadInput("E-YAML-TAG", f"the tag {tag}", "Remove the tag; only plain values are read", source)
    if isinstance(node, dict):
        bad = next((k for k in node if not isinstance(k, str)), None)
        if bad is not None:
            raise BadInput(
                "E-POLICY-TYPE", f"the key {bad} is not text", f'Write "{bad}"', source, _line_of(node, [bad])
            )
        return {key: _plain(value, source) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, source) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _first_problem(path: Path, data: Any, error: ValidationError, model: type[BaseModel]) -> BadInput:
    problems = error.errors()
    problem = next((item for item in problems if item["type"] == "extra_forbidden"), problems[0])
    place = [part for part in problem["loc"] if isinstance(part, str | int)]
    if problem["type"] == "extra_forbidden":
        found = f"the key {place[-1]} is not known"
        near = difflib.get_close_matches(str(place[-1]), _known_keys(model), n=1)
        repair = f"Did you mean {near[0]}?" if near else "Remove it or correct its spelling"
        return BadInput("E-POLICY-KEY", found, repair, path.name, _line_of(data, place), ".".join(map(str, place)))
    if problem["type"] == "missing":
        where = _line_of(data, place[:-1])
        return BadInput(
            "E-POLICY-KEY", f"the key {place[-1]} is missing", "Add it", path.name, where, ".".join(map(str, place))
        )
    wrong, is_plain = problem["input"], isinstance(problem["input"], str | int | float | bool)
    seen = wrong if is_plain else type(wrong).__name__
    found = f"{problem['msg']} (found {seen!r})" if is_plain or not _carries_code(problem) else problem["msg"]
    found = found.replace(problem["msg"], SHAPES.get(problem["type"], problem["msg"]))
    code = problem["ctx"]["error"].args[0].split(" ")[0] if _carries_code(problem) else "E-POLICY-TYPE"
    return BadInput(code, found.replace(f"Value error, {code} ", ""), "Correct the value", path.name,
                    _line_of(data, place), ".".join(map(str, place)))  # fmt: skip


def _carries_code(problem: Any) -> bool:  # pydantic's error dictionaries are loosely typed
    cause = problem.get("ctx", {}).get("error")
    return isinstance(cause, ValueError) and bool(cause.args) and str(cause.args[0]).startswith(("E-", "R-"))


def _known_keys(model: type[BaseModel]) -> list[str]:
    seen: list[type[BaseModel]] = [model]
    names: list[str] = []
    for current in seen:
        for name, field in current.model_fields.items():
            names.append(field.alias or name)
            seen.extend(kind for kind in _models_in(field.annotation) if kind not in seen)
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # typing constructs have no common type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models_in(part)]


def line_of(data: Any, place: Sequence[str | int]) -> int | None:  # parsed YAML has any shape
    """Return the 1-based line of a place in a parsed document, or of its nearest parent that has one."""
    return _line_of(data, list(place))


def _line_of(data: Any, place: list[str | int]) -> int | None:
    line: int | None = None
    node = data
    for part in place:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return line
