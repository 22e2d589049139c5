"""Owns the measures a review recommends: proposed with it, granted with it, carried out before it closes, dropped when it is set aside."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from riskreview.foundation.errors import Conflict
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.carrying_out import carry_out, put_in_force
from riskreview.measures.desk import ACTOR, Desk
from riskreview.measures.expectation import expected_of, known_of
from riskreview.measures.lifecycle import APPROVER, MEASURE
from riskreview.measures.proposing import Draft, draft_digest, draft_of, write
from riskreview.measures.rules import Stand, check_calm, check_conflicts, check_together, milder
from riskreview.measures.strategy import Figures, Strategist
from riskreview.measures.terms import CENT, Terms, parse_wanted
from riskreview.mechanisms.freeze import check_may_relax
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.policy.measure_policy import load_measure_policy
from riskreview.policy.portfolio_policy import load_portfolio_policy

UNDECIDED = ("proposed", "approved")
SET_ASIDE = ("in_analysis", "changes_requested", "rejected", "cancelled")
"""States of a review in which what it recommended before does not count any more."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """The measures of a recommendation, ready to be written.

    :param kinds: for the approval matrix. :param terms_sha256: binds the review's approval to every parameter; empty without measures.
    """

    desk: Desk
    review_id: int
    drafts: tuple[Draft, ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds, in order of their names."""
        return sorted(draft.kind.id for draft in self.drafts)

    @property
    def terms_sha256(self) -> str:
        """What the review's approval is bound to beside its words."""
        digests = sorted(draft_digest(draft) for draft in self.drafts)
        return hashlib.sha256("\n".join(digests).encode()).hexdigest() if digests else ""

    def write(self, connection: Connection, *, actor: str, owner: str) -> None:
        """Propose them in the transaction of the recommendation.

        :raises Conflict: when another measure of a field was proposed meanwhile.
        """
        links = [{"review_id": self.review_id}] * len(self.drafts)
        found = write(connection, self.desk, self.drafts, actor, origin="review", owner=owner, links=links)
        if len(found) < len(self.drafts):
            raise Conflict(
                f"another measure was proposed for customer {self.drafts[0].stand.customer_id} meanwhile; recommend again"
            )


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of customers whose strategies are asked for.

    :param stands: by customer, without those nobody assessed. :param receivables: of all customers together.
    """

    stands: Mapping[int, Stand]
    receivables: float


def read_known(connection: Connection, customer_keys: Sequence[int], *, as_of: date) -> Known:
    """Return what the strategies of customers are computed from, beside the facts."""
    return Known(store.read_stands(connection, customer_keys, on_day=as_of), store.receivables(connection))


def strategies(
    instance: Instance, known: Known, figures: Mapping[int, Figures]
) -> dict[int, dict[str, Any]]:  # JSON has any shape
    """Return what the policy proposes for customers whose reviews open, as their packs hold it, by key.

    :param figures: of these customers, from the facts.
    """
    policy, currency = load_measure_policy(instance), instance.settings.reporting_currency
    strategist, loss, unknown = (
        Strategist(policy, receivables=known.receivables),
        load_portfolio_policy(instance).loss,
        Figures(),
    )
    found = {}
    for key, stand in known.stands.items():
        facts = figures.get(key, unknown)
        offered = strategist.of(stand, facts).document(policy, currency)
        found[key] = {**offered, "known": known_of(stand, facts, loss).document()}
    return found


def recommended(  # noqa: PLR0913, RUF100  the parts of one recommendation
    services: Services, connection: Connection, *, review_id: int, customer_key: int, measures: Sequence[str], reason: str
) -> Recommended:  # fmt: skip
    """Return the measures a review recommends, in place of those it recommended before.

    :param measures: kinds of the catalogue with or without parameters, such as ``deposit share_pct=25``; what is left out is taken from
        the strategy in the review's pack as long as its facts stand, else computed.
    :param reason: the recommendation in words; it also says why a milder measure is not enough.
    :raises RuleViolation: for an unknown kind, parameters that are missing or out of bounds, or a contradiction.
    """
    desk = Desk.of(services)
    drop(connection, [review_id], at=desk.staff.now)
    named = tuple(dict.fromkeys(parse_wanted(text, desk.policy) for text in measures))
    if not named:
        return Recommended(desk, review_id, ())
    check_together([desk.policy.kind(item.kind) for item in named])
    wanted = {item.kind: item for item in named}
    stand = store.read_stand(connection, customer_key, on_day=desk.today)
    standing = store.standing(connection, [customer_key]).get(customer_key, [])
    strategy, stands = _frozen(connection, review_id)
    offered = {item["kind"]: terms_of(item) for item in strategy["measures"]} if strategy and stands else {}
    drafts = []
    for name, item in sorted(wanted.items()):
        kind = desk.policy.kind(name)
        check_conflicts(kind, standing, stand)
        draft = draft_of(connection, desk, stand, item, reason, although=reason, offered=offered.get(name))
        gentler = [other.id for other in milder(kind, desk.policy, stand.risk_class)]
        left_out = sorted(set(offered) - set(wanted))
        expected = expected_of(strategy, kind, draft.terms)
        basis = {**draft.basis, "milder": gentler, "strategy_left_out": left_out, "expected": expected}
        drafts.append(replace(draft, basis=basis))
    return Recommended(desk, review_id, tuple(drafts))


def grant(  # noqa: PLR0913, RUF100  the parts of one grant
    services: Services, connection: Connection, review_id: int, *, actor: str, reason: str, implementer: str, implement_by: datetime
) -> int:  # fmt: skip
    """Approve the measures of a review that has just been approved in all its steps; returns how many.

    :raises RuleViolation: for relief while another review is overdue or something alarming stands.
    """
    desk = Desk.of(services)
    rows = store.chosen(connection, "of_reviews", review_ids=[review_id], states=["proposed"])
    for row in rows:
        kind = desk.policy.kind(row.kind)
        if kind.relaxes:
            check_may_relax(connection, row.customer_key, on_day=desk.today, what=f"{kind.id} {row.measure_id}")
            check_calm(kind, store.read_stand(connection, row.customer_key, on_day=desk.today))
    changes = {"approved_by": actor, "approved_at": desk.staff.now, "decision_reason": reason, "implementer": implementer,
               "implement_by": implement_by}  # fmt: skip
    return len(apply_many(connection, MEASURE, "approve", [row.measure_id for row in rows], actor=actor, roles=(APPROVER,),
                          at=desk.staff.now, changes=changes, cause={"review": review_id}))  # fmt: skip


def hand_to(connection: Connection, review_id: int, *, implementer: str) -> None:
    """Let whoever carries a review out carry out its measures."""
    store.write(connection, "hand_to", review_id=review_id, implementer=implementer)


def carry_out_all(services: Services, connection: Connection, review_id: int, *, actor: str, evidence: str) -> int:
    """Carry out, with one piece of evidence, what a review recommended and nobody carried out yet; returns how many measures.

    :raises RuleViolation: by somebody who may not, as for each of them.
    """
    desk = Desk.of(services)
    rows = store.chosen(connection, "of_reviews", review_ids=[review_id], states=["approved"])
    for row in rows:
        carry_out(connection, desk, store.read_measure(connection, row.measure_id), actor, evidence)
    put_in_force(connection, desk, [row.measure_id for row in rows])
    return len(rows)


def not_carried_out(connection: Connection, review_id: int) -> list[str]:
    """Return the measures of a review that wait to be carried out, as kind and number."""
    rows = store.chosen(connection, "of_reviews", review_ids=[review_id], states=list(UNDECIDED))
    return [f"{row.kind} {row.measure_id}" for row in rows]


def drop(connection: Connection, review_ids: Sequence[int], *, at: datetime) -> int:
    """Withdraw what reviews recommended and nobody carried out yet; returns how many measures."""
    rows = store.chosen(connection, "of_reviews", review_ids=list(review_ids), states=list(UNDECIDED))
    changes = {"ended_by": ACTOR, "ended_on": at.date(), "end_reason": "its review set it aside"}
    return len(apply_many(connection, MEASURE, "withdraw", [row.measure_id for row in rows], actor=ACTOR, roles=(SYSTEM,), at=at,
                          changes=changes)) if rows else 0  # fmt: skip


def terms_of(item: Mapping[str, Any]) -> Terms:  # JSON has any shape
    """Return the terms of a measure as a pack's strategy has them."""
    amount, share = item.get("amount"), item.get("share_pct")
    return Terms(None if amount is None else Decimal(amount).quantize(CENT), item.get("days"),
                 None if share is None else Decimal(share).quantize(CENT), item.get("stage"))  # fmt: skip


def _frozen(connection: Connection, review_id: int) -> tuple[Mapping[str, Any] | None, bool]:
    """Return the strategy in the pack of a review, and whether its facts still stand: when they moved, it offers nothing."""
    found = store.chosen(connection, "offered", review_id=review_id)
    return (found[0].strategy, bool(found[0].stands)) if found else (None, False)
