"""Rules of what a proposed measure is expected to change: figures before and after, from the facts frozen with the review's strategy.

A plain calculation, not a forecast: what is left when the measure is kept to and nothing else happens. Exposure that has to go down does so as
open items are paid; the expected loss follows exposure and security by the rule of the portfolio. What the frozen facts do not tell is named.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from riskreview.measures.rules import Stand
from riskreview.measures.strategy import YEAR, Figures
from riskreview.measures.terms import Terms
from riskreview.policy.measure_policy import MeasureKind
from riskreview.policy.portfolio_policy import LossRule

DAYS = ("terms_days", "days_sales")
"""Figures in days; the others are amounts in the reporting currency."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an expectation rests on; amounts in the reporting currency, None where the facts do not tell.

    :param probability: of default within a year. :param provided: what is provided for.
    """

    exposure: float
    overdue: float
    limit: float | None
    terms_days: int | None
    secured: float
    yearly_sales: float | None
    probability: float
    secured_lgd_pct: float
    unsecured_lgd_pct: float
    provided: float = 0.0

    def document(self) -> dict[str, float | None]:
        """Return it as a pack holds it."""
        return {name: getattr(self, name) for name in Known.__slots__}


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after; None where there is none before."""

    figure: str
    before: float | None
    after: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a measure is expected to change.

    :param missing: why a figure cannot be computed, by its name. :param because: why nothing changes.
    """

    changes: tuple[Change, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    because: str | None = None


Then = tuple[Known, Mapping[str, str]]
"""The facts when a measure was kept to, and what cannot be said of them."""


def known_of(stand: Stand, figures: Figures, rule: LossRule) -> Known:
    """Return what is known of a customer, as a pack keeps it."""
    of_class = rule.pd_by_class_pct[stand.risk_class.name] / 100  # type: ignore[index]  # the names are the words
    return Known(
        stand.exposure, stand.overdue, stand.limit, stand.terms_days, figures.secured,
        stand.yearly_sales if figures.bought is None else figures.bought, max(of_class, stand.probability or 0.0),
        rule.secured_lgd_pct, rule.unsecured_lgd_pct,
    )  # fmt: skip


def expect(kind: MeasureKind, terms: Terms, known: Known) -> Expectation:
    """Return what a measure with its terms is expected to change."""
    rule = RULES.get(kind.id)
    then, missing = rule(terms, known) if rule else (known, {})
    costs = kind.sales_at_risk_pct
    if costs and known.yearly_sales is None:
        missing = {**missing, "sales": "no_sales"}
    elif costs and known.yearly_sales is not None:
        then = replace(then, yearly_sales=known.yearly_sales * (1 - costs / 100))
    if then.exposure != known.exposure and _days_sales(known, known) is None:
        missing = {**missing, "days_sales": "no_sales"}
    before, after = _figures(known, known), _figures(then, known)
    if then.provided == known.provided:
        after.pop("not_provided")  # says no more than the loss where nothing is provided for
    changes = tuple(Change(name, before[name], value) for name, value in after.items() if value is not None and value != before[name])  # fmt: skip
    reason = None if changes or missing else "nothing_changes" if rule else "by_itself_none"
    return Expectation(changes, missing, reason)


def expected_of(
    strategy: Mapping[str, Any] | None, kind: MeasureKind, terms: Terms
) -> dict[str, Any]:  # JSON has any shape
    """Return, as JSON, what a measure is expected to change by the strategy frozen in a pack; one without facts says so."""
    facts = (strategy or {}).get("known")
    if strategy is None or facts is None:
        return asdict(Expectation(because="not_frozen"))
    return {**asdict(expect(kind, terms, Known(**facts))), "currency": strategy["currency"]}


def told(expected: Mapping[str, Any], figures: Mapping[str, str], reasons: Mapping[str, str], days: str) -> str:
    """Return an expectation in words.

    :param figures: names of figures. :param reasons: why something cannot be said. :param days: the word for days.
    """
    parts = [
        f"{figures[item['figure']]} {_number(item['before'])} → {_number(item['after'])} {days if item['figure'] in DAYS else expected['currency']}"
        for item in expected["changes"]
    ]
    parts += [f"{figures[name]}: {reasons[why]}" for name, why in expected["missing"].items()]
    return "; ".join([*parts, *([reasons[expected["because"]]] if expected["because"] else [])])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def _figures(known: Known, before: Known) -> dict[str, float | None]:
    """Return the figures that people are shown, rounded as they are shown."""
    loss, days = _loss(known), _days_sales(known, before)
    found = {
        "limit": known.limit, "exposure": known.exposure, "overdue": known.overdue, "secured": known.secured, "expected_loss": loss,
        "not_provided": max(loss - known.provided, 0.0), "cash": before.exposure - known.exposure,
        "sales": known.yearly_sales,
    }  # fmt: skip
    rounded = {name: None if value is None else round(value, 2) for name, value in found.items()}
    return {**rounded, "terms_days": known.terms_days, "days_sales": None if days is None else round(days, 1)}


def _loss(known: Known) -> float:
    covered = min(known.secured, known.exposure) / known.exposure if known.exposure > 0 else 0.0
    share = covered * known.secured_lgd_pct + (1 - covered) * known.unsecured_lgd_pct
    return known.probability * share / 100 * known.exposure


def _days_sales(known: Known, before: Known) -> float | None:
    """Return how many days of the sales of before the exposure is worth."""
    return known.exposure / before.yearly_sales * YEAR if before.yearly_sales else None


def _limit(terms: Terms, known: Known) -> Then:
    amount = float(terms.amount or 0)
    exposure = min(known.exposure, amount)
    return replace(known, limit=amount, exposure=exposure, overdue=min(known.overdue, exposure)), {}


def _more_limit(terms: Terms, known: Known) -> Then:
    amount = float(terms.amount or 0)
    return replace(known, limit=amount, exposure=max(known.exposure, amount)), {}


def _terms(terms: Terms, known: Known) -> Then:
    then = replace(known, terms_days=terms.days)
    if known.terms_days is None or terms.days is None:
        return then, {"exposure": "no_terms"}
    if not known.yearly_sales:
        return then, {"exposure": "no_sales"}
    moved = known.yearly_sales / YEAR * (terms.days - known.terms_days)
    return replace(then, exposure=max(known.exposure + moved, min(known.overdue, known.exposure))), {}


def _paid_ahead(terms: Terms, known: Known) -> Then:
    share = float(terms.share_pct or 0) / 100
    return replace(known, exposure=known.exposure - max(known.exposure - known.overdue, 0.0) * share), {}


def _no_more_goods(_terms: Terms, known: Known) -> Then:
    return replace(known, exposure=min(known.exposure, known.overdue)), {}


def _security(terms: Terms, known: Known) -> Then:
    return replace(known, secured=known.secured + float(terms.amount or 0)), {}


def _instalments(terms: Terms, known: Known) -> Then:
    paid = min(float(terms.amount or 0), known.overdue, known.exposure)
    return replace(known, exposure=known.exposure - paid, overdue=known.overdue - paid), {}


def _provided(terms: Terms, known: Known) -> Then:
    return replace(known, provided=float(terms.amount or 0)), {}


def _unknown(figure: str, why: str) -> Callable[[Terms, Known], Then]:
    return lambda _, known: (known, {figure: why})


RULES: Mapping[str, Callable[[Terms, Known], Then]] = {
    "cut_limit": _limit, "freeze_limit": _limit, "raise_limit": _more_limit, "shorten_terms": _terms, "extend_terms": _terms,
    "deposit": _paid_ahead, "prepayment": _paid_ahead, "delivery_stop": _no_more_goods, "exit": _no_more_goods,
    "credit_insurance": _security, "guarantee": _security, "collateral": _security, "instalment_plan": _instalments,
    "provision": _provided, "order_hold": _unknown("exposure", "orders_unknown"),
    "transaction_cap": _unknown("exposure", "order_sizes_unknown"), "collection": _unknown("overdue", "outcome_unknown"),
    "legal_action": _unknown("overdue", "outcome_unknown"),
}  # fmt: skip
"""By kind of the catalogue; a kind without a rule, such as a visit, changes no figure by itself."""
