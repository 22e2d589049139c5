"""Owns making checkpoints: verify what is new, prove that it continues what was signed before, sign it, bring it outside the database."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, text

from riskreview.audit import keys, log
from riskreview.audit.archive import Archive
from riskreview.audit.checkpoint_text import FIRST_PREVIOUS, Checkpoint, check_signed, read_checkpoint, write_checkpoint
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.merkle import BLOCK, Frontier, Tree
from riskreview.audit.tip import leave_tip, lost_tip
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import RuleViolation, Unavailable
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

LOG = structlog.get_logger(__name__)
LEAVES_AT_ONCE = BLOCK * 256
SUBJECT = "audit_log"
UNTIL = "no message is sent until somebody looks and says so with: riskreview audit reconcile"


class LogSetBack(RuleViolation):
    """The database is older than a checkpoint that was brought out: a backup was restored, or its history replaced."""


@dataclass(frozen=True, slots=True)
class BroughtOut:
    """What bringing checkpoints out did.

    :param waiting: how many could not be brought out. :param waiting_since: when the oldest of them was made.
    """

    exported: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None


def make_checkpoint(services: Services) -> Checkpoint:
    """Sign what the log is now; within an hour of one of the same size, return that one.

    :raises LogSetBack: when the database is older than what was brought out.
    :raises RuleViolation: when an event was altered, or the log does not continue its last checkpoint.
    """
    at = services.clock.now()

    def work(connection: Connection) -> Checkpoint:
        connection.execute(text(sql("audit", "lock_checkpoints")))
        check_not_set_back(services, connection)
        known, size = newest(connection), head_size(connection)
        if known is not None and known.size == size and _same_hour(known.at, at):
            return known
        return _make(services, connection, known, at)

    return retry_transaction(services.engine, work)


def rotate_key(services: Services, *, actor: str) -> Checkpoint:
    """Let a new key follow the log's key: the old one signs the new one and the state before, the new one signs from then on.

    :raises LogSetBack: when the database is older than what was brought out.
    """
    make_checkpoint(services)
    at = services.clock.now()

    def work(connection: Connection) -> Checkpoint:
        connection.execute(text(sql("audit", "lock_checkpoints")))
        known = newest(connection)
        number = 1 if known is None else known.number + 1
        signer = keys.rotate(services.instance, connection, first=number, at=at)
        new, old = signer.ring.keys[-1][1], signer.ring.keys[-2][1]
        append(connection, [AuditEvent("audit_key:rotated", "audit_key", signer.ring.origin, actor, old={"key": str(old)},
                                       new={"key": str(new), "first_checkpoint": number})], at=at)  # fmt: skip
        return _make(services, connection, known, at)

    return retry_transaction(services.engine, work)


def reconcile(services: Services, *, actor: str, reason: str) -> Checkpoint:
    """Accept that the log was set back, so that messages are sent again; the log and the next checkpoint say so for ever.

    :raises RuleViolation: without a reason of two words, or when the log was not set back.
    """
    if len(reason.split()) < 2:
        raise RuleViolation("say in two words or more why the log was set back")
    at = services.clock.now()

    def work(connection: Connection) -> Checkpoint:
        connection.execute(text(sql("audit", "lock_checkpoints")))
        lost, tip, known = _beyond(services, connection), lost_tip(services, connection), newest(connection)
        if lost is None and tip is None:
            raise RuleViolation("the log was not set back; there is nothing to reconcile")
        old: dict[str, object] = {} if tip is None else {"tip_size": tip.size, "tip_chain": tip.chain.hex()}
        if lost is not None:
            _take_over(Archive(services.instance), connection, lost, 1 if known is None else known.number + 1, at)
            old |= {"size": lost.size, "root": lost.root.hex()}
        number = lost.number if lost is not None else known.number if known is not None else 0
        event = AuditEvent("audit_log:reconciled", SUBJECT, str(number), actor, old=old, new={"size": head_size(connection)},
                           cause={"reason": reason})  # fmt: skip
        append(connection, [event], at=at)
        return _make(services, connection, known, at, lost=lost)

    made = retry_transaction(services.engine, work)
    leave_tip(services)
    return made


def check_not_set_back(services: Services, connection: Connection) -> None:
    """Check that the newest checkpoint outside the database, and the tip beside it, are of this database. A place out of reach is logged.

    :raises LogSetBack: when one is not.
    """
    lost = _beyond(services, connection)
    if lost is not None:
        raise LogSetBack(
            f"the database is older than checkpoint {lost.number} of {lost.at:%Y-%m-%d %H:%M} UTC, which covers {lost.size} events, so it was restored"
            f" or replaced; {UNTIL}"
        )
    tip = lost_tip(services, connection)
    if tip is not None:
        raise LogSetBack(
            f"the database has {head_size(connection)} events and was at event {tip.size} when messages were sent last, so it was restored or replaced;"
            f" {UNTIL}"
        )


def bring_out(services: Services) -> BroughtOut:
    """Bring every checkpoint that is not outside yet there, in order; what fails is tried again next time."""
    with services.engine.connect() as connection:
        waiting = connection.execute(text(sql("audit", "checkpoints_to_export"))).all()
        ring = "".join(keys.statements_of(connection))
    archive, done = Archive(services.instance), 0
    for row in waiting:
        try:
            archive.keep(row.number, row.content, ring)
        except Unavailable as error:
            LOG.warning("checkpoint_not_brought_out", number=row.number, problem=str(error))
            return BroughtOut(done, len(waiting) - done, row.made_at)
        with services.engine.begin() as connection:
            values = {"number": row.number, "at": services.clock.now()}
            connection.execute(text(sql("audit", "insert_export")), values)
        done += 1
    return BroughtOut(done)


def newest(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint in the database."""
    row = connection.execute(text(sql("audit", "newest_checkpoint"))).one_or_none()
    return None if row is None else read_checkpoint(row.content)


