"""Owns the table of every route of the console: path, method, the roles that may use it, and what it does.

The app denies what is not in this table, so a page without a rule does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from riskreview.console import (  # fmt: skip
    assets,
    audit,
    crm_writes,
    customer,
    customers,
    data,
    docs,
    evidence,
    groups,
    identity,
    measures,
    messages,
    metrics,
    model_pages,
    money,
    opinions,
    playbooks,
    policy,
    policy_gate,
    portfolio,
    review_requests,
    reviews,
    rhythms,
    runs,
    screening,
    signals,
    team,
    users,
    work,
)
from riskreview.console.answers import Answer, as_excel
from riskreview.console.roles import CASE_WORKERS, CASES, EVERYBODY, LOG_READERS, OPERATIONS, Role
from riskreview.console.visit import Visit
from riskreview.policy.review_approval import MEASURES

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    :param again: the page that is shown again, with the sentence, when a rule refuses what a form asked for.
    """

    method: Method
    path: str
    roles: frozenset[Role]
    handle: Callable[[Visit], Answer]
    again: Callable[[Visit], Answer] | None = None

    @property
    def asks(self) -> tuple[str, ...]:
        """What a page may be asked for beside its path."""
        return ASKS.get(self.path, ())

    @property
    def takes(self) -> tuple[str, ...]:
        """What a form may say; anything else is not read."""
        return TAKES.get(self.path.split("/")[1], ())


ASKS: Mapping[str, tuple[str, ...]] = {
    "/customers": ("q", "class", "owner", "country", "exposure_from", "overdue", "sort", "after"), "/customers/{customer_key}": ("known",), "/customers/{customer_key}/timeline": ("known", "after"),
    "/customers/{customer_key}/trend": ("known", "indicator"), "/customers/{customer_key}/money": ("known",), "/portfolio": ("sort",),
    "/signals": ("state", "severity", "rule", "sort", "after"), "/reviews": ("state", "mine", "sort", "after"), "/measures": ("sort", "after"), "/playbooks": ("state", "sort", "after"),
    "/identity": ("state", "sort", "after"), "/screening": ("state", "sort", "after"), "/data": ("sort", "batch_sort", "after"), "/feeds/{source_id}": ("batch_sort", "after"),
    "/quarantine": ("state", "source", "code", "sort", "after"), "/runs": ("stage", "state", "dag", "dag_run", "sort", "after"), "/messages": ("state", "sort", "after"),
    "/audit": ("action", "subject_type", "subject_id", "actor", "since", "until", "sort", "after"), "/audit/verification": ("whole",), "/policy": ("sort",), "/team": ("sort",),
}  # fmt: skip
TAKES: Mapping[str, tuple[str, ...]] = {
    "reviews": ("version", "digest", "reason", "recommendation", "question", "of", "to", "reply", "item", "answer", "note", "evidence", "until", "outcome", "remark", "answers", *(f"measure_{kind}" for kind in MEASURES)),
    "signals": ("until", "reason", "outcome"), "opinions": ("reason", "digest"), "crm": ("reason", "digest"), "playbooks": ("version", "lessons", "loss_avoided", "policy_change", "reason"),
    "measures": ("version", "digest", "reason", "evidence"), "steps": ("version", "evidence", "reason"), "batches": ("reason",), "quarantine": ("ids", "reason"), "identity": ("reason",),
    "customers": ("every_months", "until", "kind", "opens_on", "key", "reason"), "rhythms": ("reason",), "screening": ("version", "reason"), "policy": ("version", "digest", "reason", "effective"), "users": ("user_id", "person", *(f"role_{role}" for role in Role)),
}  # fmt: skip


def _see(path: str, roles: frozenset[Role], handle: Callable[[Visit], Answer]) -> Route:
    return Route("GET", path, roles, handle)


def _act(path: str, handle: Callable[[Visit], Answer], again: Callable[[Visit], Answer], roles: frozenset[Role] = CASE_WORKERS) -> Route:  # fmt: skip
    return Route("POST", path, roles, handle, again)


ENGINEERS, ADMINISTRATORS = frozenset({Role.engineer}), frozenset({Role.administrator})
AUDITORS = frozenset({Role.auditor})
SCREENERS = frozenset({Role.compliance})
FEED_READERS = OPERATIONS | {Role.compliance}
COLLECTORS = frozenset({Role.engineer, Role.auditor})

