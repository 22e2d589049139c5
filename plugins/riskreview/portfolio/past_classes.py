"""Owns reading which class every customer had at the last assessment up to a date of the past."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskreview.assessment.history import open_history
from riskreview.facts.delta_tables import rows_of
from riskreview.foundation.instance import Instance


@dataclass(frozen=True, slots=True)
class PastClasses:
    """Classes at one assessment of the past, ascending by key."""

    as_of: date
    customer_key: NDArray[np.int64]
    risk_class: NDArray[np.int16]


def read_past_classes(instance: Instance, *, until: date) -> PastClasses | None:
    """Return the classes of the last assessment of a business date up to ``until``; None when there is none."""
    table = open_history(instance)
    if table is None:
        return None
    wanted = pc.field("as_of") <= until
    rows = rows_of(instance, table, columns=["as_of", "run_id", "customer_key", "risk_class"], where=wanted)
    if not rows.num_rows:
        return None
    day = pc.max(rows["as_of"]).as_py()
    rows = rows.filter(pc.equal(rows["as_of"], day))
    rows = rows.filter(pc.equal(rows["run_id"], pc.max(rows["run_id"]))).sort_by("customer_key")
    return PastClasses(day, rows["customer_key"].to_numpy(), rows["risk_class"].to_numpy())
