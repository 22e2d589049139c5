"""Owns telling what the ratio library says about one customer: every model and ratio, what was missing, and what jumps."""

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader, open_facts
from riskreview.facts.results import Pins
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.abnormal import WATCHED, Jumps, find_jumps, history_of
from riskreview.indicators.financial import STALE_DAYS
from riskreview.indicators.profiles import load_master
from riskreview.indicators.ratios.models import ZONES, evaluate
from riskreview.indicators.ratios.plain import PLAIN, evaluate_plain
from riskreview.indicators.ratios.stated import Stated, read_stated
from riskreview.policy.ratio_models import PUBLISHED, RatioPolicy
from riskreview.policy.risk_terms import Text

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

BASES = ("full year", "last twelve months", "annualized")
ZONE_NAMES = {
    "unknown": Text(en="unknown", zh="未知"), "excluded": Text(en="industry excluded", zh="行业不适用"),
    "safe": Text(en="safe", zh="安全"), "grey": Text(en="grey", zh="灰色"), "distress": Text(en="distress", zh="困境"),
}  # fmt: skip
JUMP = Text(
    en="{name} went from {before} to {now}: {deviations:.1f} usual deviations for the worse",
    zh="{name}由 {before} 变为 {now}，较通常变动恶化 {deviations:.1f} 个稳健偏差",
)


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model.

    :param terms: as they entered; ``neutral`` those a neutral value stands in for, ``undefined`` those with a zero or negative
        denominator.
    :param missing: figures that are not known.
    :param source: of the coefficients.
    """

    model: str
    name: str
    value: float | None
    zone: str
    zone_name: str
    probability: float | None
    terms: dict[str, float | None]
    missing: tuple[str, ...]
    neutral: tuple[str, ...]
    undefined: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RatioLine:
    """One plain ratio."""

    ratio: str
    name: str
    value: float | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementReport:
    """Everything about one customer's statements at a date; ``jumps`` are sentences about figures that jump for the worse."""

    period_end: date
    currency: str
    scope: str
    basis: str
    is_stale: bool
    models: tuple[ModelLine, ...]
    ratios: tuple[RatioLine, ...]
    jumps: tuple[str, ...]


def customer_statements(
    services: Services,
    *,
    customer_key: int,
    as_of: date,
    policy: "Policy",
    language: str,
    pins: Pins | None = None,
    alone: bool = False,
) -> StatementReport:
    """Compute every model and ratio of a customer from what had happened by ``as_of`` and was known.

    :param pins: what was known; None: what is known now.
    :param alone: read this customer's statements alone, which is fast; figures that jump are then not told, since how much is usual is
        seen from the others.
    :raises NotFound: when no statement of the customer was published by then.
    """
    rules = policy.ratio_models
    chosen = np.array([customer_key], dtype=np.int64) if alone else None
    datasets = ("customers", "financial_statements")
    with open_facts(
        services, pins=pins or current_pins(services), as_of=as_of, customers=chosen, datasets=datasets
    ) as facts:
        load_master(facts)
        if customer_key in facts.moved_customers:
            facts.show_moved()
        columns, history = _fetch(facts, as_of, rules)
    found = np.flatnonzero(columns["customer_key"] == customer_key)
    if found.size == 0:
        raise NotFound(f"no financial statement of this customer was published by {as_of}")
    stated, row = read_stated(columns, rules), int(found[0])
    stale = (np.datetime64(as_of, "D") - stated.period_end).astype(np.int64) > STALE_DAYS
    jumps = find_jumps(
        history_of(history["customer_key"], history, columns["customer_key"]),
        stated.peers.industry,
        ~stale,
        rules.abnormal,
    )
    return StatementReport(
        stated.period_end[row].astype(object), str(stated.currency[row]), "parent" if stated.is_parent[row] else "consolidated",
        BASES[int(stated.accounts.basis[row])], bool(stale[row]), _models(stated, row, rules, language),
        _ratios(stated, row, language), () if alone else _sentences(jumps, row, policy, language),
    )  # fmt: skip


def _fetch(
    facts: FactReader, as_of: date, rules: RatioPolicy
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    everybody: dict[str, object] = {"low": 0, "high": 2**62}
    facts.database.execute(
        sql("indicators", "statements"), {**everybody, "as_of": as_of, "preferred_scope": rules.preferred_scope}
    )
    return facts.fetch(sql("indicators", "financial"), {}), facts.fetch(sql("indicators", "statement_history"), {})


def _models(stated: Stated, row: int, rules: RatioPolicy, language: str) -> tuple[ModelLine, ...]:
    lines = []
    for name, model in PUBLISHED.items():
        found = evaluate(name, stated.accounts, stated.peers, rules)
        zone, variant = ZONES[int(found.zone[row])], int(found.variant[row])
        lines.append(ModelLine(
            name, model.name.of(language), _known(found.value[row]), zone, ZONE_NAMES[zone].of(language),
            _known(found.probability[row]), {term: _known(values[row]) for term, values in found.terms.items()},
            found.missing_of(row), _names(found.substituted, row), _names(found.undefined, row),
            model.source if variant < 0 else rules.overrides[variant].source,
        ))  # fmt: skip
    return tuple(lines)


def _ratios(stated: Stated, row: int, language: str) -> tuple[RatioLine, ...]:
    lines = []
    for name, ratio in PLAIN.items():
        found = evaluate_plain(ratio, stated.accounts)
        lines.append(RatioLine(name, ratio.name.of(language), _known(found.value[row]), _names(found.missing, row)))
    return tuple(lines)


def _sentences(jumps: Jumps, row: int, policy: "Policy", language: str) -> tuple[str, ...]:
    least = policy.ratio_models.abnormal.least_deviations
    found = [(float(jumps.deviations[item.id][row]), item) for item in WATCHED]
    told = sorted(((size, item) for size, item in found if size >= least), key=lambda pair: -pair[0])
    return tuple(
        JUMP.of(language).format(
            name=item.name.of(language), before=_shown(jumps.before[item.id][row], is_percent=item.is_percent),
            now=_shown(jumps.now[item.id][row], is_percent=item.is_percent), deviations=size,
        )
        for size, item in told
    )  # fmt: skip


def _shown(value: float, *, is_percent: bool) -> str:
    return f"{100 * value:.1f} %" if is_percent else f"{value:,.2f}"


def _names(found: dict[str, NDArray[np.bool_]], row: int) -> tuple[str, ...]:
    return tuple(name for name, holds in found.items() if holds[row])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