ROUTES: tuple[Route, ...] = (
    _see("/static/{name}", EVERYBODY, assets.static_file),
    _see("/", EVERYBODY, work.work),
    _see("/work", EVERYBODY, work.work),
    _see("/acknowledge/{token}", EVERYBODY - {Role.auditor}, messages.seen),
    _act("/acknowledge/{token}", messages.acknowledge, messages.seen, EVERYBODY - {Role.auditor}),
    _see("/customers", CASES, customers.customers),
    _see("/customers.csv", CASES, customers.customers_csv),
    _see("/customers.xlsx", CASES, as_excel(customers.customers_csv)),
    _see("/customers/{customer_key}", CASES, customer.customer),
    _see("/customers/{customer_key}/evidence.zip", AUDITORS, evidence.of_customer),
    _see("/customers/{customer_key}/timeline", CASES, customer.timeline),
    _see("/customers/{customer_key}/timeline.csv", CASES, customer.timeline_csv),
    _see("/customers/{customer_key}/timeline.xlsx", CASES, as_excel(customer.timeline_csv)),
    _see("/customers/{customer_key}/ways", CASES, customer.ways),
    _see("/customers/{customer_key}/trend", CASES, customer.trend),
    _see("/customers/{customer_key}/money", CASES, money.money),
    _see("/customers/{customer_key}/rhythm", CASES, rhythms.of_customer),
    _act("/customers/{customer_key}/rhythm", rhythms.propose, rhythms.of_customer),
    _see("/customers/{customer_key}/review", CASES, review_requests.form),
    _act("/customers/{customer_key}/review", review_requests.ask, review_requests.form),
    _see("/rhythms/{cadence_id}", CASES, rhythms.rhythm),
    _act("/rhythms/{cadence_id}/{verb}", rhythms.decide, rhythms.rhythm),
    _see("/groups/{group_id}", CASES, groups.group),
    _see("/identity", CASES | ENGINEERS, identity.proposals),
    _see("/identity.csv", CASES | ENGINEERS, identity.proposals_csv),
    _see("/identity.xlsx", CASES | ENGINEERS, as_excel(identity.proposals_csv)),
    _see("/identity/{proposal_id}", CASES | ENGINEERS, identity.proposal),
    _act("/identity/{proposal_id}/{verb}", identity.decide, identity.proposal, CASE_WORKERS | ENGINEERS),
    _see("/screening", SCREENERS | {Role.auditor}, screening.matches),
    _see("/screening.csv", SCREENERS | {Role.auditor}, screening.matches_csv),
    _see("/screening.xlsx", SCREENERS | {Role.auditor}, as_excel(screening.matches_csv)),
    _see("/screening/{match_id}", SCREENERS | {Role.auditor}, screening.match),
    _act("/screening/{match_id}/{verb}", screening.decide, screening.match, SCREENERS),
    _see("/measures", CASES, measures.measures),
    _see("/measures.csv", CASES, measures.measures_csv),
    _see("/measures.xlsx", CASES, as_excel(measures.measures_csv)),
    _see("/measures/{measure_id}", CASES, measures.measure),
    _act("/measures/{measure_id}/{verb}", measures.act, measures.measure),
    _see("/models", CASES, model_pages.models),
    _see("/models/{model_id}", CASES, model_pages.model),
    _see("/models/{model_id}/drift", CASES, model_pages.drift),
    _see("/team", EVERYBODY, team.team),
    _see("/team.csv", EVERYBODY, team.team_csv),
    _see("/team.xlsx", EVERYBODY, as_excel(team.team_csv)),
    _see("/portfolio", CASES, portfolio.portfolio),
    _see("/portfolio.csv", CASES, portfolio.portfolio_csv),
    _see("/portfolio.xlsx", CASES, as_excel(portfolio.portfolio_csv)),
    _see("/signals", CASES, signals.signals),
    _see("/signals.csv", CASES, signals.signals_csv),
    _see("/signals.xlsx", CASES, as_excel(signals.signals_csv)),
    _see("/signals/{signal_id}", CASES, signals.signal),
    _act("/signals/{signal_id}/{verb}", signals.act, signals.signal),
    _see("/reviews", CASES, reviews.reviews),
    _see("/reviews.csv", CASES, reviews.reviews_csv),
    _see("/reviews.xlsx", CASES, as_excel(reviews.reviews_csv)),
    _see("/reviews/{review_id}", CASES, reviews.review),
    _act("/reviews/{review_id}/{verb}", reviews.act, reviews.review),
    _see("/opinions/{opinion_id}", CASES, opinions.opinion),
    _act("/opinions/{opinion_id}/{verb}", opinions.decide_opinion, opinions.opinion),
    _see("/crm/{write_id}", CASES, crm_writes.write),
    _act("/crm/{write_id}/{verb}", crm_writes.decide, crm_writes.write),
    _see("/playbooks", CASES, playbooks.board),
    _see("/playbooks.csv", CASES, playbooks.board_csv),
    _see("/playbooks.xlsx", CASES, as_excel(playbooks.board_csv)),
    _see("/playbooks/{activation_id}", CASES, playbooks.activation),
    _act("/playbooks/{activation_id}/{verb}", playbooks.act, playbooks.activation),
    _see("/steps/{step_key}", CASES, playbooks.find_step),
    _act("/steps/{step_key}/{verb}", playbooks.act_on_step, playbooks.activation_of_step),
    _see("/data", FEED_READERS, data.feeds),
    _see("/data.csv", FEED_READERS, data.batches_csv),
    _see("/data.xlsx", FEED_READERS, as_excel(data.batches_csv)),
    _see("/feeds.csv", FEED_READERS, data.feeds_csv),
    _see("/feeds.xlsx", FEED_READERS, as_excel(data.feeds_csv)),
    _see("/feeds/{source_id}", FEED_READERS, data.feed),
    _see("/batches/{batch_id}", FEED_READERS, data.batch),
    _act("/batches/{batch_id}/{verb}", data.act_on_batch, data.batch, ENGINEERS),
    _see("/quarantine", FEED_READERS, data.quarantine),
    _see("/quarantine.csv", FEED_READERS, data.quarantine_csv),
    _see("/quarantine.xlsx", FEED_READERS, as_excel(data.quarantine_csv)),
    _act("/quarantine/{verb}", data.act_on_rows, data.quarantine, ENGINEERS),
    _see("/docs/{path:path}", FEED_READERS, docs.document),
    _see("/runs", OPERATIONS, runs.runs),
    _see("/runs.csv", OPERATIONS, runs.runs_csv),
    _see("/runs.xlsx", OPERATIONS, as_excel(runs.runs_csv)),
    _see("/runs/{run_id}", OPERATIONS, runs.run),
    _see("/runs/{run_id}/evidence.zip", AUDITORS, evidence.of_run),
    _see("/reviews/{review_id}/evidence.zip", AUDITORS, evidence.of_review),
    _see("/playbooks/{activation_id}/evidence.zip", AUDITORS, evidence.of_activation),
    _see("/messages", EVERYBODY, messages.ledger),
    _see("/messages.csv", EVERYBODY, messages.ledger_csv),
    _see("/messages.xlsx", EVERYBODY, as_excel(messages.ledger_csv)),
    _see("/messages/{number}", EVERYBODY, messages.message),
    _see("/metrics", COLLECTORS, metrics.metrics),
    _see("/audit", LOG_READERS, audit.search),
    _see("/audit.csv", LOG_READERS, audit.search_csv),
    _see("/audit.xlsx", LOG_READERS, as_excel(audit.search_csv)),
    _see("/audit/verification", LOG_READERS, audit.verification),
    _see("/audit/{seq}", LOG_READERS, audit.event),
    _see("/policy", EVERYBODY, policy.reference),
    _see("/policy/versions/{policy_version_id}", EVERYBODY, policy_gate.version),
    _act("/policy/versions/{policy_version_id}/go_back", policy_gate.go_back, policy_gate.version),
    _see("/policy/proposals/{policy_proposal_id}", EVERYBODY, policy_gate.proposal),
    _act("/policy/proposals/{policy_proposal_id}/{verb}", policy_gate.act, policy_gate.proposal),
    _see("/policy/backtests/{backtest_id}", CASES, policy_gate.backtest),
    _act("/policy/backtests/{backtest_id}/propose", policy_gate.propose, policy_gate.backtest),
    _see("/users", ADMINISTRATORS | {Role.auditor}, users.users),
    _act("/users", users.grant_roles, users.users, ADMINISTRATORS),
    _act("/users/revoke", users.revoke_roles, users.users, ADMINISTRATORS),
)  # fmt: skip
