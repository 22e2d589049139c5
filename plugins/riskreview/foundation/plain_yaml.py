"""Owns the quick way to read YAML: libyaml parses what is plain and right, into what the careful reader makes of it with its lines.

Every process reads the policies, and the careful reader takes most of a second for them. Whatever the two could see differently (a tag,
an alias, a key given twice, a tab, anything wrong) is left to the careful one, whose sentences are those people read.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

UNSURE = object()
"""Returned for a document that the careful reader must see."""
_SEEN_DIFFERENTLY = re.compile("[\t\x85\u2028\u2029]|^%", re.MULTILINE)
_NUMBER = re.compile(r"-?(0|[1-9][\d_]*)(\.\d+)?([eE][-+]?\d+)?")
"""A number that everybody reads alike, and whose spelling nobody asks the careful reader for."""
_TAG = "tag:yaml.org,2002:"
_resolver = VersionedResolver(version=(1, 2))


class _UnsureError(Exception):
    """Raised inside for a part that the careful reader must see."""


def read_plain(text: str) -> Any:  # a YAML document has any shape
    """Return a document of plain values in containers that know their lines, or ``UNSURE``."""
    if not yaml.__with_libyaml__ or _SEEN_DIFFERENTLY.search(text):
        return UNSURE
    try:
        return _document(yaml.parse(text, Loader=yaml.CBaseLoader))
    except (yaml.YAMLError, _UnsureError, RecursionError):
        return UNSURE


def _document(events: Iterator[Any]) -> Any:  # libyaml's events are untyped
    next(events), next(events)
    first = next(events, None)
    if first is None:
        raise _UnsureError
    found = _node(first, events)
    next(events)
    if not isinstance(next(events), yaml.StreamEndEvent):
        raise _UnsureError
    return found


def _node(event: Any, events: Iterator[Any]) -> Any:  # see _document
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
        raise _UnsureError
    if isinstance(event, yaml.ScalarEvent):
        return _value(event.value) if event.implicit[0] else event.value
    return _mapping(events) if isinstance(event, yaml.MappingStartEvent) else _sequence(events)


def _mapping(events: Iterator[Any]) -> CommentedMap:  # see _document
    made = CommentedMap()
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key, begun = _node(event, events), event.start_mark
        if isinstance(key, CommentedMap | CommentedSeq) or key in made:
            raise _UnsureError
        event = next(events)
        made[key] = _node(event, events)
        made.lc.add_kv_line_col(key, [begun.line, begun.column, event.start_mark.line, event.start_mark.column])
    return made


def _sequence(events: Iterator[Any]) -> CommentedSeq:  # see _document
    made = CommentedSeq()
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        made.append(_node(event, events))
        made.lc.add_idx_line_col(len(made) - 1, [event.start_mark.line, event.start_mark.column])
    return made


@lru_cache(maxsize=4096)
def _value(text: str) -> Any:  # any plain value
    """Return what an unquoted word stands for in YAML 1.2."""
    kind = str(_resolver.resolve(ScalarNode, text, (True, False))).removeprefix(_TAG)
    try:
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind in {"int", "float"} and _NUMBER.fullmatch(text):
            return int(text) if kind == "int" else float(text)
        if kind == "timestamp":
            return date.fromisoformat(text)
    except (KeyError, ValueError) as odd:
        raise _UnsureError from odd
    raise _UnsureError
