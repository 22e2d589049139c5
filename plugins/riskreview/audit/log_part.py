"""Owns taking part of the log out of the database, so that it can be verified without it: events, tree, checkpoints, keys.

docs/reference/audit.md describes the files; ``include/verifier/verify.py`` checks them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection, text

from riskreview.audit import keys
from riskreview.audit.archive import KEYS, file_name
from riskreview.audit.checkpoint_text import Checkpoint
from riskreview.audit.checkpoints import load_tree
from riskreview.audit.merkle import Tree, split
from riskreview.audit.needed import needed_checkpoints
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.sql import sql

FORMAT = "riskreview log part 3"
VERIFIER = PACKAGED / "verifier" / "verify.py"
EVENTS_AT_ONCE = 5000


def inclusion_proofs(connection: Connection, seqs: Iterable[int], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return for each event the proof that it is in the log of ``size`` events (RFC 9162, 2.1.3); a checkpoint's root confirms it."""
    tree = load_tree(connection, size)
    return {seq: tree.inclusion(seq - 1) for seq in sorted(set(seqs))}


def write_log_part(connection: Connection, folder: Path, checkpoint: Checkpoint, *, seqs: Sequence[int] | None = None,
                   since: datetime | None = None, until: datetime | None = None, texts: bool = False) -> int:  # fmt: skip
    """Write events with what proves them against a checkpoint, and return how many.

    :param seqs: a selection of events; None takes all that were recorded from ``since`` on and before ``until`` (None: no such end), and the
        event before and after them, by which the verifier knows that none is left out.
    :param texts: also write what commitments in the events stand for, which may be personal data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = checkpoint.size
    span = _between(connection, size, since, until) if seqs is None else None
    wanted = sorted({seq for seq in seqs or () if 0 < seq <= size}) if span is None else span
    chosen = wanted if span is None else range(max(span.start - 1, 1), min(span.stop, size) + 1)
    leaves = _write_events(connection, folder / "events.jsonl", chosen)
    tree = load_tree(connection, size)
    _write_tree(folder / "tree.txt", tree, chosen, leaves)
    needed = needed_checkpoints(
        connection, checkpoint, first=chosen[0] if chosen else size, seqs=chosen if span is None else ()
    )
    _write_checkpoints(folder / "checkpoints", tree, needed)
    if texts:
        _write_openings(connection, folder / "openings.jsonl", wanted)
    (folder / KEYS).write_text("".join(keys.statements_of(connection)), encoding="utf-8")
    said = {"format": FORMAT, "checkpoint": checkpoint.number, "size": size, "events": len(chosen),
            "complete": None if span is None else [span.start, span.stop - 1],
            "between": None if span is None else [since and since.isoformat(), until and until.isoformat()]}  # fmt: skip
    (folder / "part.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return len(wanted)


def _between(connection: Connection, size: int, since: datetime | None, until: datetime | None) -> range:
    """Return the numbers of the events of a time among the first ``size``; an empty range in their place when there are none."""
    values = {"since": since, "until": until, "size": size}
    found = connection.execute(text(sql("audit", "events_between")), values).one()
    return range(found.first, found.last + 1)


def _write_events(connection: Connection, path: Path, chosen: Sequence[int]) -> dict[int, bytes]:
    """Write the exact bytes of each event, one a line, and return the leaf hashes."""
    leaves: dict[int, bytes] = {}
    with path.open("wb") as file:
        for begin in range(0, len(chosen), EVENTS_AT_ONCE):
            values = {"seqs": list(chosen[begin : begin + EVENTS_AT_ONCE])}
            for row in connection.execute(text(sql("audit", "read_chosen")), values):
                leaves[int(row.seq)] = bytes(row.leaf_hash)
                file.write(bytes(row.body) + b"\n")
    return leaves


def _write_openings(connection: Connection, path: Path, chosen: Sequence[int]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for begin in range(0, len(chosen), EVENTS_AT_ONCE):
            values = {"seqs": list(chosen[begin : begin + EVENTS_AT_ONCE])}
            for row in connection.execute(text(sql("audit", "read_openings")), values):
                said = {"seq": row.seq, "field": row.field, "salt": bytes(row.salt).hex(), "value": row.value}
                file.write(json.dumps(said, ensure_ascii=False) + "\n")


def _write_tree(path: Path, tree: Tree, chosen: Sequence[int], leaves: dict[int, bytes]) -> None:
    """Write the hashes from which the root follows: those of the chosen events, and of the largest subtrees between them."""
    with path.open("w", encoding="ascii") as file:
        for before, seq in pairwise([0, *chosen, tree.size + 1]):
            for begin, end in _subtrees(0, tree.size, before, seq - 1):
                file.write(f"{begin} {end} {tree.range_root(begin, end).hex()}\n")
            if seq <= tree.size:
                file.write(f"{seq} {leaves[seq].hex()}\n")


def _subtrees(begin: int, end: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the largest subtrees of the tree over ``begin`` to ``end`` that make up ``first`` to ``last`` exactly, in order."""
    if first >= last or last <= begin or first >= end:
        return
    if first <= begin and end <= last:
        yield begin, end
        return
    middle = begin + split(end - begin)
    yield from _subtrees(begin, middle, first, last)
    yield from _subtrees(middle, end, first, last)


def _write_checkpoints(folder: Path, tree: Tree, needed: Sequence[Checkpoint]) -> None:
    """Write each checkpoint with the proof that it continues the one written before it; what was signed stays as it is."""
    folder.mkdir(exist_ok=True)
    for place, item in enumerate(needed):
        size = needed[place - 1].size
        told = replace(item, old_size=size, proof=tree.consistency(size, item.size)) if place else item
        (folder / file_name(item.number)).write_text(told.content, encoding="utf-8")
