"""Owns proposing measures: by a person for one customer, and by what a review recommends; and what is written of each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.desk import Desk, message, said
from riskreview.measures.figures import read_figures
from riskreview.measures.lifecycle import IN_FORCE, MEASURE
from riskreview.measures.rules import Stand, check_conflicts, check_least_harm, sales_at_risk
from riskreview.measures.staffing import ask_first, steps_of
from riskreview.measures.strategy import Figures, Strategy, credit_limit, default_terms, strategy_of, usual_terms
from riskreview.measures.terms import Terms, Wanted, check_terms, digest_of, find_kind
from riskreview.mechanisms.duty import open_duties
from riskreview.mechanisms.freeze import check_may_relax
from riskreview.mechanisms.outbox import enqueue
from riskreview.policy.measure_policy import MeasureKind


@dataclass(frozen=True, slots=True)
class Proposed:
    """A measure that was proposed; ``is_new`` is False when the same waits already."""

    measure_id: int
    kind: str
    state: str
    digest: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """A measure ready to be written.

    :param basis: where its parameters come from, and what it may cost.
    """

    stand: Stand
    kind: MeasureKind
    terms: Terms
    starts_on: date
    expires_on: date
    reason: str
    although: str | None = None
    basis: Mapping[str, Any] = field(default_factory=dict)  # JSON has any shape


def strategy_for(services: Services, customer_key: int) -> Strategy:
    """Return what the policy proposes for a customer today, with the credit limit and every term it comes from.

    :raises NotFound: when the customer is not in the current assessment.
    """
    desk = Desk.of(services)
    with services.engine.connect() as connection:
        stand = store.read_stand(connection, customer_key, on_day=desk.today)
        total = store.receivables(connection)
    figures = read_figures(services, [customer_key], as_of=desk.today)
    return strategy_of(stand, figures.get(customer_key, Figures()), desk.policy, receivables=total)


def propose(  # noqa: PLR0913, RUF100  the parts of one proposal
    services: Services, *, customer_key: int, wanted: Wanted, reason: str, actor: str, although: str | None = None, renews: int | None = None
) -> Proposed:  # fmt: skip
    """Propose a measure; the approval matrix of the reviews decides who grants it. The same proposal twice is one.

    :param although: why a milder measure is not enough, where the strategy names one. :param renews: the measure it prolongs.
    :raises RuleViolation: when the person may not, the measure contradicts another one, or nothing may be relaxed.
    :raises NotFound: when the customer is not in the current assessment.
    """
    desk = Desk.of(services)
    who, kind = desk.person(actor), find_kind(wanted.kind, desk.policy)
    _check_may_propose(desk, kind, who)
    with transaction(services.engine) as connection:
        stand = store.read_stand(connection, customer_key, on_day=desk.today)
        waiting = store.standing(connection, [customer_key]).get(customer_key, [])
        draft = draft_of(connection, desk, stand, wanted, said(reason, "reason"), although=although)
        known = next((item for item in waiting if item.field == kind.field and item.state not in IN_FORCE), None)
        if known is not None:
            row = store.read_measure(connection, known.measure_id)
            if row.digest == draft_digest(draft) and row.proposed_by == who:
                return Proposed(row.measure_id, row.kind, row.state, row.digest, is_new=False)
        if kind.relaxes:
            check_may_relax(connection, customer_key, on_day=desk.today, what=kind.id)
        check_conflicts(kind, waiting, stand)
        check_least_harm(
            kind, desk.policy, stand, although=although or ("renewal" if renews else None), currency=desk.currency
        )
        steps = steps_of(desk, kind, stand)
        (found,) = write(
            connection, desk, [draft], who, origin="person", owner=who, steps=len(steps), renews=renews
        ) or (None,)
        if found is None:
            raise Conflict(
                f"another measure of the kind {kind.id} was proposed for customer {stand.customer_id} meanwhile"
            )
        row = store.read_measure(connection, found.measure_id)
        asked, duty = ask_first(connection, desk, row, steps, but=(who,))
        open_duties(connection, [duty], at=desk.staff.now)
        enqueue(
            connection,
            [message(row, "measure_proposed", asked, due_at=duty.due_at, proposed_by=who)],
            at=desk.staff.now,
        )
    return Proposed(row.measure_id, row.kind, row.state, row.digest)


def draft_of(  # noqa: PLR0913, RUF100  the parts of one draft
    connection: Connection, desk: Desk, stand: Stand, wanted: Wanted, reason: str, *, although: str | None = None,
    offered: Terms | None = None,
) -> Draft:  # fmt: skip
    """Return a measure with every parameter: as it was said, else as the strategy offers it, else from its kind's source.

    :param offered: what the strategy proposed; the facts are read only where an amount is still missing.
    :raises RuleViolation: when a parameter is missing, out of bounds, or its days are wrong.
    """
    kind = find_kind(wanted.kind, desk.policy)
    terms, basis = wanted.terms.over(offered or Terms()).over(usual_terms(kind)), {}
    if kind.amount_from is not None and terms.amount is None:
        known = read_figures(desk.services, [stand.customer_key], as_of=desk.today).get(stand.customer_key, Figures())
        limit = credit_limit(stand, known, desk.policy.limit, receivables=store.receivables(connection))
        terms = terms.over(default_terms(kind, stand, known, limit))
        basis = {"amount_from": kind.amount_from, "limit": _plain(asdict(limit))}
    limit_now = None if stand.limit is None else Decimal(str(round(stand.limit, 2)))
    check_terms(kind, terms, limit=limit_now, terms_days=stand.terms_days)
    starts_on = wanted.starts_on or desk.today
    if starts_on < desk.today:
        raise RuleViolation(f"{starts_on} is over; {kind.id} begins today or later")
    cost = sales_at_risk(kind, stand)
    return Draft(stand, kind, terms, starts_on, desk.until(kind, starts_on, wanted.expires_on), reason, although,
                 {**basis, "sales_at_risk": None if cost is None else str(cost), "offered": None if offered is None else _plain(asdict(offered))})  # fmt: skip


def write(  # noqa: PLR0913, RUF100  the parts of one writing
    connection: Connection, desk: Desk, drafts: Sequence[Draft], actor: str, *, origin: str, owner: str, steps: int = 0,
    renews: int | None = None, links: Sequence[Mapping[str, object]] = (),
) -> Sequence[store.Found]:  # fmt: skip
    """Insert measures with their audit events in the caller's transaction; one whose field is taken meanwhile is left out.

    :param links: more columns of each, such as ``review_id``.
    """
    more = links or [{}] * len(drafts)
    rows = [{**_row(desk, draft, actor), "origin": origin, "owner": owner, "approval_steps": steps, "renews": renews,
             "pre_approved": False, **link} for draft, link in zip(drafts, more, strict=True)]  # fmt: skip
    found = store.insert_measures(connection, rows, at=desk.staff.now)
    by_digest = {str(row["digest"]): row for row in rows}
    kept = (
        "kind",
        "amount",
        "currency",
        "days",
        "share_pct",
        "stage",
        "starts_on",
        "expires_on",
        "digest",
        "pre_approved",
    )
    events = [
        AuditEvent("measure:proposed", "measure", str(item.measure_id), actor,
                   new={"state": MEASURE.initial, "version": 1, **{name: by_digest[item.digest].get(name) for name in kept}},
                   cause={"customer_key": item.customer_key, "origin": origin, "policy_digest": desk.policy.digest,
                          **{name: by_digest[item.digest].get(name) for name in ("review_id", "step_key", "renews")}})
        for item in found
    ]  # fmt: skip
    append(connection, events, at=desk.staff.now)
    return found


def _check_may_propose(desk: Desk, kind: MeasureKind, actor: str) -> None:
    if not set(kind.propose) & set(desk.staff.roles_of(actor)):
        raise RuleViolation(f"{kind.id} is proposed by {' or '.join(kind.propose)}; {actor} is none of them")


def _row(desk: Desk, draft: Draft, actor: str) -> dict[str, object]:
    kind, terms = draft.kind, draft.terms
    return {
        "customer_key": draft.stand.customer_key, "kind": kind.id, "field": kind.field, "effect": kind.effect, **asdict(terms),
        "currency": None if terms.amount is None else desk.currency, "starts_on": draft.starts_on, "expires_on": draft.expires_on,
        "digest": draft_digest(draft), "basis": dict(draft.basis), "reason": draft.reason, "although": draft.although,
        "risk_class": int(draft.stand.risk_class), "policy_version": desk.policy.version, "policy_digest": desk.policy.digest,
        "proposed_by": actor,
    }  # fmt: skip


def draft_digest(draft: Draft) -> str:
    """Return what an approval of a draft is bound to."""
    return digest_of(
        draft.stand.customer_key, draft.kind.id, draft.terms, (draft.starts_on, draft.expires_on), draft.reason
    )


def _plain(value: Mapping[str, object]) -> dict[str, object]:
    return {name: str(item) if isinstance(item, Decimal) else item for name, item in value.items() if item is not None}
