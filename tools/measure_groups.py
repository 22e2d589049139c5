"""Measures finding groups, parents and lasting numbers among invented customers: tools/measure_groups.py CUSTOMERS; prints JSON.

Four in ten customers have an owner of 30 to 100 %, every fifth of these owners is no customer; two in ten stand in a named group.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))

import numpy as np

from riskreview.groups.control import Holdings, groups, parents
from riskreview.groups.numbering import numbered

Result = TypeVar("Result")


def measured(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return a result and the processor seconds it took."""
    start = time.process_time()
    found = work()
    return found, round(time.process_time() - start, 2)


def main(customers: int) -> None:
    """Invent, measure and print."""
    draw = np.random.default_rng(1)
    owned = draw.choice(customers, customers * 2 // 5, replace=False).astype(np.int64) + 1
    owner = draw.integers(1, customers + 1, len(owned))
    owner = np.where(draw.random(len(owned)) < 0.2, -owner, owner)
    apart = owner != owned
    holdings = Holdings(owner[apart], owned[apart], draw.choice([30.0, 40.0, 60.0, 100.0], int(apart.sum())))
    named = np.sort(draw.choice(customers, customers // 5, replace=False).astype(np.int64) + 1)
    number = draw.integers(0, customers // 15 + 1, len(named))
    (member, group), grouping = measured(lambda: groups(holdings, named, number))
    (child, _), descent = measured(lambda: parents(holdings, member, group))
    _, numbering = measured(lambda: numbered(member, group, member[::2], group[::2]))
    print(json.dumps({
        "customers": customers, "holdings": len(holdings.owner), "members": len(member), "groups": len(np.unique(group)),
        "children": len(child), "groups_seconds": grouping, "parents_seconds": descent, "numbers_seconds": numbering,
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
