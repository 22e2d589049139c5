"""Owns the tip of the log outside the database: how far it was when messages went out last, between two checkpoints.

A backup that is younger than the newest checkpoint has that checkpoint; what it lacks are the minutes after it, and those the tip knows.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text

from riskreview.audit.archive import Archive
from riskreview.foundation.errors import RuleViolation, Unavailable
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tip:
    """The number of the last event, and the hash of the chain there."""

    size: int
    chain: bytes

    @property
    def content(self) -> str:
        """The whole file."""
        return f"{self.size} {self.chain.hex()}\n"


def leave_tip(services: Services) -> None:
    """Write where the log ends beside its checkpoints, before what it says leads to anything outside; a place out of reach is logged."""
    with services.engine.connect() as connection:
        head = connection.execute(text(sql("audit", "read_head"))).one()
    tip = Tip(int(head.seq), bytes(head.chain_hash))
    archive = Archive(services.instance)
    try:
        if archive.tip() != tip.content:
            archive.keep_tip(tip.content)
    except Unavailable as error:
        LOG.warning("tip_not_brought_out", problem=str(error))


def lost_tip(services: Services, connection: Connection) -> Tip | None:
    """Return the tip outside the database if the database's log does not have it."""
    try:
        content = Archive(services.instance).tip()
    except Unavailable as error:
        LOG.warning("tip_not_compared", problem=str(error))
        return None
    if content is None:
        return None
    tip = _read(content)
    if not tip.size:  # left before the first event: any log goes on from there
        return None
    found = connection.execute(text(sql("audit", "chain_at")), {"seq": tip.size}).scalar_one_or_none()
    return None if found is not None and bytes(found) == tip.chain else tip


def _read(content: str) -> Tip:
    size, _, chain = content.strip().partition(" ")
    try:
        return Tip(int(size), bytes.fromhex(chain))
    except ValueError as error:
        raise RuleViolation(
            "what stands beside the checkpoints as the log's tip is none; remove the file tip.txt"
        ) from error
