"""Rules of what is proposed for a customer: the credit limit with every term it comes from, and the strategy of its class with amounts."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from riskreview.measures.rules import Stand
from riskreview.measures.terms import CENT, Terms
from riskreview.policy.measure_policy import AmountSource, LimitRule, MeasureKind, MeasurePolicy, StrategyLine

PAY_INDEX = ((0, 80.0), (15, 70.0), (22, 60.0), (30, 50.0), (60, 40.0), (90, 30.0), (120, 20.0))
"""Days late and the index they stand for; between two of them linear, beyond the last one flat."""


NOTHING = Terms()
YEAR = 365
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """What the facts say of a customer beside its assessment; amounts in the reporting currency, None where nothing is known.

    :param bought: billed in the last twelve months. :param cleared_peak: the highest month-end balance of a year that was cleared since.
    :param months: how long it has been buying. :param net_worth: equity of the newest statement.
    """

    bought: float | None = None
    cleared_peak: float | None = None
    months: int = 0
    net_worth: float | None = None
    secured: float = 0.0


@dataclass(frozen=True, slots=True)
class LimitTerms:
    """A credit limit with every term it comes from; None where the facts do not tell.

    :param limited_by: the term that decided: capacity, need, history, or what had to stand for them.
    """

    capacity: float | None
    need: float | None
    history: float | None
    pay_index: float | None
    limited_by: str
    base: float
    class_factor: float
    secured: float
    single_name_cap: float | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """One measure as the strategy proposes it."""

    kind: str
    terms: Terms
    because: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """What is proposed for a customer of a class."""

    risk_class: str
    limit: LimitTerms
    measures: tuple[Proposal, ...]

    def document(self, policy: MeasurePolicy, currency: str) -> dict[str, Any]:  # JSON has any shape
        """Return it as a pack holds it."""
        return {
            "risk_class": self.risk_class, "currency": currency, "policy": {"version": policy.version, "digest": policy.digest},
            "limit": {name: getattr(self.limit, name) for name in LimitTerms.__slots__},
            "measures": [{"kind": item.kind, "because": item.because, **item.terms.said()} for item in self.measures],
        }  # fmt: skip


def pay_index(average_late: float | None) -> float | None:
    """Return how promptly a customer pays, 80 = on the day, None where nothing fell due."""
    if average_late is None:
        return None
    late = max(average_late, 0.0)
    for (low, better), (high, worse) in pairwise(PAY_INDEX):
        if late <= high:
            return better - (better - worse) * (late - low) / (high - low)
    return PAY_INDEX[-1][1]


def credit_limit(stand: Stand, figures: Figures, rule: LimitRule, *, receivables: float) -> LimitTerms:
    """Return the limit of a customer: the least of capacity, need and history, times its class's factor, plus what is secured.

    Where none of the three is known, the present limit stands for them, and where there is none, the exposure.

    :param receivables: of all customers together; caps the unsecured part of one name.
    """
    word, index = stand.risk_class.name, pay_index(stand.average_late)
    capacity = None if figures.net_worth is None else max(figures.net_worth, 0.0) * rule.capacity_pct[word] / 100  # type: ignore[index]  # the names are the words
    terms = stand.terms_days if stand.terms_days is not None else rule.standard_terms_days
    need = None if figures.bought is None else max(figures.bought, 0.0) / YEAR * (terms + max(stand.average_late or 0.0, 0.0)) * (
        1 + rule.need_headroom_pct / 100)  # fmt: skip
    history = None
    if figures.months >= rule.history_from_months and figures.cleared_peak is not None and index is not None:
        history = figures.cleared_peak * next(step.factor for step in rule.history if index >= step.pay_index_from)
    known = {
        name: value
        for name, value in (("capacity", capacity), ("need", need), ("history", history))
        if value is not None
    }
    instead = {"present_limit": stand.limit} if stand.limit is not None else {"exposure": stand.exposure}
    limited_by, base = min((known or instead).items(), key=lambda item: float(item[1] or 0))
    factor = rule.class_factor[word]  # type: ignore[index]  # see above
    cap = receivables * rule.single_name_pct / 100 if receivables > 0 else None
    unsecured = float(base or 0) * factor
    amount = _down((unsecured if cap is None else min(unsecured, cap)) + figures.secured, rule.round_to)
    return LimitTerms(_cents(capacity), _cents(need), _cents(history), _cents(index), limited_by, round(float(base or 0), 2), factor,
                      round(figures.secured, 2), _cents(cap), amount)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a strategy made ready for many customers.

    :param fixed: the parameters that are the same for everybody.
    """

    line: StrategyLine
    kind: MeasureKind
    fixed: Terms
    because: str


