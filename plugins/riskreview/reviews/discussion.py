"""Owns the discussion on a review: what people remark on it, in order, never changed, and told to those who own or decide it."""

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews import records
from riskreview.reviews.acting import Found, read_review
from riskreview.reviews.lifecycle import DISCUSSANTS, DISCUSSED
from riskreview.reviews.wording import said

LONGEST_REMARK = 4_000
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands behind them, so that it reads as something else."""

Remarks = Sequence[dict[str, Any]]  # result rows


def remark(services: Services, *, review_id: int, actor: str, words: str, answers: int | None = None) -> int:
    """Remark on a review and return the remark's number; the same words to the same remark are one, however often they come.

    A remark decides nothing, moves no version and begins no duty. Owner, proposer, who is asked to decide or decided, who carries it out
    and who is answered hear of it.

    :param answers: the remark it answers.
    :raises RuleViolation: by somebody who has no part in reviews, on a review that is closed, or for words that are none.
    :raises NotFound: when there is no such review, or no such remark on it.
    """
    staff = Staff.of(services)
    if not set(DISCUSSANTS) & set(staff.roles_of(actor)):
        raise RuleViolation(f"only {', '.join(DISCUSSANTS)} may remark on a review; {actor} is none of them")
    body = _plain(words)
    with transaction(services.engine) as connection:
        row = read_review(connection, review_id)
        _check_discussed(row)
        before = remarks_on(connection, review_id)
        if answers is not None and answers not in {item["remark_id"] for item in before}:
            raise NotFound(f"review {review_id} has no remark {answers}")
        values = {"review_id": review_id, "answers": answers, "person": actor, "body": body, "at": staff.now,
                  "digest": hashlib.sha256(body.encode()).hexdigest()}  # fmt: skip
        number = connection.execute(text(sql("reviews", "insert_remark")), values).scalar()
        if number is None:
            return next(int(item["remark_id"]) for item in before
                        if (item["said_by"], item["answers"], item["digest"]) == (actor, answers, values["digest"]))  # fmt: skip
        cause = {"review_id": review_id, "answers": answers}
        event = AuditEvent("review_remark:said", "review_remark", str(number), actor, new={"text": body}, cause=cause)
        append(connection, [event], at=staff.now)
        enqueue(connection, _told(row, int(number), actor, _concerned(connection, row, before, answers)), at=staff.now)
    return int(number)


def remarks_on(connection: Connection, review_id: int) -> Remarks:
    """Return what was remarked on a review, in order."""
    found = connection.execute(text(sql("reviews", "remarks")), {"review_id": review_id})
    return [dict(row) for row in found.mappings()]


def _plain(words: str) -> str:
    """Return words as they are kept: plain text whose lines end alike.

    :raises RuleViolation: when there are none, too many, or characters among them that nobody can read.
    """
    body = said("\n".join(words.strip().splitlines()), "remark", LONGEST_REMARK)
    if any(letter in TURNING or (unicodedata.category(letter) == "Cc" and letter not in "\n\t") for letter in body):
        raise RuleViolation("the remark has a character that cannot be read; write plain text")
    return body


def _check_discussed(row: Found) -> None:
    if row.state == "closed":
        raise RuleViolation(f"review {row.review_id} is closed; reopen it to discuss it further")
    if row.state not in DISCUSSED:
        raise RuleViolation(f"review {row.review_id} is {row.state}; there is nothing to discuss")


def _concerned(connection: Connection, row: Found, before: Remarks, answers: int | None) -> list[str]:
    steps = records.approval_steps(connection, row.review_id, row.approval_round)
    asked = [name for step in steps if step.state != "void" for name in (step.decided_by or step.asked,)]
    answered = [item["said_by"] for item in before if item["remark_id"] == answers]
    return [name for name in (row.owner, row.proposed_by, *asked, row.implemented_by, *answered) if name]


def _told(row: Found, number: int, actor: str, people: Sequence[str]) -> list[OutboxEvent]:
    audience = tuple(name for name in dict.fromkeys(people) if name != actor)
    facts = {
        "review_id": row.review_id,
        "customer_id": row.customer_id,
        "risk_class": RiskClass(row.risk_class).name,
        "said_by": actor,
    }
    return [OutboxEvent(f"review_remarked:{number}", "review_remarked", "review", str(row.review_id), "normal", audience, facts)] if audience else []  # fmt: skip
