"""Owns the compliance dimension, and the flags that records from outside raise. Pure array rules."""

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures


def compliance_figures(columns: Columns, delivered: frozenset[str]) -> Figures:
    """Return C1, with flags for insolvency and suspected fraud."""
    if "external_signals" not in delivered:
        return Figures({})
    flags = {name: columns[f"external.{name}"] == 1 for name in ("insolvency", "fraud")}
    return Figures({"C1": columns.amounts("external.sanction_state")}, flags)
