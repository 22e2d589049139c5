"""Owns which data sets an indicator or a rule is judged by, and which of them are late for which customer, as bits. Pure."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskreview.assessment.positions import Bits, Bools
from riskreview.policy.datasets import DATASETS
from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import FLAG_SOURCES, Condition

if TYPE_CHECKING:
    from riskreview.assessment.freshness import LateData

OVERDUE_SOURCES, EXPOSURE_SOURCES = ("invoices", "payments"), ("invoices", "payments", "orders")


def judged_datasets(policy: Policy) -> frozenset[str]:
    """Return every data set that an indicator or a flag of the policy is read from, by their own declarations."""
    read = [name for item in policy.indicators for name in (*item.sources, *item.ages_with)]
    return frozenset((*read, *(name for names in FLAG_SOURCES.values() for name in names)))


def datasets_of(rule_id: str, policy: Policy) -> frozenset[str]:
    """Return the data sets by which an indicator, or a special rule about the assessment, is judged.

    The amounts of its materiality and the indicator that opens it count; a rule about classes is judged by all that speak of customers.
    """
    if rule_id in policy.indicator_ids:
        return frozenset(_of_indicator(policy.indicator(rule_id), policy))
    conditions = [found for alternative in policy.signal_rule(rule_id).when for found in alternative.all]
    return frozenset(name for found in conditions for name in _of_condition(found, policy))


def held_rules(datasets: Collection[str], policy: Policy) -> tuple[str, ...]:
    """Return the indicators and special rules that cannot be judged while data sets are late."""
    special = (rule.id for rule in policy.signals.rules if rule.source == "assessment")
    return tuple(name for name in (*policy.indicator_ids, *special) if datasets_of(name, policy) & set(datasets))


def late_bits(late: Sequence["LateData"], where: Sequence[Bools], length: int) -> Bits:
    """Return, for each customer, one bit per data set that is late where it has accounts.

    :param where: for each late system, which customers have an account there; everybody for shared data.
    """
    bits = np.zeros(length, dtype=np.int64)
    for data, concerned in zip(late, where, strict=True):
        bits[concerned] |= mask_of(data.datasets)
    return bits


def mask_of(datasets: Iterable[str]) -> np.int64:
    """Return the bits of data sets: their places in the list of all."""
    places = list(DATASETS)
    return np.int64(sum(1 << places.index(name) for name in set(datasets)))


def _of_indicator(item: Indicator, policy: Policy) -> tuple[str, ...]:
    limits = item.materiality
    overdue = OVERDUE_SOURCES if limits.overdue_amount or limits.overdue_share_pct else ()
    exposure = EXPOSURE_SOURCES if limits.exposure_amount or limits.overdue_share_pct else ()
    gate = () if item.requires is None else _of_indicator(policy.indicator(item.requires.indicator), policy)
    return (*item.sources, *item.ages_with, *overdue, *exposure, *gate)


def _of_condition(condition: Condition, policy: Policy) -> Iterable[str]:
    if condition.indicator is not None:
        return _of_indicator(policy.indicator(condition.indicator), policy)
    if condition.flag is not None:
        return FLAG_SOURCES[condition.flag]
    if condition.overdue_at_least is not None:
        return OVERDUE_SOURCES
    if condition.exposure_at_least is not None or condition.overdue_share_at_least_pct is not None:
        return EXPOSURE_SOURCES
    return (name for name in judged_datasets(policy) if not DATASETS[name].is_shared)
