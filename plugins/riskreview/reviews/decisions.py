"""Owns working on a review and deciding it: each verb is one transaction with its audit event, duties and messages.

Who may do what stands in ``lifecycle``; that the decider is not the proposer is checked here and enforced by the database.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import NewDuty, Rung, close_duties, open_duties
from riskreview.mechanisms.lifecycle import apply
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.policy.calendars import Deadline, calendar_of, load_calendars
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Team, load_team
from riskreview.reviews.lifecycle import APPROVERS, REVIEW

MOVED = failpoints.register("reviews.moved", "a review has changed its state, the transaction is not committed")
DECISION_TIME = Deadline(3, "wd")
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Move:
    """What one verb changes beside the state.

    :param check: judges the review before the move; raises RuleViolation or Conflict.
    """

    verb: str
    changes: Mapping[str, object] = field(default_factory=dict)
    check: Callable[[Row[tuple[object, ...]]], None] | None = None
    after: Callable[[Connection, Row[tuple[object, ...]], int], None] | None = None
    events: Callable[[Row[tuple[object, ...]]], tuple[OutboxEvent, ...]] | None = None


def proposal_digest(*, pack_sha256: str, recommendation: str) -> str:
    """Return the digest a decision is bound to: the frozen facts and the recommendation resting on them."""
    return hashlib.sha256(f"{pack_sha256}\n{recommendation}".encode()).hexdigest()


def start_analysis(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Begin to work on a review, or to rework one that was returned; return the new version.

    :raises RuleViolation, Conflict, NotFound: as every verb of this module, see ``mechanisms.lifecycle.apply``.
    """
    return _move(services, review_id, version, actor, Move("start_analysis"))


def request_info(services: Services, *, review_id: int, version: int, actor: str, question: str) -> int:
    """Wait for something the customer or a colleague must tell."""
    return _move(services, review_id, version, actor, Move("request_info", {"question": _said(question, "question")}))


