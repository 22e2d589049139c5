"""Owns reading the little Markdown that model cards are written in: headings, tables, lists and paragraphs; escaping is the template's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

KINDS = {"# ": "heading", "## ": "section", "### ": "part", "- ": "list", "|": "table"}


@dataclass(frozen=True, slots=True)
class Block:
    """One block; ``rows`` are the cells of a table, the head first, or the items of a list."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = field(default_factory=tuple)


def blocks(written: str) -> tuple[Block, ...]:
    """Return the blocks of a text in order."""
    return tuple(_blocks(written))


def _blocks(written: str) -> Iterator[Block]:
    for kind, lines in groupby(written.splitlines(), _kind):
        if kind == "table":
            cells = (tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines)
            yield Block("table", rows=tuple(row for row in cells if not all(set(cell) <= set("-: ") for cell in row)))
        elif kind == "list":
            yield Block("list", rows=tuple((_plain(line[2:]),) for line in lines))
        elif kind == "paragraph":
            yield Block("paragraph", _plain(" ".join(lines)))
        elif kind:
            yield from (Block(kind, _plain(line.lstrip("# "))) for line in lines)


def _kind(line: str) -> str:
    return next((kind for mark, kind in KINDS.items() if line.startswith(mark)), "paragraph" if line.strip() else "")


def _plain(text: str) -> str:
    return text.replace("`", "").replace("**", "")
