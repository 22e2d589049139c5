"""Owns the expected-outcomes file: what was planted and what the system has to make of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskreview.demo.notices import noticed
from riskreview.demo.population import Population

STATEMENT = (
    "Nothing else is an emergency: no other signal of severity emergency, no other activation of a playbook, "
    "and no other held or stale feed is expected."
)
CUSTOMER_CASES: Mapping[str, Mapping[str, Any]] = {
    "payment_default": {"class_at_least": "default", "signals": ["payment_default"], "playbooks": ["PB1"]},
    "group_parent": {"class_at_least": "default", "signals": ["payment_default"], "playbooks": ["PB1"]},
    "group_member": {"signals": ["group_contagion"], "playbooks": ["PB8"]},
    "insolvency": {"class_at_least": "default", "signals": ["insolvency"], "playbooks": ["PB2"]},
    "order_collapse": {"signals": ["order_collapse"], "playbooks": ["PB5"]},
    "fraud_surge": {"signals": ["fraud_surge"], "playbooks": ["PB4"]},
    "financial_deterioration": {"class_at_least": "high", "signals": ["financial_deterioration"], "playbooks": ["PB6"]},
    "key_account": {"class_at_least": "high", "signals": ["key_account"], "playbooks": ["PB7"]},
    "sanctions": {"signals": ["sanctions"], "playbooks": ["PB3"]},
    "contradiction": {"signals": ["contradiction"], "playbooks": []},
    "restatement": {"signals": ["restatement"], "playbooks": []},
    "jurisdiction": {"class_at_least": "critical", "signals": ["jurisdiction"], "playbooks": []},
    "unknown_owner": {"signals": ["unknown_owner"], "playbooks": []},
    "adverse_media": {"signals": ["C4"], "playbooks": []},
    "leadership": {"signals": ["E2"], "playbooks": []},
    "guaranteed": {"signals": ["group_contagion"], "playbooks": ["PB8"]},
    "chain_middle": {"signals": ["group_contagion"], "playbooks": ["PB8"]},
    "chain_end": {"signals": ["group_contagion"], "playbooks": ["PB8"]},
    "duplicate": {"signals": [], "playbooks": [], "is_proposed": True},
    "notice_insolvency": {"class_at_least": "default", "signals": ["insolvency"], "playbooks": ["PB2"]},
    "notice_media": {"signals": ["C4"], "playbooks": []},
}
"""What each planted customer must show, those of the notices once these were taken; ``playbooks`` names the emergency plans that must
have been activated for it, ``is_proposed`` that its account in another system is proposed as the same customer."""


def write_expected(
    path: Path, *, people: Population, as_of: date, feeds: Mapping[str, str], refused: Mapping[str, Mapping[str, int]]
) -> int:
    """Write the expected outcomes; returns the number of planted cases.

    :param feeds: state per source that must not be fresh.
    :param refused: rows in quarantine per source and code.
    """
    cases = [*_customer_cases(people), *_feed_cases(feeds, people.size), *_quarantine_cases(refused)]
    content = {"as_of": as_of.isoformat(), "system": "kingdee", "statement": STATEMENT, "cases": cases}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return len(cases)


def _customer_cases(people: Population) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "case": case, "system": "kingdee", "account_id": str(people.code[place]),
            "registration_number": str(people.registration[place]), "expected": dict(CUSTOMER_CASES[case]),
        }
        for place, case in [*((place, str(people.case[place])) for place in people.having(*CUSTOMER_CASES).tolist()),
                            *noticed(people).items()]
    ]  # fmt: skip


def _feed_cases(feeds: Mapping[str, str], customers: int) -> Sequence[Mapping[str, Any]]:
    """A late feed is stale; an empty extract is held and takes away nobody's credit limit."""
    names = {"stale": "late_feed", "held": "empty_extract"}
    more = {"stale": {}, "held": {"customers_with_limit": customers}}
    return [
        {"case": names[state], "feed": source, "expected": {"feed_state": state, **more[state]}}
        for source, state in feeds.items()
    ]


def _quarantine_cases(refused: Mapping[str, Mapping[str, int]]) -> Sequence[Mapping[str, Any]]:
    return [
        {"case": "quarantine", "feed": source, "expected": {"code": code, "count": count}}
        for source, codes in refused.items()
        for code, count in codes.items()
    ]
