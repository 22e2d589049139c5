"""Owns how a message is made to fit into what a channel carries: less is told, and no address is ever cut.

First fewer events are listed and facts that stand on the page are left out; then what happened is told shorter, since the subject says it
too; then the address to acknowledge goes, which the page offers as well; then the page's, which the reference finds; last what to do.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from riskreview.notifications.words import shortened

LISTS = (50, 30, 20, 10, 5, 2, 0)
"""How many events a digest lists; fewer where the channel's limit demands it."""

SHORTER = (("happened",), ("happened", "acknowledge"), ("happened", "acknowledge", "link"), ("todo", "happened", "acknowledge", "link"),
           ("subject", "todo", "happened", "acknowledge", "link"))  # fmt: skip
"""What gives way, step by step: the first of each is told as long as there is room, the others not at all."""

Say = Callable[[Mapping[str, Any]], str]  # a template's context has any shape


def within(say: Say, context: Mapping[str, Any], limit: int) -> str:  # as above
    """Return what is said of a message in at most ``limit`` bytes."""
    for less in _less(context):
        whole = say(less)
        if len(whole.encode()) <= limit:
            return whole
    for words, *without in SHORTER:
        least = {**context, "lines": (), "details": (), **dict.fromkeys(without, "")}
        told = _shortest(say, least, words, limit)
        if told is not None:
            return told
    return str(context["ref"])


def _less(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:  # as above
    lines = context["lines"]
    yield from ({**context, "lines": lines[:listed]} for listed in LISTS if listed < len(lines) or listed == LISTS[0])
    yield {**context, "lines": (), "details": ()}


def _shortest(say: Say, context: Mapping[str, Any], words: str, limit: int) -> str | None:  # as above
    """Return what is said with as much of one text as there is room for; None where there is no room for its first letter."""

    def size(letters: int) -> int:
        return len(say({**context, words: shortened(context[words], letters)}).encode())

    room = bisect_right(range(len(context[words]) + 1), limit, lo=1, key=size) - 1
    return say({**context, words: shortened(context[words], room)}) if room > 0 else None
