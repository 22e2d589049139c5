"""Owns judging opinions by outcome: were they nearer to what became of the customer than the figures alone? Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskreview.policy.risk_opinions import TrackRecord
from riskreview.policy.risk_terms import RiskClass

MOST_LIKELY = 0.95
"""Share of the interval around a share of few cases."""


@dataclass(frozen=True, slots=True)
class PastOpinion:
    """An opinion on a class that took effect.

    :param class_without: class by the figures alone when it was said.
    """

    opinion_id: int
    customer_key: int
    kind: str
    author: str
    reason: str
    risk_class: int
    class_without: int
    effective_on: date


@dataclass(frozen=True, slots=True)
class Tally:
    """How the opinions of one author, reason or kind fared.

    :param judged: opinions old enough; ``nearer``, ``equal`` and ``further`` from the outcome than the figures.
    :param share: of the judged ones that were nearer or further, those nearer, with the interval ``low`` to ``high`` (Jeffreys).
    """

    name: str
    opinions: int
    judged: int
    nearer: int
    equal: int
    further: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quarter:
    """How often people spoke in a quarter.

    :param customers: under review at its last assessment: medium or worse by the figures, or under an opinion.
    :param verdict: ``ok``, ``watch`` or ``too many``.
    """

    quarter: str
    customers: int
    opinions: int
    better: int
    worse: int
    rate_pct: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Record:
    """The whole track record."""

    as_of: date
    after_months: int
    by_author: tuple[Tally, ...]
    by_reason: tuple[Tally, ...]
    by_kind: tuple[Tally, ...]
    quarters: tuple[Quarter, ...]


def nearer(opinion: PastOpinion, outcome: int) -> int:
    """Return 1 when the opinion was nearer to the outcome than the figures, -1 when further, 0 when as near."""
    said, alone = (abs(_rank(code) - _rank(outcome)) for code in (opinion.risk_class, opinion.class_without))
    return (alone > said) - (alone < said)


def tallies(
    opinions: Sequence[PastOpinion], outcomes: Mapping[int, int], by: Callable[[PastOpinion], str]
) -> tuple[Tally, ...]:
    """Return a tally per name, by name.

    :param outcomes: class each customer came to, by opinion; opinions that are too young have none.
    """
    names = sorted({by(item) for item in opinions})
    return tuple(_tally(name, [item for item in opinions if by(item) == name], outcomes) for name in names)


def _tally(name: str, opinions: Sequence[PastOpinion], outcomes: Mapping[int, int]) -> Tally:
    found = [nearer(item, outcomes[item.opinion_id]) for item in opinions if item.opinion_id in outcomes]
    won, lost = found.count(1), found.count(-1)
    low, high = jeffreys(won, won + lost)
    return Tally(
        name,
        len(opinions),
        len(found),
        won,
        found.count(0),
        lost,
        won / (won + lost) if won + lost else None,
        low,
        high,
    )


def jeffreys(hits: int, cases: int) -> tuple[float, float]:
    """Return the Jeffreys interval of a share; the whole range without cases."""
    from scipy.stats import beta

    if not cases:
        return 0.0, 1.0
    tail = (1 - MOST_LIKELY) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits + 0.5, cases - hits + 0.5))
    high = 1.0 if hits == cases else float(beta.ppf(1 - tail, hits + 0.5, cases - hits + 0.5))
    return low, high


def quarter_of(day: date) -> str:
    """Return the name of a day's quarter, such as 2026-Q3."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def quarters(opinions: Sequence[PastOpinion], customers: Mapping[str, int], policy: TrackRecord) -> tuple[Quarter, ...]:
    """Return every quarter with an assessment, in order.

    :param customers: customers under review, by quarter.
    """
    found = []
    for name in sorted(customers):
        kinds = [item.kind for item in opinions if quarter_of(item.effective_on) == name]
        rate = 100 * len(kinds) / customers[name] if customers[name] else 0.0
        better, worse = kinds.count("better"), kinds.count("worse")
        found.append(
            Quarter(name, customers[name], len(kinds), better, worse, rate, _verdict(rate, better, worse, policy))
        )
    return tuple(found)


def _verdict(rate: float, better: int, worse: int, policy: TrackRecord) -> str:
    if rate > policy.rate_alarm_pct:
        return "too many"
    one_sided = better > max(worse, 1) * policy.better_to_worse
    return "watch" if rate > policy.rate_warning_pct or one_sided else "ok"


def _rank(code: int) -> int:
    return int(RiskClass.medium) if code == RiskClass.unknown else code
