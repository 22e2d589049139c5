from typing import Any

import pytest

from riskreview.demo.outcomes import Found, judge

DEFAULTED = {
    "case": "payment_default", "system": "kingdee", "account_id": "0100001",
    "expected": {"class_at_least": "default", "signals": ["payment_default"], "playbooks": ["PB1"]},
}  # fmt: skip
LATE = {"case": "late_feed", "feed": "zoho_accounts", "expected": {"feed_state": "stale"}}
REFUSED = {"case": "quarantine", "feed": "kingdee_orders", "expected": {"code": "R-CHOICE", "count": 2}}
EMPTY = {"case": "empty_extract", "feed": "limits", "expected": {"feed_state": "held", "customers_with_limit": 200}}
CASES = [DEFAULTED, LATE, REFUSED]


def found(**changes: Any) -> Found:
    whole: dict[str, Any] = {
        "customers": {"0100001": {"risk_class": 5, "signals": ["P1", "payment_default"], "playbooks": ["PB1"]}},
        "feeds": {"zoho_accounts": "stale", "kingdee_orders": "fresh"},
        "quarantine": {("kingdee_orders", "R-CHOICE"): 2},
        "emergencies": frozenset({("0100001", "payment_default"), ("0100001", "PB1")}),
        "with_limit": 200,
    }
    return Found(**(whole | changes))


def test_everything_planted_and_nothing_else_is_a_clean_outcome():
    outcomes = judge(CASES, found())

    assert (outcomes.planted, outcomes.found, outcomes.missed, outcomes.spurious) == (3, 3, (), ())
    assert outcomes.by_case == {"payment_default": (1, 1), "late_feed": (1, 1), "quarantine": (1, 1)}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"customers": {}}, "the account is not known"),
        (
            {"customers": {"0100001": {"risk_class": 4, "signals": ["payment_default"], "playbooks": ["PB1"]}}},
            "the class is critical",
        ),
        (
            {"customers": {"0100001": {"risk_class": 5, "signals": [], "playbooks": ["PB1"]}}},
            "no signal payment_default",
        ),
        (
            {"customers": {"0100001": {"risk_class": None, "signals": ["payment_default"], "playbooks": []}}},
            "no activation of PB1",
        ),
        ({"feeds": {"zoho_accounts": "fresh"}}, "the feed is fresh"),
        ({"quarantine": {("kingdee_orders", "R-CHOICE"): 3}}, "3 rows with R-CHOICE, not 2"),
    ],
)
def test_a_planted_case_that_was_not_found_says_what_is_lacking(changes, lacking):
    outcomes = judge(CASES, found(**changes))

    assert outcomes.found == 2
    assert any(lacking in line for line in outcomes.missed)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"emergencies": frozenset({("0100002", "order_collapse")})}, "kingdee:0100002: order_collapse"),
        ({"emergencies": frozenset({("0100001", "PB4")})}, "kingdee:0100001: PB4"),
        ({"feeds": {"zoho_accounts": "stale", "fx_rates": "held"}}, "fx_rates: held"),
        (
            {"quarantine": {("kingdee_orders", "R-CHOICE"): 2, ("fx_rates", "R-DATE"): 1}},
            "fx_rates: 1 rows with R-DATE",
        ),
    ],
)
def test_what_nobody_planted_is_spurious(changes, line):
    outcomes = judge(CASES, found(**changes))

    assert outcomes.spurious == (line,)


def test_an_empty_extract_that_took_limits_away_is_missed():
    outcomes = judge([EMPTY], found(feeds={"limits": "held"}, with_limit=0))

    assert outcomes.missed == ("empty_extract limits: only 0 customers have their limit, not 200",)
