"""Owns the signed links by which a person says "I have seen it". Looking at a link changes nothing; using it counts once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.private_file import create_private
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import pause_duties
from riskreview.policy.channels import Delivery

SALT = "riskreview.acknowledgement"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a valid link stands for.

    :param subjects: (type, id) of the things the message is about.
    :param used_by: who used it before, if anybody.
    """

    message_id: int
    ref: str
    recipient: str
    subjects: tuple[tuple[str, str], ...]
    used_by: str | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What using a link did; a second use of it changes nothing and returns the first one's result with ``repeated``."""

    ref: str
    person: str
    at: datetime
    duties: int
    repeated: bool


def signing_keys(instance: Instance) -> list[str]:
    """Return the keys of the instance, oldest first; the last one signs, the others still verify links sent before a rotation.

    The file ``keys/acknowledgement.key`` holds one key a line, readable by its owner alone; it is made at the first use.
    """
    path = instance.home / "keys" / "acknowledgement.key"
    if not path.exists():
        create_private(path, secrets.token_urlsafe(48) + "\n")  # when another process is first, its key counts
    return [line for line in path.read_text(encoding="ascii").splitlines() if line]


def link_maker(instance: Instance) -> "LinkMaker":
    """Return what makes and reads the links of an instance."""
    return LinkMaker(URLSafeSerializer(signing_keys(instance), salt=SALT), instance.console_url)


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes links from nonces and reads nonces from links."""

    serializer: Any  # itsdangerous' serializer has no useful type
    console_url: str

    def token(self, nonce: str) -> str:
        """Return the signed form of a nonce; the same for every repeat of a message."""
        return str(self.serializer.dumps(nonce))

    def address(self, nonce: str) -> str:
        """Return the page where a person acknowledges; opening it does nothing."""
        return f"{self.console_url}/acknowledge/{self.token(nonce)}"

    def nonce(self, token: str) -> str:
        """Return the nonce of a link.

        :raises RuleViolation: when the signature is not ours.
        """
        try:
            return str(self.serializer.loads(token))
        except BadSignature as error:
            raise RuleViolation("this link is not valid; open the thing itself from the console") from error


def look_up(connection: Connection, nonce: str, delivery: Delivery, *, now: datetime) -> Ticket:
    """Return what a nonce stands for; changes nothing.

    :raises NotFound: when there is no such message.
    :raises RuleViolation: when the link is too old.
    """
    row = connection.execute(text(sql("notifications", "find_by_nonce")), {"nonce": nonce}).first()
    if row is None:
        raise NotFound("this link belongs to no message")
    if now > row.created_at + timedelta(days=delivery.link_days):
        raise RuleViolation(
            f"this link expired {delivery.link_days} days after the message; open the thing itself from the console"
        )
    subjects = connection.execute(text(sql("notifications", "message_subjects")), {"message_id": row.message_id}).all()
    listed = tuple((item.subject_type, item.subject_id) for item in subjects)
    return Ticket(row.message_id, row.ref, row.recipient, listed, row.person, row.acknowledged_at)


def use(connection: Connection, nonce: str, delivery: Delivery, *, person: str, now: datetime) -> Acknowledged:
    """Use a link once: the ladders of the message's subjects stop for this person's duties.

    :raises NotFound, RuleViolation: as ``look_up``, and when the message was sent to somebody else.
    """
    ticket = look_up(connection, nonce, delivery, now=now)
    if ticket.recipient != person:
        raise RuleViolation("this link was sent to somebody else; only its recipient can acknowledge with it")
    if (
        connection.execute(
            text(sql("notifications", "use_nonce")), {"nonce": nonce, "person": person, "at": now}
        ).first()
        is None
    ):
        row = connection.execute(text(sql("notifications", "find_by_nonce")), {"nonce": nonce}).one()
        return Acknowledged(row.ref, row.person, row.acknowledged_at, row.duties, repeated=True)
    expires = timedelta(hours=delivery.acknowledgement_hours)
    duties = sum(
        pause_duties(connection, kind, name, person=person, at=now, expires=expires) for kind, name in ticket.subjects
    )
    connection.execute(text(sql("notifications", "count_nonce")), {"nonce": nonce, "duties": duties})
    event = AuditEvent("message:acknowledged", "message", str(ticket.message_id), person, new={"duties": duties},
                       cause={"ref": ticket.ref})  # fmt: skip
    append(connection, [event], at=now)
    return Acknowledged(ticket.ref, person, now, duties, repeated=False)
