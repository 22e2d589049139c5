"""Owns the verb of this room: summarize the portfolio of a business date."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment import store as assessments
from riskreview.audit.log import AuditEvent, append
from riskreview.facts.results import Pins
from riskreview.foundation import failpoints
from riskreview.foundation.binary_copy import Column
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.groups.store import current_members
from riskreview.policy.portfolio_policy import PortfolioPolicy, load_portfolio_policy
from riskreview.portfolio import store
from riskreview.portfolio.ageing import BUCKETS, month_ends
from riskreview.portfolio.ledger import Ledger, read_ledger
from riskreview.portfolio.loss import ExpectedLoss, expected_loss
from riskreview.portfolio.migration import migration
from riskreview.portfolio.past_classes import read_past_classes
from riskreview.portfolio.provision import LossRates, loss_rates
from riskreview.portfolio.results import SummaryCounts
from riskreview.portfolio.turnover import turnover

WRITTEN = failpoints.register("portfolio.written", "the summary is written but not committed")
ACTOR = "system:portfolio"
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Customers:
    """What the ledger says of the assessed customers, in the order of the assessment."""

    judged: store.Judged
    figures: Mapping[str, NDArray[np.float64]]
    loss: ExpectedLoss
    provision: NDArray[np.float64]


def summarize_portfolio(services: Services, *, as_of: date, run_id: int, pins: Pins | None = None) -> SummaryCounts:
    """Write the figures of the whole portfolio for a business date; others replace them, the same change nothing.

    For a date before that of the current assessment nothing happens, because losses are about the present classes.
    """
    from riskreview.facts.use_cases import current_pins

    with services.engine.connect() as connection:
        head = assessments.read_head(connection)
        judged = store.read_judged(connection, as_of=as_of)
        members = current_members(connection)
    if head is None or as_of < head.as_of:
        return SummaryCounts(0, 0, 0)
    policy = load_portfolio_policy(services.instance)
    ledger = read_ledger(services, pins=pins or current_pins(services), as_of=as_of)
    rates = loss_rates(ledger.rolls, policy.provision)
    customers = _customers(ledger, judged, rates, policy)
    parts = {"month": _months(ledger, policy), "bucket": _buckets(customers, rates), "roll": _rolls(ledger),
             "migration": _moves(services, judged, as_of, policy)}  # fmt: skip
    heading: dict[str, object] = {"run_id": run_id, "assessed_as_of": head.as_of, "policy_version": policy.version, "cost_pct": policy.cost_of_capital_pct,
               "currency": services.instance.settings.reporting_currency}  # fmt: skip
    columns = _columns(customers, as_of)
    heading["digest"] = _digest(
        [*(column.data for column in columns), judged.risk_class, judged.in_part, *members], parts, heading
    )
    counts = SummaryCounts(len(judged.customer_key), len(parts["month"]), len(parts["migration"]))
    at = services.clock.now()
    with transaction(services.engine) as connection:
        if store.stored_digest(connection, as_of=as_of) == heading["digest"]:
            return counts
        store.replace_losses(connection, columns)
        store.write_summary(connection, as_of=as_of, head=heading, parts=parts, at=at)
        event = AuditEvent("portfolio:summarized", "portfolio", as_of.isoformat(), ACTOR, new={"customers": counts.customers, "digest": heading["digest"]},
                           cause={"run_id": run_id, "portfolio_policy": policy.version, "assessed_as_of": head.as_of.isoformat()})  # fmt: skip
        append(connection, [event], at=at)
        failpoints.reach(WRITTEN)
    return counts


def _digest(columns: Sequence[NDArray[Any]], parts: Mapping[str, Rows], heading: Mapping[str, object]) -> str:
    """Return the SHA-256 of everything a summary says, whoever wrote it and when."""
    said = {name: value for name, value in heading.items() if name != "run_id"}
    whole = hashlib.sha256(json.dumps([said, parts], default=str, sort_keys=True).encode())
    for column in columns:
        whole.update(np.ascontiguousarray(column).view(np.uint8).data)
    return whole.hexdigest()


def _customers(ledger: Ledger, judged: store.Judged, rates: LossRates, policy: PortfolioPolicy) -> _Customers:
    figures = {name: _aligned(ledger, values, judged.customer_key) for name, values in ledger.figures.items()}
    loss = expected_loss(
        judged.acting_class, judged.exposure, figures["secured"], policy.loss, probability=judged.probability
    )
    provision = np.sum([figures[name] * rate for name, rate in zip(BUCKETS, rates.rate, strict=True)], axis=0)
    return _Customers(judged, figures, loss, provision)


def _aligned(ledger: Ledger, values: NDArray[np.float64], keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return figures in the order of the assessed customers, nothing for one the ledger does not know."""
    if not len(ledger.customer_key):
        return np.zeros(len(keys))
    place = np.minimum(np.searchsorted(ledger.customer_key, keys), len(ledger.customer_key) - 1)
    return np.where(ledger.customer_key[place] == keys, values[place], 0.0)


