"""Owns what a CRM should say of an account: class, index, reasons, next review, and what measures in force ask for."""

from typing import Any

from riskreview.crm.difference import as_text
from riskreview.policy.crm_policy import Fact
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import INDICATOR_IDS, RiskClass

MOST_REASONS = 6
WORDS = {"en": ("alarm", "warning"), "zh": ("警戒", "预警")}
MEASURES: dict[str, Fact] = {"limit": "credit_limit", "terms": "terms_days", "hold": "order_hold"}
"""The field of a measure and the fact it sets."""


def wished(row: Any, policy: Policy, language: str) -> dict[Fact, str | None]:  # a row of wanted.sql
    """Return what the CRM should say; a fact nothing is known of is left as it is."""
    said: dict[Fact, str | None] = {
        "class": RiskClass(row.risk_class).name,
        "index": as_text("index", row.index_points),
        "reasons": as_text("reasons", reasons(int(row.warnings), int(row.alarms), policy, language)),
    }
    if row.next_review is not None:
        said["next_review"] = row.next_review.isoformat()
    for name, amount, days in row.measures:
        fact = MEASURES.get(name)
        if fact is not None:
            value = {"credit_limit": amount, "terms_days": days, "order_hold": "true"}[fact]
            said |= {fact: as_text(fact, value)} if value is not None else {}
    return said


def reasons(warnings: int, alarms: int, policy: Policy, language: str) -> str:
    """Return the lines that were crossed, alarms first, the rest as a number."""
    names = {item.id: item.name.of(language) for item in policy.indicators}
    alarm_word, warning_word = WORDS[language]
    known = [(number, name) for number, name in enumerate(INDICATOR_IDS) if name in names]
    said = [f"{name} {names[name]} ({alarm_word})" for number, name in known if alarms >> number & 1]
    said += [
        f"{name} {names[name]} ({warning_word})"
        for number, name in known
        if warnings >> number & 1 and not alarms >> number & 1
    ]
    more = [f"+{len(said) - MOST_REASONS}"] if len(said) > MOST_REASONS else []
    return "; ".join([*said[:MOST_REASONS], *more])
