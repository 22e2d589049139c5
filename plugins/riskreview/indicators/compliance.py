"""Owns the compliance dimension, and the flags that records from outside raise. Pure array rules."""

from typing import TYPE_CHECKING

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.outside import DATASET, MEDIA, SANCTIONS
from riskreview.indicators.profiles import Profiles
from riskreview.indicators.ratios.figures import quotient

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

SCREENED = "screening"
"""Stands among the delivered data sets where lists of sanctions are used."""


def compliance_figures(columns: Columns, profiles: Profiles, policy: "Policy", delivered: frozenset[str]) -> Figures:
    """Return C1 to C6, with flags for insolvency, suspected fraud and the court's list of debtors; C1 is the worse of what providers and our own screening found.

    Nobody is clear of sanctions or bad press where no source has ever told of any.
    """
    overdue = columns["master.review_overdue"]
    found = Figures({
        "C2": profiles.each(profiles.listing), "C3": columns["master.verified_pct"].copy(),
        "C5": np.where(overdue < 0, 0.0, overdue), "C6": _paid_by_others(columns, policy),
    })  # fmt: skip
    if delivered & {SANCTIONS, SCREENED}:
        found.values["C1"] = np.maximum(columns.amounts("external.sanction_state"), columns.amounts("screening.state"))
    if MEDIA in delivered:
        found.values["C4"] = columns.amounts("external.adverse_media")
    if DATASET in delivered:
        found.flags.update(
            {name: columns[f"external.{name}"] == 1 for name in ("insolvency", "fraud", "dishonest_debtor")}
        )
    return found


def _paid_by_others(columns: Columns, policy: "Policy") -> Floats:
    share = 100.0 * quotient(columns["payers.from_others"], columns["payers.received"])
    return np.where(columns["payers.receipts"] >= policy.least_count("C6"), share, np.nan)
