"""Small models for tests, and frames to score."""

import numpy as np

from riskreview.indicators.frame import FLAGS, INDICATORS, IndicatorFrame
from riskreview.models.artefact import (
    Bin,
    Calibration,
    Characteristic,
    Feature,
    Forest,
    Scorecard,
    Special,
    Training,
    Tree,
)
from riskreview.policy.risk_terms import Text

TRAINING = Training(rows=1000, bads=100, prior=0.1, data_digest="d" * 64, definition_digest="e" * 64, code_version="0", seed=7)  # fmt: skip


def text(words="a reason"):
    return Text(en=words, zh="原因")


def one_bin(points):
    return Bin(points=points, woe=0.0, share=0.1, bad_share=0.1, text=text())


def characteristic(name, splits, points, *, missing=0, special=(), groups=(), trend="increasing"):
    return Characteristic(
        name=name, title=text(name), trend=trend, splits=splits, groups=groups, bins=tuple(map(one_bin, points)),
        special=tuple(Special(codes=codes, bin=one_bin(value)) for codes, value in special), missing=one_bin(missing),
        information_value=0.2,
    )  # fmt: skip


def scorecard(*characteristics, base_points=400, **more):
    chosen = characteristics or (
        characteristic("P1", (15.0, 60.0), (60, 30, 0), missing=40),
        characteristic("P2", (10.0, 30.0), (50, 20, 5), missing=25),
        characteristic("F1", (1.1, 2.6), (0, 25, 45), missing=20, trend="decreasing"),
    )
    return Scorecard(name="small", purpose="default", training=TRAINING, calibration=Calibration(), characteristics=chosen,
                     base_points=base_points, factor=20 / np.log(2), offset=487.123, **more)  # fmt: skip


def forest():
    tree = Tree(feature=(0, 1, -1, -1, -1), threshold=(15.0, 2.0, 0.0, 0.0, 0.0), left=(1, 2, 0, 0, 0), right=(4, 3, 0, 0, 0),
                missing_left=(False, True, False, False, False), value=(0.0, 0.0, -1.0, -2.0, 1.5))  # fmt: skip
    return Forest(name="small_forest", purpose="default", training=TRAINING, calibration=Calibration(), baseline=-1.0,
                  features=(Feature(name="P1", trend="increasing"), Feature(name="F1", trend="decreasing")), trees=(tree, tree))  # fmt: skip


def frame(**values):
    """Return a frame with the given indicators, the others missing."""
    size = len(next(iter(values.values())))
    given = {name: np.asarray(values.get(name, np.full(size, np.nan)), dtype=np.float64) for name in INDICATORS}
    return IndicatorFrame(
        np.arange(1, size + 1), given, np.full(size, 100.0), np.zeros(size), np.zeros(size), np.full(size, np.nan),
        np.full(size, np.datetime64("2026-01-01")), {name: np.zeros(size, dtype=bool) for name in FLAGS},
    )  # fmt: skip
