"""Rules of what may be done about a customer: no contradictions, no relief beside an open danger, no harsher means than needed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from riskreview.foundation.errors import RuleViolation
from riskreview.measures.lifecycle import IN_FORCE
from riskreview.policy.measure_policy import HOLDS, MeasureKind, MeasurePolicy
from riskreview.policy.risk_terms import RiskClass


@dataclass(frozen=True, slots=True)
class Stand:
    """What is known of a customer when a measure is judged; amounts in the reporting currency.

    :param is_current: whether its assessment may still be relied on.
    :param danger: an open alarm signal or an open playbook in words, None without one.
    :param average_late: amount-weighted days late of six months, None where nothing fell due.
    :param probability: of default within a year as the portfolio has it, None before it was summarized.
    """

    customer_key: int
    customer_id: str
    risk_class: RiskClass
    exposure: float
    overdue: float
    limit: float | None
    terms_days: int | None
    average_late: float | None
    points: dict[str, float]
    yearly_sales: float | None
    expected_loss: float | None
    danger: str | None
    is_current: bool = True
    index: float = 0.0
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure that waits or is in force."""

    measure_id: int
    kind: str
    field: str
    effect: str
    state: str
    expires_on: date
    renews: int | None = None


def check_conflicts(
    kind: MeasureKind,
    standing: Sequence[Standing],
    stand: Stand,
    *,
    but: Collection[int] = (),
) -> None:
    """Check that a measure contradicts none that waits or is in force, and that relief is given only where nothing is alarming.

    :param but: measures left out, such as itself.
    :raises RuleViolation: naming the measure, the signal or the plan in the way.
    """
    others = [item for item in standing if item.measure_id not in but]
    for item in others:
        if item.field == kind.field and item.state not in IN_FORCE:
            raise RuleViolation(
                f"{item.kind} {item.measure_id} of customer {stand.customer_id} is {item.state}; settle it before {kind.id}"
            )
    if not kind.relaxes:
        relief = next((item for item in others if item.effect == "relaxes" and item.state not in IN_FORCE), None)
        if relief is not None and kind.effect == "constrains":
            raise RuleViolation(
                f"{relief.kind} {relief.measure_id} of customer {stand.customer_id} is {relief.state}; withdraw it before {kind.id}"
            )
        return
    hard = next((item for item in others if item.effect == "constrains"
                 and (item.field in {kind.field, HOLDS, "relation"} or item.state not in IN_FORCE)), None)  # fmt: skip
    if hard is not None:
        raise RuleViolation(
            f"{kind.id} contradicts {hard.kind} {hard.measure_id} of customer {stand.customer_id}, which is {hard.state.replace('_', ' ')}"
            f" until {hard.expires_on}; reverse or withdraw that first"
        )
    check_calm(kind, stand)


def check_calm(kind: MeasureKind, stand: Stand) -> None:
    """Check that nothing alarming stands beside a relief.

    :raises RuleViolation: naming the signal, the plan or the state of the assessment.
    """
    if not kind.relaxes:
        return
    if stand.danger is not None:
        raise RuleViolation(f"{kind.id} is not given to customer {stand.customer_id} while {stand.danger}")
    if stand.risk_class is RiskClass.unknown or not stand.is_current:
        raise RuleViolation(
            f"{kind.id} is not given to customer {stand.customer_id}: its risk class is not known today, assess it first"
        )


def check_together(kinds: Sequence[MeasureKind]) -> None:
    """Check that measures proposed at once do not contradict each other.

    :raises RuleViolation: naming two that do.
    """
    for place, kind in enumerate(kinds):
        for other in kinds[:place]:
            if kind.field == other.field or {kind.effect, other.effect} == {"constrains", "relaxes"}:
                raise RuleViolation(f"{other.id} and {kind.id} contradict each other; choose one")


def milder(kind: MeasureKind, policy: MeasurePolicy, risk_class: RiskClass) -> tuple[MeasureKind, ...]:
    """Return the measures of the class's strategy that reach an aim of a harsher one with less harm, the mildest first."""
    if kind.effect != "constrains":
        return ()
    offered = [policy.kind(line.kind) for line in policy.strategy[risk_class.name]]  # type: ignore[index]  # the names are the words
    if kind.id in {item.id for item in offered}:
        return ()
    found = [item for item in offered if item.severity < kind.severity and set(item.aims) & set(kind.aims)]
    return tuple(sorted(found, key=lambda item: (item.severity, item.id)))


def sales_at_risk(kind: MeasureKind, stand: Stand) -> Decimal | None:
    """Return the yearly sales a measure may cost; None where the sales are not known."""
    if stand.yearly_sales is None:
        return None
    return Decimal(str(round(stand.yearly_sales * kind.sales_at_risk_pct / 100, 2)))


def check_least_harm(
    kind: MeasureKind, policy: MeasurePolicy, stand: Stand, *, although: str | None, currency: str
) -> None:
    """Check that no milder measure of the strategy reaches the same aim, unless somebody says why it is not enough.

    :raises RuleViolation: naming the milder one and the sales at risk.
    """
    found = milder(kind, policy, stand.risk_class)
    if not found or (although or "").strip():
        return
    cost = sales_at_risk(kind, stand)
    risked = (
        f"{kind.id} puts {cost:,.0f} {currency} of yearly sales at risk"
        if cost is not None
        else f"{kind.id} is a harsh measure"
    )
    raise RuleViolation(
        f"{risked}, and {found[0].id}, which the strategy for {stand.risk_class.name} names, reaches the same aim; say why it is not enough"
    )
