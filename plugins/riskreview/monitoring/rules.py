"""Owns which findings stand in a judged portfolio, and which open ones may end. Pure: arrays in, arrays out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import RANK, Judged, judge, still_over
from riskreview.assessment.current import Portfolio
from riskreview.assessment.inputs import datasets_of, mask_of
from riskreview.assessment.positions import Bits, Bools
from riskreview.assessment.scale import Scale, WeighedIndicator
from riskreview.policy.risk_lines import SignalRule
from riskreview.policy.risk_terms import Condition, Severity

WORSENED = "class_worsened"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything one rule found.

    :param rows: ascending positions of the customers in the portfolio.
    :param value: the figure shown, NaN = none; ``line`` likewise.
    """

    rule_id: str
    rows: NDArray[np.intp]
    severity: NDArray[np.int16]
    value: Floats
    line: Floats


def rule_ids(scale: Scale) -> tuple[str, ...]:
    """Return every rule that is judged on the assessment: the indicators, then the special rules."""
    return (
        *scale.policy.indicator_ids,
        *(rule.id for rule in scale.policy.signals.rules if rule.source == "assessment"),
    )


def find(judged: Judged, scale: Scale) -> Iterator[Findings]:
    """Yield the findings of every rule, in the order of ``rule_ids``."""
    for item in scale.policy.indicators:
        yield _over_line(judged, scale.indicator(item.id))
    for rule in scale.policy.signals.rules:
        if rule.source == "assessment":
            yield _special(judged, rule, scale)


def _over_line(judged: Judged, weighed: WeighedIndicator) -> Findings:
    rows = np.flatnonzero(((judged.warnings | judged.alarms) >> weighed.bit) & 1)
    alarm = ((judged.alarms[rows] >> weighed.bit) & 1).astype(bool)
    severity = np.where(alarm, Severity.alarm, Severity.warning).astype(np.int16)
    value = judged.positions.values[weighed.item.id][rows].astype(np.float64)
    own_warning, own_alarm = weighed.lines(judged.positions.line_set[rows])
    return Findings(weighed.item.id, rows, severity, value, np.where(alarm, own_alarm, own_warning))


def _special(judged: Judged, rule: SignalRule, scale: Scale) -> Findings:
    rows = np.flatnonzero(judge(rule.when, judged, scale).holds)
    severity = np.full(len(rows), Severity[rule.severity], dtype=np.int16)
    if rule.id == WORSENED:
        return Findings(rule.id, rows, severity, judged.risk_class[rows].astype(np.float64),
                        judged.previous_class[rows].astype(np.float64))  # fmt: skip
    if any(found.challenger_apart_at_least for alternative in rule.when for found in alternative.all):
        return Findings(rule.id, rows, severity, judged.challenger_class[rows].astype(np.float64),
                        judged.model_class[rows].astype(np.float64))  # fmt: skip
    if rule.shows is None:
        nothing = np.full(len(rows), np.nan)
        return Findings(rule.id, rows, severity, nothing, nothing)
    value = judged.positions.values[rule.shows][rows].astype(np.float64)
    line = _shown_line(rule, scale, judged.positions.line_set[rows])
    return Findings(rule.id, rows, severity, value, np.broadcast_to(line, len(rows)))


def _shown_line(rule: SignalRule, scale: Scale, line_set: Bits) -> Floats:
    conditions = [found for alternative in rule.when for found in alternative.all if found.indicator == rule.shows]
    limits = [limit for found in conditions for limit in _limits(found) if limit is not None]
    return np.asarray(limits[0]) if limits else scale.indicator(str(rule.shows)).lines(line_set)[1]


def _limits(condition: Condition) -> tuple[float | None, ...]:
    return condition.above, condition.at_least, condition.below, condition.at_most


def is_held(portfolio: Portfolio, rule_id: str, scale: Scale) -> Bools:
    """Return whose signals of a rule may not end: a data set it is judged by was late for them, or they were not judged again in time."""
    late = (portfolio.late & mask_of(datasets_of(rule_id, scale.policy))) != 0
    return np.asarray(late | portfolio.is_expired, dtype=bool)


def may_end(judged: Judged, rule_id: str, opened_at: Floats, rows: NDArray[np.intp], scale: Scale) -> Bools:
    """Return which open signals of a rule may end by the figures, given the customers' rows and the values the signals show.

    A signal ends only when its rule does not even hold with every line moved to the good side by the policy's margin, on figures
    that are known.
    """
    margin = scale.policy.signals.clear_margin_pct / 100
    part = judged.take(rows)
    if rule_id == WORSENED:
        possible = RANK[part.risk_class] >= np.nan_to_num(opened_at)
    elif rule_id in scale.policy.indicator_ids:
        possible = still_over(part, scale.indicator(rule_id), scale, alarm=False, margin=margin)
    else:
        possible = judge(scale.policy.signal_rule(rule_id).when, part, scale, margin=margin).possible
    return ~possible
