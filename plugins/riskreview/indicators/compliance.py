"""Owns the compliance dimension, and the flags that records from outside raise. Pure array rules."""

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures

SCREENED = "screening"
"""Stands among the delivered data sets where lists of sanctions are used."""


def compliance_figures(columns: Columns, delivered: frozenset[str]) -> Figures:
    """Return C1, the worse of what providers report and our own screening found, with flags for insolvency and suspected fraud."""
    if not delivered & {"external_signals", SCREENED}:
        return Figures({})
    flags = {
        name: columns[f"external.{name}"] == 1 for name in ("insolvency", "fraud") if "external_signals" in delivered
    }
    state = np.maximum(columns.amounts("external.sanction_state"), columns.amounts("screening.state"))
    return Figures({"C1": state}, flags)
