"""A policy may leave any indicator out: the others come out as they do with it, and the one left out is not judged."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from tests.facts.batches import customer, invoice, publish

from riskreview.facts.use_cases import current_pins
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.frame import INDICATORS
from riskreview.policy.risk_checks import problems
from riskreview.policy.risk_policy import Policy, load_policy, policy_of

DAY = date(2026, 6, 30)
SHARED = {"P1": {"P2", "P3", "P4", "P5", "P6"}, "P5": {"P1", "P2", "P3", "P4", "P6"}, "P6": set()}
"""What rests on the grace or the materiality of the one left out."""


def without(policy: Policy, left_out: str) -> Policy:
    content = json.loads(policy.content)
    content["indicators"] = [item for item in content["indicators"] if item["id"] != left_out]
    return policy_of(json.dumps(content))


@pytest.mark.database
def test_the_others_are_computed_without_it(services):
    publish(services, {"customers": [customer(name) for name in "ABC"]}, as_of=DAY)
    publish(services, {"invoices": [
        invoice(f"{name}{number}", name, issued=DAY - timedelta(days=20 * number), amount=100 + number, status="cleared",
                open_amount=0, cleared_date=DAY - timedelta(days=20 * number - 35)) for name in "ABC" for number in range(3, 30)
    ]}, as_of=DAY)  # fmt: skip
    policy, pins = load_policy(services.instance), current_pins(services)
    whole = compute_indicators(services, pins=pins, as_of=DAY, policy=policy)
    for left_out in ("P1", "P5", "P6", "T1", "T4", "F1", "M3", "E6"):
        found = compute_indicators(services, pins=pins, as_of=DAY, policy=without(policy, left_out))
        for name in set(INDICATORS) - {left_out} - SHARED.get(left_out, set()):
            np.testing.assert_array_equal(found.values[name], whole.values[name], err_msg=f"{name} without {left_out}")


def test_a_rule_about_a_finding_of_an_indicator_that_is_left_out_is_refused_by_name(instance):
    policy = load_policy(instance)
    for left_out, flag in (("T1", "order_drop_confirmed"), ("T4", "order_surge_confirmed")):
        found = [problem.found for problem in problems(without(policy, left_out))]
        assert f"{flag} is found by {left_out}, which the policy does not list" in found
