"""Owns who is dormant: traded once, has stopped, and owes nothing to speak of. Pure."""

import numpy as np

from riskreview.assessment.positions import Bools, Positions
from riskreview.policy.risk_policy import Policy


def dormant(positions: Positions, policy: Policy, *, margin: float = 0.0) -> Bools:
    """Return who is dormant by the policy; nobody where it does not say.

    :param margin: share by which the amount is moved to the good side; what stands against a customer ends only beyond it.
    """
    if policy.dormancy is None:
        return np.zeros(len(positions), dtype=np.bool_)
    owes = positions.exposure >= policy.dormancy.exposure_below * (1.0 - margin)
    return positions.flag("inactive") & ~owes
