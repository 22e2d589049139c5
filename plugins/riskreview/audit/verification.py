"""Owns verifying the whole log: its chain, the roots of its blocks, and every checkpoint that was signed over it."""

import json

from sqlalchemy import Connection, text

from riskreview.audit import keys, log
from riskreview.audit.checkpoint_text import FIRST_PREVIOUS, Checkpoint, check_signed, read_checkpoint
from riskreview.audit.checkpoints import newest
from riskreview.audit.log import Verification
from riskreview.audit.merkle import BLOCK, Frontier, continues
from riskreview.audit.personal import Opening, commitment, found_at
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.sql import sql


def verify_whole(connection: Connection) -> Verification:
    """Verify every event from its bytes, and every checkpoint: its signature, its root, and that it continues the one before.

    The connection must see one state of the database throughout (REPEATABLE READ).
    """
    try:
        made = check_checkpoints(connection)
    except RuleViolation as error:
        head = int(connection.execute(text(sql("audit", "read_head"))).one().seq)
        return Verification(head, 0, 0, str(error))
    blocks = [bytes(item) for item in connection.execute(text(sql("audit", "read_blocks"))).scalars()]
    watch = _Watch({item.size: item for item in made}, blocks)
    found = log.verify(connection, watch=watch)
    last = made[-1] if made else None
    if found.first_bad is None and last is not None and last.size > found.events:
        problem = f"the log ends at {found.events}, checkpoint {last.number} covers {last.size} events"
        return Verification(found.events, found.events, found.events + 1, problem)
    return found if found.first_bad is not None else _opened(connection, found)


def _opened(connection: Connection, found: Verification) -> Verification:
    """Check that every opening beside the log is what its event committed to, and that each that is gone was erased."""
    rows = connection.execute(
        text(sql("audit", "read_openings")), {"seqs": None}, execution_options={"yield_per": 5000}
    )
    for row in rows:
        item = Opening(row.seq, row.field, bytes(row.salt), row.value)
        if row.body is None or found_at(json.loads(bytes(row.body)), item.field) != commitment(item):
            problem = f"what stands beside event {row.seq} for {row.field} is not what it committed to"
            return Verification(found.events, row.seq - 1, row.seq, problem)
    gone = connection.execute(text(sql("audit", "text_gone"))).scalar_one_or_none()
    if gone is not None:
        problem = f"a text beside event {gone} is gone, and no erasure took it"
        return Verification(found.events, gone - 1, gone, problem)
    return found


def verify_since_checkpoint(connection: Connection) -> tuple[Verification, Checkpoint | None]:
    """Verify what came since the newest checkpoint, whose signature is checked; all of it when there is none that holds."""
    known = newest(connection)
    if known is not None:
        try:
            check_signed(known, keys.read_ring(keys.statements_of(connection)))
        except RuleViolation:
            return verify_whole(connection), None
    after = None if known is None else log.Known(known.size, known.chain)
    return log.verify(connection, after=after), known


def check_checkpoints(connection: Connection) -> list[Checkpoint]:
    """Return the checkpoints that stand, in order; those signed after a state that was restored do not.

    :raises RuleViolation: naming the first whose signature, number or proof does not hold.
    """
    rows = connection.execute(text(sql("audit", "list_checkpoints"))).all()
    if not rows:
        return []
    ring = keys.read_ring(keys.statements_of(connection))
    standing: list[Checkpoint] = []
    digest = FIRST_PREVIOUS
    for position, row in enumerate(rows, start=1):
        item = read_checkpoint(row.content)
        _check_row(row, item, position)
        check_signed(item, ring)
        if item.previous != digest:
            raise RuleViolation(f"checkpoint {item.number} does not name the one before it")
        standing = [other for other in standing if other.number <= item.continued]
        _check_continues(standing[-1] if standing else None, item)
        standing.append(item)
        digest = item.digest
    return standing


def _check_row(row: object, item: Checkpoint, position: int) -> None:
    stored = (row.number, row.size, bytes(row.root))  # type: ignore[attr-defined]  # a result row has the columns of its statement
    if stored != (item.number, item.size, item.root) or item.number != position:
        raise RuleViolation(f"checkpoint {position} is missing or was altered")


def _check_continues(before: Checkpoint | None, item: Checkpoint) -> None:
    size, root = (before.size, before.root) if before else (0, Frontier().root())
    if item.old_size != size or not continues(size, root, item.size, item.root, item.proof):
        raise RuleViolation(f"checkpoint {item.number} does not continue the one before it")


class _Watch:
    """Compares the growing tree with the kept blocks and the checkpoints while the log is read."""

    def __init__(self, made: dict[int, Checkpoint], blocks: list[bytes]) -> None:
        self._made, self._blocks, self._frontier = made, blocks, Frontier()

    def __call__(self, seq: int, leaf: bytes) -> str:
        self._frontier.add(leaf)
        if not seq % BLOCK:
            place = seq // BLOCK - 1
            if place < len(self._blocks) and self._blocks[place] != self._frontier.blocks[place]:
                return f"the kept root of events {seq - BLOCK + 1} to {seq} was altered"
        signed = self._made.get(seq)
        if signed is not None and signed.root != self._frontier.root():
            return f"the log differs from checkpoint {signed.number}, which was signed over its first {seq} events"
        return ""
