"""Owns one pass over a text file's bytes: what they contain, and where it can be cut so that two threads read it at once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

BLOCK = 8 << 20
CACHED = 256 << 10
"""Counted at a time, so that the bytes stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place right after a line break; ``lines_before`` line breaks come before it."""

    offset: int
    lines_before: int


@dataclass(frozen=True, slots=True)
class Traits:
    """What a text file's bytes contain; cheap answers that spare a check of every cell.

    :param newlines: line feeds. :param is_open: the last line has no line break.
    :param is_plain: no quotes, no empty lines, no lone carriage returns: one line is one record.
    :param has_control: characters below space other than line breaks and tabs.
    :param nul_at: offset of the first NUL byte.
    """

    size: int
    newlines: int
    is_open: bool
    is_plain: bool
    is_ascii: bool
    has_control: bool
    has_space: bool
    nul_at: int | None
    cuts: tuple[Cut, ...]

    @property
    def lines(self) -> int:
        """Physical lines."""
        return self.newlines + int(self.is_open)


def scan_text(path: Path, *, block: int = BLOCK) -> Traits:
    """Read a file once and return its traits."""
    newlines = low = returns = tabs = size = 0
    is_ascii, has_space, has_quote, has_empty, nul_at = True, False, False, False, None
    cuts: list[Cut] = []
    tail = b""
    with path.open("rb") as file:
        while data := file.read(block):
            first = data.find(b"\n")
            if first >= 0:
                cuts.append(Cut(size + first + 1, newlines + 1))
            if nul_at is None and (found := data.find(b"\0")) >= 0:
                nul_at = size + found
            is_ascii, has_space = is_ascii and data.isascii(), has_space or b" " in data
            has_quote = has_quote or b'"' in data
            feeds, controls, empty = _count_lines(data)
            has_empty = has_empty or empty or _touches(tail, data)
            returns += data.count(b"\r") if b"\r" in data else 0
            tabs += data.count(b"\t") if b"\t" in data else 0
            newlines, low, size, tail = newlines + feeds, low + controls, size + len(data), data[-2:]
    is_plain = not has_quote and not has_empty and returns in {0, newlines}
    is_open = size > 0 and not tail.endswith(b"\n")
    has_control = low > newlines + returns + tabs
    return Traits(size, newlines, is_open, is_plain, is_ascii, has_control, has_space, nul_at, tuple(cuts))


def _count_lines(data: bytes) -> tuple[int, int, bool]:
    """Return line feeds, bytes below space, and whether two line feeds are at most one byte apart (an empty line)."""
    newlines = controls = 0
    close = False
    returns = b"\r" in data
    for start in range(0, len(data), CACHED):
        values = np.frombuffer(data, dtype=np.uint8, count=min(CACHED, len(data) - start), offset=start)
        feeds = values == 10
        newlines += int(np.count_nonzero(feeds))
        controls += int(np.count_nonzero(values < 32))
        close = close or bool((feeds[1:] & feeds[:-1]).any()) or (returns and bool((feeds[2:] & feeds[:-2]).any()))
        close = close or (start > 0 and _touches(data[start - 2 : start], data[start : start + 2]))
    return newlines, controls, close


def _touches(before: bytes, after: bytes) -> bool:
    edge = before[-2:] + after[:2]
    return b"\n\n" in edge or b"\n\r\n" in edge