def head_size(connection: Connection) -> int:
    """Return how many events the log has."""
    return int(connection.execute(text(sql("audit", "read_head"))).one().seq)


def load_tree(connection: Connection, size: int) -> Tree:
    """Return the tree over the first ``size`` events; their full blocks must have been kept by a checkpoint."""
    blocks = [bytes(item) for item in connection.execute(text(sql("audit", "read_blocks"))).scalars()]
    known: dict[int, list[bytes]] = {}

    def leaves(block: int) -> list[bytes]:
        if block not in known:
            known[block] = _leaves(connection, block * BLOCK + 1, min((block + 1) * BLOCK, size))
        return known[block]

    return Tree(size, blocks, leaves)


def _make(
    services: Services,
    connection: Connection,
    known: Checkpoint | None,
    at: datetime,
    *,
    lost: Checkpoint | None = None,
) -> Checkpoint:
    size = head_size(connection)
    chain = _verified(connection, known, size)
    _keep_blocks(connection, size)
    tree = load_tree(connection, size)
    if known is not None and tree.root(known.size) != known.root:
        raise RuleViolation(
            f"the log does not continue checkpoint {known.number}: one of its first {known.size} events was altered"
        )
    before = lost or known
    made = write_checkpoint(
        keys.open_signer(services.instance, connection, at=at), number=before.number + 1 if before else 1, size=size,
        root=tree.root(), chain=chain, at=at, previous=before.digest if before else FIRST_PREVIOUS, old_size=known.size if known else 0,
        proof=tree.consistency(known.size) if known else (), restored=(known.number if known else 0) if lost else None,
    )  # fmt: skip
    _insert(connection, made)
    return made


def _verified(connection: Connection, known: Checkpoint | None, size: int) -> bytes:
    """Return the hash of the chain at ``size``, computed from the bytes of what came since the last checkpoint."""
    after = None if known is None else log.Known(known.size, known.chain)
    found, chain = log.scan(connection, after=after, last=size)
    if found.first_bad is not None or found.verified != size:
        raise RuleViolation(f"no checkpoint can be made: {found.problem or f'event {found.verified + 1} is missing'}")
    return chain


def _keep_blocks(connection: Connection, size: int) -> None:
    """Keep the root of every block that became full since the last checkpoint."""
    first = int(connection.execute(text(sql("audit", "count_blocks"))).scalar_one())
    frontier, end = Frontier(), size - size % BLOCK
    for begin in range(first * BLOCK, end, LEAVES_AT_ONCE):
        for leaf in _leaves(connection, begin + 1, min(begin + LEAVES_AT_ONCE, end)):
            frontier.add(leaf)
    if frontier.blocks:
        values = {"places": list(range(first, first + len(frontier.blocks))), "roots": frontier.blocks}
        connection.execute(text(sql("audit", "insert_blocks")), values)


def _beyond(services: Services, connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint outside the database that the database does not have.

    What stands there as the newest may have been taken away or set back too, so the one after the database's newest is looked for as well.
    """
    archive, known = Archive(services.instance), newest(connection)
    try:
        outside = (archive.newest(), archive.read((known.number if known else 0) + 1))
        lost = next(
            (item for item in map(read_checkpoint, filter(None, outside)) if not _is_here(connection, item)), None
        )
        while lost is not None and (later := archive.read(lost.number + 1)) is not None:
            lost = read_checkpoint(later)
    except Unavailable as error:
        LOG.warning("checkpoints_not_compared", problem=str(error))
        return None
    return lost


def _is_here(connection: Connection, outside: Checkpoint) -> bool:
    row = connection.execute(text(sql("audit", "find_checkpoint")), {"number": outside.number}).one_or_none()
    return row is not None and row.content == outside.content


def _take_over(archive: Archive, connection: Connection, lost: Checkpoint, first: int, at: datetime) -> None:
    """Keep the checkpoints and keys that were signed after what was restored, as far as they are outside.

    :raises RuleViolation: when one of them was not signed by the log.
    """
    known = keys.statements_of(connection)
    for statement in keys.split_statements(archive.keys())[len(known) :]:
        connection.execute(text(sql("audit", "insert_key")), {"statement": statement, "at": at})
    ring = keys.read_ring(keys.statements_of(connection))
    _check_ours(lost, ring)
    for number in range(first, lost.number + 1):
        content = archive.read(number)
        if content is not None:
            item = read_checkpoint(content)
            _check_ours(item, ring)
            _insert(connection, item)
            connection.execute(text(sql("audit", "insert_export")), {"number": number, "at": at})


def _check_ours(item: Checkpoint, ring: keys.KeyRing) -> None:
    try:
        check_signed(item, ring)
    except RuleViolation as error:
        raise RuleViolation(
            f"what stands outside as checkpoint {item.number} is not signed by the log's key of its time; put back what was there"
        ) from error


def _insert(connection: Connection, made: Checkpoint) -> None:
    values = {"number": made.number, "size": made.size, "root": made.root, "content": made.content, "at": made.at}
    connection.execute(text(sql("audit", "insert_checkpoint")), values)


def _leaves(connection: Connection, first: int, last: int) -> list[bytes]:
    found = connection.execute(text(sql("audit", "read_leaves")), {"first": first, "last": last})
    return [bytes(item) for item in found.scalars()]


def _same_hour(one: datetime, other: datetime) -> bool:
    return one.replace(minute=0, second=0, microsecond=0) == other.replace(minute=0, second=0, microsecond=0)
