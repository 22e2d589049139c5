"""Owns the payment dimension: P1 to P10 from the gathered columns. Pure array rules."""

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.outside import ADVERSE
from riskreview.indicators.ratios.figures import quotient
from riskreview.indicators.unheard import unheard

MIN_PROMISES = 2
LIMIT_USE_CAP = 999.0


def payment_figures(columns: Columns, exposure: Floats, limit: Floats, delivered: frozenset[str]) -> Figures:
    """Return P1 to P10, with flags for customers whose payment was returned, and whose payments named no invoice."""
    invoiced = columns["payment.items"] > 0
    recent = quotient(columns["payment.late_3m"], columns["payment.base_3m"])
    promised = columns["promises.promised"]
    found = Figures({
        "P1": np.where(invoiced, columns["payment.oldest_days"], np.nan),
        "P2": 100.0 * quotient(columns["payment.overdue"], columns["payment.open_amount"]),
        "P3": quotient(columns["payment.late_6m"], columns["payment.base_6m"]),
        "P4": recent - quotient(columns["payment.late_before"], columns["payment.base_before"]),
        "P5": 100.0 * quotient(columns["payment.items_late"], columns["payment.items_due"]),
        "P6": np.where(invoiced, columns["payment.rolled"], np.nan),
        "P7": np.where(promised >= MIN_PROMISES, 100.0 * quotient(columns["promises.kept"], promised), np.nan),
        "P8": limit_use(exposure, limit),
    })  # fmt: skip
    if "payments" in delivered:
        returned = columns.amounts("returned.returned")
        told = invoiced & ~unheard(columns, "payments")
        found.values["P9"] = np.where(told | (returned > 0), returned, np.nan)
        found.flags["returned_payment"] = returned > 0
    found.flags["paid_on_account"] = columns.amounts("settled_on_account.amount") > 0
    if delivered & ADVERSE:
        found.values["P10"] = columns.amounts("external.adverse")
    return found


def limit_use(exposure: Floats, limit: Floats) -> Floats:
    """Return exposure over limit in percent, at most 999; a limit of zero is overdrawn by any exposure."""
    used = np.where(limit == 0, np.where(exposure > 0, LIMIT_USE_CAP, 0.0), 100.0 * quotient(exposure, limit))
    return np.minimum(used, LIMIT_USE_CAP)