def _columns(customers: _Customers, as_of: date) -> list[Column]:
    judged, figures, loss = customers.judged, customers.figures, customers.loss
    overdue = np.sum([figures[name] for name in BUCKETS[1:]], axis=0)
    day = np.int32((as_of - date(2000, 1, 1)).days)
    amounts = {"exposure": judged.exposure, "secured": np.minimum(figures["secured"], judged.exposure), "probability": loss.probability,
               "given_default": loss.given_default, "expected_loss": loss.amount, "provision": customers.provision,
               "overdue": overdue, "average_overdue": figures["average_overdue"], "sales": figures["sales"]}  # fmt: skip
    return [
        Column("customer_key", "int8", judged.customer_key),
        Column("as_of", "date", np.broadcast_to(day, len(judged.customer_key))),
        *(Column(name, "float8", values) for name, values in amounts.items()),
    ]


def _months(ledger: Ledger, policy: PortfolioPolicy) -> Rows:
    months, found = ledger.months, turnover(ledger.months, window=policy.dso_months)
    named = {"sales": months.sales, "receivables": months.receivables, "overdue": months.overdue,
             **{name: getattr(found, name) for name in type(found).__slots__}}  # fmt: skip
    return [
        {"ends_on": end, **{name: _number(values[place]) for name, values in named.items()}}
        for place, end in enumerate(months.ends)
    ]


def _buckets(customers: _Customers, rates: LossRates) -> Rows:
    balances = [float(customers.figures[name].sum()) for name in BUCKETS]
    return [
        {"bucket": place, "balance": balance, "observed_rate": _number(rates.observed[place]),
         "credibility": float(rates.credibility[place]), "loss_rate": float(rates.rate[place]),
         "provision": balance * float(rates.rate[place])}
        for place, balance in enumerate(balances)
    ]  # fmt: skip


def _rolls(ledger: Ledger) -> Rows:
    shares = ledger.rolls.rates()
    return [
        {"bucket": int(bucket), "target": int(target), "amount": float(ledger.rolls.amount[bucket, target]),
         "items": int(ledger.rolls.items[bucket, target]), "share": float(shares[bucket, target])}
        for bucket, target in zip(*np.nonzero(ledger.rolls.items), strict=True)
    ]  # fmt: skip


def _moves(services: Services, judged: store.Judged, as_of: date, policy: PortfolioPolicy) -> Rows:
    rows = []
    for months in policy.migration_months:
        then = read_past_classes(services.instance, until=month_ends(as_of, months + 1)[0])
        if then is None:
            continue
        moves = migration(then.customer_key, then.risk_class, judged.customer_key, judged.risk_class, judged.exposure)
        rows += [
            {"months": months, "compared_with": then.as_of, "old_class": move.old_class, "new_class": move.new_class,
             "customers": move.customers, "exposure": move.exposure}
            for move in moves
        ]  # fmt: skip
    return rows


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
