"""Owns what people do with opinions: propose, grant, refuse, take back. What ends by itself is in ``ending``.

Each verb is one transaction with its audit event, duties and messages.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.freeze import check_may_relax
from riskreview.mechanisms.lifecycle import SYSTEM, apply
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.opinions import rules, store
from riskreview.opinions.ending import told_of_end
from riskreview.opinions.lifecycle import APPROVER, AUTHOR, OPINION
from riskreview.opinions.rules import Assessed, Draft, KnownFacts
from riskreview.opinions.staffing import decision_duty, find_approver
from riskreview.policy.risk_opinions import NEEDS_TWO, KindWord
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Team, load_team

DUTY = "opinion_decision"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a draft; ``is_new`` is False when the same was proposed before."""

    opinion_id: int
    kind: KindWord
    state: str
    digest: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every verb needs: the rules, the people, the day."""

    services: Services
    policy: Policy
    team: Team
    today: date

    @classmethod
    def of(cls, services: Services) -> "_Desk":
        zone = ZoneInfo(services.instance.settings.time_zone)
        return cls(
            services,
            load_policy(services.instance),
            load_team(services.instance),
            services.clock.now().astimezone(zone).date(),
        )

    def rank(self, person: str) -> int:
        return self.policy.opinions.rank_of(self.team.roles_of(person))


def propose(services: Services, *, customer_key: int, draft: Draft, actor: str) -> Proposed:
    """Propose an opinion; one that needs no second person is in force at once.

    The same draft on the same facts is the same proposal, however often it is sent.

    :raises RuleViolation: when the person or the draft may not.
    :raises NotFound: when the customer is not assessed, or not lately.
    :raises Conflict: when another proposal about it waits.
    """
    desk = _Desk.of(services)
    with transaction(services.engine) as connection:
        assessed = store.read_assessed(connection, customer_key=customer_key, today=desk.today)
        kind = rules.kind_of(draft, assessed)
        _check_may_propose(desk, kind, actor)
        rules.check_can_propose(draft, kind, assessed, desk.policy, today=desk.today)
        if kind == "closure":
            causes, on_a_list = store.default_causes(connection, customer_key=customer_key)
            rules.check_may_close(causes, desk.team.roles_of(actor), desk.policy, on_a_list=on_a_list)
        values = _values(desk, draft, kind, assessed, actor)
        known = _already(connection, assessed, draft.subject, str(values["digest"]))
        if known is not None:
            return known
        opinion_id = store.insert_opinion(connection, values)
        if opinion_id is None:
            raise Conflict(
                f"another proposal about customer {assessed.customer_id} was made meanwhile; look at it first"
            )
        _record(connection, desk, opinion_id, values, assessed)
        if values["needs_second"]:
            return Proposed(opinion_id, kind, OPINION.initial, str(values["digest"]))
        _adopt(connection, desk, opinion_id, assessed, actor)
    return Proposed(opinion_id, kind, "approved", str(values["digest"]))


def approve(services: Services, *, opinion_id: int, actor: str, reason: str, digest: str) -> int:
    """Grant a proposal whose digest is ``digest``; an opinion in force about the same subject ends. Returns the new version.

    :raises Conflict: when the digest is another one, or facts stand that the author did not know.
    :raises RuleViolation: when the person may not, or it makes the customer look better while a review of it is overdue.
    """
    desk = _Desk.of(services)
    with transaction(services.engine) as connection:
        row = store.read_opinion(connection, opinion_id)
        roles = _deciding_roles(desk, row, actor)
        OPINION.check_can("approve", state=row.state, roles=roles)
        if digest != row.digest:
            raise Conflict("the opinion says something else than what you read; read it again")
        if row.kind in NEEDS_TWO:
            check_may_relax(connection, row.customer_key, on_day=desk.today, what=f"opinion {opinion_id} ({row.kind})")
        assessed = store.read_assessed(connection, customer_key=row.customer_key, today=desk.today)
        _check_facts(row, assessed)
        _end_standing(connection, desk, row, actor)
        changes = {**_dates(connection, desk, row, assessed), **_signed(desk, actor, reason)}
        return _decide(connection, desk, row, "approve", actor, roles, changes)


def refuse(services: Services, *, opinion_id: int, actor: str, reason: str) -> int:
    """Refuse a proposal, with the reason. Returns the new version."""
    desk = _Desk.of(services)
    with transaction(services.engine) as connection:
        row = store.read_opinion(connection, opinion_id)
        roles = _deciding_roles(desk, row, actor)
        OPINION.check_can("refuse", state=row.state, roles=roles)
        return _decide(connection, desk, row, "refuse", actor, roles, _signed(desk, actor, reason))


def revoke(services: Services, *, opinion_id: int, actor: str, reason: str) -> int:
    """Take an opinion or a proposal back: its author, or who may decide such opinions. Returns the new version."""
    desk = _Desk.of(services)
    with transaction(services.engine) as connection:
        row = store.read_opinion(connection, opinion_id)
        kind = desk.policy.opinions.kinds[row.kind]
        roles = [AUTHOR] if actor == row.author else []
        if set(kind.approve) & set(desk.team.roles_of(actor)):
            roles.append(APPROVER)
        changes = {"ended_on": desk.today, "ended_by": actor, "end_reason": rules.said(reason, "reason")}
        return _decide(connection, desk, row, "revoke", actor, roles, changes)


def _check_may_propose(desk: _Desk, kind: KindWord, actor: str) -> None:
    wanted = desk.policy.opinions.kinds[kind].propose
    if not set(wanted) & set(desk.team.roles_of(actor)):
        raise RuleViolation(
            f"only {', '.join(wanted)} may propose an opinion of the kind {kind}; {actor} is none of them"
        )


def _values(desk: _Desk, draft: Draft, kind: KindWord, assessed: Assessed, actor: str) -> dict[str, object]:
    opinions = desk.policy.opinions
    horizon = draft.horizon_on or desk.today + timedelta(days=opinions.kinds[kind].holds_days)
    reason = opinions.reason(draft.reason)
    return {
        "customer_key": assessed.customer_key, "kind": kind, "risk_class": draft.risk_class if draft.subject == "class" else None,
        "reason": draft.reason, "statement": draft.statement, "source": draft.source, "horizon_on": horizon,
        "probation_days": reason.probation_days if reason and kind == "closure" else None, "author": actor,
        "author_rank": desk.rank(actor), "proposed_at": desk.services.clock.now(), "proposed_on": desk.today,
        "assessed_on": assessed.assessed_on, "class_without": assessed.class_without, "known_alarms": assessed.alarms,
        "known_floor": assessed.floor_class, "known_floor_code": assessed.floor_code,
        "needs_second": kind in NEEDS_TWO or opinions.kinds[kind].four_eyes, "policy_version": desk.policy.version,
        "policy_digest": desk.policy.digest, "digest": rules.digest_of(draft, kind, assessed, horizon_on=horizon),
    }  # fmt: skip


def _already(connection: Connection, assessed: Assessed, subject: str, digest: str) -> Proposed | None:
    standing = store.read_standing(connection, customer_key=assessed.customer_key, subject=subject)
    same = next((row for row in standing if row.digest == digest), None)
    if same is not None:
        return Proposed(int(same.opinion_id), same.kind, same.state, digest, is_new=False)
    waiting = next((row for row in standing if row.state == "proposed"), None)
    if waiting is not None:
        raise Conflict(
            f"opinion {waiting.opinion_id} about customer {assessed.customer_id} waits for a decision; decide or revoke it first"
        )
    return None


def _record(
    connection: Connection, desk: _Desk, opinion_id: int, values: dict[str, object], assessed: Assessed
) -> None:
    at = desk.services.clock.now()
    kept = (
        "kind",
        "risk_class",
        "reason",
        "horizon_on",
        "class_without",
        "known_alarms",
        "known_floor",
        "known_floor_code",
        "digest",
    )
    new = {"state": OPINION.initial, "version": 1, **{name: values[name] for name in kept}}
    cause = {
        "customer_id": assessed.customer_id,
        "assessed_on": assessed.assessed_on,
        "policy_digest": desk.policy.digest,
    }
    append(
        connection,
        [AuditEvent("opinion:proposed", "opinion", str(opinion_id), str(values["author"]), new=new, cause=cause)],
        at=at,
    )
    if not values["needs_second"]:
        return
    approver = find_approver(desk.team, desk.policy, str(values["author"]), str(values["kind"]), desk.today)
    duty = decision_duty(desk.services.instance, desk.team, desk.policy, approver, opinion_id, assessed.customer_id,
                         author=str(values["author"]), kind=str(values["kind"]), at=at)  # fmt: skip
    open_duties(connection, [duty], at=at)
    facts = {"opinion_id": opinion_id, "customer_id": assessed.customer_id, "opinion_kind": values["kind"], "due_at": duty.due_at,
             "proposed_by": values["author"]}  # fmt: skip
    enqueue(connection, [OutboxEvent(f"opinion_proposed:{opinion_id}", "opinion_proposed", "opinion", str(opinion_id), "normal",
                                     (approver,), facts)], at=at)  # fmt: skip


def _adopt(connection: Connection, desk: _Desk, opinion_id: int, assessed: Assessed, actor: str) -> None:
    row = store.read_opinion(connection, opinion_id)
    _end_standing(connection, desk, row, actor)
    apply(connection, OPINION, "adopt", opinion_id, version=row.version, actor=actor, roles=(AUTHOR,),
          at=desk.services.clock.now(), changes=_dates(connection, desk, row, assessed))  # fmt: skip


def _end_standing(connection: Connection, desk: _Desk, row: store.Found, actor: str) -> None:
    """End what is in force about the same subject: the new opinion takes its place."""
    for old in store.read_standing(connection, customer_key=row.customer_key, subject=row.subject):
        if old.state != OPINION.initial:
            changes = {
                "ended_on": desk.today,
                "ended_by": actor,
                "end_reason": f"opinion {row.opinion_id} took its place",
            }
            (people,) = store.read_people(connection, [old.opinion_id])
            apply(connection, OPINION, "revoke", old.opinion_id, version=old.version, actor=actor, roles=(SYSTEM,),
                  at=desk.services.clock.now(), changes=changes, cause={"opinion": row.opinion_id},
                  events=(told_of_end(people, "revoke"),))  # fmt: skip


def _dates(connection: Connection, desk: _Desk, row: store.Found, assessed: Assessed) -> dict[str, object]:
    until = rules.holds_until(row.kind, desk.policy, effective_on=desk.today, horizon_on=row.horizon_on,
                              review_due_on=store.next_review(connection, customer_key=row.customer_key),
                              word=RiskClass(assessed.risk_class).name)  # fmt: skip
    return {"effective_on": desk.today, "valid_until": until}


def _signed(desk: _Desk, actor: str, reason: str) -> dict[str, object]:
    return {"decided_by": actor, "decided_rank": desk.rank(actor), "decided_at": desk.services.clock.now(),
            "decision_reason": rules.said(reason, "reason")}  # fmt: skip


def _deciding_roles(desk: _Desk, row: store.Found, actor: str) -> tuple[str, ...]:
    rules.check_can_decide(row.author, row.author_rank, actor, desk.rank(actor), row.kind)
    may = set(desk.policy.opinions.kinds[row.kind].approve) & set(desk.team.roles_of(actor))
    return (APPROVER,) if may else ()


def _check_facts(row: store.Found, assessed: Assessed) -> None:
    if row.kind not in {"better", "closure"}:
        return
    known = KnownFacts(np.array([row.known_alarms]), np.array([row.known_floor]), np.array([row.known_floor_code]))
    now = KnownFacts(np.array([assessed.alarms]), np.array([assessed.floor_class]), np.array([assessed.floor_code]))
    if rules.overtaken(known, now)[0]:
        raise Conflict("an alarm or a rule stands that the author did not know; the opinion must be proposed again")


def _decide(  # noqa: PLR0913, PLR0917, RUF100  the parts of one decision
    connection: Connection, desk: _Desk, row: store.Found, verb: str, actor: str, roles: tuple[str, ...] | list[str],
    changes: dict[str, object],
) -> int:  # fmt: skip
    at, (people,) = desk.services.clock.now(), store.read_people(connection, [row.opinion_id])
    facts = {
        "opinion_id": row.opinion_id,
        "customer_id": people.customer_id,
        "opinion_kind": row.kind,
        "opinion_end": verb,
    }
    message = told_of_end(people, verb) if verb == "revoke" else OutboxEvent(
        f"opinion_decided:{row.opinion_id}", "opinion_decided", "opinion", str(row.opinion_id), "normal", (row.author,), facts)  # fmt: skip
    new = apply(connection, OPINION, verb, row.opinion_id, version=row.version, actor=actor, roles=roles, at=at, changes=changes,
                events=(message,))  # fmt: skip
    close_duties(
        connection, DUTY, "opinion", [str(row.opinion_id)], at=at, state="cancelled" if verb == "revoke" else "done"
    )
    return new
