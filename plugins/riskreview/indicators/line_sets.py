"""Owns which customers have warning and alarm lines of their own: found once for each profile, then given to its customers. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.profiles import Profiles
from riskreview.policy.line_overrides import LineOverride


def line_sets(profiles: Profiles, overrides: Sequence[LineOverride]) -> NDArray[np.int64] | None:
    """Return for each customer one bit per override that fits it, None without overrides; who has no master data has the common lines."""
    if not overrides:
        return None
    told = zip(profiles.segment, profiles.industry, profiles.country, strict=True)
    fitting = [sum(1 << bit for bit, item in enumerate(overrides) if item.fits(*profile)) for profile in told]
    return np.array([*fitting, 0], dtype=np.int64)[profiles.number]
