"""Records from outside: nobody is clear of what no source has ever told of."""

from datetime import date

import numpy as np
import pytest
from tests.assessment.trading import notice
from tests.facts.batches import customer, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import Some, compute_indicators
from riskreview.policy.risk_policy import load_policy

DAY = date(2026, 6, 30)
OUTSIDE = ("P10", "C1", "C4", "E2")


def figures(services: Services, *, some: Some | None = None) -> dict[str, list[float]]:
    found = compute_indicators(
        services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance), some=some
    )
    return {name: found.values[name].tolist() for name in OUTSIDE}


@pytest.mark.database
def test_who_tells_of_suits_has_looked_neither_at_sanctions_nor_at_the_press(services: Services) -> None:
    unknown = pytest.approx([np.nan, np.nan], nan_ok=True)
    publish(services, {"customers": [customer("A"), customer("B")]}, as_of=DAY)
    publish(services, {"external_signals": [notice("A", 1, "insolvency", DAY)]}, as_of=DAY)
    assert figures(services) == dict.fromkeys(OUTSIDE, unknown)

    publish(services, {"external_signals": [notice("A", 2, "litigation", DAY)]}, as_of=DAY, source="court")
    assert figures(services) == {"P10": [1, 0], "C1": unknown, "C4": unknown, "E2": unknown}

    publish(services, {"external_signals": [notice("A", 3, "sanction", DAY)]}, as_of=DAY, source="provider")
    publish(services, {"external_signals": [notice("A", 4, "registry_change", DAY)]}, as_of=DAY, source="register")
    assert figures(services) == {"P10": [1, 0], "C1": [1, 0], "C4": unknown, "E2": [1, 0]}
    learned = compute_indicators(
        services, pins=current_pins(services), as_of=DAY, policy=load_policy(services.instance)
    ).learned
    alone = figures(services, some=Some(np.array([2]), learned))
    assert alone == {"P10": [0], "C1": [0], "C4": pytest.approx([np.nan], nan_ok=True), "E2": [0]}