class Strategist:
    """Proposes by one policy, for one customer or many."""

    def __init__(self, policy: MeasurePolicy, *, receivables: float) -> None:
        self._policy, self._receivables = policy, receivables
        self._lines = {
            word: [_ready(line, policy.kind(line.kind)) for line in lines] for word, lines in policy.strategy.items()
        }

    def of(self, stand: Stand, figures: Figures) -> Strategy:
        """Return what the policy proposes for a customer: every line of its class that fits and changes something."""
        limit = credit_limit(stand, figures, self._policy.limit, receivables=self._receivables)
        word = stand.risk_class.name
        found = []
        for item in self._lines[word]:  # type: ignore[index]  # the names are the words
            if _fits(item.line, stand):
                terms = _with_days(item, stand, self._policy.limit).over(amount_terms(item.kind, stand, figures, limit))
                if changes_something(item.kind, terms, stand):
                    found.append(Proposal(item.kind.id, terms, _because(item, limit)))
        return Strategy(word, limit, tuple(found))


def strategy_of(stand: Stand, figures: Figures, policy: MeasurePolicy, *, receivables: float) -> Strategy:
    """Return what the policy proposes for one customer."""
    return Strategist(policy, receivables=receivables).of(stand, figures)


def default_terms(kind: MeasureKind, stand: Stand, figures: Figures, limit: LimitTerms) -> Terms:
    """Return the amount a kind's source gives, and what is usual of its other parameters."""
    return amount_terms(kind, stand, figures, limit).over(usual_terms(kind))


def amount_terms(kind: MeasureKind, stand: Stand, figures: Figures, limit: LimitTerms) -> Terms:
    """Return the amount a kind's source gives, nothing for a kind without an amount."""
    if kind.amount_from is None:
        return NOTHING
    if kind.amount_from == "limit_formula":
        return Terms(amount=limit.amount)
    sources: dict[AmountSource, float] = {
        "exposure": stand.exposure, "overdue": stand.overdue, "unsecured": stand.exposure - figures.secured,
        "expected_loss": stand.expected_loss or stand.overdue,
        "month_of_purchases": (figures.bought or stand.yearly_sales or stand.exposure) / MONTHS,
    }  # fmt: skip
    return Terms(amount=Decimal(str(max(sources[kind.amount_from], kind.parameters["amount"].least))).quantize(CENT))


def usual_terms(kind: MeasureKind) -> Terms:
    """Return what the catalogue says is usual of a kind's parameters."""
    said = {name: bounds.usual for name, bounds in kind.parameters.items() if bounds.usual is not None}
    days, share, stage = said.get("days"), said.get("share_pct"), said.get("stage")
    return Terms(
        days=None if days is None else int(days), share_pct=None if share is None else Decimal(str(share)).quantize(CENT),
        stage=None if stage is None else int(stage),
    )  # fmt: skip


def changes_something(kind: MeasureKind, terms: Terms, stand: Stand) -> bool:
    """Tell whether a measure would make a difference to what the customer has now."""
    if kind.compared_with == "limit" and stand.limit is not None and terms.amount is not None:
        return (
            terms.amount < Decimal(str(stand.limit)) if not kind.relaxes else terms.amount > Decimal(str(stand.limit))
        )
    if kind.compared_with == "terms":
        return terms.days is not None and (stand.terms_days is None or (terms.days < stand.terms_days) != kind.relaxes)
    return True


def _ready(line: StrategyLine, kind: MeasureKind) -> _Line:
    share = None if line.share_pct is None else Decimal(str(line.share_pct)).quantize(CENT)
    conditions = [
        f"exposure from {line.exposure_from:,.0f}" if line.exposure_from else "",
        f"overdue from {line.overdue_from:,.0f}" if line.overdue_from else "",
        *(f"{name} points from {least:g}" for name, least in line.points_from.items()),
    ]
    because = "; ".join(part for part in conditions if part)
    return _Line(line, kind, Terms(days=line.days, share_pct=share, stage=line.stage).over(usual_terms(kind)), because)


def _fits(line: StrategyLine, stand: Stand) -> bool:
    if stand.exposure < line.exposure_from or stand.overdue < line.overdue_from:
        return False
    return not line.points_from or all(stand.points.get(name, 0.0) >= least for name, least in line.points_from.items())


def _with_days(item: _Line, stand: Stand, rule: LimitRule) -> Terms:
    if item.line.terms_pct is None:
        return item.fixed
    now = stand.terms_days if stand.terms_days is not None else rule.standard_terms_days
    return Terms(days=int(now * item.line.terms_pct / 100)).over(item.fixed)


def _because(item: _Line, limit: LimitTerms) -> str:
    if item.kind.amount_from != "limit_formula":
        return item.because or "class"
    how = f"{limit.limited_by} {limit.base:,.2f} x {limit.class_factor:g} + secured {limit.secured:,.2f}"
    return f"{item.because}; {how}" if item.because else how


def _down(value: float, step: int) -> Decimal:
    return (Decimal(str(value)) / step).to_integral_value(ROUND_FLOOR).quantize(CENT) * step


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
