"""Builds indicator frames with only the telling figures given; everything else is good."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from riskreview.assessment.decision import Before
from riskreview.assessment.group import Groups, groups_of
from riskreview.assessment.positions import positions_of
from riskreview.assessment.scale import Scale, scale_of
from riskreview.assessment.score import Assessment, Layers, assess
from riskreview.assessment.standing import NEVER
from riskreview.foundation.instance import PACKAGED, Instance, Settings
from riskreview.indicators.frame import IndicatorFrame
from riskreview.policy.risk_policy import Policy, load_policy

AS_OF = date(2026, 7, 1)
GOOD = {
    "F1": 5.0, "F2": 0.05, "F3": 2.0, "F4": 0.4, "F5": 8.0, "F6": 0.4, "F7": 5.0, "F8": 9.0, "F9": 6.0, "F10": -2.6,
    "P1": 0.0, "P2": 0.0, "P3": 1.0, "P4": 0.0, "P5": 0.0, "P6": 0.0, "P7": 100.0, "P8": 40.0, "P9": 0.0, "P10": 0.0,
    "T1": 0.0, "T2": 3.0, "T3": 0.3, "T4": 0.2, "T5": 1.0, "T6": 0.95, "E4": 0.4, "E5": 60.0, "C1": 0.0,
    "M1": -5.0, "M2": 2.0, "M3": 60.0, "M4": 15.0, "C2": 0.0, "C3": 100.0, "C4": 0.0, "C5": 0.0, "C6": 0.0,
    "E1": 4.0, "E2": 0.0, "E3": 0.0, "E6": 0.0,
}  # fmt: skip


@cache
def policy() -> Policy:
    """The shipped policy."""
    return load_policy(Instance(Path("/nowhere"), Settings()))


def scale() -> Scale:
    """The scale of the shipped policy."""
    return scale_of(policy().content)


def frame(*customers: Mapping[str, float], keys: tuple[int, ...] | None = None) -> IndicatorFrame:
    """Customers given by what differs from a good one; ``exposure``, ``overdue``, ``limit``, ``unapplied`` and flags are keys too."""
    whole = [{"exposure": 100_000.0, "overdue": 50_000.0, "limit": 1e6, **GOOD, **customer} for customer in customers]
    column = lambda name: np.array([item.get(name, np.nan) for item in whole], dtype=np.float64)  # noqa: E731
    flags = {name for item in whole for name in item} - set(GOOD) - {"exposure", "overdue", "limit", "unapplied"}
    return IndicatorFrame(
        customer_key=np.array(keys or range(1, len(whole) + 1), dtype=np.int64),
        values={name: column(name) for name in GOOD}, exposure=column("exposure"), overdue=column("overdue"),
        disputed=np.zeros(len(whole)), limit_amount=column("limit"),
        last_activity=np.full(len(whole), np.datetime64("2026-06-30")),
        flags={name: np.array([bool(item.get(name, False)) for item in whole]) for name in flags},
        unapplied=np.nan_to_num(column("unapplied")),
    )  # fmt: skip


def never(length: int) -> Before:
    """Nobody was assessed before."""
    return Before(np.full(length, NEVER), np.zeros(length, dtype=np.int64))


def judged(
    *customers: Mapping[str, float], before: Before | None = None, stale: bool = False, as_of: date = AS_OF,
    groups: Groups | None = None, layers: Layers | None = None,
) -> Assessment:  # fmt: skip
    """Assess customers given by what differs from a good one."""
    positions = positions_of(frame(*customers), policy())
    length = len(positions)
    nobody = groups_of(positions.customer_key, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    return assess(
        positions,
        scale(),
        before or never(length),
        np.full(length, stale),
        as_of=as_of,
        groups=groups or nobody,
        layers=layers,
    )


def after(result: Assessment) -> Before:
    """What the next business date starts from."""
    return Before(result.decision.standing, result.decision.confirmed)


assert (PACKAGED / "policies" / "risk_policy.yaml").exists()