def resume(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Go on after the answer has come."""
    return _move(services, review_id, version, actor, Move("resume"))


def recommend(services: Services, *, review_id: int, version: int, actor: str, recommendation: str) -> int:
    """Propose what should be done; an earlier decision is set aside."""
    changes = {"recommendation": _said(recommendation, "recommendation"), "proposed_by": actor, "proposed_at": services.clock.now(),
               "decided_by": None, "decided_at": None, "decision_reason": None}  # fmt: skip
    return _move(services, review_id, version, actor, Move("recommend", changes))


def submit(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """Hand the recommendation to an approver who is not its proposer and must decide in time; the owner's own limit keeps running."""
    team, now = load_team(services.instance), services.clock.now()

    def pass_on(connection: Connection, row: Row[tuple[object, ...]], new_version: int) -> None:
        open_duties(connection, [_decision_duty(services, team, row, new_version, now)], at=now)

    def tell(row: Row[tuple[object, ...]]) -> tuple[OutboxEvent, ...]:
        approver = _approver(team, row.proposed_by, _today(services))
        return (_message(row, "review_in_approval", approver, version),)

    return _move(services, review_id, version, actor, Move("submit", after=pass_on, events=tell))


def approve(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Grant the recommendation whose ``proposal_digest`` is ``digest``.

    :raises Conflict: when the digest is another one: something else was read than is now proposed.
    """
    return _decide(services, "approve", review_id, version, actor, reason, digest)


def return_review(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Ask the proposer for changes; the reason says which."""
    return _decide(services, "return", review_id, version, actor, reason, digest)


def reject(services: Services, *, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Refuse the recommendation for good."""
    return _decide(services, "reject", review_id, version, actor, reason, digest)


def close(services: Services, *, review_id: int, version: int, actor: str) -> int:
    """End a decided review."""
    return _move(
        services, review_id, version, actor, Move("close", {"closed_by": actor, "closed_at": services.clock.now()})
    )


def cancel(services: Services, *, review_id: int, version: int, actor: str, reason: str) -> int:
    """End a review that should not have been opened, with the reason."""
    now = services.clock.now()

    def drop(connection: Connection, _row: Row[tuple[object, ...]], _version: int) -> None:
        close_duties(connection, "review", "review", [str(review_id)], at=now, state="cancelled")

    changes = {"decision_reason": _said(reason, "reason"), "closed_by": actor, "closed_at": now}
    return _move(services, review_id, version, actor, Move("cancel", changes, after=drop))


def _decide(services: Services, verb: str, review_id: int, version: int, actor: str, reason: str, digest: str) -> int:  # noqa: PLR0913, PLR0917, RUF100  the parts of one decision
    now = services.clock.now()

    def check(row: Row[tuple[object, ...]]) -> None:
        if row.proposed_by == actor:
            raise RuleViolation(f"{actor} proposed this and cannot decide it; another person must")
        current = proposal_digest(pack_sha256=row.pack_sha256, recommendation=row.recommendation or "")
        if digest != current:
            raise Conflict("the recommendation was changed after you read it; read it again")

    def finish(connection: Connection, _row: Row[tuple[object, ...]], _version: int) -> None:
        ended = [f"review_approval_{version}", *(["review"] if verb != "return" else [])]
        for kind in ended:
            close_duties(connection, kind, "review", [str(review_id)], at=now)

    def tell(row: Row[tuple[object, ...]]) -> tuple[OutboxEvent, ...]:
        return (_message(row, "review_decided", row.owner, version),)

    changes = {"decided_by": actor, "decided_at": now, "decision_reason": _said(reason, "reason")}
    return _move(services, review_id, version, actor, Move(verb, changes, check, finish, tell))


def _move(services: Services, review_id: int, version: int, actor: str, move: Move) -> int:
    roles = load_team(services.instance).roles_of(actor)
    with transaction(services.engine) as connection:
        row = connection.execute(text(sql("reviews", "read_review")), {"review_id": review_id}).first()
        if row is None:
            raise NotFound(f"there is no review {review_id}")
        if row.version == version:  # otherwise it is a conflict, which apply tells
            REVIEW.check_can(move.verb, state=row.state, roles=roles)
            if move.check:
                move.check(row)
        at = services.clock.now()
        new = apply(connection, REVIEW, move.verb, review_id, version=version, actor=actor, roles=roles, at=at,
                    changes=move.changes, events=move.events(row) if move.events else ())  # fmt: skip
        if move.after:
            move.after(connection, row, new)
        failpoints.reach(MOVED)
    return new


def _decision_duty(
    services: Services, team: Team, row: Row[tuple[object, ...]], version: int, now: datetime
) -> NewDuty:
    approver = _approver(team, row.proposed_by, _today(services))
    person = team.person(approver)
    if person is None:
        raise LookupError(f"{approver} is no person of the team")
    calendar = calendar_of(load_calendars(services.instance), person.calendar)
    due_at = calendar.due(now, DECISION_TIME, ZoneInfo(person.time_zone)).at
    ladder = (Rung(0, (approver,), 0), Rung(24, (team.on_duty("cfo", _today(services)).owner,), 1))
    return NewDuty(f"review_approval_{version}", "review", str(row.review_id), "credit_manager", approver, None, due_at, ladder,
                   {"review_id": row.review_id, "risk_class": RiskClass(row.risk_class).name})  # fmt: skip


def _approver(team: Team, proposer: str, day: date) -> str:
    """Return the first present approver who is not the proposer.

    :raises RuleViolation: when the team has no second person who may decide.
    """
    candidates = [name for role in APPROVERS for name in team.order(role) if name != proposer]
    if not candidates:
        raise RuleViolation(
            "nobody but the proposer may decide; give a second person the role credit_manager, cfo or executive"
        )
    return next((name for name in candidates if team.is_present(name, day)), candidates[0])


def _message(row: Row[tuple[object, ...]], kind: str, person: str, version: int) -> OutboxEvent:
    facts = {"review_id": row.review_id, "risk_class": RiskClass(row.risk_class).name, "due_on": row.due_on}
    return OutboxEvent(
        f"{kind}:{row.review_id}:{version}", kind, "review", str(row.review_id), "normal", (person,), facts
    )


def _said(value: str, what: str) -> str:
    if not value.strip():
        raise RuleViolation(f"the {what} is empty; say it in a sentence")
    if len(value) > LONGEST_TEXT:
        raise RuleViolation(f"the {what} has {len(value)} characters; {LONGEST_TEXT} are allowed")
    return value


def _today(services: Services) -> date:
    return services.clock.now().astimezone(ZoneInfo(services.instance.settings.time_zone)).date()
