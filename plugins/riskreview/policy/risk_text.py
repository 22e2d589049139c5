"""Owns how figures of indicators are written for people, in both languages."""

import math

from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass, Text

DECIMALS = {"ratio": 2, "probability": 2, "score": 2, "times": 1, "percent": 1, "days": 0, "count": 1, "months": 0,
            "grade": 0, "class": 0, "state": 0}  # fmt: skip
"""Digits after the point that are shown, and to which a proposed figure is rounded."""

WHOLE = {"days", "months", "grade", "class", "state"}
SUFFIXES = {
    "en": {"percent": " %", "days": " days", "months": " months", "times": " times"},
    "zh": {"percent": " %", "days": " 天", "months": " 个月", "times": " 倍", "count": " 次"},
}
UNKNOWN = Text(en="unknown", zh="未知")
MISSING = Text(
    en="{name} is not known: it needs {needed} (deliver {sources})", zh="{name}未知：需要{needed}（请提供 {sources}）"
)


def figure(value: float, item: Indicator, policy: Policy, language: str) -> str:
    """Return a figure with its unit; a missing one is called unknown."""
    if math.isnan(value):
        return UNKNOWN.of(language)
    if item.unit == "class":
        return class_name(RiskClass(round(value)).name, policy, language)
    if item.unit == "state" and item.meanings:
        return item.meanings.get(str(round(value)), UNKNOWN).of(language)
    number = f"{value:,.{DECIMALS[item.unit]}f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    number = "0" if number == "-0" else number
    suffix = SUFFIXES["zh" if language == "zh" else "en"].get(item.unit, "")
    return number + (suffix[:-1] if number == "1" and language == "en" and suffix.endswith("s") else suffix)


def signal_figure(rule_id: str, value: float, policy: Policy, language: str) -> str | None:
    """Return the value or line of a signal as its rule means it: with the unit of the indicator it shows, or as a class; None where it is neither."""
    rule = next((rule for rule in policy.signals.rules if rule.id == rule_id), None)
    if rule is not None and any(
        found.worsened or found.challenger_apart_at_least for one in rule.when for found in one.all
    ):
        return class_name(RiskClass(round(value)).name, policy, language)
    item = policy.listed(rule_id if rule is None else rule.shows or "")
    return None if item is None else figure(value, item, policy, language)


def class_name(word: str, policy: Policy, language: str) -> str:
    """Return the name of a class for people."""
    return UNKNOWN.of(language) if word == "unknown" else policy.risk_class(word).name.of(language)


def sentence(item: Indicator, value: float, line: float, policy: Policy, language: str) -> str:
    """Return the indicator's sentence with its figure and line filled in."""
    return item.sentence.fill(
        language, value=figure(value, item, policy, language), line=figure(line, item, policy, language)
    )


def missing_sentence(item: Indicator, language: str) -> str:
    """Return what must be known for an indicator that is missing, and which data set brings it."""
    needed = item.min_history.of(language) if item.min_history else item.formula.of(language)
    return MISSING.of(language).format(name=item.name.of(language), needed=needed, sources=", ".join(item.sources))
