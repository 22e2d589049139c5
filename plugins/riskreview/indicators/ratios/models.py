"""Owns evaluating a ratio model over customers: value, probability, zone, and what was missing or stood in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.ratios.figures import Accounts, Bools, Floats, Items
from riskreview.indicators.ratios.peers import Peers, fits, fits_industries
from riskreview.indicators.ratios.terms import TERMS
from riskreview.policy.ratio_models import INTERCEPT, PUBLISHED, RatioModel, RatioPolicy

ZONES = ("unknown", "excluded", "safe", "grey", "distress")
UNKNOWN, EXCLUDED, SAFE, GREY, DISTRESS = range(5)
BEFORE = "_before"


@dataclass(frozen=True, slots=True)
class ModelResult:
    """A model over customers, one element each.

    :param value: NaN when a figure is missing or the industry is excluded.
    :param probability: NaN for a model without one, and where the value only ranks.
    :param zone: position in ``ZONES``.
    :param terms: by name, as they entered.
    :param missing: by figure, who lacks it; a figure of the year before ends with ``_before``.
    :param undefined: by term, who has all its figures but a denominator that is zero or negative.
    :param substituted: by term, for whom a neutral value stands in.
    :param variant: position of the policy's override, -1 for the published model.
    """

    model: str
    value: Floats
    probability: Floats
    zone: NDArray[np.int8]
    terms: dict[str, Floats]
    missing: dict[str, Bools]
    undefined: dict[str, Bools]
    substituted: dict[str, Bools]
    variant: NDArray[np.int16]

    def missing_of(self, row: int) -> tuple[str, ...]:
        """Return the figures a customer lacks."""
        return tuple(name for name, lacks in self.missing.items() if lacks[row])


def evaluate(model: str, accounts: Accounts, peers: Peers, policy: RatioPolicy) -> ModelResult:
    """Evaluate a model for every customer, with the coefficients and lines that the policy gives its country and industry."""
    size = accounts.basis.size
    excluded = fits_industries(peers, policy.excluded_industries)
    terms, undefined, substituted = _terms(PUBLISHED[model], accounts)
    result = ModelResult(
        model, np.full(size, np.nan), np.full(size, np.nan), np.full(size, UNKNOWN, dtype=np.int8), terms,
        _missing(PUBLISHED[model], accounts), undefined, substituted, np.full(size, -1, dtype=np.int16),
    )  # fmt: skip
    for place, override in policy.variants(model):
        result.variant[fits(peers, countries=override.countries, industries=override.industries)] = place
    for place, variant in [(-1, PUBLISHED[model])] + [(n, item.apply()) for n, item in policy.variants(model)]:
        _judge(variant, result, (result.variant == place) & ~excluded)
    result.zone[excluded] = EXCLUDED
    return result


def _judge(model: RatioModel, result: ModelResult, rows: Bools) -> None:
    value = np.full(int(rows.sum()), model.coefficients.get(INTERCEPT, 0.0))
    ranks_only = np.zeros(value.size, dtype=bool)
    for name in model.terms:
        value += model.coefficients[name] * result.terms[name][rows]
        if TERMS[name].is_optional_to_rank and name in result.substituted:
            ranks_only |= result.substituted[name][rows]
    result.value[rows] = value
    placed = np.isfinite(value) & ~ranks_only
    result.zone[rows] = np.where(placed, zones(model, value), UNKNOWN)
    result.probability[rows] = np.where(placed, probability(model, value), np.nan)


def zones(model: RatioModel, value: Floats) -> NDArray[np.int8]:
    """Return the zone of each value."""
    sign = 1.0 if model.direction == "down" else -1.0
    bad, good = sign * value < sign * model.distress, sign * value >= sign * model.safe
    return np.where(np.isnan(value), UNKNOWN, np.where(bad, DISTRESS, np.where(good, SAFE, GREY))).astype(np.int8)


def probability(model: RatioModel, value: Floats) -> Floats:
    """Return the model's probability, NaN for a model that has none."""
    from scipy.special import expit, ndtr

    if model.link is None:
        return np.full(value.size, np.nan)
    return np.asarray(expit(value) if model.link == "logit" else ndtr(value), dtype=np.float64)


def _terms(model: RatioModel, accounts: Accounts) -> tuple[dict[str, Floats], dict[str, Bools], dict[str, Bools]]:
    terms, undefined, substituted = {}, {}, {}
    for name in model.terms:
        term = TERMS[name]
        value = term.compute(accounts)
        unknown = np.isnan(value)
        if term.fallback is not None:
            instead = term.fallback(accounts)
            substituted[name] = unknown & np.isfinite(instead)
            value = np.where(unknown, instead, value)
        complete = np.ones(value.size, dtype=bool)
        for figures, names in _needed(name, accounts):
            for figure in names:
                complete &= np.isfinite(figures[figure])
        undefined[name] = np.isnan(value) & complete
        terms[name] = value
    return terms, undefined, substituted


def _missing(model: RatioModel, accounts: Accounts) -> dict[str, Bools]:
    """Return who lacks which figure; also one whose term something stands in for."""
    found: dict[str, Bools] = {}
    for name in model.terms:
        for number, (figures, names) in enumerate(_needed(name, accounts)):
            for figure in names:
                found[figure + (BEFORE if number == 2 else "")] = ~np.isfinite(figures[figure])
    return found


def _needed(name: str, accounts: Accounts) -> tuple[tuple[Items, tuple[str, ...]], ...]:
    term = TERMS[name]
    return (accounts.year, term.needs), (accounts.now, term.compares), (accounts.before, term.compares)
